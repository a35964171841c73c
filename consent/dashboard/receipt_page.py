"""One receipt: what was said, in words, with its signature checked now and what the same visitor said before and after."""

from collections.abc import Callable
from typing import Any

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import config_document
from consent.dashboard.locale import language_words, place_words
from consent.dashboard.permissions import allowed
from consent.dashboard.reason_words import MODE_BADGES, MODE_WORDS
from consent.dashboard.receipt_tags import tag_rows
from consent.dashboard.receipt_timeline import Step, steps_of
from consent.dashboard.services import services
from consent.dashboard.version_list import version_rows
from consent.dashboard.words import ACTION_WORDS, CAUSE_WORDS, LAYER_WORDS, METHOD_WORDS, SIGNAL_WORDS, regime_words
from consent.proof.audit_words import who_words
from consent.proof.statement import BadSignature, verify_jws
from consent.snapshots.replay import Redrawn, redraw
from consent.storage import actors, detached, log, marks
from consent.storage import receipts as store
from consent.storage.detached import Detached
from consent.storage.erasures import Act
from consent.storage.marks import Mark
from consent.storage.models import db
from consent.storage.partitions import month_of
from consent.storage.receipts import FoundReceipt
from consent.storage.sites import FoundSite

MARKS = (marks.HOLD, marks.RESTRICTION, marks.OBJECTION)


@blueprint.get("/sites/<site>/receipts/<receipt>")
@allowed("read_receipts")
def receipt_page(site: FoundSite, receipt: str) -> ResponseReturnValue:
    """Show one receipt of the site."""
    if away := _detached(site, receipt):
        return away
    found = find_receipt(site, receipt)
    if found.erased:
        return _erased(site, found, found.leaf_hash)
    claims, redrawn = claims_of(found.jws), redrawn_of(found)
    config = config_document(found.config) or {}
    numbers = {row.name: row.number for row in version_rows(site)}
    personal = store.personal(db.session, found.id)
    unlinked = None if personal else services().eraser.act_of(site, found.id)
    return render_template(
        "dashboard/receipt.html",
        receipt=found,
        claims=claims,
        personal=personal,
        unlinked=unlinked,
        who=_who(unlinked),
        timeline=_timeline(site, found),
        tags=tag_rows(redrawn, claims) if claims and redrawn else None,
        mode_words=MODE_WORDS,
        mode_badges=MODE_BADGES,
        marks={kind: mark for kind in MARKS if (mark := _mark(found, kind))},
        now=services().now,
        version=numbers.get(found.config),
        versions=numbers,
        vendors={vendor["id"]: vendor["name"] for vendor in config.get("vendors", [])},
        controller=config.get("controller", {}),
        action_words=ACTION_WORDS,
        method_words=METHOD_WORDS,
        layer_words=LAYER_WORDS,
        signal_words=SIGNAL_WORDS,
        regime_words=regime_words,
        language_words=language_words,
        place_words=place_words,
    )


def _detached(site: FoundSite, receipt: str) -> str | None:
    """Return the page of a receipt that lies in the file of a detached month, or None for any other."""
    found = detached.get(db.session, receipt)
    if found is None or found.site_id != site.id:
        return None
    leaf = log.tile_reader(db.session, site.id)(0, found.log_index)
    if found.erased:
        return _erased(site, found, leaf)
    month = detached.month_at(db.session, site.id, month_of(found.time))
    personal = store.personal(db.session, found.id)
    return render_template("dashboard/detached.html", receipt=found, month=month, leaf=leaf, personal=personal)


def _erased(site: FoundSite, found: FoundReceipt | Detached, leaf: bytes) -> str:
    act = services().eraser.act_of(site, found.id)
    words = {"cause_words": CAUSE_WORDS, "who": _who(act)}
    return render_template("dashboard/erased.html", receipt=found, leaf=leaf, act=act, **words)


def _who(act: Act | None) -> Callable[[str], str]:
    names = actors.names_of(db.session, {act.by} if act else set())
    return lambda by: who_words(by, names)


def _timeline(site: FoundSite, found: FoundReceipt) -> list[Step]:
    if not found.visitor:
        return []
    marked = {kind: marks.marked(db.session, site.id, kind) for kind in (marks.RESTRICTION, marks.OBJECTION)}
    return steps_of(store.timeline(db.session, site.id, found.visitor), marked)


def _mark(found: FoundReceipt, kind: str) -> Mark | None:
    return marks.mark_on(db.session, found.site_id, kind, found.id, found.visitor)


def find_receipt(site: FoundSite, receipt: str) -> FoundReceipt:
    """Return the receipt of the site, also an erased one. Answers 404 where it has none of that id."""
    found = store.get(db.session, receipt)
    if found is None or found.site_id != site.id:
        abort(404)
    return found


def redrawn_of(found: FoundReceipt) -> Redrawn | None:
    """Return what the receipt says was shown, or None where it was changed, erased, or names what is not kept here."""
    claims = None if found.erased else claims_of(found.jws)
    if claims is None:
        return None
    given = services()
    return redraw(db.session, found.site_id, claims, given.rules, given.artefacts.banner)


def claims_of(jws: str) -> dict[str, Any] | None:
    """Return what the signed text claims, or None where no key of this instance signed it."""
    try:
        return verify_jws(jws, services().keys.jwks)
    except BadSignature:
        return None
