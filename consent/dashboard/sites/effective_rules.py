"""A place's effective consent rule for a site, value by value, with the source of each."""

import datetime
from typing import NamedTuple, TypedDict

from flask_babel import gettext
from flask_security import current_user

from consent.core.age_rules import Band, strongest_bands
from consent.core.documents.config import Draft
from consent.core.documents.site_settings import Overrides, SiteRule
from consent.core.groups import LEVELS, OPT_OUT, OPTIONAL
from consent.core.resolve import MAX_MONTHS
from consent.core.rule import Rule
from consent.core.rules import SILENT, Place, Rules
from consent.core.site_rules import applicable_rules, custom_rules, rule_of, with_custom_rules
from consent.core.translatable import translatable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.labels import GROUP_WORDS, counted_unit, purpose_title
from consent.dashboard.frame.locale import Labels, capitalized, lowered, page_language, translated, with_label
from consent.log.audit_labels import FORMER
from consent.presentation.links import INSTEAD
from consent.presentation.texts import banner_texts
from consent.publishing.required_links import NOTICES
from consent.sites.custom.rules import LEVEL_WORDS
from consent.storage.database.base import db
from consent.storage.log import actors


class Note(TypedDict):
    """The note on a setting: the reason, the opaque id of the user who made it, and the day."""

    reason: str
    by: str
    on: str


def new_note(reason: str) -> Note:
    """Return the note on a setting that the current user makes today for `reason`."""
    day = datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()
    return {"reason": reason, "by": current_user.audit_id, "on": day.isoformat()}


def names_of_authors(owner: Overrides) -> dict[str, str]:
    """Return the names of the authors of the legal settings `owner` of a draft, by id."""
    entries = [*owner.get("rules", []), *owner.get("one_rule", []), *owner.get("reasons", {}).values()]
    ids = {by for entry in entries if (by := entry.get("by"))}
    return dict.fromkeys(ids, FORMER) | actors.names_of(db.session, ids)


STATUS_WORDS = Labels(
    {
        "confirmed": "confirmed in its main fields by a source",
        "partial": "confirmed in part",
        "recalled": "not confirmed by a source",
        "design_choice": "no law: our own choice",
    }
)
SHORT = Labels(
    {
        "none": "free",
        "notice": "notice",
        "notice_and_opt_out": "exempt only",
        "opt_out": "opt-out",
        "opt_in": "opt-in",
    }
)
BADGES = {"none": "live", "notice": "live", "notice_and_opt_out": "changed", "opt_out": "changed", "opt_in": "held"}
GPC_WORDS = Labels(
    {
        "no": "the law is silent",
        "recommended": "recommended",
        "unknown": "whether it is a duty is not confirmed",
        "conditional": "a duty under conditions",
        "honour": "our own choice",
        "yes": "a duty",
    }
)
DNT_WORDS = Labels(
    {
        "no": "no duty",
        "disclose": "the policy must say how it is treated",
        "objection": "counts as an objection",
    }
)
SCOPE_WORDS = Labels({"sale_or_share": "Also refuses what is sold or shared in other groups"})
PARITY_WORDS = Labels(
    {
        "yes": "By law",
        "dark_pattern_ban": "By a ban on dark patterns",
        "ftc_deception": "A misleading banner is a deceptive practice",
        "recommended": "Recommended",
    }
)
EFFECT_WORDS = Labels(
    {
        "own_opt_in": "own grant needed",
        "parent": "only a parent can grant",
        "parent_and_child": "parent and child must consent together",
        "barred": "cannot be granted",
    }
)
BARRED_WORDS = Labels({"sale_or_share": "Sale or sharing"})
SENSITIVE_WORDS = Labels(
    {
        "notice": "Visitors are informed",
        "opt_in": "Consent first",
        "explicit_opt_in": "Explicit consent first",
        "opt_in_consumer_health": "Consent first for consumer health data",
        "signed_authorisation_to_sell": "Selling needs a signed authorization",
        "opt_out": "Visitors can opt out",
        "limit_use": "Visitors can limit the use",
        "sale_banned": "Selling is banned",
        "strictly_necessary_only": "Only what is strictly necessary",
    }
)
LOCATION_WORDS = Labels(
    {
        "sale_banned": "Selling or sharing it is banned: tags that do so stay blocked",
        "transfer_banned": "Passing it on is banned: third-party tags that get it stay blocked",
    }
)
COLUMN_WORDS = Labels(
    {
        "all": "the whole rule",
        "in_force_since": "the day it begins",
        "functional": "functional cookies",
        "analytics": "analytics cookies",
        "analytics_exemption": "the exemption for analytics",
        "functional_exemption": "the exemption for functional cookies",
        "advertising": "advertising cookies",
        "gpc": "Global Privacy Control",
        "gpc_since": "since when Global Privacy Control counts",
        "dnt": "Do Not Track",
        "consent_max_months": "how long a grant lasts",
        "refusal_cooldown_months": "how long to wait after a refusal",
        "opt_out_scope": "what an opt-out covers",
        "minors": "minors",
        "child_age": "the age of a child",
        "teen_note": "the note on minors",
        "sensitive_data": "sensitive pages",
        "precise_location": "precise location",
        "reject_parity": "equal Reject",
        "required_links": "links",
        "opt_out_status_display": "showing an opt-out as honored",
        "wall": "cookie walls",
        "proof_duty": "the duty to prove consent",
        "authority": "the authority",
    }
)
AT_ONCE = translatable(
    "Counts from the same page on, with a single action: no second step, no sign-in, no wait for a receipt"
)
SHOWN_EVERYWHERE = translatable(
    "In both layers, the notice, the button, the cookie declaration and the page of own receipts"
)
NO_LAW = translatable("no law: our own choice")


