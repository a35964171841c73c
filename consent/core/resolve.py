"""Resolve a config for one rule on one day: all decision inputs before the visitor's choice, signals and page.

The result is a JSON-able dict, the same that the script in the page gets, so that `decide` in Python and in JavaScript
have the same input:

- `place`, `rule` (label), `regime`, `day`; `letters`: the letters that a choice made here adds to the regime in the
  cookie; `letters_by_age`: the same by age band, where the rule requires the consent of minors
- `under`: rank digits by regime, which show how strict the rule of an earlier grant was
- `life`, `keep`: calendar months for which a grant counts, and for which a refusal prevents a new prompt
- `scope`, `gpc`, `dnt` (which signals apply), `quiet` (no prompt under DNT), `status`, `links`
- `sensitive` (true, or page patterns), `barred` (tags that no choice can release there: "", "flagged" or "all")
- `minors`: by age band, the rank of the effect for functional, analytics, advertising, sale_or_share, and by single age
  (`15`) where it differs from its band's; `letters_by_age` has the same single ages; `child`
- `ask_new`: whether to prompt now for vendors that an older grant doesn't cover
- `groups`: by optional group, `level` and `keys` (first 8 hex digits, newest first)
- `tags`: `id vendor group level flagged third exempt relaxed hold only except bound covered limited`; `except` includes
  the site's payment pages for a tag that must not run there; a `bound` tag has page limits of its own; a tag with `tcf`
  follows purposes and vendors of the vendor list, where TCF applies; a tag with `trigger` waits for it
- `asks`: optional groups to ask about even without a tag, those that only other tools' marks may name (`marked`), and
  the pages on which not to ask; missing if there are none
- `tcf`: what visitors choose from where TCF applies; missing elsewhere
"""

from collections.abc import Sequence
from typing import NamedTuple

from consent.core.age_rules import OWN_OPT_IN, effects_by_age
from consent.core.days import date_of
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved, ResolvedTag, UntaggedGroups
from consent.core.documents.site_settings import Overrides
from consent.core.documents.tags import Limits, Tag, Trigger
from consent.core.documents.tcf import TcfOffer
from consent.core.groups import COOKIELESS, ESSENTIAL, LETTERS, OPT_IN, OPTIONAL, RELAXED
from consent.core.rule import TRANSFER_BANNED, Rule
from consent.core.rules import SILENT, Place, Rules
from consent.core.site_rules import OwnRules, custom_rules, ranks_under, rule_of, with_custom_rules

MAX_MONTHS = 13
"""The longest life of a grant, whatever the rule says (13 months for a tracker: CNIL, guidelines of 2020)."""
RESTRICTED_IN = frozenset(f"US-{state}" for state in ["CA", "CO", "CT", "DE", "FL", "MT", "NE", "NH", "NJ", "OR", "TX"])
"""States where limited data use has an effect (Meta, "Data Processing Options for US Users"); elsewhere it has none."""
HOLDS_FLAGGED = {"sale_banned", "signed_authorisation_to_sell"}
NEED_CONSENT = {"opt_in", "explicit_opt_in", "strictly_necessary_only"}
"""Values in the table's rows for sensitive data that needs at least consent."""
OWN = "; own rules of the site"
"""Appended to the name of a rule that the site's own rules changed."""


class _Visit(NamedTuple):
    """The place, site-local day and language of a visit, for the tags' limits."""

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
    """Return the resolved config for `place` on `day` before any choice, in the form described in the module docstring.

    `language` is the visit's; without one, no tag is held because of its languages. `site_day` is the day at the site,
    used for schedules; `law_day` is the day in `place`, used for its law. Both default to `day`.
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
        # TCF requires asking again immediately (TCF Policies, chapter II).
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
    return _with_options(resolved, config, offer)


def _with_options(resolved: Resolved, config: Config, offer: TcfOffer | None) -> Resolved:
    """Return `resolved` with what only some sites have."""
    owner = config["overrides"]
    groups = _untagged_groups(config)
    marked = [group for group in OPTIONAL if group not in groups] if owner.get("foreign_marks") else []
    # While the kill switch is on, nothing of these groups may run.
    if (groups or marked) and not owner["kill_switch"]:
        asks: UntaggedGroups = {"groups": groups, "except": owner.get("payment_paths", [])}
        resolved["asks"] = {**asks, "marked": marked} if marked else asks
    return resolved if offer is None else {**resolved, "tcf": offer}


def _untagged_groups(config: Config) -> list[str]:
    """Return, in order, the optional groups of what the site itself stores, and those that its owner adds."""
    used = {cookie["group"] for cookie in config["cookies"] if cookie["vendor"] is None}
    used |= set(config["overrides"].get("asked_groups", []))
    return [group for group in OPTIONAL if group in used]


def _tcf_offer(config: Config, rules: Rules, place: Place) -> TcfOffer | None:
    """Return the TCF offer for visitors of `place`, None if TCF doesn't apply or the kill switch is on."""
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
    """Return whether TCF applies to visitors of a country: by regions.csv, or everywhere if the owner says so."""
    return bool(config["overrides"].get("tcf", {}).get("everywhere")) or rules.has_tcf(country)


