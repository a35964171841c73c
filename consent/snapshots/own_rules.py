"""What is wrong with a site's own rules, and what they leave out: for whoever saves them, and before a publish."""

from collections.abc import Iterator
from typing import Any

from consent.core.groups import LEVELS, OPTIONAL
from consent.core.rules import Rules
from consent.core.site_rules import EVERYWHERE
from consent.snapshots.english import PURPOSES
from consent.snapshots.fault import Fault

LEVEL_WORDS = {
    "none": "runs, nothing is said",
    "notice": "runs, and is told of",
    "notice_and_opt_out": "runs with the exemption, until objected to",
    "opt_out": "runs until it is refused",
    "opt_in": "waits until it is granted",
}


def own_rule_name(entry: dict[str, Any]) -> str:
    """Return what an own rule is about: `US-CA analytics`, `* session_replay`. A site has one for each."""
    return f"{entry['place']} {entry.get('group') or entry.get('purpose')}"


def own_rule_faults(owner: dict[str, Any], codes: list[str]) -> dict[str, str]:
    """Return a sentence for each own rule that names what nobody knows, by its path; `codes` are those of the rows."""
    fields: dict[str, str] = {}
    countries = {code[:2] for code in codes}
    for number, entry in enumerate(owner.get("rules", [])):
        path = f"overrides.rules.{number}"
        if entry["place"] not in (EVERYWHERE, *codes, *countries) or entry["place"] == "ZZ":
            fields[f"{path}.place"] = f"There is no rule for {entry['place']}."
        if "purpose" in entry and f"purpose_{entry['purpose']}" not in PURPOSES:
            fields[f"{path}.purpose"] = f"There is no purpose {entry['purpose']}."
    names = [own_rule_name(entry) for entry in owner.get("rules", [])]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        fields["overrides.rules"] = f"There are two own rules for {doubled}."
    families = {code[:2] for code in codes if "-" in code}
    for number, entry in enumerate(owner.get("one_rule", [])):
        if entry["country"] not in families:
            fields[f"overrides.one_rule.{number}"] = f"The law of {entry['country']} does not differ within it."
    return fields


def laxer_rules(owner: dict[str, Any], rules: Rules) -> Iterator[Fault]:
    """Yield each own rule that asks for less than the law of its place does, where that law is confirmed.

    Such a rule would never count (consent/core/site_rules.py); saying so is better than a setting without effect.
    """
    for number, entry in enumerate(owner.get("rules", [])):
        row = rules.rows.get(entry["place"])
        if row is None or "group" not in entry or not is_below(entry, row):
            continue
        if entry["group"] not in rules.unsure(entry["place"]):
            asked = LEVEL_WORDS[row[entry["group"]]]
            sentence = f"An own rule cannot be laxer than the law: in {row['name']}, what is {entry['group']} {asked}."
            yield Fault(f"overrides.rules.{number}.level", sentence, row["law"])


def is_below(entry: dict[str, Any], row: dict[str, str]) -> bool:
    """Tell whether an own rule asks for less than a row of regions.csv does for its group."""
    return entry["group"] in OPTIONAL and LEVELS.index(entry["level"]) < LEVELS.index(row[entry["group"]])
