"""Vendor catalog: load, validate and search the vendor files, one JSON file per vendor."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from consent.classifier.tag_template import ParameterError, fill
from consent.classifier.vendor import Parameter, TagTemplate, Vendor, new_vendor
from consent.classifier.vendor_search import search
from consent.classifier.vendor_validation import vendor_errors
from consent.core.documents.json_object import JsonObject
from consent.core.documents.vendor_file import VendorDocument
from consent.core.host_patterns import owners_of

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

__all__ = [
    "VENDORS",
    "Catalog",
    "CatalogError",
    "Parameter",
    "ParameterError",
    "TagTemplate",
    "Vendor",
    "document_errors",
    "fill",
    "load_catalog",
]

DATA = Path(__file__).parent.parent / "data"
VENDORS = DATA / "vendors"
MAX_QUOTED_LENGTH = 60
"""Maximum length at which an invalid value is quoted in an error message."""


class CatalogError(ValueError):
    """Raised when vendor files can't be used; the message has one line per error."""


@dataclass(frozen=True)
class Catalog:
    """All vendors from one or more folders, sorted by name."""

    vendors: tuple[Vendor, ...]

    @cached_property
    def _by_id(self) -> dict[str, Vendor]:
        return {vendor.id: vendor for vendor in self.vendors}

    def vendor(self, vendor_id: str) -> Vendor:
        """Return the vendor with the id `vendor_id`. Raises KeyError."""
        return self._by_id[vendor_id]

    def search(self, text: str) -> list[Vendor]:
        """Return the vendors that match every word of `text`, best first, or all vendors if it is empty.

        A word matches a well-known short name, such as `fb`; it equals, starts or, if it has three letters or more, is
        contained in a name, id or company; it starts a host or cookie name; and it matches the initials of a name.
        """
        return search(self.vendors, text)

    def vendors_at(self, address: str) -> list[Vendor]:
        """Return the vendors that own `address` by host and path; several products of a company may share one."""
        return [self.vendor(key) for key in owners_of(address, {vendor.id: vendor.hosts for vendor in self.vendors})]


@cache
def load_catalog(*folders: Path) -> Catalog:
    """Return the vendors of all JSON files in `folders`, loaded once per process.

    Files outside the shipped folder, which the tests validate, are checked against the schema. Raises CatalogError,
    which names each invalid file.
    """
    vendors: dict[str, Vendor] = {}
    all_errors: list[str] = []
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        document = _read(path)
        problems = [] if path.parent == VENDORS else list(_document_errors(document, path.stem))
        if path.stem in vendors:
            problems.append("two folders have a file of this name")
        all_errors += [f"{path.name}: {problem}" for problem in problems]
        if not problems:
            vendors[path.stem] = new_vendor(document)
    if all_errors:
        raise CatalogError("\n".join(all_errors))
    return Catalog(tuple(sorted(vendors.values(), key=lambda vendor: vendor.name.lower())))


def document_errors(document: JsonObject) -> dict[str, str]:
    """Return a sentence for each error in a vendor's `document`, by path, such as `hosts.0`, or "" for the whole."""
    errors = list(_validator().iter_errors(document))
    if errors:
        return {".".join(str(part) for part in error.absolute_path): f"{_error_text(error)}." for error in errors}
    checked = cast(VendorDocument, document)  # validated by the schema above
    problems = list(vendor_errors(checked, checked["id"]))
    return {"": f"{problems[0][:1].upper()}{problems[0][1:]}."} if problems else {}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise CatalogError(f"{path.name}: this is no JSON ({error})") from error


def _document_errors(document: Any, stem: str) -> Iterator[str]:
    errors = [f"{error.json_path}: {_error_text(error)}" for error in _validator().iter_errors(document)]
    yield from errors or vendor_errors(document, stem)


def _error_text(error: "ValidationError") -> str:
    """Return the error as a sentence that quotes the schema's description instead of a regular expression."""
    value = repr(error.instance)
    short = value if len(value) <= MAX_QUOTED_LENGTH else f"{value[:MAX_QUOTED_LENGTH]}…"
    description = error.schema.get("description") if isinstance(error.schema, dict) else None
    if error.validator in ("pattern", "not") and description:
        return f"{short} is not right here: {description.rstrip('.')}"
    return str(error.message).replace(value, short)[:200]


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # slow to import and unused for the shipped files, which tests validate

    return Draft202012Validator(json.loads((DATA / "vendor.schema.json").read_text("utf-8")))
