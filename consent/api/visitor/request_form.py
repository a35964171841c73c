"""Read the form of a visitor's request: who sent it, what it asks for, by which proof; a sentence for each error."""

import hashlib
import hmac
import re
from typing import NamedTuple
from urllib.parse import parse_qsl

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.api.page.choice_cookies import read_secret
from consent.core.days import date_of
from consent.core.privacy_rights import ELSEWHERE, UNVERIFIED_KINDS
from consent.core.rules import Place
from consent.privacy.seal import Seal, SealError
from consent.privacy.visitor_requests import MAX_DETAILS
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.keys import base64url
from consent.signing.receipt_claims import visitor_of
from consent.sites.law.law_days import law_days_of
from consent.storage.selection.subjects import receipts_of

MAX_BODY = 32 * 1024
FIELDS = (
    "kind",
    "place",
    "language",
    "proof",
    "mail",
    "details",
    "account",
    "stamp",
    "website",
    "subject",
    "key",
    "act",
)
LEAST_SECONDS = 2
"""People take longer to fill the form in; robots do not."""
FORM_SECONDS = 86400
ACCOUNT_SECONDS = 1800
"""So long a form stands for the account whose token opened it."""
MAC_CHARACTERS = 32
MAX_ADDRESS = 254
_ATOM = r"[^@.\s<>\"',;:()\[\]\\\x00-\x1f\x7f]+"
_ADDRESS = re.compile(rf"(?!.*=\?)(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@[a-z0-9-]{{1,63}}(\.[a-z0-9-]{{1,63}})*")
"""What `=?` begins is decoded in a header (RFC 2047), and would be another address there."""


class Visitor(NamedTuple):
    """Who asks: the place whose law counts, the language, and the `visitor` of this browser's receipts, None without any.

    `sub` and `account`, its number, are those of who is signed in, empty where nobody is.
    """

    config: CompiledConfig
    place: str
    language: str
    visitor: str | None
    sub: str = ""
    account: str = ""


class Typed(NamedTuple):
    """What stands in the form, and a text's key for each field that cannot be used."""

    fields: dict[str, str]
    errors: dict[str, str]


def read_fields(request: Request) -> dict[str, str]:
    """Return the fields of the form, each once. Raises ApiError 400 or 413 for what is no such form."""
    try:
        pairs = parse_qsl(request.body(MAX_BODY).decode("ascii"), True, max_num_fields=20, errors="strict")
    except ValueError:
        raise ApiError(400, "invalid_field", "The form cannot be read.") from None
    found = dict(pairs)
    if len(found) != len(pairs) or not found.keys() <= set(FIELDS):
        raise ApiError(400, "invalid_field", "The form has a field twice, or one that is not known.")
    return {name: found.get(name, "") for name in FIELDS}


