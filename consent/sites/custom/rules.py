"""Validate a site's custom rules when they are saved and before a publish."""

from collections.abc import Iterator

from consent.core.documents.site_settings import Overrides, SiteRule
from consent.core.groups import LEVELS, OPTIONAL
from consent.core.rules import Rules
from consent.core.site_rules import EVERYWHERE
from consent.core.translatable import all_translatable, translatable
from consent.presentation.english import PURPOSES
from consent.sites.draft_validation import DraftProblem

LEVEL_WORDS = all_translatable(
    {
        "none": translatable("runs without notice"),
        "notice": translatable("runs with a notice"),
        "notice_and_opt_out": translatable("runs with the exemption, until the visitor objects"),
        "opt_out": translatable("runs until it is refused"),
        "opt_in": translatable("waits until it is granted"),
    }
)


def custom_rule_name(entry: SiteRule) -> str:
    """Return the name of a custom rule: `US-CA analytics`, `* session_replay`. A site has at most one for each."""
    return f"{entry['place']} {entry.get('group') or entry.get('purpose')}"


def custom_rule_errors(owner: Overrides, codes: list[str]) -> dict[str, str]:
    """Return a sentence by path for each custom rule with an unknown place or purpose; `codes` are those of the rows."""
    fields: dict[str, str] = {}
    countries = {code[:2] for code in codes}
    for number, entry in enumerate(owner.get("rules", [])):
        path = f"overrides.rules.{number}"
        if entry["place"] not in (EVERYWHERE, *codes, *countries) or entry["place"] == "ZZ":
            fields[f"{path}.place"] = translatable(f"There is no rule for {entry['place']}.")
        if "purpose" in entry and f"purpose_{entry['purpose']}" not in PURPOSES:
            fields[f"{path}.purpose"] = translatable(f"There is no purpose {entry['purpose']}.")
    names = [custom_rule_name(entry) for entry in owner.get("rules", [])]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        fields["overrides.rules"] = translatable(f"There are two rules of your own for {doubled}.")
    families = {code[:2] for code in codes if "-" in code}
    for number, one_rule in enumerate(owner.get("one_rule", [])):
        if one_rule["country"] not in families:
            fields[f"overrides.one_rule.{number}"] = translatable(
                f"The law of {one_rule['country']} does not differ within it."
            )
    return fields


def laxer_rules(entries: list[SiteRule], rules: Rules) -> Iterator[DraftProblem]:
    """Yield a problem for each custom rule that requires less than a confirmed law of its place.

    Such a rule would never apply (consent/core/site_rules.py), so it is reported rather than ignored.
    """
    for number, entry in enumerate(entries):
        row = rules.rows.get(entry["place"])
        if row is None or "group" not in entry or not is_laxer_than(entry, row):
            continue
        if entry["group"] not in rules.unsure(entry["place"]):
            lawful = LEVEL_WORDS[row[entry["group"]]]
            sentence = translatable(
                f"A rule of your own cannot be laxer than the law: in {row['name']}, anything in "
                f"{entry['group']} {lawful}."
            )
            yield DraftProblem(f"overrides.rules.{number}.level", sentence, row["law"])


def is_laxer_than(entry: SiteRule, row: dict[str, str]) -> bool:
    """Return whether a custom rule requires less for its group than a row of regions.csv."""
    return entry["group"] in OPTIONAL and LEVELS.index(entry["level"]) < LEVELS.index(row[entry["group"]])
