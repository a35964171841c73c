"""One receipt: what was said, in words, with its signature checked now and what the same visitor said before and after."""

from typing import Any

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import config_document
from consent.dashboard.locale import language_words, place_words
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.version_list import version_rows
from consent.dashboard.words import ACTION_WORDS, LAYER_WORDS, METHOD_WORDS, SIGNAL_WORDS, regime_words
from consent.proof.statement import BadSignature, verify_jws
from consent.storage import receipts as store
from consent.storage.models import db
from consent.storage.receipts import FoundReceipt
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/receipts/<receipt>")
@allowed("read_receipts")
def receipt_page(site: FoundSite, receipt: str) -> ResponseReturnValue:
    """Show one receipt of the site."""
    found = find_receipt(site, receipt)
    if found.erased:
        return render_template("dashboard/erased.html", receipt=found)
    config = config_document(found.config) or {}
    numbers = {row.name: row.number for row in version_rows(site)}
    return render_template(
        "dashboard/receipt.html",
        receipt=found,
        claims=claims_of(found.jws),
        personal=store.personal(db.session, found.id),
        timeline=store.timeline(db.session, site.id, found.visitor) if found.visitor else [],
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


def find_receipt(site: FoundSite, receipt: str) -> FoundReceipt:
    """Return the receipt of the site, also an erased one. Answers 404 where it has none of that id."""
    found = store.get(db.session, receipt)
    if found is None or found.site_id != site.id:
        abort(404)
    return found


def claims_of(jws: str) -> dict[str, Any] | None:
    """Return what the signed text claims, or None where no key of this instance signed it."""
    try:
        return verify_jws(jws, services().keys.jwks)
    except BadSignature:
        return None
