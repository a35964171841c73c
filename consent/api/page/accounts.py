"""Endpoints for pages with a signed-in visitor: the decision, the join at sign-in, sign-out, and deletion."""

import secrets
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.request_schemas import SUBJECT
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer, json_bytes
from consent.api.http.schema_examples import meta
from consent.api.http.site import allowed_origin, cors, cors_headers, find_site
from consent.api.page.account_refusal import (
    announce_refusal,
    carried_refusal,
    recorded,
    refusal_receipt,
    signal_refusal,
)
from consent.api.page.account_visit import (
    AccountCookies,
    Device,
    account_decision,
    account_json,
    account_visit,
    check_in_time,
    device_of,
    join_visit,
    own_cookie,
    read_device,
    read_signed_in,
    with_token_age,
)
from consent.api.page.choice_cookies import SiteCookies, deletions
from consent.api.page.decision import answer_unsigned, handover_names
from consent.api.page.visit_context import MAX_PATH, Visit, choice_cookie, limit_writes, read_visit
from consent.core.account import TWO_STEP_REGIMES, with_signal
from consent.core.account_join import ACCOUNT, JOINED, MODES
from consent.core.choice import MAX_LENGTH, format_choice
from consent.presentation.banner_storage import COOKIE_LIFE_SECONDS
from consent.privacy.eraser import LegalHoldError
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.signing.subject_token import LATE_SECONDS
from consent.storage.sites import sites
from consent.storage.subjects import accounts as store
from consent.storage.subjects import receipts as store_receipts
from consent.storage.subjects.accounts import Found
from consent.subjects.accounts import SignedIn
from consent.web.compression import best_encoding

VARY = "Accept-Encoding, Accept-Language, Sec-GPC, DNT, Cookie, Authorization, Consent-Subject"


class AccountRequestSchema(Schema):
    """The signed-in visitor, and how the device is linked to the account."""

    class Meta:
        unknown = RAISE

    subject = fields.String(
        required=True, validate=validate.Length(1, 1024), **meta("Subject token from the site's server.", SUBJECT)
    )
    mode = fields.String(
        validate=validate.OneOf(MODES),
        **meta("`j` joins account and device, `d` keeps the device separate, `a` follows only the account.", JOINED),
    )
    path = fields.String(
        validate=[validate.Regexp(r"/[^\0]*\Z"), validate.Length(1, MAX_PATH)],
        **meta("Path of the page, for rules that apply to certain pages.", "/"),
    )
    own = fields.String(
        validate=validate.Length(0, MAX_LENGTH + 32),
        **meta(
            "If no cookies are sent: value of the cookie `consent_<site>_own`, or otherwise of the consent cookie.", ""
        ),
    )


class DeletionSchema(Schema):
    """The signed-in visitor whose choices are to be deleted."""

    class Meta:
        unknown = RAISE

    subject = fields.String(
        required=True,
        validate=validate.Length(1, 1024),
        **meta("Subject token that has not been used for a grant.", SUBJECT),
    )


class NothingSchema(Schema):
    """An empty body; the request's cookies are sufficient."""

    class Meta:
        unknown = RAISE


