"""Resolve a config for one rule on one day: all decision inputs before the visitor's choice, signals and page.

The result is a JSON-able dict, the same that the script in the page gets, so that `decide` in Python and in
JavaScript have the same input:

- `place`, `rule` (label), `regime`, `day`; `letters`: the letters that a choice made here adds to the regime in the
  cookie; `letters_by_age`: the same by age band, where the rule requires the consent of minors
- `under`: rank digits by regime, to know how strict the rule of an earlier grant was
- `life`, `keep`: calendar months for which a grant counts, and for which a refusal prevents a new prompt
- `scope`, `gpc`, `dnt` (which signals apply), `quiet` (no prompt under DNT), `status`, `links`
- `sensitive` (true, or page patterns), `barred` (tags that no choice can release there: "", "flagged" or "all")
- `minors`: by age band, the rank of the effect for functional, analytics, advertising, sale_or_share, and by single age
  (`15`) where it differs from that of its band; `letters_by_age` has the same single ages; `child`
- `ask_new`: whether to prompt now for vendors that an older grant does not cover
- `groups`: by optional group `level` and `keys` (first 8 hex digits, newest first)
- `tags`: `id vendor group level flagged third exempt relaxed hold only except bound covered limited`; among `except`
  are the site's payment pages for a tag that must not run there; one that is `bound` has page limits of its own; one
  with `tcf` goes by purposes and vendors of the vendor list, where the framework applies; one with `trigger` waits for it
- `tcf`: what visitors choose from there; not present elsewhere
"""

from collections.abc import Sequence
from typing import NamedTuple

from consent.core.age_rules import OWN_OPT_IN, effects_by_age
from consent.core.days import date_of
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved, ResolvedTag
from consent.core.documents.site_settings import Overrides
from consent.core.documents.tags import Limits, Tag, Trigger
from consent.core.documents.tcf import TcfOffer
from consent.core.groups import COOKIELESS, ESSENTIAL, LETTERS, OPT_IN, OPTIONAL, RELAXED
from consent.core.rule import TRANSFER_BANNED, Rule
from consent.core.rules import SILENT, Place, Rules
from consent.core.site_rules import OwnRules, custom_rules, ranks_under, rule_of, with_custom_rules

MAX_MONTHS = 13
"""The longest life of a grant, whatever the rule says (a tracker's life of 13 months: CNIL, guidelines of 2020)."""
RESTRICTED_IN = frozenset(f"US-{state}" for state in ["CA", "CO", "CT", "DE", "FL", "MT", "NE", "NH", "NJ", "OR", "TX"])
"""Where limited data use limits anything (Meta, "Data Processing Options for US Users"): of others the vendor takes all."""
HOLDS_FLAGGED = {"sale_banned", "signed_authorisation_to_sell"}
NEED_CONSENT = {"opt_in", "explicit_opt_in", "strictly_necessary_only"}
"""What rows say of sensitive data where it needs consent at least."""
OWN = "; own rules of the site"
"""Said after the name of a rule that the site has made another one of."""


class _Visit(NamedTuple):
    """Where, on which day of the site and in which language somebody comes, as far as limits of tags go by it."""

    place: Place
    day: int
    language: str | None


def resolve(
    config: Config,
    rules: Rules,
    place: Place,
    day: int,
    language: str | None = None,
    site_day: int | None = None,
    law_day: int | None = None,
) -> Resolved:
    """Return what is decided of `config` for `place` on `day` before any choice, in the form that this module states.

    `language` is that of the visit; without one no tag is held for it. `site_day` is the day where the site is, by which
    schedules go, and `law_day` the one in `place`, by which its law goes; `day` where they are not told.
    """
    owner = config["overrides"]
    law = rule_of(owner, rules, place, date_of(day if law_day is None else law_day))
    rule, own, under = with_custom_rules(owner, law), custom_rules(owner, law, place), ranks_under(owner, rules)
    visit = _Visit(place, day if site_day is None else site_day, language)
    offer = _tcf_offer(config, rules, place)
    tags = [_with_tcf(_tag(tag, config, rule, own, visit), config, offer) for tag in config["tags"]]
    is_sensitive = bool(owner["sensitive"] or owner["sensitive_paths"])
    minors = effects_by_age(rule.minors)
    life = min(rule.consent_months or MAX_MONTHS, MAX_MONTHS)
    resolved: Resolved = {
        "place": place.code,
        "rule": rule.label + (OWN if rule != law or any(own) else ""),
        "regime": rule.regime,
        "day": day,
        "letters": _letters(rule, own, tags, under, is_sensitive),
        "letters_by_age": {
            band: _letters(rule, own, tags, under, is_sensitive, ranks)
            for band, ranks in minors.items()
            if OWN_OPT_IN in ranks or band.isdigit()
        },
        "under": under,
        "life": life,
        "keep": max(life, rule.cooldown_months or 0),
        "scope": rule.scope,
        "gpc": rule.gpc not in SILENT or not owner["ignore_gpc_where_silent"],
        "dnt": rule.dnt == "objection" or owner["honour_dnt"],
        "quiet": rule.dnt == "objection",
        "status": rule.shows_status,
        "links": list(rule.links),
        "sensitive": owner["sensitive"] or owner["sensitive_paths"],
        "barred": _barred(rule),
        "minors": minors,
        "child": owner["addresses_children"],
        # The framework asks again at once (TCF Policies, chapter II).
        "ask_new": owner["ask_for_new_vendors"] == "now" or offer is not None,
        "groups": {
            group: {
                "level": own.level(OPT_IN if level == RELAXED else level, group, []),
                "keys": [entry["key"][:8] for entry in config["purpose_keys"][group]],
            }
            for group, level in zip(OPTIONAL, rule.levels, strict=True)
        },
        "tags": tags,
    }
    return resolved if offer is None else {**resolved, "tcf": offer}


