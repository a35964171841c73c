"""The banner that a receipt answered, drawn again as it was, on a page that prints."""

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.headers import CSP
from consent.dashboard.locale import language_words
from consent.dashboard.permissions import allowed
from consent.dashboard.receipt_page import find_receipt, redrawn_of
from consent.dashboard.words import ACTION_WORDS, LAYER_WORDS, SIGNAL_WORDS, regime_words
from consent.snapshots.frame import frame
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/receipts/<receipt>/banner")
@allowed("read_receipts")
def receipt_banner(site: FoundSite, receipt: str) -> ResponseReturnValue:
    """Show both layers as they were, and what of it could be checked."""
    found = find_receipt(site, receipt)
    redrawn = redrawn_of(found)
    page = render_template(
        "dashboard/receipt_banner.html",
        receipt=found,
        redrawn=redrawn,
        action_words=ACTION_WORDS,
        layer_words=LAYER_WORDS,
        signal_words=SIGNAL_WORDS,
        regime_words=regime_words,
        language_words=language_words,
    )
    return Response(page, headers={"Content-Security-Policy": f"{CSP}; frame-src 'self'"})


@blueprint.get("/sites/<site>/receipts/<receipt>/banner/<int:layer>")
@allowed("read_receipts")
def receipt_banner_frame(site: FoundSite, receipt: str, layer: int) -> ResponseReturnValue:
    """Draw one layer, in a frame that can reach nobody."""
    redrawn = redrawn_of(find_receipt(site, receipt))
    if redrawn is None or layer not in (1, 2):
        abort(404)
    drawn = frame(db.session, redrawn.showing, redrawn.build, redrawn.time, layer=layer)
    return Response(drawn.page, headers={"Content-Security-Policy": drawn.policy})