def check_origin(request: Request) -> None:
    """Raise ApiError 403 where another website sent the form."""
    if request.header("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise ApiError(403, "origin_not_allowed", "The form was sent by another website.")


def read_visitor(context: ApiContext, request: Request, config: CompiledConfig, fields: dict[str, str]) -> Visitor:
    """Return who asks. The place is the one that was chosen (`fields`), else that of the address; so is the language."""
    from_address = context.locator.locate(request.peer, request.header, maybe_forwarded=request.is_forwarded).place
    language = config.language(fields.get("language"), request.header("Accept-Language"), from_address)
    secret, visitor = read_secret(request, config), None
    if secret:
        known = visitor_of(context.keys.secret, secret)
        with context.engine.connect() as connection:
            visitor = known if receipts_of(connection, config.site_id, known) else None
    return Visitor(config, _place(context, fields.get("place", ""), from_address), language, visitor)


def _place(context: ApiContext, chosen: str, from_address: Place) -> str:
    known = context.privacy.rights.places
    rules = context.configs.rules
    if chosen == ELSEWHERE or chosen in known:
        return chosen
    code = rules.at(from_address, date_of(law_days_of(rules).day(from_address, context.clock()))).code
    return code if code in known else ELSEWHERE


def with_account(context: ApiContext, visitor: Visitor, sealed: str) -> Visitor:
    """Return the visitor as the account that the form was made for; a forged or old one stands for nobody."""
    try:
        facts = _account_seal(context).open(bytes.fromhex(sealed), visitor.config.site_id)
    except (ValueError, SealError):
        return visitor
    if facts["until"] < context.clock():
        return visitor
    return visitor._replace(sub=facts["sub"], account=facts["account"])


def seal_account(context: ApiContext, visitor: Visitor) -> str:
    """Return the field by which the form stands for the account for half an hour; empty where nobody is signed in."""
    if not visitor.sub:
        return ""
    until = int(context.clock()) + ACCOUNT_SECONDS
    facts = {"sub": visitor.sub, "account": visitor.account, "until": until}
    return _account_seal(context).close(facts, visitor.config.site_id).hex()


def _account_seal(context: ApiContext) -> Seal:
    return Seal(context.keys.secret, "account of a form")


def make_stamp(context: ApiContext, request: Request, config: CompiledConfig, time: int | None = None) -> str:
    """Return when the form was made, with a MAC that only a page of this browser can carry (CSRF)."""
    made = int(context.clock()) if time is None else time
    return _stamp(context, config, read_secret(request, config) or "", made)


def _stamp(context: ApiContext, config: CompiledConfig, secret: str, made: int) -> str:
    text = f"request form\0{config.site}\0{secret}\0{made}".encode()
    mac = base64url(hmac.digest(context.keys.secret, text, hashlib.sha256))[:MAC_CHARACTERS]
    return f"{made}.{mac}"


def is_own_stamp(context: ApiContext, request: Request, visitor: Visitor, stamp: str) -> bool:
    """Return whether the form is one that this browser was given within a day.

    A form that was opened by a page of the site has no cookie in its stamp (SameSite=Lax), and the sealed account instead.
    """
    made, config = stamp.partition(".")[0], visitor.config
    if not re.fullmatch(r"[0-9]{1,12}", made, re.ASCII):
        return False
    secrets = {read_secret(request, config) or "", *([""] if visitor.sub else [])}
    own = [_stamp(context, config, secret, int(made)) for secret in secrets]
    return (
        any(hmac.compare_digest(stamp.encode(), one.encode()) for one in own)
        and context.clock() - int(made) <= FORM_SECONDS
    )


def is_too_fast(context: ApiContext, stamp: str) -> bool:
    """Return whether the form came back faster than anybody writes."""
    return context.clock() - int(stamp.partition(".")[0]) < LEAST_SECONDS


def proofs_of(context: ApiContext, visitor: Visitor, kinds: list[str]) -> list[str]:
    """Return by what this visitor can be recognized, the surest first."""
    has_mail = context.settings.mailer is not None or not UNVERIFIED_KINDS.isdisjoint(kinds)
    offered = {"account": bool(visitor.sub), "browser": visitor.visitor is not None, "mail": has_mail}
    return [proof for proof, is_offered in offered.items() if is_offered]


def check_fields(context: ApiContext, visitor: Visitor, fields: dict[str, str], kinds: list[str]) -> Typed:
    """Return the fields, cleaned, with the key of a text for each that cannot be used."""
    errors = {}
    typed = fields | {"mail": _address(fields["mail"]), "details": _clean(fields["details"])}
    if fields["website"]:
        errors["website"] = "rights_trap"
    if typed["kind"] not in kinds:
        errors["kind"] = "error_kind"
    is_mail = typed["proof"] == "mail"
    if typed["proof"] not in proofs_of(context, visitor, kinds):
        errors["proof"] = "error_proof"
    elif is_mail and context.settings.mailer is None and typed["kind"] not in UNVERIFIED_KINDS:
        errors["proof"] = "rights_no_way"
    if is_mail and not (len(typed["mail"]) <= MAX_ADDRESS and _ADDRESS.fullmatch(typed["mail"])):
        errors["mail"] = "error_mail"
    if len(typed["details"]) > MAX_DETAILS:
        errors["details"] = "error_details"
    return Typed(typed, errors)


def _address(text: str) -> str:
    """Return a mail address with its domain in lower case; what is no address stays what it is."""
    local, at, domain = text.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _clean(text: str) -> str:
    """Return a text with plain line ends and no other control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign == "\n" or sign.isprintable()).strip()
