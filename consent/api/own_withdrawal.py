"""POST /r/<site>: the visitor withdraws on the page of receipts, by a form, without a script."""

import hmac
from urllib.parse import parse_qsl

from consent.api.answer import Answer, ApiError
from consent.api.asked import load_asked
from consent.api.choice_cookies import read_secret
from consent.api.choice_write import keep, latest_receipt
from consent.api.own_receipts import form_mac, page_visit, receipts_page
from consent.api.public import Public
from consent.api.receipts import read_choice
from consent.api.refused_cookies import deletions
from consent.api.request import Request
from consent.api.visit import Visit, find_site, limit_writes
from consent.core.groups import OPTIONAL
from consent.storage import receipts

FIELDS = ("key", "config", "token")
PAGE_LAYER = 0
"""A withdrawal on this page was made on neither layer of the banner."""


def answer_own_withdrawal(public: Public, request: Request, site: str) -> Answer:
    """Record a withdrawal, let go of both cookies' grants, and answer the page with the new receipt alone.

    A browser without a number is led to the page of receipts.
    """
    config = find_site(public, site)
    if not read_secret(request, config):
        # As after a withdrawal whose page is loaded again: nothing is left to withdraw, and the page says so.
        return Answer(303, [("Location", site), ("Cache-Control", "no-store")], b"")
    visit = page_visit(public, request, config)
    try:
        limit_writes(public, request)
        latest = latest_receipt(public, request, config)
        write = read_choice(public, request, visit, load_asked(_body(public, request, visit)), latest)
        receipt_id = keep(public, write.receipt).id
    except ApiError as error:
        public.refused.add(answer_own_withdrawal.__name__, error.code)
        return receipts_page(public, visit, [], error.status, failed=True)
    with public.engine.connect() as connection:
        stored = receipts.get(connection, receipt_id)
    answer = receipts_page(public, visit, [stored] if stored else [], withdrawn=True)
    answer.headers.extend([*write.cookies.headers(), *deletions(request, write)])
    return answer


def _body(public: Public, request: Request, visit: Visit) -> dict[str, object]:
    """Return the choice that the form asks for. Raises ApiError where it is not this visitor's own form."""
    if request.header("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise ApiError(403, "foreign_origin", "The form was sent by another website.")
    try:
        form = dict(parse_qsl(request.body().decode("ascii"), max_num_fields=10))
    except ValueError:
        raise ApiError(400, "bad_field", "The form cannot be read.") from None
    secret = read_secret(request, visit.config)
    mac = form_mac(public, visit.config.site, secret) if secret else ""
    if not secret or not hmac.compare_digest(mac.encode(), form.get("csrf", "").encode()):
        raise ApiError(403, "bad_token", "The form is not one that this browser was given.")
    return {
        **{name: form.get(name, "") for name in FIELDS},
        "action": "withdraw",
        "method": "click",
        "choices": dict.fromkeys(OPTIONAL, False),
        "layer": PAGE_LAYER,
    }
