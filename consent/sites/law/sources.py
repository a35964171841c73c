"""Statutes behind the shipped rules: their sections and official addresses, by the row based on them."""

import csv
import io
from functools import lru_cache
from typing import NamedTuple

from consent.sites.shipped_rules import rule_file


class Source(NamedTuple):
    """A provision behind a row: `url` is its official address, `says` sums it up in one sentence.

    `is_read` is `yes`, `part` or `no`: whether its official wording was read, on the day `checked`; `is_page` is
    whether the address is the text itself rather than its publisher's home page.
    """

    statute: str
    section: str
    url: str
    says: str
    checked: str
    is_read: str
    is_page: bool


def load_sources() -> dict[str, tuple[Source, ...]]:
    """Return the provisions behind each row by its code, the row's own before shared ones."""
    return _parsed(rule_file("sources.csv"))


@lru_cache(2)
def _parsed(table: str) -> dict[str, tuple[Source, ...]]:
    by_row: dict[str, list[tuple[int, Source]]] = {}
    for row in csv.DictReader(io.StringIO(table)):
        codes = row["rows"].split(";")
        names = ("statute", "section", "url", "says", "checked")
        statute, section, url, says, checked = (row[name] for name in names)
        found = Source(statute, section, url, says, checked, row["read"], row["url_seen"] != "home")
        for code in codes:
            by_row.setdefault(code, []).append((len(codes), found))
    return {
        code: tuple(one for _, one in sorted(entries, key=lambda pair: pair[0])) for code, entries in by_row.items()
    }


def sources_of(code: str) -> tuple[Source, ...]:
    """Return the provisions behind the row `code`; none for a row that isn't law."""
    return load_sources().get(code, ())
