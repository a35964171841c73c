"""Quick search box: a receipt id, the text of a visitor's QR code, a whole receipt, or API filters."""

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.permissions import allowed
from consent.storage.archive import detached_months
from consent.storage.database.base import db
from consent.storage.receipts import receipts as store
from consent.storage.sites.sites import SiteRow

MAX_LENGTH = 4096
"""In characters; a receipt as a JWS has some 1,500."""
_ID = re.compile(r"(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])")
_JWS = re.compile(r"eyJ[\w-]+\.([\w-]+)\.[\w-]{86}")
_FILTER = re.compile(r"[a-z_]+(\.[a-z0-9-]+)?=\S*")


@blueprint.get("/sites/<site>/receipts/find")
@allowed("read_receipts")
def find_receipt(site: SiteRow) -> ResponseReturnValue:
    """Redirect to the receipt or visitor in the text, or to the results of its filters."""
    text = request.args.get("q", "").strip()
    if not text:
        return redirect(url_for("dashboard.receipts", site=site.key))
    if len(text) > MAX_LENGTH:
        return render_template("dashboard/privacy/not_found.html", text="", longest=MAX_LENGTH), 404
    if filters := filters_in(text):
        return redirect(f"{url_for('dashboard.receipts', site=site.key)}?{urlencode(filters)}")
    for one in ids_in(text):
        if receipt := _receipt_of(site, one):
            return redirect(url_for("dashboard.receipt_page", site=site.key, receipt=receipt))
    return render_template("dashboard/privacy/not_found.html", text=text[:100]), 404


def ids_in(text: str) -> list[str]:
    """Return the ids in a text: alone, in a URL, or in a receipt."""
    signed_ids = [_id_claim(payload) for payload in _JWS.findall(text)]
    # An id copied from paper or a narrow page has gaps.
    whole = re.sub(r"[\s-]", "", text).lower()
    ids = [whole] if re.fullmatch(r"[0-9a-f]{32}", whole) else _ID.findall(text.lower())
    return list(dict.fromkeys([*filter(None, signed_ids), *ids]))[:8]


def filters_in(text: str) -> list[tuple[str, str]]:
    """Return the filters in a text that has only `name=value` pairs, separated by spaces or as in a URL.

    Duplicates are kept, so that the search page can report them.
    """
    words = text.removeprefix("?").replace("&", " ").split()
    if not all(_FILTER.fullmatch(word) for word in words):
        return []
    return parse_qsl("&".join(words), keep_blank_values=True)


def _receipt_of(site: SiteRow, one: str) -> str | None:
    """Return the site's receipt with this id, also a detached one, or the newest receipt of the visitor with it."""
    row = store.get(db.session, one) or detached_months.get(db.session, one)
    if row and row.site_id == site.id:
        return row.id
    latest = store.latest_of_visitor(db.session, site.id, one)
    return latest.id if latest else None


def _id_claim(payload: str) -> str | None:
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    claimed = claims.get("id") if isinstance(claims, dict) else None
    return claimed if isinstance(claimed, str) and _ID.fullmatch(claimed) else None
