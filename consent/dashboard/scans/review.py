"""Review queue: decide on unclassified cookies, stored items and hosts, and undo decisions."""

import json
from collections.abc import Callable

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_security import current_user

from consent.classifier.purposes import purpose_groups
from consent.core.documents.config import Draft
from consent.core.documents.vendors import Cookie
from consent.core.groups import GROUPS
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, mark_of, site_state
from consent.dashboard.frame.labels import GROUP_WORDS
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import vendor_names
from consent.dashboard.frame.undo_tokens import Undo
from consent.dashboard.scans.add_found_tags import FoundSummary
from consent.dashboard.scans.review_items import ReviewItem, draft_cookie, review_items, stem_of
from consent.dashboard.scans.review_reasons import plain_reason, recorded_reason
from consent.dashboard.scans.scan import ONE, OPEN_ROWS
from consent.sites.custom.cookies import comes_from_decision
from consent.sites.finding_labels import shown_name, situation_labels
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.scans import reviews, scans, suggestions
from consent.storage.scans.reviews import Decided
from consent.storage.scans.scans import StoredFinding
from consent.storage.sites.sites import SiteRow

SHOWN = 100
"""How many items, and how many decisions, the page lists at most."""
Key = tuple[str, str, str]


@blueprint.get("/sites/<site>/review")
@allowed("see")
def review_queue(site: SiteRow) -> ResponseReturnValue:
    """Show the items that wait for a decision, and past decisions."""
    return _page(site)


@blueprint.post("/sites/<site>/review")
@allowed("review")
def decide_item(site: SiteRow) -> ResponseReturnValue:
    """Save a user's decision on an item; a cookie or stored item is also added to the draft."""
    key, group = _key(), request.form.get("group", "")
    if group not in GROUPS:
        abort(400)
    if all(finding.key != key for finding in scans.findings(db.session, site.id)):
        abort(404)
    waiting = {one.finding.key: one for one in waiting_items(site, site_state(site).draft)}
    item = waiting.get(key)
    if item is None:
        return _answer(site, gettext("Someone has decided this already."), None)
    items = [item, *(waiting[one] for one in item.alike)] if request.form.get("alike") == "1" else [item]
    is_named = _decide(site, [(one, group) for one in items])
    back, alike = url_for("dashboard.undo_decision", site=site.key), {"alike": "1"} if len(items) > 1 else {}
    undo: Undo = {"url": back, "values": _fields(key) | alike, "target": "#review"}
    name, words = _with_alike(item.finding.name, len(items)), GROUP_WORDS[group].lower()
    if is_named:
        return _answer(site, gettext("%(name)s: %(group)s and added to the draft.", name=name, group=words), undo)
    return _answer(site, f"{name}: {words}.", undo)


@blueprint.post("/sites/<site>/review/accepted")
@allowed("review")
def accept_suggestions(site: SiteRow) -> ResponseReturnValue:
    """Save all listed suggestions as the user's decisions, unless they are no longer the ones that the user saw."""
    suggested = _suggested(waiting_items(site, site_state(site).draft))
    if not suggested or request.form.get("seen") != _suggestions_mark(suggested):
        return _answer(site, gettext("The suggestions have changed. Check them and accept them again."), None)
    _decide(site, [(item, item.acceptable) for item in suggested])
    values = _fields(suggested[0].finding.key) | {"together": "1"}
    undo: Undo = {"url": url_for("dashboard.undo_decision", site=site.key), "values": values, "target": "#review"}
    text = ngettext("%(num)s suggestion accepted.", "%(num)s suggestions accepted.", len(suggested))
    return _answer(site, text, undo)


def _suggested(waiting: list[ReviewItem]) -> list[ReviewItem]:
    """Return the items whose suggestions the page lists and offers to accept together."""
    return [item for item in waiting[:SHOWN] if item.acceptable]


def _suggestions_mark(suggested: list[ReviewItem]) -> str:
    return mark_of([(item.finding.key, item.acceptable) for item in suggested])


def _with_alike(name: str, count: int) -> str:
    shown = shown_name(name)
    return gettext("%(name)s and %(count)s similar", name=shown, count=count - 1) if count > 1 else shown


@blueprint.post("/sites/<site>/review/undone")
@allowed("review")
def undo_decision(site: SiteRow) -> ResponseReturnValue:
    """Undo a decision, and remove what it added to the draft."""
    key = _key()
    decided = next((one for one in reviews.decisions(db.session, site.id) if one.key == key), None)
    if decided is None:
        abort(404)

    undone = _decided_with(site, decided)
    _undo(site, undone)
    if request.form.get("together") == "1":
        text = ngettext("%(num)s item is back in the queue.", "%(num)s items are back in the queue.", len(undone))
        return _answer(site, text, None)
    return _answer(site, gettext("%(name)s: back in the queue.", name=_with_alike(key[1], len(undone))), None)


