"""What holds in a place for a site, value by value, and where each comes from."""

import datetime
from typing import Any, NamedTuple

from consent.core.groups import LEVELS, OPTIONAL
from consent.core.resolve import MOST_MONTHS, SILENT
from consent.core.rules import Band, Place, Rule, Rules
from consent.core.site_rules import applying, own_rules, rule_of, under_own_rules
from consent.dashboard.words import GROUP_WORDS
from consent.snapshots.draft import Draft
from consent.snapshots.english import LAYERS
from consent.snapshots.own_rules import LEVEL_WORDS

STATUS_WORDS = {
    "confirmed": "confirmed in its main fields by a source",
    "partial": "confirmed in part",
    "recalled": "known by recollection alone",
    "design_choice": "no law: our own choice",
}
SHORT = {
    "none": "free",
    "notice": "notice",
    "notice_and_opt_out": "exempt only",
    "opt_out": "opt-out",
    "opt_in": "opt-in",
}
BADGES = {"none": "live", "notice": "live", "notice_and_opt_out": "changed", "opt_out": "changed", "opt_in": "held"}
GPC_WORDS = {
    "no": "the law is silent",
    "recommended": "recommended",
    "unknown": "whether it is a duty is not confirmed",
    "conditional": "a duty under conditions",
    "honour": "our own choice",
    "yes": "a duty",
}
DNT_WORDS = {
    "no": "no duty",
    "disclose": "the policy must say how it is treated",
    "objection": "counts as an objection",
}
SCOPE_WORDS = {"group": "", "sale_or_share": "Also refuses what is sold or shared in other groups"}
PARITY_WORDS = {
    "yes": "By law",
    "dark_pattern_ban": "By a ban on dark patterns",
    "ftc_deception": "A banner that tricks is deception",
    "recommended": "Recommended",
}
EFFECT_WORDS = {"own_opt_in": "own grant needed", "parent": "only a parent can grant", "barred": "cannot be granted"}
OURS = "no law: our own choice"


class Value(NamedTuple):
    """One value in words: `origin` is its law, `is_sure` whether a source confirms it, `own` the rules of the site on it."""

    name: str
    words: str
    origin: str
    is_sure: bool
    own: tuple[dict[str, Any], ...] = ()


class Effective(NamedTuple):
    """What holds in one place: the law's rule, the levels by group with what the site adds, and whether it adds anything."""

    code: str
    rule: Rule
    levels: dict[str, str]
    own: bool


def place_of(code: str) -> Place:
    """Return the place of a row; that of the last row, `ZZ`, is one that is not known."""
    return Place() if code == "ZZ" else Place(code[:2], code[3:] or None)


def effective(draft: Draft, rules: Rules, code: str, today: datetime.date) -> Effective:
    """Return what holds where the row `code` does, under the site's own rules."""
    owner, place = draft["overrides"], place_of(code)
    law = rule_of(owner, rules, place, today)
    rule, own = under_own_rules(owner, law), own_rules(owner, law, place)
    levels = {g: LEVELS[own.level(rule.levels[n], g, [])] for n, g in enumerate(OPTIONAL)}
    lawful = {g: LEVELS[law.levels[n]] for n, g in enumerate(OPTIONAL)}
    return Effective(code, law, levels, levels != lawful or bool(own.purposes))


def values(draft: Draft, rules: Rules, code: str, today: datetime.date) -> list[Value]:
    """Return each value of the row `code` as it holds today for the site, the groups first."""
    found = effective(draft, rules, code, today)
    row = rules.rows[found.rule.code]
    entries = applying(draft["overrides"], found.rule, place_of(code))
    return [*_groups(found, entries), *_purposes(entries), *_others(draft, found.rule, row)]


def _groups(found: Effective, entries: list[dict[str, Any]]) -> list[Value]:
    told = []
    for group, level in zip(OPTIONAL, found.rule.levels, strict=True):
        own = tuple(entry for entry in entries if entry.get("group") == group)
        # What the law alone would ask is worth saying where the site asks for something else.
        origin = f"{found.rule.law or OURS}{f': {LEVEL_WORDS[LEVELS[level]]}' if own else ''}"
        words = LEVEL_WORDS[found.levels[group]].capitalize()
        told.append(Value(GROUP_WORDS[group], words, origin, group not in found.rule.unsure, own))
    return told


def _purposes(entries: list[dict[str, Any]]) -> list[Value]:
    return [
        Value(
            f"Purpose: {entry['purpose'].replace('_', ' ')}",
            LEVEL_WORDS[entry["level"]].capitalize(),
            "no rule of its own in the law: that of the tag's group",
            True,
            (entry,),
        )
        for entry in entries
        if "purpose" in entry
    ]


def _others(draft: Draft, rule: Rule, row: dict[str, str]) -> list[Value]:
    owner = draft["overrides"]
    told = [
        ("gpc", "Global Privacy Control", _gpc(rule, owner)),
        ("dnt", "Do Not Track", _dnt(rule, owner)),
        ("consent_max_months", "A grant lasts", f"{min(rule.consent_months or MOST_MONTHS, MOST_MONTHS)} months"),
        ("refusal_cooldown_months", "After a refusal, nobody is asked for", _months(rule.cooldown_months)),
        ("opt_out_scope", "Refusing advertising", SCOPE_WORDS[rule.scope]),
        ("minors", "Minors", "; ".join(_band(band) for band in rule.minors)),
        ("sensitive_data", "Sensitive pages", _plain(rule.sensitive_data)),
        ("reject_parity", "Equal Reject", PARITY_WORDS[row["reject_parity"]]),
        ("required_links", "Links", ", ".join(map(_link, rule.links))),
        ("opt_out_status_display", "Opt-out shown as honoured", "Yes" if rule.shows_status else ""),
    ]
    unsure = {name.partition(":")[0] for name in row["recalled_fields"].split(";")}
    return [Value(name, words, rule.law or OURS, not {column, "all"} & unsure) for column, name, words in told if words]


def _gpc(rule: Rule, owner: dict[str, Any]) -> str:
    is_ignored = rule.gpc in SILENT and owner["ignore_gpc_where_silent"]
    return f"{'Ignored by this site' if is_ignored else 'Refuses what is sold or shared'}: {GPC_WORDS[rule.gpc]}"


def _dnt(rule: Rule, owner: dict[str, Any]) -> str:
    is_heard = rule.dnt == "objection" or owner["honour_dnt"]
    return f"{'Refuses what is sold or shared' if is_heard else 'Ignored'}: {DNT_WORDS[rule.dnt]}"


def _months(number: int | None) -> str:
    return f"{number} months" if number else ""


def _plain(words: tuple[str, ...]) -> str:
    return ", ".join(words).replace("or:", "or ").replace("+icon", " with its icon").replace("_", " ").capitalize()


def _link(token: str) -> str:
    """Return the words of a link that visitors read, where it is one of the banner's."""
    return LAYERS.get(f"link_{token}") or _plain((token,)).lower()


def _band(band: Band) -> str:
    return f"{band.first} to {band.last} years, {EFFECT_WORDS[band.effect]}: {_plain(band.tokens).lower()}"
