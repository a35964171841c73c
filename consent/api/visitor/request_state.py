"""GET and POST /rights/<site>/mail and …/state: confirm a request with a mailed link, and follow it with another."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_date

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer
from consent.api.http.site import find_site
from consent.api.visitor.request_form import check_origin, read_fields, read_visitor
from consent.api.visitor.request_opt_out import is_opted_out
from consent.api.visitor.request_page import RequestView, owner_of, render_page, requires_requests_enabled
from consent.core.days import date_of
from consent.core.privacy_rights import NO_PERIOD, OPT_OUT
from consent.presentation.request_mails import received_mail
from consent.runtime.compiled_config import CompiledConfig
from consent.storage.privacy.privacy_requests import Request as Registered

MAX_KEY = 64


@requires_requests_enabled
def answer_request_confirmation(context: ApiContext, request: Request, config: CompiledConfig) -> Answer:
    """Return the page of a mailed link, with the button that confirms: programs open links, people press buttons."""
    key = request.query.get("key", "")[:MAX_KEY]
    sent = context.privacy.visitors.waiting(owner_of(config), key)
    visitor = read_visitor(context, request, config, request.query)
    if sent is None:
        return render_page(context, RequestView(view="used", visitor=visitor, depth=1), 404)
    facts = {"kind": sent.kind, "key": key}
    return render_page(context, RequestView(view="confirm", visitor=visitor, depth=1, facts=facts))


@requires_requests_enabled
def answer_request_confirmed(context: ApiContext, request: Request, config: CompiledConfig) -> Answer:
    """Register the link's request, once, and redirect to its state, whose link is also sent by mail."""
    check_origin(request)
    fields = read_fields(request)
    entered = context.privacy.visitors.confirm(owner_of(config), fields["key"][:MAX_KEY])
    if entered is None:
        visitor = read_visitor(context, request, config, fields)
        return render_page(context, RequestView(view="used", visitor=visitor, depth=1), 404)
    path = f"state?{urlencode({'key': entered.key, 'language': entered.language})}"
    due = _format_day(entered.request.last_day, entered.language)
    link = f"{context.settings.base_url}/rights/{config.site}/{path}"
    if context.settings.mailer:
        mail = received_mail(entered.language, config.document["controller"]["name"], entered.request.kind, due, link)
        context.settings.mailer.post(entered.facts["mail"], mail.subject, mail.text)
    return Answer(303, [("Location", path), NO_STORE, ("Referrer-Policy", "no-referrer")], b"")


def answer_request_state(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the state of a request to anyone with its link, even if the site takes no new requests."""
    return _state_page(
        context, request, find_site(context, site), request.query.get("key", "")[:MAX_KEY], request.query
    )


def answer_request_taken_back(context: ApiContext, request: Request, site: str) -> Answer:
    """Close the request when its visitor withdraws it, with the button on the page of its state."""
    config = find_site(context, site)
    check_origin(request)
    fields = read_fields(request)
    key = fields["key"][:MAX_KEY]
    context.privacy.visitors.withdraw(owner_of(config), key)
    return _state_page(context, request, config, key, fields)


def _state_page(
    context: ApiContext, request: Request, config: CompiledConfig, key: str, given: dict[str, str]
) -> Answer:
    registered = context.privacy.visitors.find_by_key(owner_of(config), key)
    visitor = read_visitor(context, request, config, given)
    if registered is None:
        return render_page(context, RequestView(view="used", visitor=visitor, depth=1), 404)
    visitor = visitor._replace(place=registered.place)
    sub = context.privacy.visitors.account_of(owner_of(config), key)
    counts = registered.kind == OPT_OUT and is_opted_out(context, request, config, sub)
    honored = config.texts(visitor.language)["status"] if counts else ""
    facts = _facts(registered, visitor.language) | {"key": key, "honored": honored}
    return render_page(context, RequestView(view="state", visitor=visitor, depth=1, facts=facts))


def _facts(one: Registered, language: str) -> dict[str, Any]:
    return {
        "number": one.id,
        "kind": one.kind,
        "law": "" if one.law == NO_PERIOD else one.law,
        "state": one.outcome or "open",
        "received": _format_day(one.received, language),
        "due": _format_day(one.last_day, language),
        "is_extended": one.extended is not None,
        "extension_reason": one.extension_reason,
        "reason": one.reason if one.outcome != "taken_back" else "",
    }


def _format_day(day: int, language: str) -> str:
    when: date = date_of(day)
    return format_date(when, "long", locale=Locale.parse(language, sep="-"))
