"""Handwritten decision cases, in JSON files for both the Python core and the page's script."""

import datetime
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from consent.core.choice import parse_choice
from consent.core.days import day_of
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.purposes import key_entry, next_keys
from consent.core.resolve import resolve
from consent.core.rules import Place, Rules
from consent.sites.draft import OVERRIDES

FILE = Path(__file__).with_name("decisions.json")
TCF_FILE = Path(__file__).with_name("tcf_decisions.json")
"""Cases of sites in the Transparency and Consent Framework."""
DATA = Path(__file__).parents[2] / "consent" / "data" / "regions"


@cache
def shipped_rules() -> Rules:
    """Return the shipped rules."""
    return Rules((DATA / "regions.csv").read_text("utf-8"), (DATA / "aliases.csv").read_text("utf-8"))


def make_tag(**facts: Any) -> dict[str, Any]:
    """Return a tag with plain values for the fields that `facts` leaves out."""
    tag = {
        "vendor": facts["id"],
        "enabled": True,
        "sale_or_share": facts.get("group") == "advertising",
        "exemptions": [],
        "purposes": [],
        "third_party": True,
        "limited": None,
        "places": {"only": [], "except": []},
        "pages": {"only": [], "except": []},
        "schedule": {"from": None, "until": None},
        "load": {"type": "script"},
    }
    return tag | facts


def make_config(
    tags: list[dict[str, Any]],
    overrides: dict[str, Any] | None = None,
    earlier: Any = (),
    tcf: Any = None,
    cookies: Any = (),
) -> dict[str, Any]:
    """Return the parts of a config with `tags` that `resolve` needs; `earlier` has the tag lists of older configs.

    `tcf` is the config's part from a vendor list.
    """
    keys: dict[str, list[dict[str, Any]]] = {group: [] for group in OPTIONAL}
    for old in [*earlier, tags]:
        keys = {g: next_keys(keys[g], key_entry([make_tag(**tag) for tag in old], [], g)) for g in OPTIONAL}
    return {
        "tags": [make_tag(**tag) for tag in tags],
        "cookies": [*cookies],
        "overrides": OVERRIDES | (overrides or {}),
        "purpose_keys": keys,
        **({"tcf": tcf} if tcf else {}),
    }


def fill_choice(text: str | None, config: dict[str, Any]) -> str | None:
    """Return `text` with {f}, {a}, {d} replaced by the current keys, and {f1} … by the previous ones."""
    if text is None:
        return None
    for letter, group in zip("fad", OPTIONAL, strict=True):
        for age, entry in enumerate(config["purpose_keys"][group]):
            text = text.replace(f"{{{letter}{age or ''}}}", entry["key"][:8])
    return text


def golden_cases(file: Path = FILE) -> list[dict[str, Any]]:
    """Return each case with `resolved`, `day` and `choice` filled in, and the complete decision as `full`."""
    document = json.loads(file.read_text("utf-8"))
    configs = {name: make_config(**config) for name, config in document["configs"].items()}
    cases = []
    for case in document["cases"]:
        config = configs[case.get("config", "shop")]
        day = day_of(datetime.date.fromisoformat(case.get("date", document["date"])))
        country, _, subdivision = case["place"].partition("-")
        place = Place(country or None, subdivision or None)
        resolved = resolve(config, shipped_rules(), place, day, case.get("language"))
        signals = {"gpc": False, "dnt": False, "age_band": "unknown"} | case.get("signals", {})
        choice = fill_choice(case.get("choice"), config)
        path = case.get("path", "/")
        full = asdict(decide(resolved, day, Signals(**signals), parse_choice(choice, case.get("tcf")), path))
        cases.append(
            case
            | {
                "resolved": resolved,
                "day": day,
                "signals": signals,
                "choice": choice,
                "path": path,
                "full": full,
            }
        )
    return cases