class Value(NamedTuple):
    """A value in words: `origin` is its law, `is_sure` whether a source confirms it, `own` the site's rules on it."""

    name: str
    words: str
    origin: str
    is_sure: bool
    own: tuple[SiteRule, ...] = ()


class EffectiveRule(NamedTuple):
    """The rule in effect in a place: the law's rule, levels by group with the site's rules, and whether it has any."""

    code: str
    rule: Rule
    levels: dict[str, str]
    own: bool


def place_of(code: str) -> Place:
    """Return the place of a row; the last row, `ZZ`, is for unknown places."""
    return Place() if code == "ZZ" else Place(code[:2], code[3:] or None)


def effective(draft: Draft, rules: Rules, code: str, today: datetime.date) -> EffectiveRule:
    """Return the effective rule of row `code`, including the site's own rules."""
    owner, place = draft["overrides"], place_of(code)
    law = rule_of(owner, rules, place, today)
    rule, own = with_custom_rules(owner, law), custom_rules(owner, law, place)
    levels = {g: LEVELS[own.level(rule.levels[n], g, [])] for n, g in enumerate(OPTIONAL)}
    lawful = {g: LEVELS[law.levels[n]] for n, g in enumerate(OPTIONAL)}
    return EffectiveRule(code, law, levels, levels != lawful or bool(own.purposes))


def values(draft: Draft, rules: Rules, code: str, today: datetime.date) -> list[Value]:
    """Return each effective value of row `code` today, groups first."""
    rule_here = effective(draft, rules, code, today)
    row = rules.rows[rule_here.rule.code]
    entries = applicable_rules(draft["overrides"], rule_here.rule, place_of(code))
    return [*_groups(rule_here, entries), *_purposes(entries), *_others(draft, rule_here.rule, row)]


def unconfirmed(row: dict[str, str]) -> list[str]:
    """Return the names of the values of `row` that no source confirms."""
    columns = [name.partition(":") for name in row["recalled_fields"].split(";") if name]
    return [_unconfirmed(COLUMN_WORDS.get(column) or _plain(column), ages) for column, _, ages in columns]


def _unconfirmed(name: str, ages: str) -> str:
    first, _, last = ages.partition("-")
    return gettext("%(name)s (%(first)s to %(last)s years)", name=name, first=first, last=last) if ages else name


def _groups(rule_here: EffectiveRule, entries: list[SiteRule]) -> list[Value]:
    group_values = []
    for group, level in zip(OPTIONAL, rule_here.rule.levels, strict=True):
        own = tuple(entry for entry in entries if entry.get("group") == group)
        # If the site has its own rule, also show what the law alone would require.
        origin = (
            f"{rule_here.rule.law or translated(NO_LAW)}{f': {translated(LEVEL_WORDS[LEVELS[level]])}' if own else ''}"
        )
        words = capitalized(translated(LEVEL_WORDS[rule_here.levels[group]]))
        group_values.append(Value(GROUP_WORDS[group], words, origin, group not in rule_here.rule.unsure, own))
    return group_values