def _tcf_offer(config: Config, rules: Rules, place: Place) -> TcfOffer | None:
    """Return what visitors of `place` choose from in the framework, None where it does not apply or the site is stopped."""
    if "tcf" not in config or config["overrides"]["kill_switch"] or not tcf_applies(config, rules, place.country):
        return None
    cut = config["tcf"]
    offer: TcfOffer = {
        "key": cut["key"],
        "keys": cut["keys"],
        "disclosed": cut["disclosed"],
        "consent": cut["consent"],
        "interest": cut["interest"],
        "purposes": cut["purposes"],
        "interests": cut["interests"],
        "features": cut["features"],
    }
    if "google" in cut:
        offer["google"] = cut["google"]
    if config["overrides"]["sensitive"]:
        return {**offer, "interest": "", "interests": ""}
    return offer


def tcf_applies(config: Config, rules: Rules, country: str | None) -> bool:
    """Return whether the framework applies to visitors of a country: where regions.csv says so, or the owner everywhere."""
    return bool(config["overrides"].get("tcf", {}).get("everywhere")) or rules.has_tcf(country)


def _with_tcf(tag: ResolvedTag, config: Config, offer: TcfOffer | None) -> ResolvedTag:
    """Return `tag` with what its vendor needs in the framework, where nothing runs before a choice."""
    needs = config["tcf"]["tags"].get(tag["id"]) if offer is not None else None
    return tag if needs is None or tag["group"] == ESSENTIAL else {**tag, "tcf": needs, "level": OPT_IN}


def trigger_of(tag: Tag) -> Trigger | None:
    """Return what in a page `tag` waits for, None where it runs with the page view.

    Code that the page itself has runs where it stands: the service loads nothing, so nothing can wait.
    """
    trigger = tag.get("trigger")
    return None if trigger is None or tag.get("in_page") or tag["load"]["type"] == "marked" else trigger


def on_any_page(resolved: Resolved) -> Resolved:
    """Return `resolved` as it is where each tag runs as far as pages go, for what does not depend on one."""
    return resolved | {"tags": [tag | {"only": [], "except": [], "bound": False} for tag in resolved["tags"]]}


def _tag(tag: Tag, config: Config, rule: Rule, own: OwnRules, visit: _Visit) -> ResolvedTag:
    group = tag["group"] if tag["group"] in (ESSENTIAL, *OPTIONAL) else "advertising"
    level, relaxed = _level(tag, rule, own, group)
    place = visit.place.code
    resolved: ResolvedTag = {
        "id": tag["id"],
        "vendor": tag["vendor"],
        "group": group,
        "level": level,
        "flagged": group != ESSENTIAL and (tag["sale_or_share"] or group == "advertising"),
        "third": tag["third_party"],
        "exempt": bool(tag["exemptions"]),
        "relaxed": relaxed,
        "hold": _override_reason(tag, config["overrides"], visit, group) or _located(tag, rule, group),
        "only": tag["pages"]["only"],
        "except": [*tag["pages"]["except"], *_payment_pages(tag, config["overrides"], group)],
        "bound": bool(tag["pages"]["only"] or tag["pages"]["except"]),
        "covered": [
            entry["key"][:8]
            for entry in config["purpose_keys"].get(group, [])
            if tag["vendor"] in entry["vendors"] and set(tag["purposes"]) <= set(entry["purposes"])
        ],
        # A restricted mode still keeps and sends things, so it stands in for an objection and never for a missing opt-in.
        "limited": tag["limited"]
        if tag["limited"] == COOKIELESS or (level < OPT_IN and place in RESTRICTED_IN)
        else None,
    }
    trigger = trigger_of(tag)
    return {**resolved, "trigger": trigger} if trigger else resolved


