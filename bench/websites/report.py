"""Result table of a run, with details for each non-zero figure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bench.websites.compare import FAILING, Verdict

COLUMNS = {
    "early": "before",
    "refused": "refused",
    "errors": "errors",
    "broken": "broken",
    "doubles": "doubles",
    "missing": "missing",
    "withdrawn": "withdrawn",
    "sold": "sold",
    "left": "cookies",
    "asked": "asked",
}
ROW = "{:<30}{:>6}{:>10}" + "{:>10}" * len(COLUMNS)


class Tried(NamedTuple):
    """A page with one set-up: site, name of the set-up, path, whether it asked for a choice, and what was wrong."""

    site: str
    set_up: str
    path: str
    asked: bool
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self._asdict() | {"verdict": self.verdict._asdict()}


def count(tried: Iterable[Tried], what: str) -> int:
    """Return how many things are wrong, counting each name once per page."""
    return sum(len({name for names in getattr(one.verdict, what).values() for name in names}) for one in tried)


def pages_with(tried: Iterable[Tried], what: str) -> int:
    """Return how many pages have something wrong."""
    return sum(bool(getattr(one.verdict, what)) for one in tried)


def _figures(tried: list[Tried]) -> list[int]:
    return [pages_with(tried, what) if what == "broken" else count(tried, what) for what in COLUMNS]


def table(every: list[Tried]) -> str:
    """Return a line for each site and set-up, and one for all: trackers that ran and so on, pages that look broken."""
    rows = [ROW.format("site, set-up", "pages", "questions", *COLUMNS.values())]
    by_site: dict[str, list[Tried]] = {}
    for one in every:
        by_site.setdefault(f"{one.site}, {one.set_up}", []).append(one)
    for name, tried in (by_site | {"all": every}).items():
        rows.append(ROW.format(name, len(tried), sum(one.asked for one in tried), *_figures(tried)))
    return "\n".join(rows)


def details(one: Tried) -> str:
    """Return what is wrong with a page, in words."""
    told = [
        f"    {COLUMNS.get(what, what)}, {state}: {'; '.join(names)}"
        for what in (*FAILING, "console", "shifts")
        for state, names in _column(one.verdict, what).items()
    ]
    return "\n".join([f"{one.site}, {one.set_up}, {one.path}", *(told or ["    nothing is wrong"])])


def _column(verdict: Verdict, what: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = getattr(verdict, what)
    return found


def is_clean(every: Iterable[Tried]) -> bool:
    """Return whether nothing that must be empty has entries."""
    return not any(_column(one.verdict, what) for one in every for what in FAILING)
