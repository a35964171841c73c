"""Record a requested opt-out of sale at once: as a choice of this browser, or as a refusal of the account."""

import secrets
from collections.abc import Mapping

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.api.page.account_refusal import opt_out
from consent.api.page.choice_body import load_choice
from consent.api.page.decision import write_token
from consent.api.page.record_choice import latest_receipt, read_choice, store_receipt
from consent.api.page.visit_context import Visit, choice_cookie, limit_writes
from consent.api.visitor.my_receipts import page_visit
from consent.api.visitor.request_form import Visitor
from consent.core.choice import parse_choice
from consent.core.privacy_rights import OPT_OUT
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.subject_token import BadSubjectError
from consent.subjects.accounts import NoAccountsError, SignedIn
from consent.subjects.keyring import SubjectKeysMissingError

PAGE_LAYER = 0
"""Made on neither layer of the banner."""


def record_opt_out(
    context: ApiContext, request: Request, visitor: Visitor, fields: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Record the refusal that a form asks for, of the account or of this browser; return the headers of the new cookies.

    If it can't be recorded, the request is registered all the same, and its page doesn't say that the opt-out counts.
    """
    if fields["kind"] != OPT_OUT:
        return []
    visit = page_visit(context, request, visitor.config)
    try:
        limit_writes(context, request)
        if fields["proof"] != "account":
            return _refuse_in_browser(context, request, visit)
        if signed_in := _account(context, visitor.config, visitor.sub):
            opt_out(context, request, visit, signed_in)
    except ApiError as error:
        context.monitoring.refused.add(record_opt_out.__name__, error.code)
    return []


def is_opted_out(context: ApiContext, request: Request, config: CompiledConfig, sub: str) -> bool:
    """Return whether this browser, or the account of `sub` if a request was proved by it, refuses advertising now."""
    if sub:
        signed_in = _account(context, config, sub)
        entries = context.privacy.subjects.find(signed_in).stored.account.entries if signed_in else ()
        answers = {entry.v: entry.s for entry in entries if entry.t == "advertising"}
        return bool(answers) and not answers[max(answers)]
    choice = parse_choice(choice_cookie(request, config))
    return choice is not None and choice.groups["advertising"] is False


def _refuse_in_browser(context: ApiContext, request: Request, visit: Visit) -> list[tuple[str, str]]:
    config = visit.config
    resolved = config.resolved_at(visit.place.country, visit.place.subdivision, context.clock())
    choice = parse_choice(visit.choice, visit.tcf)
    granted = {vendor for vendor, answer in choice.vendors.items() if answer} if choice else set()
    sold = {tag["vendor"] for tag in resolved["tags"] if tag["flagged"]}
    body: dict[str, object] = {
        "key": secrets.token_hex(16),
        "config": config.name,
        "token": write_token(context, visit, resolved["regime"], resolved["day"]),
        "action": "opt_out",
        "method": "click",
        "choices": {"advertising": False},
        "vendors": dict.fromkeys(sorted(granted & sold & set(config.vendor_ids)), False),
        "layer": PAGE_LAYER,
    }
    write = read_choice(context, request, visit, load_choice(body), latest_receipt(context, request, config))
    store_receipt(context, write.receipt)
    return write.headers()


def _account(context: ApiContext, config: CompiledConfig, sub: str) -> SignedIn | None:
    """Return the account of `sub`, or None if the site's accounts are unavailable."""
    try:
        return context.privacy.subjects.named(sub, config.site_id, config.site)
    except (BadSubjectError, NoAccountsError, SubjectKeysMissingError):
        return None
