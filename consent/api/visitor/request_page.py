"""GET and POST /rights/<site>: a visitor's request under a privacy law, without an account or a script."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from babel import Locale
from flask import render_template

from consent.api.http.context import ApiContext
from consent.api.http.request import RETRY_SECONDS, Request
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.site import find_site
from consent.api.page.account_visit import check_in_time, read_signed_in
from consent.api.page.visit_context import network_of
from consent.api.visitor.my_receipts import page_file, receipt_title
from consent.api.visitor.request_form import (
    FIELDS,
    SubmittedForm,
    Visitor,
    check_fields,
    check_origin,
    is_for_browser_only,
    is_own_stamp,
    is_too_fast,
    make_stamp,
    proofs_of,
    read_fields,
    read_visitor,
    seal_account,
    with_account,
)
from consent.api.visitor.request_opt_out import record_opt_out
from consent.core.privacy_rights import ELSEWHERE, UNVERIFIED_KINDS
from consent.geo.places import SUBDIVISIONS
from consent.presentation.dashboard_texts import translate
from consent.presentation.languages import language_info
from consent.presentation.name_order import name_key
from consent.presentation.page_theme import THEME_FILE
from consent.presentation.request_mails import confirmation_mail
from consent.presentation.texts import colon_of, request_texts
from consent.privacy.eraser import LegalHoldError
from consent.privacy.visitor_requests import MAX_DETAILS, SEAL_DAYS, NewRequest, TooManyRequestsError
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.subjects.accounts import NoAccountsError
from consent.subjects.keyring import SubjectKeysMissingError

PAGE = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none';"
     " base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    NO_STORE,
    ("Vary", "Cookie, Accept-Language"),
]  # fmt: skip
FILES = ("receipts.css", "requests.css", THEME_FILE)
NO_FIELDS = dict.fromkeys(FIELDS, "")


@dataclass(frozen=True, slots=True)
class SiteOwner:
    """The site, with the fields that the log and the register need."""

    id: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One page of the requests; `view` names its part, `depth` is how many folders its URL is below the form's."""

    view: str
    visitor: Visitor
    depth: int = 0
    facts: Mapping[str, object] = field(default_factory=dict)


def owner_of(config: CompiledConfig) -> SiteOwner:
    """Return the site of a config."""
    return SiteOwner(config.site_id, config.site)


