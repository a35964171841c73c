"""POST /r/<site>: withdraw consent on the page of own receipts, by a form without a script."""

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.site import find_site
from consent.api.page.choice_body import load_choice
from consent.api.page.choice_cookies import read_secret
from consent.api.page.record_choice import latest_receipt, read_choice, store_receipt
from consent.api.page.visit_context import Visit, limit_writes
from consent.api.visitor.account_page import SUBJECT, answer_account_page
from consent.api.visitor.my_receipts import form_mac, page_visit, receipts_page, receiver_cards
from consent.core.groups import OPTIONAL
from consent.storage.receipts import receipts

FIELDS = ("key", "config", "token")
PAGE_LAYER = 0
"""A withdrawal on this page was made on neither layer of the banner."""


def answer_withdrawal(context: ApiContext, request: Request, site: str) -> Answer:
    """Record a withdrawal, drop the grants in both cookies, and return the page with only the new receipt.

    A browser without an id is redirected to the page of receipts. A form with a subject token is for an account.
    """
    config = find_site(context, site)
    form, problem = _read_form(request)
    if SUBJECT in form:
        return answer_account_page(context, request, config, form)
    if not read_secret(request, config):
        # As when the page after a withdrawal is reloaded: nothing is left to withdraw, and the page says so.
        return Answer(303, [("Location", site), NO_STORE], b"")
    visit = page_visit(context, request, config)
    try:
        limit_writes(context, request)
        if problem:
            raise problem
        latest = latest_receipt(context, request, config)
        write = read_choice(context, request, visit, load_choice(_body(context, request, visit, form)), latest)
        receipt_id = store_receipt(context, write.receipt).id
    except ApiError as error:
        context.monitoring.refused.add(answer_withdrawal.__name__, error.code)
        return receipts_page(context, visit, [], error.status, failed=True)
    with context.engine.connect() as connection:
        stored = receipts.get(connection, receipt_id)
    receivers = receiver_cards(context, visit, stored.visitor) if stored and stored.visitor else []
    answer = receipts_page(context, visit, [stored] if stored else [], withdrawn=True, receivers=receivers)
    answer.headers.extend(write.headers())
    return answer


def _read_form(request: Request) -> tuple[dict[str, str], ApiError | None]:
    """Return the fields of the form, and the error if it can't be read."""
    try:
        return dict(parse_qsl(request.body().decode("ascii"), max_num_fields=10)), None
    except ApiError as error:
        return {}, error
    except ValueError:
        return {}, ApiError(400, "invalid_field", "The form is invalid.")


def _body(context: ApiContext, request: Request, visit: Visit, form: Mapping[str, str]) -> dict[str, object]:
    """Return the choice that the form asks for. Raises ApiError if it isn't this visitor's own form."""
    if request.header("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise ApiError(403, "origin_not_allowed", "The form was sent by another website.")
    secret = read_secret(request, visit.config)
    mac = form_mac(context, visit.config.site, secret) if secret else ""
    if not secret or not hmac.compare_digest(mac.encode(), form.get("csrf", "").encode()):
        raise ApiError(403, "invalid_token", "This form was not issued to this browser.")
    return {
        **{name: form.get(name, "") for name in FIELDS},
        "action": "withdraw",
        "method": "click",
        "choices": dict.fromkeys(OPTIONAL, False),
        "layer": PAGE_LAYER,
    }
