"""Rules for one place: each value with its source, and the site's custom rules."""

import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.days import day_of
from consent.core.documents.config import Draft
from consent.core.documents.site_settings import SiteRule
from consent.core.documents.tags import Tag
from consent.core.groups import OPTIONAL
from consent.core.privacy_rights import KINDS, Pace, Period
from consent.core.site_rules import EVERYWHERE, OWN_LEVELS
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import PACE_WORDS, REQUEST_WORDS, counted_unit
from consent.dashboard.frame.locale import Labels, capitalized, lowered, page_language, translated
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.undo_tokens import flash_undo, seal, unseal
from consent.dashboard.sites.effective_rules import (
    STATUS_WORDS,
    effective,
    names_of_authors,
    new_note,
    unconfirmed,
    values,
)
from consent.dashboard.sites.rules import today
from consent.presentation.texts import purpose_texts
from consent.sites.custom.rules import LEVEL_WORDS, custom_rule_name, laxer_rules
from consent.sites.draft import DraftError
from consent.sites.imported_facts import NO_REASON
from consent.sites.law.sources import sources_of
from consent.storage.sites.sites import SiteRow

ALL_PLACES = "everywhere"
"""The URL segment for all places."""


@blueprint.get("/sites/<site>/rules/<code>")
@allowed("see")
def rule_place(site: SiteRow, code: str) -> ResponseReturnValue:
    """Show a place's effective rules with their sources."""
    return _page(site, code, {})


@blueprint.post("/sites/<site>/rules/<code>")
@allowed("edit_overrides")
def add_rule(site: SiteRow, code: str) -> ResponseReturnValue:
    """Add a custom rule for a place, replacing any on the same group or purpose."""
    entry = _typed(_known(code))
    try:
        if not entry["reason"]:
            raise DraftError({"reason": NO_REASON})
        change_draft(site, lambda draft: _added(draft, entry))
    except DraftError as error:
        return _page(site, code, error.fields), 422
    flash(gettext("The rule is in the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.rule_place", site=site.key, code=code))


@blueprint.post("/sites/<site>/rules/<code>/removal")
@allowed("edit_overrides")
def remove_rule(site: SiteRow, code: str) -> ResponseReturnValue:
    """Remove a custom rule from the draft."""
    name = f"{_known(code)} {request.form.get('what', '')}"
    taken = [one for one in site_state(site).draft["overrides"].get("rules", []) if custom_rule_name(one) == name]
    if not taken:
        abort(404)
    change_draft(site, lambda draft: _without(draft, name))
    back = url_for("dashboard.restore_rule", site=site.key, code=code)
    flash_undo(gettext("The rule was removed from the draft."), back, {"rule": seal(site, "rule", taken[0])})
    return redirect(url_for("dashboard.rule_place", site=site.key, code=code))


@blueprint.post("/sites/<site>/rules/<code>/restored")
@allowed("edit_overrides")
def restore_rule(site: SiteRow, code: str) -> ResponseReturnValue:
    """Restore a rule that was just removed, with its original author and date."""
    entry = unseal(site, "rule", request.form.get("rule", ""))
    change_draft(site, lambda draft: _added(draft, entry))
    flash(gettext("The rule is back in the draft."), "success")
    return redirect(url_for("dashboard.rule_place", site=site.key, code=code))


def _known(code: str) -> str:
    """Return the place in a URL as a rule names it; answers 404 if it is unknown."""
    if code == ALL_PLACES:
        return EVERYWHERE
    if code not in services().rules.rows:
        abort(404)
    return code


def _typed(place: str) -> SiteRule:
    form = request.form
    what, note = form.get("what", ""), new_note(form.get("reason", "").strip())
    rule: SiteRule = {"place": place, "level": form.get("level", ""), "reason": note["reason"]}
    rule |= {"by": note["by"], "on": note["on"]}
    return rule | {"group": what} if what in OPTIONAL else rule | {"purpose": what}


