"""Active search filters as chips in words, each with a link that removes it."""

from typing import NamedTuple

from flask_babel import gettext

from consent.dashboard.frame.labels import (
    ACTION_WORDS,
    GROUP_WORDS,
    METHOD_WORDS,
    SIGNAL_WORDS,
    STATE_WORDS,
    regime_words,
)
from consent.dashboard.frame.locale import Labels, language_words, place_words, written_date
from consent.dashboard.receipts.search_params import Query
from consent.storage.selection.filters import UNKNOWN

_CLOSED: dict[str, Labels] = {
    "action": ACTION_WORDS,
    "method": METHOD_WORDS,
    "signal": SIGNAL_WORDS,
    "age_band": Labels(
        {
            "under13": "age under 13",
            "13_15": "age 13 to 15",
            "16_17": "age 16 or 17",
            "adult": "age 18 or older",
            "unknown": "age not known",
        }
    ),
    "origin_checked": Labels({"true": "origin checked", "false": "origin unknown"}),
    "restricted": Labels({"include": "including restricted or objected", "only": "restricted or objected only"}),
}
_CHIP_TEXTS = Labels(
    {
        "from": "from {}",
        "to": "to {}",
        "subdivision": "state or province {}",
        "visitor": "visitor {:.8}",
    }
)


class Chip(NamedTuple):
    """An active filter: its name in the URL, and its label."""

    name: str
    words: str


def chips_of(query: Query, vendors: dict[str, str], versions: dict[str, int]) -> list[Chip]:
    """Return a chip for each filter of `query`; `vendors` are names by id, `versions` numbers by config name."""
    return [Chip(name, _words(name, value, vendors, versions)) for name, value in query.filters.items()]


def _words(name: str, value: str, vendors: dict[str, str], versions: dict[str, int]) -> str:
    kind, _, subject = name.partition(".")
    if kind == "group":
        return f"{GROUP_WORDS.get(subject, subject)} {STATE_WORDS.get(value, value)}"
    if kind == "vendor":
        return f"{vendors.get(subject, subject)} {STATE_WORDS.get(value, value)}"
    if kind == "country":
        return place_words(None if value == UNKNOWN else value)
    if name in _CHIP_TEXTS:
        return _CHIP_TEXTS[name].format(written_date(value[:32]) if name in ("from", "to") else value[:32])
    if kind == "config":
        return str(gettext("version %(number)s", number=versions.get(value, "?")))
    if kind == "regime":
        return regime_words(value)
    if kind == "language":
        return language_words(value)
    closed = _CLOSED.get(kind)
    return (closed.get(value) if closed else None) or f"{name} {value[:12]}"