def requires_requests_enabled(endpoint: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return an endpoint that gets the config instead of the site's key, if the site's visitors can make requests here.

    On other sites, browsers get a page that says whom to write to. Raises ApiError 404 for other clients and unknown
    sites.
    """

    @functools.wraps(endpoint)
    def answer(context: ApiContext, request: Request, site: str) -> Answer:
        config = find_site(context, site)
        if config.takes_requests:
            return endpoint(context, request, config)
        if "text/html" not in (request.header("Accept") or ""):
            raise ApiError(404, "requests_off", "This site does not accept requests on this page.")
        visitor = read_visitor(context, request, config, request.query)
        depth = request.path.removesuffix("/").count("/") - 2
        return render_page(context, RequestView(view="off", visitor=visitor, depth=depth), 404)

    return answer


@requires_requests_enabled
def answer_request_page(context: ApiContext, request: Request, config: CompiledConfig) -> Answer:
    """Return the form, with the kinds of requests under the law of the place."""
    visitor = read_visitor(context, request, config, request.query)
    return _form_page(context, request, visitor, SubmittedForm(NO_FIELDS, {}))


@requires_requests_enabled
def answer_visitor_request(context: ApiContext, request: Request, config: CompiledConfig) -> Answer:
    """Accept a request: registered if it is proved or needs no proof, otherwise a mail with a link is sent first.

    An opt-out of sale counts at once, in the account or in this browser; without an address, nothing else is registered.
    A form from the site's own page with only the field `subject` opens the page for the signed-in visitor; `act=show`
    shows it again for another place or language.
    """
    try:
        fields = read_fields(request)
    except ApiError as error:
        return _unreadable_form_page(context, request, config, error)
    if fields["subject"]:
        return _account_form_page(context, request, config, fields)
    check_origin(request)
    visitor = with_account(context, read_visitor(context, request, config, fields), fields["account"])
    if fields["act"] == "show":
        return _form_page(context, request, visitor, SubmittedForm(NO_FIELDS, {}))
    typed = check_fields(context, visitor, fields, _kinds(context, visitor))
    if not is_own_stamp(context, request, visitor, fields["stamp"]):
        typed = SubmittedForm(typed.fields | {"stamp": ""}, {"form": "error_again"} | typed.errors)
    elif is_too_fast(context, fields["stamp"]):
        typed.errors["form"] = "error_again"
    if fields["act"] == "delete_account" and visitor.sub and "form" not in typed.errors:
        return _delete_account(context, request, visitor)
    if typed.errors:
        return _form_page(context, request, visitor, typed, 422)
    if not _admits(context, request):
        return _form_page(context, request, visitor, SubmittedForm(typed.fields, {"form": "error_many"}), 429)
    # Before the request is registered: a limit of the register must not keep an opt-out from counting.
    counted = record_opt_out(context, request, visitor, typed.fields)
    if is_for_browser_only(typed.fields):
        return _opted_out(context, request, visitor, typed.fields, counted)
    try:
        answer = _submit(context, visitor, typed.fields)
    except TooManyRequestsError:
        answer = _form_page(context, request, visitor, SubmittedForm(typed.fields, {"form": "error_many"}), 429)
    return Answer(answer.status, [*answer.headers, *counted], answer.body)


@requires_requests_enabled
def answer_request_sent(context: ApiContext, request: Request, config: CompiledConfig) -> Answer:
    """Return the page that says a mail with the link is on its way, the same whether or not it arrives."""
    visitor = read_visitor(context, request, config, request.query)
    return render_page(context, RequestView(view="sent", visitor=visitor, depth=1))


def answer_request_file(context: ApiContext, request: Request, site: str, name: str) -> Answer:
    """Return a style sheet of the page."""
    config = find_site(context, site)
    if name not in FILES:
        raise ApiError(404, "not_found", "This file does not exist.")
    headers = [("Content-Type", "text/css; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return Answer(200, [*headers, ("Cache-Control", "no-cache")], page_file(config, name))


def render_page(context: ApiContext, shown: RequestView, status: int = 200) -> Answer:
    """Return one page of the requests, in the visitor's language."""
    visitor, config, language = shown.visitor, shown.visitor.config, shown.visitor.language
    texts = request_texts(language)
    counts = {"rights_mail_text": SEAL_DAYS, "rights_details_text": MAX_DETAILS, "error_details": MAX_DETAILS}
    for key, count in counts.items():
        texts[key] = texts[key].replace("{count}", str(count))
    texts = {key: text.replace("{controller}", config.document["controller"]["name"]) for key, text in texts.items()}
    body = render_template(
        "requests.html",
        view=shown.view,
        site=config.site,
        language=language,
        direction=Locale.parse(language, sep="-").text_direction,
        texts=texts,
        colon=colon_of(language),
        files=config.site if shown.depth == 0 else ".",
        up="../" * shown.depth,
        receipts_title=receipt_title(config, language),
        controller=config.document["controller"],
        authority=context.privacy.rights.authority(visitor.place),
        **shown.facts,
    )
    return Answer(status, PAGE, body.encode())


def _form_page(
    context: ApiContext, request: Request, visitor: Visitor, typed: SubmittedForm, status: int = 200
) -> Answer:
    kinds = _kinds(context, visitor)
    proofs = proofs_of(context, visitor, kinds)
    stamp = typed.fields["stamp"] or make_stamp(context, request, visitor.config)
    facts = {
        "kinds": kinds,
        "proofs": proofs,
        "typed": typed.fields | {"proof": typed.fields["proof"] or next(iter(proofs), "")},
        "errors": typed.errors,
        "stamp": stamp,
        "sealed_account": seal_account(context, visitor),
        "has_account": bool(visitor.account),
        "place": visitor.place,
        "places": _places(context, visitor.language),
        "elsewhere": ELSEWHERE,
        "languages": [language_info(code) for code in visitor.config.languages],
        "max_details": MAX_DETAILS,
    }
    return render_page(context, RequestView(view="form", visitor=visitor, facts=facts), status)


def _kinds(context: ApiContext, visitor: Visitor) -> list[str]:
    return context.privacy.rights.kinds_at(visitor.place, day_of_time(context.clock()))


def _places(context: ApiContext, language: str) -> list[tuple[str, str]]:
    """Return the places with a law on file, by name; parts of countries are named as in the dashboard's catalogs."""
    names, spoken = Locale.parse(language, sep="-").territories, language.partition("-")[0]
    found = []
    for code in context.privacy.rights.places:
        country, _, part = code.partition("-")
        name = names.get(country, country)
        found.append((code, f"{name} – {translate(SUBDIVISIONS.get(code, part), spoken)}" if part else name))
    return sorted(found, key=lambda pair: name_key(pair[1], language))


def _unreadable_form_page(context: ApiContext, request: Request, config: CompiledConfig, error: ApiError) -> Answer:
    """Return an empty form for an unreadable one, of which nothing can be kept."""
    context.monitoring.refused.add(answer_visitor_request.__name__, error.code)
    key = "error_details" if error.status == 413 else "error_again"
    field_of = "details" if error.status == 413 else "form"
    visitor = read_visitor(context, request, config, {})
    return _form_page(context, request, visitor, SubmittedForm(NO_FIELDS, {field_of: key}), error.status)


def _account_form_page(context: ApiContext, request: Request, config: CompiledConfig, fields: dict[str, str]) -> Answer:
    """Return the form for a signed-in visitor; for an invalid or expired token, without the account and with an error."""
    visitor = read_visitor(context, request, config, fields)
    try:
        signed_in = read_signed_in(context, request, config, fields["subject"])
        check_in_time(signed_in)
    except ApiError as error:
        context.monitoring.refused.add(answer_visitor_request.__name__, error.code)
        return _form_page(context, request, visitor, SubmittedForm(NO_FIELDS, {"form": "error_account"}), error.status)
    number = context.privacy.subjects.find(signed_in).number
    token = signed_in.token
    visitor = visitor._replace(sub=token.sub if token else "", account=number or "")
    return _form_page(context, request, visitor, SubmittedForm(NO_FIELDS, {}))


def _delete_account(context: ApiContext, request: Request, visitor: Visitor) -> Answer:
    """Delete the account's grants; its refusals stay in force under a number that leads to nobody."""
    if not _admits(context, request):
        return _form_page(context, request, visitor, SubmittedForm(NO_FIELDS, {"form": "error_many"}), 429)
    subjects, site = context.privacy.subjects, visitor.config.site
    try:
        signed_in = subjects.named(visitor.sub, visitor.config.site_id, site)
    except (NoAccountsError, SubjectKeysMissingError):
        message = "The accounts of this site are unavailable; nothing was deleted."
        raise ApiError(503, "unavailable", message, retry_after=RETRY_SECONDS) from None
    try:
        with context.engine.begin() as connection:
            found = subjects.lock(connection, signed_in)
            if found.number is not None:
                subjects.save(connection, signed_in, found, found.number)
                whole = found.stored._replace(others=())
                context.privacy.accounts.delete_grants(connection, owner_of(visitor.config), whole, visitor.sub)
    except LegalHoldError as error:
        raise ApiError(409, "legal_hold", f"{str(error).capitalize()}; nothing was deleted.") from None
    subjects.drop(signed_in)
    context.privacy.eraser.afterwards()
    return render_page(context, RequestView(view="deleted", visitor=visitor))


def _admits(context: ApiContext, request: Request) -> bool:
    limits = (context.buffers.request_limit, context.buffers.request_day_limit)
    return all(limit.is_lifted or limit.admits(network_of(context, request)) for limit in limits)


def _submit(context: ApiContext, visitor: Visitor, fields: dict[str, str]) -> Answer:
    """Register a request, or send the mail to be confirmed first; then redirect to the next page."""
    site, config = owner_of(visitor.config), visitor.config
    proof, kind = fields["proof"], fields["kind"]
    facts = {"details": fields["details"]}
    if proof == "mail":
        facts["mail"] = fields["mail"]
    elif proof == "browser":
        facts["visitor"] = visitor.visitor or ""
    else:
        facts |= {"account": visitor.account, "sub": visitor.sub}
    if proof == "mail" and kind in UNVERIFIED_KINDS:
        # Proof must not be required here (11 CCR 7026(d)), so no link has to be followed either.
        proof = "none"
    new = NewRequest(kind, visitor.place, proof, visitor.language, {key: text for key, text in facts.items() if text})
    language = urlencode({"language": visitor.language})
    if proof != "mail":
        entered = context.privacy.visitors.enter(site, new)
        return _redirect(f"{config.site}/state?{urlencode({'key': entered.key})}&{language}")
    key = context.privacy.visitors.hold_until_confirmed(site, new)
    link = f"{context.settings.base_url}/rights/{config.site}/mail?{urlencode({'key': key})}&{language}"
    mail = confirmation_mail(visitor.language, config.document["controller"]["name"], kind, link)
    if context.settings.mailer:
        context.settings.mailer.post(fields["mail"], mail.subject, mail.text)
    return _redirect(f"{config.site}/sent?{language}")


def _opted_out(
    context: ApiContext, request: Request, visitor: Visitor, fields: dict[str, str], counted: list[tuple[str, str]]
) -> Answer:
    """Redirect to the receipts of this browser, where the opt-out is shown; it has to be recorded to count."""
    if not counted:
        return _form_page(context, request, visitor, SubmittedForm(fields, {"form": "error_again"}), 503)
    answer = _redirect(f"../r/{visitor.config.site}?{urlencode({'language': visitor.language})}")
    return Answer(answer.status, [*answer.headers, *counted], answer.body)


def _redirect(path: str) -> Answer:
    return Answer(303, [("Location", path), NO_STORE, ("Referrer-Policy", "no-referrer")], b"")