def _added(draft: Draft, entry: SiteRule) -> Draft:
    """Return `draft` with the rule. Raises DraftError if it is laxer than a confirmed law."""
    if entry["level"] not in OWN_LEVELS:
        raise DraftError({"level": gettext("Choose one of these.")})
    for problem in laxer_rules([entry], services().rules):
        raise DraftError({"level": problem.words})
    owner = _without(draft, custom_rule_name(entry))["overrides"]
    return draft | {"overrides": owner | {"rules": [*owner.get("rules", []), entry]}}


def _without(draft: Draft, name: str) -> Draft:
    owner = draft["overrides"]
    entries = [entry for entry in owner.get("rules", []) if custom_rule_name(entry) != name]
    return draft | {"overrides": owner | {"rules": entries}}


def _page(site: SiteRow, code: str, errors: dict[str, str]) -> str:
    place, known = _known(code), services().rules
    draft = site_state(site).draft
    owner = draft["overrides"]
    is_place = place != EVERYWHERE
    purposes = purpose_texts(page_language())
    later = _start(known.rows[place]) if is_place else None
    used = sorted({purpose for tag in draft["tags"] for purpose in tag["purposes"] if tag["group"] != "essential"})
    return render_template(
        "dashboard/sites/place_rules.html",
        code=code,
        row=known.rows[place] if is_place else None,
        found=effective(draft, known, place, today()) if is_place else None,
        values=values(draft, known, place, today()) if is_place else [],
        later=later and (later, values(draft, known, place, later)),
        unconfirmed=unconfirmed(known.rows[place]) if is_place else [],
        own=[entry for entry in owner.get("rules", []) if entry["place"] == place],
        one_rule=next((entry for entry in owner.get("one_rule", []) if entry["country"] == code[:2]), None),
        exemptions=_exemptions(draft, place),
        sources=sources_of(place),
        authority=services().privacy.rights.authority(place),
        periods=_periods(place),
        authors=names_of_authors(owner),
        purposes=purposes,
        used=used,
        levels=[(level, capitalized(translated(LEVEL_WORDS[level]))) for level in reversed(OWN_LEVELS)],
        level_words=Labels(LEVEL_WORDS),
        status_words=STATUS_WORDS,
        errors=errors,
        form=request.form,
        names=known.names,
    )


def _start(row: dict[str, str]) -> datetime.date | None:
    """Return the day on which the rule `row` begins, if that is still to come."""
    start = datetime.date.fromisoformat(row["in_force_since"]) if row["in_force_since"] else None
    return start if start and start > today() else None


def _periods(place: str) -> list[tuple[str, list[str]]]:
    """Return the response periods for visitors' requests, in words with their article, and the kinds each applies to.

    Periods that start later are included, with their first day.
    """
    found: dict[str, list[str]] = {}
    rights, day = services().privacy.rights, day_of(today())
    for kind in KINDS:
        now = rights.period(place, kind, day) or rights.pace(place, kind, day)
        for one in [*([now] if now else []), *rights.coming(place, kind, day)]:
            found.setdefault(_period_words(one, is_coming=one is not now), []).append(lowered(REQUEST_WORDS[kind]))
    return list(found.items())


def _period_words(one: Period | Pace, *, is_coming: bool) -> str:
    if isinstance(one, Pace):
        words = PACE_WORDS[one.pace]
    else:
        words = counted_unit(one.length, one.unit)
        if one.extension:
            words = gettext("%(words)s, %(extension)s more where needed", words=words, extension=one.extension)
    words = f"{words} ({one.law} {one.article})"
    return gettext("from %(day)s: %(words)s", day=one.since, words=words) if is_coming else words


def _exemptions(draft: Draft, place: str) -> list[tuple[str, str, list[Tag]]]:
    """Return each exemption in the law of `place`, with its note and the tags that use it."""
    row = services().rules.rows.get(place, {})
    names = [
        row[f"{group}_exemption"]
        for group in ("analytics", "functional")
        if row.get(f"{group}_exemption", "none") != "none"
    ]
    return [
        (name, row["exemption_note"], [tag for tag in draft["tags"] if name in tag["exemptions"]]) for name in names
    ]
