"""A site's own rules beside those of the law: stricter ones for a place, a group or a purpose, and one rule for a country.

An own rule is a dict with `place` (`*`, `US` or `US-CA`), `group` or `purpose`, and `level`. It only ever makes a rule
stricter. The one exception is a row of which we know a group's value by recollection alone: there an own rule for the very
row and group may also be laxer, since somebody has looked who knows better.
"""

from dataclasses import replace
from typing import Any, NamedTuple

from consent.core.groups import LEVELS, OPTIONAL
from consent.core.rules import Place, Rule, Rules, unsure_groups

EVERYWHERE = "*"
OWN_LEVELS = ("notice", "opt_out", "opt_in")
"""The levels that an owner can ask for."""


class OwnRules(NamedTuple):
    """What a site's own rules say in a place: by group and by purpose, the least rank that a tag stands under."""

    groups: dict[str, int]
    purposes: dict[str, int]

    def level(self, level: int, group: str, purposes: list[str]) -> int:
        """Return the rank for a tag of `group` with `purposes` that stands under `level` without them."""
        return max(level, self.groups.get(group, 0), *(self.purposes.get(purpose, 0) for purpose in purposes))


def rule_of(owner: dict[str, Any], rules: Rules, place: Place, date: Any) -> Rule:
    """Return the law's rule for `place`, or the strictest of its country where the site has one rule for all of it."""
    one_rule = {entry["country"] for entry in owner.get("one_rule", [])}
    asked = Place(place.country) if place.country in one_rule else place
    return rules.at(asked, date, owner["rest_of_world"])


def own_rules(owner: dict[str, Any], rule: Rule, place: Place) -> OwnRules:
    """Return what the own rules of a site say where `rule` holds."""
    found = OwnRules({}, {})
    for entry in applying(owner, rule, place):
        rank = LEVELS.index(entry["level"])
        where, name = (found.groups, entry["group"]) if "group" in entry else (found.purposes, entry["purpose"])
        where[name] = max(where.get(name, 0), rank)
    return found


def applying(owner: dict[str, Any], rule: Rule, place: Place) -> list[dict[str, Any]]:
    """Return the own rules that apply in `place`: where it is not known in full, those of every place that it may be."""
    codes = {EVERYWHERE, place.country, place.code, rule.code}
    return [entry for entry in owner.get("rules", []) if entry["place"] in codes or _may_be(entry["place"], place)]


def _may_be(code: str, place: Place) -> bool:
    return not place.country or (not place.subdivision and code.startswith(f"{place.country}-"))


def under_own_rules(owner: dict[str, Any], rule: Rule) -> Rule:
    """Return `rule` with the values that its row does not know for sure replaced by laxer ones of the site."""
    levels = list(rule.levels)
    for entry in owner.get("rules", []):
        if is_laxer(entry, rule) and may_be_laxer(entry, rule):
            levels[OPTIONAL.index(entry["group"])] = LEVELS.index(entry["level"])
    return replace(rule, levels=(levels[0], levels[1], levels[2]))


def is_laxer(entry: dict[str, Any], rule: Rule) -> bool:
    """Tell whether an own rule asks for less than `rule`, the rule of its place, does for its group."""
    return "group" in entry and LEVELS.index(entry["level"]) < rule.levels[OPTIONAL.index(entry["group"])]


def may_be_laxer(entry: dict[str, Any], rule: Rule) -> bool:
    """Tell whether an own rule is for the very row of `rule`, and for a value that is known by recollection alone."""
    return bool(entry["place"] == rule.code and entry.get("group") in rule.unsure)


def ranks_under(owner: dict[str, Any], rules: Rules) -> dict[str, str]:
    """Return `rules.under` for a site: what a grant under a regime counts for is lowered where an own rule is laxer."""
    lowered = dict(rules.under)
    for entry in owner.get("rules", []):
        row = rules.rows.get(entry["place"])
        if row is None or "group" not in entry or entry["group"] not in unsure_groups(row):
            continue
        known = lowered[row["regime"]]
        index = OPTIONAL.index(entry["group"])
        lowest = min(int(known[index]), LEVELS.index(entry["level"]))
        lowered[row["regime"]] = known[:index] + str(lowest) + known[index + 1 :]
    return lowered
