"""Printable replay of the banner that a receipt answers, as it was at the time."""

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.headers import CSP
from consent.dashboard.frame.labels import ACTION_WORDS, LAYER_WORDS, SIGNAL_WORDS, regime_words
from consent.dashboard.frame.locale import language_words
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.receipts.receipt_page import find_receipt, redrawn_of
from consent.runtime.banner_frame import frame
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


@blueprint.get("/sites/<site>/receipts/<receipt>/banner")
@allowed("read_receipts")
def receipt_banner(site: SiteRow, receipt: str) -> ResponseReturnValue:
    """Show both layers as they were, and what could be verified about them."""
    row = find_receipt(site, receipt)
    redrawn = redrawn_of(row)
    page = render_template(
        "dashboard/receipts/banner_replay.html",
        receipt=row,
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
def receipt_banner_frame(site: SiteRow, receipt: str, layer: int) -> ResponseReturnValue:
    """Render one layer, in a frame without network access."""
    redrawn = redrawn_of(find_receipt(site, receipt))
    if redrawn is None or layer not in (1, 2):
        abort(404)
    drawn = frame(db.session, redrawn.showing, redrawn.build, redrawn.time, layer=layer)
    return Response(drawn.page, headers={"Content-Security-Policy": drawn.policy})