def _decided_with(site: SiteRow, decided: Decided) -> list[Decided]:
    """Return the decisions to undo: only this one, all that were made with it, or those of them on similar names."""
    together, alike = request.form.get("together") == "1", request.form.get("alike") == "1"
    if not (together or alike):
        return [decided]

    def facts(one: Decided) -> tuple[object, ...]:
        similar = () if together else (one.kind, stem_of(one.name), one.group)
        return one.decided_by, one.decided_at, *similar

    return [one for one in reviews.decisions(db.session, site.id) if facts(one) == facts(decided)]


def _undo(site: SiteRow, undone: list[Decided]) -> None:
    def is_left(cookie: Cookie) -> bool:
        return not any(comes_from_decision(cookie, one) for one in undone)

    def change(draft: Draft) -> Draft:
        for one in undone:
            reviews.take_back(db.session, site.id, one.key)
            audit(site, "review.reverted", _subject(one.key), _decision_facts(one), None)
        return draft | {"cookies": [*filter(is_left, draft["cookies"])]}

    _save(site, change, touches_draft=not all(map(is_left, site_state(site).draft["cookies"])))


def _decide(site: SiteRow, answers: list[tuple[ReviewItem, str]]) -> bool:
    """Save a decision for each item's group together, and return whether the draft now names any of the items."""
    vendors = vendor_names(site)
    decided = [(item, _decision(item, group, vendors)) for item, group in answers]

    def named(draft: Draft) -> Draft:
        cookies = list(draft["cookies"])
        for item, one in decided:
            cookie = draft_cookie(draft, item, one.group, one.purpose)
            if cookie and cookie not in cookies:
                cookies.append(cookie)
        return draft | {"cookies": cookies}

    def change(draft: Draft) -> Draft:
        for _, one in decided:
            reviews.decide(db.session, site.id, one)
            audit(site, "review.decided", _subject(one.key), None, _decision_facts(one))
        return named(draft)

    draft = site_state(site).draft
    is_named = named(draft) != draft
    _save(site, change, touches_draft=is_named)
    return is_named


def _decision(item: ReviewItem, group: str, vendors: dict[str, str]) -> Decided:
    purpose = item.finding.purpose if purpose_groups().get(item.finding.purpose or "") == group else None
    reason = recorded_reason(item, vendors)
    return Decided(*item.finding.key, group, purpose, reason, current_user.audit_id, services().now)


def _save(site: SiteRow, change: Callable[[Draft], Draft], *, touches_draft: bool) -> None:
    if touches_draft:
        change_draft(site, change)
    else:
        change(site_state(site).draft)
        db.session.commit()


def _page(site: SiteRow) -> str:
    state = site_state(site)
    decided = reviews.decisions(db.session, site.id)
    waiting = waiting_items(site, state.draft)
    suggested = _suggested(waiting)
    return render_template(
        "dashboard/scans/review.html",
        waiting=waiting,
        suggested=suggested,
        suggestions_mark=_suggestions_mark(suggested),
        to_add=FoundSummary(site, state.draft, "scan").to_add,
        doubtful=sum(item.is_doubtful for item in waiting),
        decided=decided,
        names=actors.names_of(db.session, {one.decided_by for one in decided}),
        was_scanned=scans.newest(db.session, site.id, scans.DONE) is not None,
        open_rows=OPEN_ROWS,
        shown=SHOWN,
        pending=state.pending,
        seen_words=situation_labels,
        one_words=ONE,
        shown_name=shown_name,
        vendors=vendor_names(site),
        plain_reason=plain_reason,
        pages_of=_pages_of,
    )


def _pages_of(finding: StoredFinding) -> list[str]:
    """Return the pages on which something was found, or only one if the scan predates storing them."""
    return json.loads(finding.pages) or [finding.page]


def waiting_items(site: SiteRow, draft: Draft) -> list[ReviewItem]:
    """Return the items on `site` that wait for a decision."""
    findings, decided = scans.findings(db.session, site.id), reviews.decisions(db.session, site.id)
    by_model = suggestions.of_site(db.session, site.id)
    return review_items(findings, decided, draft, services().scans.filter_lists, by_model)


def _answer(site: SiteRow, text: str, undo: Undo | None) -> ResponseReturnValue:
    """Answer htmx with the new queue and a toast, or redirect a plain form to the queue."""
    if not request.headers.get("HX-Request"):
        flash(text, "success")
        return redirect(url_for("dashboard.review_queue", site=site.key))
    response: Response = make_response(_page(site))
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "undo": undo}})
    return response


def _key() -> Key:
    form = request.form
    return form.get("kind", ""), form.get("name", ""), form.get("host", "")


def _fields(key: Key) -> dict[str, str]:
    return dict(zip(("kind", "name", "host"), key, strict=True))


def _subject(key: Key) -> str:
    kind, name, host = key
    return f"{kind} {name}" if host in ("", name) else f"{kind} {name} on {host}"


def _decision_facts(decided: Decided) -> dict[str, str | None]:
    return {"group": decided.group, "purpose": decided.purpose, "reason": decided.reason}