def answer_decision(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the decision for a page or, with a token of scope `decide`, for the site's server."""
    subject = request.header("Consent-Subject")
    if subject is None:
        return answer_unsigned(context, request, site)
    config, now = find_site(context, site), context.clock()
    visit = read_visit(context, request, config)
    origin = allowed_origin(config, request)
    signed_in = read_signed_in(context, request, config, subject, by_sub=visit.by_token)
    check_in_time(signed_in)
    found, visit = context.privacy.subjects.find(signed_in), with_token_age(visit, signed_in)
    own = request.query.get("own") if visit.by_token else own_cookie(request, config)
    view, encoding = request.query.get("view", ""), best_encoding(request.header("Accept-Encoding") or "")

    def answer() -> Answer:
        at = account_visit(visit, found, read_device(visit.choice, own), now)
        headers = [("Cache-Control", "private, no-store"), ("Vary", VARY), *cors_headers(origin)]
        return json_bytes(account_json(context, at, now, view), 200, headers, encoding)

    if found.others:
        return answer()
    # The version covers everything in the account; most visitors request several pages between two changes.
    account: tuple[object, ...] = (found.number, found.account.version, visit.choice, own, visit.signals)
    if found.whole is not None:
        account = (*account, found.account)  # what counts here also depends on the terms of other sites
    key = (*visit.key(now), *account, view, visit.by_token, config.page_kind(visit.path), encoding, origin)
    return context.caches.accounts.get((*key, *handover_names(context, visit)), answer)


def answer_account(context: ApiContext, request: Request, site: str) -> Answer:
    """Join account and device at sign-in: record for the account what the law requires, and set both cookies."""
    limit_writes(context, request)
    config, now = find_site(context, site), context.clock()
    headers = [*cors(config, request), NO_STORE]
    values = _read(AccountRequestSchema(), request)
    signed_in = read_signed_in(context, request, config, values["subject"])
    check_in_time(signed_in)
    visit = with_token_age(read_visit(context, request, config), signed_in)._replace(path=values.get("path"))
    found, device = context.privacy.subjects.find(signed_in), _device(request, visit, values)
    device = _with_mode(device, values.get("mode"), visit, found, now)
    if join_visit(visit, found.account, device, now)[0].up or found.others or _has_two_names(signed_in, found):
        found = _record_on_account(context, request, visit, signed_in, device, now)
    at = account_visit(visit, found, device, now)
    cookies = AccountCookies(request, at, is_https=context.settings.is_https)
    deletion_headers = deletions(request, cookies, visit, at.resolved, day_of_time(now))
    facts = {"decision": account_decision(context, at, now), "own": at.device.text, "choice": at.choice_text}
    return json_answer(facts, 200, [*headers, *cookies.headers(), *deletion_headers])


def answer_sign_out(context: ApiContext, request: Request, site: str) -> Answer:
    """Restore the device's own choice: 204, with the cookies as they were before the sign-in."""
    config = find_site(context, site)
    headers = [*cors(config, request), NO_STORE]
    _read(NothingSchema(), request)
    if own_cookie(request, config) is None:
        return Answer(204, headers)
    cookies = _OwnCookies(request, config, device_of(request, config), is_https=context.settings.is_https)
    return Answer(204, [*headers, *cookies.headers()])


def answer_account_deletion(context: ApiContext, request: Request, site: str) -> Answer:
    """Delete an account's grants: 204. Its refusals stay in force under a new number that no receipt refers to."""
    limit_writes(context, request)
    config = find_site(context, site)
    headers = [*cors(config, request), NO_STORE]
    signed_in = read_signed_in(context, request, config, _read(DeletionSchema(), request)["subject"])
    check_in_time(signed_in)
    try:
        _delete_grants(context, config, signed_in)
    except LegalHoldError as error:
        raise ApiError(409, "legal_hold", f"{str(error).capitalize()}; nothing was deleted.") from None
    context.privacy.subjects.drop(signed_in)
    context.privacy.eraser.afterwards()
    return Answer(204, headers)


def _delete_grants(context: ApiContext, config: CompiledConfig, signed_in: SignedIn) -> None:
    with context.engine.begin() as connection:
        found = context.privacy.subjects.lock(connection, signed_in)
        _use_token(connection, signed_in)
        if found.number is not None:
            context.privacy.subjects.save(connection, signed_in, found, found.number)
            owner = sites.by_key(connection, config.site)
            if owner is not None:
                whole = found.stored._replace(others=())
                context.privacy.accounts.delete_grants(connection, owner, whole, signed_in.sub)


class _OwnCookies(SiteCookies):
    """The cookies of a device whose visitor has signed out."""

    def __init__(self, request: Request, config: Any, device: Device, *, is_https: bool) -> None:
        super().__init__(request, config, is_https=is_https)
        self.value = format_choice(device.own) if device.own else ""

    def headers(self) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers, or none if the service's domain is foreign to the page."""
        if self._domain is None:
            return []
        name = self._config.cookie
        own = self._set(name, self.value, COOKIE_LIFE_SECONDS if self.value else 0)
        return [("Set-Cookie", own), ("Set-Cookie", self._set(f"{name}_own", "", 0))]


def _device(request: Request, visit: Visit, values: dict[str, Any]) -> Device:
    text = values.get("own")
    has_cookie = choice_cookie(request, visit.config) is not None or own_cookie(request, visit.config) is not None
    if text is None or has_cookie:
        return device_of(request, visit.config)
    return read_device("", None) if not text else _device_from_text(text)


def _device_from_text(text: str) -> Device:
    if not text.startswith("o1."):
        return read_device(text, None)
    own = text.split(".", 3)[-1]
    # If no cookie reaches the service, the page vouches for both.
    return read_device(own or "v1.0.none.0.-00000000-00000000-00000000.", text)


def _with_mode(device: Device, mode: str | None, visit: Visit, found: Found, now: float) -> Device:
    """Return `device` in the mode that the page requests.

    The mode doesn't change if following the account would override the device's own refusal and the rule requires a
    second step for that: it takes an answer.
    """
    if mode is None or mode == device.mode:
        return device
    values = device._replace(mode=mode, seen=0)
    if mode == ACCOUNT:
        joined, resolved = join_visit(visit, found.account, device, now)
        if resolved["regime"] in TWO_STEP_REGIMES and "device_stricter" in joined.lines:
            return device
    return values


def _has_two_names(signed_in: SignedIn, found: Found) -> bool:
    return found.is_moved or (bool(signed_in.before) and found.number is not None)


def _record_on_account(
    context: ApiContext, request: Request, visit: Visit, signed_in: SignedIn, device: Device, now: float
) -> Found:
    """Record for the account what the law treats as the consumer's statement on any device; return the account."""
    time, results = int(now), [store.UNKNOWN]

    def make(connection: Connection) -> store_receipts.PreparedReceipt:
        held = context.privacy.subjects.lock(connection, signed_in)
        found, number = context.privacy.subjects.with_document(held), held.number or secrets.token_hex(16)
        joined, resolved = join_visit(visit, found.account, device, now)
        account, receipt = with_signal(found.account) if "gpc" in joined.up else found.account, None
        # A change by a signal or a merge is announced as a refusal without a receipt.
        refusal = signal_refusal(request, visit, resolved, time)
        if "advertising" in joined.up and device.own is not None:
            refusal = carried_refusal(request, visit, resolved, device.own, time)
            account, receipt = recorded(account, refusal), refusal_receipt(context, refusal, number, time)
        found = found._replace(account=account)
        results.append(found._replace(number=number, others=()))

        def save() -> None:
            context.privacy.subjects.save(connection, signed_in, found, number)
            if joined.up or found.others:
                announce_refusal(context, connection, signed_in, found, number, refusal, time)

        return store_receipts.PreparedReceipt(receipt, save)

    context.privacy.subjects.receipts.change(time, lambda connection: store.lock(connection, signed_in.all_names), make)
    context.privacy.subjects.drop(signed_in)
    return results[-1]


def _use_token(connection: Connection, signed_in: SignedIn) -> None:
    """Use up the token. Raises ApiError 403 if it was used before."""
    token = signed_in.token
    if token is None:
        return
    if store.is_used(connection, signed_in.site_id, token.jti):
        raise ApiError(403, "subject_used", "This subject token was already used; request a new one.")
    store.use_token(connection, signed_in.site_id, token.jti, token.exp + LATE_SECONDS)


def _read(schema: Schema, request: Request) -> dict[str, Any]:
    try:
        values: dict[str, Any] = schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    return values
