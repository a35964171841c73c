"""Parse and build receipt search URLs, which use the API's filter names, and parse the search form."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

FORM_ONLY = ("vendor", "vendor_state", "format")
ORDER = [
    "visitor",
    "from",
    "to",
    "country",
    "subdivision",
    "regime",
    "action",
    "method",
    "group.functional",
    "group.analytics",
    "group.advertising",
    "config",
    "language",
    "signal",
    "age_band",
    "origin_checked",
    "restricted",
    "cursor",
]


@dataclass(frozen=True, slots=True)
class Query:
    """A search URL's parameters: the API's names and values, without empty ones."""

    values: dict[str, str]

    @property
    def filters(self) -> dict[str, str]:
        """Return the filters without the cursor."""
        return {name: value for name, value in self.values.items() if name != "cursor"}

    @property
    def vendor(self) -> tuple[str, str]:
        """Return the filtered vendor and its state, both empty if there is none."""
        for name, value in self.values.items():
            if name.startswith("vendor."):
                return name.removeprefix("vendor."), value
        return "", ""

    @property
    def text(self) -> str:
        """Return the filters as a query string with its question mark."""
        return "?" + urlencode(self.filters) if self.filters else ""

    def behind(self, cursor: str) -> str:
        """Return the query string of the page after `cursor`."""
        return "?" + urlencode(self.filters | {"cursor": cursor})

    def without(self, name: str) -> str:
        """Return the query string without the filter `name`."""
        left = {other: value for other, value in self.filters.items() if other != name}
        return "?" + urlencode(left) if left else ""


def read_query(args: "MultiDict[str, str]") -> Query:
    """Return the query of a URL, with the form's `vendor` and `vendor_state` converted to the API's filter."""
    values = {name: value.strip() for name, value in args.items() if value.strip() and name not in FORM_ONLY}
    vendor, state = args.get("vendor", "").strip(), args.get("vendor_state", "").strip()
    if vendor:
        values[f"vendor.{vendor}"] = state or "refused"
    # `read_filters` reports any unknown name.
    return Query(dict(sorted(values.items(), key=_sort_key)))


def duplicate_parameters(args: "MultiDict[str, str]") -> dict[str, str]:
    """Return a sentence for each parameter that a URL has more than once, since all but one would be ignored."""
    return {name: gettext("It is given twice: give it once.") for name, values in args.lists() if len(values) > 1}


def is_canonical(args: "MultiDict[str, str]") -> bool:
    """Return whether the URL has only API filters, all with a value."""
    return all(value.strip() and name not in FORM_ONLY for name, value in args.items())


def _sort_key(pair: tuple[str, str]) -> tuple[int, str]:
    return (ORDER.index(pair[0]) if pair[0] in ORDER else len(ORDER), pair[0])
