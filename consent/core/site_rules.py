"""A site's custom rules on top of the law: stricter for a place, group or purpose, and one rule per country.

A custom rule is a dict with `place` (`*`, `US` or `US-CA`), `group` or `purpose`, and `level`. It can only make a rule
stricter. The one exception is a row whose value for a group was written from memory only: a custom rule for exactly
that row and group may also be laxer, since its author has checked the law.
"""

import datetime
from dataclasses import replace
from typing import NamedTuple

from consent.core.documents.site_settings import Overrides, SiteRule
from consent.core.groups import LEVELS, OPTIONAL
from consent.core.rule import Rule, unsure_groups
from consent.core.rules import Place, Rules

EVERYWHERE = "*"
OWN_LEVELS = ("notice", "opt_out", "opt_in")
"""The levels that an owner can require."""


class OwnRules(NamedTuple):
    """A site's custom rules in a place: the minimum rank of a tag by group and by purpose."""

    groups: dict[str, int]
    purposes: dict[str, int]

    def level(self, level: int, group: str, purposes: list[str]) -> int:
        """Return the rank for a tag of `group` with `purposes` whose rank is `level` without custom rules."""
        return max(level, self.groups.get(group, 0), *(self.purposes.get(purpose, 0) for purpose in purposes))


def rule_of(owner: Overrides, rules: Rules, place: Place, date: datetime.date) -> Rule:
    """Return the law's rule for `place`, or its country's strictest if the site has one rule for the country."""
    one_rule = {entry["country"] for entry in owner.get("one_rule", [])}
    rule_place = Place(place.country) if place.country in one_rule else place
    return rules.rule_at(rule_place, date, owner["rest_of_world"])


def custom_rules(owner: Overrides, rule: Rule, place: Place) -> OwnRules:
    """Return the site's custom rules that apply where `rule` applies."""
    own = OwnRules({}, {})
    for entry in applicable_rules(owner, rule, place):
        rank = LEVELS.index(entry["level"])
        where, name = (own.groups, entry["group"]) if "group" in entry else (own.purposes, entry["purpose"])
        where[name] = max(where.get(name, 0), rank)
    return own


def applicable_rules(owner: Overrides, rule: Rule, place: Place) -> list[SiteRule]:
    """Return the custom rules that apply in `place`; if it isn't fully known, those of every place it may be."""
    codes = {EVERYWHERE, place.country, place.code, rule.code}
    return [entry for entry in owner.get("rules", []) if entry["place"] in codes or _may_be(entry["place"], place)]


def _may_be(code: str, place: Place) -> bool:
    return not place.country or (not place.subdivision and code.startswith(f"{place.country}-"))


def with_custom_rules(owner: Overrides, rule: Rule) -> Rule:
    """Return `rule` with unconfirmed values of its row replaced by the site's laxer ones."""
    levels = list(rule.levels)
    for entry in owner.get("rules", []):
        if is_laxer(entry, rule) and may_be_laxer(entry, rule):
            levels[OPTIONAL.index(entry["group"])] = LEVELS.index(entry["level"])
    return replace(rule, levels=(levels[0], levels[1], levels[2]))


def is_laxer(entry: SiteRule, rule: Rule) -> bool:
    """Return whether a custom rule requires less for its group than `rule`, the rule of its place."""
    return "group" in entry and LEVELS.index(entry["level"]) < rule.levels[OPTIONAL.index(entry["group"])]


def may_be_laxer(entry: SiteRule, rule: Rule) -> bool:
    """Return whether a custom rule is for exactly the row of `rule`, and for a value written from memory only."""
    return bool(entry["place"] == rule.code and entry.get("group") in rule.unsure)


def ranks_under(owner: Overrides, rules: Rules) -> dict[str, str]:
    """Return `rules.under` for a site, with lower ranks for regimes in which a custom rule is laxer."""
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