def _level(tag: Tag, rule: Rule, own: OwnRules, group: str) -> tuple[int, bool]:
    """Return the rank of the rule for `tag`, and whether an exemption that it carries made it laxer.

    Most laws on sensitive data count a precise location as such, so a tag that sends one waits where that needs consent.
    """
    if group == ESSENTIAL:
        return 0, False
    index = OPTIONAL.index(group)
    level = rule.levels[index]
    is_exempt = rule.exemptions[index] and rule.exemptions[index] in tag["exemptions"]
    lawful = min(level, RELAXED) if is_exempt else OPT_IN if level == RELAXED else level
    if tag.get("precise_location") and NEED_CONSENT & set(rule.sensitive_data):
        lawful = OPT_IN
    wanted = own.level(lawful, group, tag["purposes"])
    return wanted, bool(is_exempt and level >= RELAXED and wanted == lawful)


def _override_reason(tag: Tag, owner: Overrides, visit: _Visit, group: str) -> str | None:
    """Return why a setting of the site blocks `tag` here and today, whatever the visitor chose, or None."""
    if owner["kill_switch"] and group != ESSENTIAL:
        return "kill_switch"
    if not tag["enabled"]:
        return "switched_off"
    if tag["group"] not in (ESSENTIAL, *OPTIONAL):
        return "unclassified"
    if not _in_place(tag["places"], visit.place):
        return "out_of_place"
    schedule, today = tag["schedule"], date_of(visit.day).isoformat()
    if (schedule["from"] or "") > today or (schedule["until"] or "9999") < today:
        return "out_of_schedule"
    # Configs of earlier times limit none to languages.
    only = tag.get("languages")
    return "out_of_page" if only and visit.language and visit.language not in only else None


def _located(tag: Tag, rule: Rule, group: str) -> str | None:
    """Return `precise_location` for a tag that sends it where the law bans that for everybody, so that no click cures it."""
    if group == ESSENTIAL or not rule.location or not tag.get("precise_location"):
        return None
    is_sold = tag["sale_or_share"] or group == "advertising"
    return "precise_location" if is_sold or (tag["third_party"] and rule.location == TRANSFER_BANNED) else None


def _payment_pages(tag: Tag, owner: Overrides, group: str) -> list[str]:
    """Return the patterns of the payment pages from which `tag` is excluded (PCI DSS 4.0, 6.4.3)."""
    if group == ESSENTIAL or tag.get("payment_note"):
        return []
    pages: list[str] = owner.get("payment_paths", [])
    return pages


def _in_place(places: Limits, place: Place) -> bool:
    """Return whether a tag may run in `place`; an unknown one is in no list of `only` and may be in each of `except`."""
    here = {place.country or "", place.code}
    if places["only"] and not here & set(places["only"]):
        return False
    if not place.country:
        return not places["except"]
    inside = {code for code in places["except"] if code[:2] == place.country and "-" in code}
    return not here & set(places["except"]) and not (inside and not place.subdivision)


def _letters(
    rule: Rule,
    own: OwnRules,
    tags: list[ResolvedTag],
    under: dict[str, str],
    sensitive: bool,
    minor: Sequence[int] = (0, 0, 0, 0),
) -> str:
    """Return the letters that a choice made under `rule` adds to its regime (see `consent.core.choice`).

    Who is asked for one tag of a group, by an own rule on its purpose, on a sensitive page or as a `minor`, is asked for
    the group.
    """
    known = under[rule.regime]
    extra = []
    for letter, group, level, laxest, effect in zip(LETTERS, OPTIONAL, rule.levels, known, minor, strict=False):
        group_tags = [tag for tag in tags if tag["group"] == group]
        strict = any(tag["level"] == OPT_IN or (sensitive and tag["third"]) for tag in group_tags)
        is_flagged = group == "advertising" or any(tag["flagged"] for tag in group_tags)
        strict = strict or OWN_OPT_IN in (effect, minor[3] if is_flagged else 0)
        rank = own.level(OPT_IN if level == RELAXED or strict else level, group, [])
        if rank == OPT_IN and int(laxest) < OPT_IN:
            extra.append(letter)
    if "x" not in known and any(tag["relaxed"] for tag in tags):
        extra.append("x")
    return "".join(extra)


def _barred(rule: Rule) -> str:
    """Return which tags no click releases on a sensitive page: "all" optional ones, the "flagged" ones, or none."""
    if "strictly_necessary_only" in rule.sensitive_data:
        return "all"
    return "flagged" if HOLDS_FLAGGED & set(rule.sensitive_data) else ""