def _with_tcf(tag: ResolvedTag, config: Config, offer: TcfOffer | None) -> ResolvedTag:
    """Return `tag` with its vendor's TCF requirements, if any, under which nothing runs before a choice."""
    needs = config["tcf"]["tags"].get(tag["id"]) if offer is not None else None
    return tag if needs is None or tag["group"] == ESSENTIAL else {**tag, "tcf": needs, "level": OPT_IN}


def trigger_of(tag: Tag) -> Trigger | None:
    """Return what `tag` waits for on a page, None if it runs with the page view.

    Code that is part of the page runs where it is: the service doesn't load it, so it can't wait.
    """
    trigger = tag.get("trigger")
    return None if trigger is None or tag.get("in_page") or tag["load"]["type"] == "marked" else trigger


def on_any_page(resolved: Resolved) -> Resolved:
    """Return `resolved` without its page limits, for results that don't depend on a page."""
    anywhere = resolved | {"tags": [tag | {"only": [], "except": [], "bound": False} for tag in resolved["tags"]]}
    return anywhere | {"asks": resolved["asks"] | {"except": []}} if "asks" in resolved else anywhere


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
        "hold": _override_reason(tag, config["overrides"], visit, group) or _location_ban(tag, rule, group),
        "only": tag["pages"]["only"],
        "except": [*tag["pages"]["except"], *_payment_pages(tag, config["overrides"], group)],
        "bound": bool(tag["pages"]["only"] or tag["pages"]["except"]),
        "covered": [
            entry["key"][:8]
            for entry in config["purpose_keys"].get(group, [])
            if tag["vendor"] in entry["vendors"] and set(tag["purposes"]) <= set(entry["purposes"])
        ],
        # A restricted mode still stores and sends data, so it can replace an objection but never a missing opt-in.
        "limited": tag["limited"]
        if tag["limited"] == COOKIELESS or (level < OPT_IN and place in RESTRICTED_IN)
        else None,
    }
    trigger = trigger_of(tag)
    return {**resolved, "trigger": trigger} if trigger else resolved


def _level(tag: Tag, rule: Rule, own: OwnRules, group: str) -> tuple[int, bool]:
    """Return the rank of the rule for `tag`, and whether one of its exemptions made the rule laxer.

    Most laws on sensitive data include precise location, so a tag that sends it waits where such data needs consent.
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
    """Return why a site setting blocks `tag` here and today, whatever the visitor chose, or None."""
    if owner["kill_switch"] and group != ESSENTIAL:
        return "kill_switch"
    if not tag["enabled"]:
        return "switched_off"
    if tag["group"] not in (ESSENTIAL, *OPTIONAL):
        return "unclassified"
    if not _runs_in_place(tag["places"], visit.place):
        return "out_of_place"
    schedule, today = tag["schedule"], date_of(visit.day).isoformat()
    if (schedule["from"] or "") > today or (schedule["until"] or "9999") < today:
        return "out_of_schedule"
    # Early configs don't limit any tag to languages.
    only = tag.get("languages")
    return "out_of_page" if only and visit.language and visit.language not in only else None


def _location_ban(tag: Tag, rule: Rule, group: str) -> str | None:
    """Return `precise_location` for a tag that sends it where the law bans that regardless of consent."""
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


def _runs_in_place(places: Limits, place: Place) -> bool:
    """Return whether a tag may run in `place`; an unknown one is in no `only` list and may be in any `except` list."""
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

    If one tag of a group requires an opt-in, by a custom rule on its purpose, on a sensitive page or for a minor, the
    visitor is asked for the whole group.
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
    """Return which tags no click releases on a sensitive page: "all" optional ones, "flagged" ones, or "" (none)."""
    if "strictly_necessary_only" in rule.sensitive_data:
        return "all"
    return "flagged" if HOLDS_FLAGGED & set(rule.sensitive_data) else ""