def _purposes(entries: list[SiteRule]) -> list[Value]:
    return [
        Value(
            gettext("Purpose: %(purpose)s", purpose=purpose_title(entry["purpose"]).lower()),
            capitalized(translated(LEVEL_WORDS[entry["level"]])),
            gettext("no rule of its own in the law: the rule of the tag's group applies"),
            True,
            (entry,),
        )
        for entry in entries
        if "purpose" in entry
    ]


def _others(draft: Draft, rule: Rule, row: dict[str, str]) -> list[Value]:
    owner = draft["overrides"]
    rows = [
        ("gpc", gettext("Global Privacy Control"), _gpc(rule, owner)),
        ("dnt", gettext("Do Not Track"), _dnt(rule, owner)),
        (
            "consent_max_months",
            gettext("How long a grant lasts"),
            _months(min(rule.consent_months or MAX_MONTHS, MAX_MONTHS)),
        ),
        (
            "refusal_cooldown_months",
            gettext("After a refusal, wait before asking again"),
            _months(rule.cooldown_months),
        ),
        ("opt_out_scope", gettext("Refusing advertising"), SCOPE_WORDS.get(rule.scope, "")),
        ("minors", gettext("Minors"), "; ".join(_band(band) for band in strongest_bands(rule.minors))),
        ("sensitive_data", gettext("Sensitive pages"), "; ".join(map(_sensitive, rule.sensitive_data))),
        ("precise_location", gettext("Precise location"), LOCATION_WORDS.get(rule.location, "")),
        ("reject_parity", gettext("Equal Reject"), PARITY_WORDS[row["reject_parity"]]),
        ("required_links", gettext("Links"), ", ".join(map(_link, rule.links))),
        (
            "opt_out_status_display",
            gettext("Opt-out shown as honored"),
            translated(SHOWN_EVERYWHERE) if rule.shows_status else "",
        ),
        ("opt_out_scope", gettext("An opt-out"), translated(AT_ONCE) if OPT_OUT in rule.levels else ""),
    ]
    unsure = {name.partition(":")[0] for name in row["recalled_fields"].split(";")}
    return [
        Value(name, words, rule.law or translated(NO_LAW), not {column, "all"} & unsure)
        for column, name, words in rows
        if words
    ]


def _gpc(rule: Rule, owner: Overrides) -> str:
    is_ignored = rule.gpc in SILENT and owner["ignore_gpc_where_silent"]
    effect = gettext("Ignored by this site") if is_ignored else gettext("Refuses what is sold or shared")
    return with_label(effect, GPC_WORDS[rule.gpc])


def _dnt(rule: Rule, owner: Overrides) -> str:
    is_honored = rule.dnt == "objection" or owner["honour_dnt"]
    effect = gettext("Refuses what is sold or shared") if is_honored else gettext("Ignored")
    return with_label(effect, DNT_WORDS[rule.dnt])


def _months(number: int | None) -> str:
    return counted_unit(number, "months") if number else ""


def _plain(token: str) -> str:
    return token.replace("_", " ").capitalize()


def _link(token: str) -> str:
    """Return a link's label, as visitors read it if it is one of the banner's."""
    name = token.removeprefix("or:").removesuffix("+icon")
    words = banner_texts(page_language()).get(f"link_{name}") or translated(NOTICES.get(name, "")) or _plain(name)
    return gettext("or %(link)s, with its icon", link=words) if token == INSTEAD else words


def _sensitive(token: str) -> str:
    return SENSITIVE_WORDS.get(token) or _plain(token)


def _band(band: Band) -> str:
    return str(
        gettext(
            "%(first)s to %(last)s years, %(effect)s: %(what)s",
            first=band.first,
            last=band.last,
            effect=EFFECT_WORDS[band.effect],
            what=", ".join(lowered(GROUP_WORDS.get(token) or BARRED_WORDS[token]) for token in band.tokens),
        )
    )
