"""POST /r/<site> with a subject token: the receipts of the signed-in account, and Withdraw on all devices.

The site sends the token in a form, so it is in no URL, and no cache keeps the page.
"""

from collections.abc import Mapping

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError
from consent.api.page.account_visit import check_in_time, read_signed_in
from consent.api.page.visit_context import Visit, limit_writes
from consent.api.visitor.my_receipts import MAX_SHOWN, page_visit, receipts_page, receiver_cards
from consent.core.browsers import browser_family
from consent.presentation.texts import receipt_texts
from consent.runtime.account_withdrawal import WithdrawalRequest, withdraw_grants
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.subject_token import LATE_SECONDS
from consent.storage.receipts import receipts
from consent.subjects.accounts import SignedIn

SUBJECT, ACT, WITHDRAW = "subject", "act", "withdraw"


def answer_account_page(
    context: ApiContext, request: Request, config: CompiledConfig, form: Mapping[str, str]
) -> Answer:
    """Return an account's page, or withdraw its grants and return the page with that receipt."""
    visit, token = page_visit(context, request, config), form[SUBJECT]
    try:
        limit_writes(context, request)
        signed_in = read_signed_in(context, request, config, token)
        if form.get(ACT) == WITHDRAW:
            return _withdraw(context, request, visit, signed_in)
        check_in_time(signed_in)
    except ApiError as error:
        context.monitoring.refused.add(answer_account_page.__name__, error.code)
        return receipts_page(context, visit, [], error.status, failed=True)
    found = context.privacy.subjects.find(signed_in)
    with context.engine.connect() as connection:
        rows = receipts.timeline_of_account(connection, config.site_id, found.number) if found.number else []
    fields = {SUBJECT: token, ACT: WITHDRAW} if any(entry.s for entry in found.stored.account.entries) else None
    newest = sorted(rows, key=lambda one: (one.time, one.id), reverse=True)[:MAX_SHOWN]
    title = receipt_texts(visit.language)["account_receipts"]
    receivers = receiver_cards(context, visit, found.number) if found.number else []
    return receipts_page(context, visit, newest, heading=title, account_form=fields, receivers=receivers)


def _withdraw(context: ApiContext, request: Request, visit: Visit, signed_in: SignedIn) -> Answer:
    """Withdraw, even with a token that the page has had for a while: this is a refusal. Raises ApiError."""
    if signed_in.token is not None and signed_in.token.late > LATE_SECONDS:
        check_in_time(signed_in)
    signals = visit.signals
    asked = WithdrawalRequest(
        "click",
        context.configs.rules.version,
        visit.language,
        visit.place,
        signals.gpc,
        signals.dnt,
        browser_family(request.header("User-Agent") or ""),
    )
    subjects, signer, time = context.privacy.subjects, context.receipts.signer, int(context.clock())
    receipt_id = withdraw_grants(subjects, signer, visit.config, signed_in, asked, time)
    with context.engine.connect() as connection:
        stored = receipts.get(connection, receipt_id) if receipt_id else None
    number = subjects.find(signed_in).number
    receivers = receiver_cards(context, visit, number) if number else []
    return receipts_page(context, visit, [stored] if stored else [], withdrawn=True, receivers=receivers)
