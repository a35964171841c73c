"""Read the form of a visitor's request: who sent it, what it asks for, with which proof; a sentence for each error."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.api.page.choice_cookies import read_secret
from consent.core.days import DAY_SECONDS, date_of
from consent.core.privacy_rights import ELSEWHERE, OPT_OUT, UNVERIFIED_KINDS
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
"""People take longer to fill in the form; robots don't."""
FORM_SECONDS = DAY_SECONDS
ACCOUNT_SECONDS = 1800
"""How long a form is valid for the account whose token opened it."""
MAC_CHARACTERS = 32
MAX_ADDRESS = 254
_ATOM = r"[^@.\s<>\"',;:()\[\]\\\x00-\x1f\x7f]+"
_ADDRESS = re.compile(rf"(?!.*=\?)(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@[a-z0-9-]{{1,63}}(\.[a-z0-9-]{{1,63}})*")
"""In a header, `=?` begins an encoded word (RFC 2047), which would decode to another address."""


class Visitor(NamedTuple):
    """Who is asking: the place whose law applies, the language, and the `visitor` of this browser's receipts or None.

    `sub` and `account`, its number, are those of the signed-in visitor, or empty.
    """

    config: CompiledConfig
    place: str
    language: str
    visitor: str | None
    sub: str = ""
    account: str = ""


class SubmittedForm(NamedTuple):
    """The fields of the form, and a text key for each invalid field."""

    fields: dict[str, str]
    errors: dict[str, str]


def read_fields(request: Request) -> dict[str, str]:
    """Return the fields of the form, each at most once. Raises ApiError 400 or 413 for anything else."""
    try:
        pairs = parse_qsl(request.body(MAX_BODY).decode("ascii"), True, max_num_fields=20, errors="strict")
    except ValueError:
        raise ApiError(400, "invalid_field", "The form is invalid.") from None
    found = dict(pairs)
    if len(found) != len(pairs) or not found.keys() <= set(FIELDS):
        raise ApiError(400, "invalid_field", "The form has a repeated or unknown field.")
    return {name: found.get(name, "") for name in FIELDS}


def check_origin(request: Request) -> None:
    """Raise ApiError 403 if another website sent the form."""
    if request.header("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise ApiError(403, "origin_not_allowed", "The form was sent by another website.")


def read_visitor(context: ApiContext, request: Request, config: CompiledConfig, fields: dict[str, str]) -> Visitor:
    """Return who is asking; place and language are those chosen in `fields`, otherwise derived from the request."""
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
    code = rules.rule_at(from_address, date_of(law_days_of(rules).day(from_address, context.clock()))).code
    return code if code in known else ELSEWHERE


def with_account(context: ApiContext, visitor: Visitor, sealed: str) -> Visitor:
    """Return the visitor as the account that the form was made for, or unchanged if the field is forged or expired."""
    try:
        facts = _account_seal(context).open(bytes.fromhex(sealed), visitor.config.site_id)
    except (ValueError, SealError):
        return visitor
    if facts["until"] < context.clock():
        return visitor
    return visitor._replace(sub=facts["sub"], account=facts["account"])


def seal_account(context: ApiContext, visitor: Visitor) -> str:
    """Return the field that ties the form to the account for half an hour, or "" if nobody is signed in."""
    if not visitor.sub:
        return ""
    until = int(context.clock()) + ACCOUNT_SECONDS
    facts = {"sub": visitor.sub, "account": visitor.account, "until": until}
    return _account_seal(context).close(facts, visitor.config.site_id).hex()


def _account_seal(context: ApiContext) -> Seal:
    return Seal(context.keys.secret, "account of a form")


def make_stamp(context: ApiContext, request: Request, config: CompiledConfig, time: int | None = None) -> str:
    """Return the time when the form was made, with a MAC that only a page in this browser can send (CSRF)."""
    made = int(context.clock()) if time is None else time
    return _stamp(context, config, read_secret(request, config) or "", made)


def _stamp(context: ApiContext, config: CompiledConfig, secret: str, made: int) -> str:
    text = f"request form\0{config.site}\0{secret}\0{made}".encode()
    mac = base64url(hmac.digest(context.keys.secret, text, hashlib.sha256))[:MAC_CHARACTERS]
    return f"{made}.{mac}"


def is_own_stamp(context: ApiContext, request: Request, visitor: Visitor, stamp: str) -> bool:
    """Return whether this browser was given the form within the last day.

    A form opened by a page of the site has no cookie in its stamp (SameSite=Lax), but the sealed account instead.
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
    """Return whether the form came back faster than anyone can fill it in."""
    return context.clock() - int(stamp.partition(".")[0]) < LEAST_SECONDS


def proofs_of(context: ApiContext, visitor: Visitor, kinds: list[str]) -> list[str]:
    """Return the proofs by which this visitor can be recognized, the surest first."""
    has_mail = context.settings.mailer is not None or not UNVERIFIED_KINDS.isdisjoint(kinds)
    offered = {"account": bool(visitor.sub), "browser": visitor.visitor is not None, "mail": has_mail}
    return [proof for proof, is_offered in offered.items() if is_offered]


def is_for_browser_only(fields: Mapping[str, str]) -> bool:
    """Return whether the form opts out in this browser and leaves no address for data that was sold before."""
    return fields["kind"] == OPT_OUT and fields["proof"] == "mail" and not fields["mail"]


def check_fields(context: ApiContext, visitor: Visitor, fields: dict[str, str], kinds: list[str]) -> SubmittedForm:
    """Return the cleaned fields, with a text key for each that is invalid."""
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
    is_needed = typed["kind"] != OPT_OUT or typed["mail"]
    if is_mail and is_needed and not (len(typed["mail"]) <= MAX_ADDRESS and _ADDRESS.fullmatch(typed["mail"])):
        errors["mail"] = "error_mail"
    if len(typed["details"]) > MAX_DETAILS:
        errors["details"] = "error_details"
    return SubmittedForm(typed, errors)


def _address(text: str) -> str:
    """Return a mail address with its domain in lower case; other text is only stripped."""
    local, at, domain = text.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _clean(text: str) -> str:
    """Return a text with plain line ends and no other control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign == "\n" or sign.isprintable()).strip()
