"""The rules of one place: each value with where it comes from, and the site's own rules there."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.groups import OPTIONAL
from consent.core.site_rules import EVERYWHERE, OWN_LEVELS
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.rule_authors import entered, names_of_authors
from consent.dashboard.rule_values import STATUS_WORDS, effective, values
from consent.dashboard.rules_page import NO_REASON, today
from consent.dashboard.services import services
from consent.dashboard.undo import flash_undo, seal, unseal
from consent.snapshots.draft import Draft, DraftError
from consent.snapshots.own_rules import LEVEL_WORDS, laxer_rules, own_rule_name
from consent.snapshots.texts import purpose_texts
from consent.storage.sites import FoundSite

ALL_PLACES = "everywhere"
"""What the address says for all places."""


@blueprint.get("/sites/<site>/rules/<code>")
@allowed("see")
def rule_place(site: FoundSite, code: str) -> ResponseReturnValue:
    """Show what holds in a place and why."""
    return _page(site, code, {})


@blueprint.post("/sites/<site>/rules/<code>")
@allowed("edit_overrides")
def add_rule(site: FoundSite, code: str) -> ResponseReturnValue:
    """Add a rule of the site's own for a place, in place of the one on the same group or purpose."""
    entry = _typed(_known(code))
    try:
        if not entry["reason"]:
            raise DraftError({"reason": NO_REASON})
        change_draft(site, lambda draft: _added(draft, entry))
    except DraftError as error:
        return _page(site, code, error.fields), 422
    flash("The rule is in the draft. It counts for visitors from the next publish.", "success")
    return redirect(url_for("dashboard.rule_place", site=site.key, code=code))


@blueprint.post("/sites/<site>/rules/<code>/removal")
@allowed("edit_overrides")
def remove_rule(site: FoundSite, code: str) -> ResponseReturnValue:
    """Take a rule of the site's own out of the draft."""
    name = f"{_known(code)} {request.form.get('what', '')}"
    taken = [one for one in site_state(site).draft["overrides"].get("rules", []) if own_rule_name(one) == name]
    if not taken:
        abort(404)
    change_draft(site, lambda draft: _without(draft, name))
    back = url_for("dashboard.restore_rule", site=site.key, code=code)
    flash_undo("The rule is out of the draft.", back, {"rule": seal(site, "rule", taken[0])})
    return redirect(url_for("dashboard.rule_place", site=site.key, code=code))


@blueprint.post("/sites/<site>/rules/<code>/restored")
@allowed("edit_overrides")
def restore_rule(site: FoundSite, code: str) -> ResponseReturnValue:
    """Put back a rule that was just taken out, by whom and when it was made."""
    entry = unseal(site, "rule", request.form.get("rule", ""))
    change_draft(site, lambda draft: _added(draft, entry))
    flash("The rule is back in the draft.", "success")
    return redirect(url_for("dashboard.rule_place", site=site.key, code=code))


def _known(code: str) -> str:
    """Return the place that an address names, as a rule does; answers 404 where there is none."""
    if code == ALL_PLACES:
        return EVERYWHERE
    if code not in services().rules.rows:
        abort(404)
    return code


def _typed(place: str) -> dict[str, Any]:
    form = request.form
    what = form.get("what", "")
    kind = "group" if what in OPTIONAL else "purpose"
    return entered({"place": place, kind: what, "level": form.get("level", "")}, form.get("reason", "").strip())


def _added(draft: Draft, entry: dict[str, Any]) -> Draft:
    """Return `draft` with the rule. Raises DraftError where it is laxer than a law that is confirmed."""
    if entry["level"] not in OWN_LEVELS:
        raise DraftError({"level": "Choose one of these."})
    for fault in laxer_rules({"rules": [entry]}, services().rules):
        raise DraftError({"level": fault.words})
    owner = _without(draft, own_rule_name(entry))["overrides"]
    return draft | {"overrides": owner | {"rules": [*owner["rules"], entry]}}


def _without(draft: Draft, name: str) -> Draft:
    owner = draft["overrides"]
    kept = [entry for entry in owner.get("rules", []) if own_rule_name(entry) != name]
    return draft | {"overrides": owner | {"rules": kept}}


def _page(site: FoundSite, code: str, errors: dict[str, str]) -> str:
    place, known = _known(code), services().rules
    draft = site_state(site).draft
    owner = draft["overrides"]
    is_place = place != EVERYWHERE
    purposes = purpose_texts("en")
    used = sorted({purpose for tag in draft["tags"] for purpose in tag["purposes"] if tag["group"] != "essential"})
    return render_template(
        "dashboard/rule_place.html",
        code=code,
        row=known.rows[place] if is_place else None,
        found=effective(draft, known, place, today()) if is_place else None,
        values=values(draft, known, place, today()) if is_place else [],
        own=[entry for entry in owner.get("rules", []) if entry["place"] == place],
        one_rule=next((entry for entry in owner.get("one_rule", []) if entry["country"] == code[:2]), None),
        exemptions=_exemptions(draft, place),
        authors=names_of_authors(owner),
        purposes=purposes,
        used=used,
        levels=[(level, LEVEL_WORDS[level].capitalize()) for level in reversed(OWN_LEVELS)],
        level_words=LEVEL_WORDS,
        status_words=STATUS_WORDS,
        errors=errors,
        form=request.form,
        names=known.names,
    )


def _exemptions(draft: Draft, place: str) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Return each exemption that the law of `place` knows, with the note on it and the tags that carry it."""
    row = services().rules.rows.get(place, {})
    found = [
        row[f"{group}_exemption"]
        for group in ("analytics", "functional")
        if row.get(f"{group}_exemption", "none") != "none"
    ]
    return [
        (name, row["exemption_note"], [tag for tag in draft["tags"] if name in tag["exemptions"]]) for name in found
    ]
