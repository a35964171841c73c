"""What receipts have in common, taken apart again: asked once for all that say the same."""

import json
from dataclasses import dataclass
from typing import Any

from consent.core.groups import OPTIONAL
from consent.storage.export_rows import APART, SAID

KEPT = 16_384
"""How many different ones a format remembers, some 200 bytes each."""
_TRUTH = {"1": True, "0": False, "": None}


@dataclass(frozen=True, slots=True)
class Said:
    """The columns `SAID` of a receipt; `vendors` is canonical JSON."""

    action: str
    method: str
    groups: dict[str, bool | None]
    vendors: str
    country: str | None
    subdivision: str | None
    regime: str
    config: str
    language: str
    gpc: bool
    dnt: bool
    age_band: str
    origin_checked: bool


def said_by(said: str) -> Said:
    """Return what `ExportRow.said` says."""
    parts: dict[str, Any] = dict(zip(SAID, said.split(APART), strict=True))
    groups = {group: _TRUTH[parts.pop(group)] for group in OPTIONAL}
    parts |= {name: parts[name] == "1" for name in ("gpc", "dnt", "origin_checked")}
    parts |= {name: parts[name] or None for name in ("country", "subdivision")}
    return Said(groups=groups, **parts)


def said_item(facts: Said) -> dict[str, Any]:
    """Return the part of a receipt, as the search shows it, that it has in common with others."""
    return {
        "action": facts.action,
        "method": facts.method,
        "choices": facts.groups,
        "vendors": json.loads(facts.vendors),
        "place": {"country": facts.country, "subdivision": facts.subdivision},
        "regime": facts.regime,
        "config": facts.config,
        "language": facts.language,
        "signals": {"gpc": facts.gpc, "dnt": facts.dnt, "age_band": facts.age_band},
    }
