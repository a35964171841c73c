"""Account endpoints for a site's servers: query what an account allows, refuse on its behalf, merge two, close one."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from consent.api.compliance.token_auth import Authorization, authorize, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.request_schemas import HEX_ID, KEY, VENDOR_ID, StrictBoolean
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.api.http.site import find_site
from consent.api.page.account_refusal import refuse
from consent.api.page.account_visit import bad_subject
from consent.core.account_join import JOINED, Visit, join
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.translatable import translatable
from consent.geo import read_place
from consent.privacy.eraser import Erased, LegalHoldError
from consent.runtime.compiled_config import day_of_time
from consent.signing.subject_token import BadSubjectError, is_subject
from consent.storage.selection.subjects import UnknownSubjectError
from consent.storage.subjects.accounts import Found
from consent.storage.tables.privacy import LEVELS
from consent.subjects.accounts import NoAccountsError, SignedIn
from consent.subjects.keyring import SubjectKeysMissingError

READ, REFUSE, ERASE = "accounts:read", "accounts:refuse", "privacy:erase"
SUB = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
COUNTRY, SUBDIVISION = r"([A-Z]{2})?\Z", r"([A-Z0-9]{1,3})?\Z"
ENDING = ("opt_out", "object", "withdraw")
CLOSED = "Account closed at the site."


def check_sub(value: str) -> None:
    """Raise ValidationError unless `value` is a `sub`."""
    if not is_subject(value):
        raise ValidationError("Must be a `sub`: 32 bytes in base64url, which is 43 characters.")


def check_one_subject(data: Mapping[str, str]) -> None:
    """Raise ValidationError unless exactly one of a receipt, a visitor and a subject is named."""
    if len({"receipt", "visitor", "sub"} & data.keys()) != 1:
        raise ValidationError({"receipt": ["Send exactly one of receipt, visitor and subject."]})


class _SubSchema(Schema):
    class Meta:
        unknown = RAISE

    sub = fields.String(
        required=True,
        validate=check_sub,
        **meta("Subject (`sub`) of the account, as computed by the site's server.", SUB),
    )


class FindSchema(_SubSchema):
    """The account to find, and the place to decide for."""

    country = fields.String(
        load_default="", validate=validate.Regexp(COUNTRY), **meta("Country (ISO 3166-1 alpha-2).", "DE")
    )
    subdivision = fields.String(
        load_default="",
        validate=validate.Regexp(SUBDIVISION),
        **meta("Subdivision: the second part of its ISO 3166-2 code.", ""),
    )


class FoundSchema(Schema):
    """What an account allows in a place, as if on a device without a choice of its own."""

    known = fields.Boolean(required=True, **meta("Whether the account has a choice.", True))
    groups = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(),
        required=True,
        **meta("Whether each group is allowed.", {"analytics": True}),
    )
    vendors = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(),
        required=True,
        **meta("Whether each vendor is allowed.", {"matomo": True}),
    )
    signal = fields.String(required=True, allow_none=True, **meta("`gpc` if a device of the account sends it.", None))
    version = fields.Integer(required=True, **meta("Version of the account.", 5345))


class RefusalSchema(FindSchema):
    """A refusal on behalf of a subject; no token can grant on someone's behalf."""

    key = fields.String(
        required=True, validate=HEX_ID, **meta("Idempotency key: 128 random bits, generated for this refusal.", KEY)
    )
    action = fields.String(
        load_default="opt_out", validate=validate.OneOf(ENDING), **meta("Action that the person took.", "opt_out")
    )
    choices = fields.Dict(
        keys=fields.String(validate=validate.OneOf(OPTIONAL)),
        values=StrictBoolean(validate=validate.Equal(False, error="Must be false: servers can only refuse.")),
        load_default=dict,
        **meta("Groups to refuse, each `false`.", {"advertising": False}),
    )
    vendors = fields.Dict(
        keys=fields.String(validate=VENDOR_ID),
        values=StrictBoolean(validate=validate.Equal(False, error="Must be false: servers can only refuse.")),
        validate=validate.Length(0, 60),
        load_default=dict,
        **meta("Vendors to refuse, each `false`.", {}),
    )

    @post_load
    def _check_named(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        if not data["choices"] and not data["vendors"]:
            raise ValidationError({"choices": ["Refuse at least one group or vendor."]})
        return data


class RefusedSchema(Schema):
    """The receipt of a refusal."""

    id = fields.String(required=True, **meta("Id of the receipt.", KEY))
    receipt = fields.String(required=True, **meta("The signed receipt (JWS, Ed25519).", "eyJhbGciOiJFZERTQSIs…"))


class MergeSchema(_SubSchema):
    """Two subjects that are the same person."""

    into = fields.String(required=True, validate=check_sub, **meta("The other subject, which is kept.", SUB))


class CloseSchema(_SubSchema):
    """An account that no longer exists at the site."""

    level = fields.String(
        required=True,
        validate=validate.OneOf(LEVELS),
        **meta("`unlink` erases the personal part of its receipts, `full` all but the hash.", "unlink"),
    )


def answer_account_found(context: ApiContext, request: Request, site: str) -> Answer:
    """Return what an account allows, for a mailing tool; an unknown subject counts as one without a choice."""
    authorize(context, request, site, READ)
    values = read_facts(FindSchema(), request.json())
    config, now = find_site(context, site), context.clock()
    found = context.privacy.subjects.find(signed_in_by_sub(context, request, site, values["sub"]))
    place = read_place(values["country"], values["subdivision"], "token")
    day = day_of_time(now)
    resolved = config.resolved_for(place, now, None)
    joined = join(found.account, None, JOINED, 0, Visit(resolved, day))
    decision = decide(resolved, day, Signals(joined.gpc), joined.choice)
    allowed = {tag["vendor"] for tag in decision.tags if tag["mode"] == "full"}
    vendors = {tag["vendor"]: tag["vendor"] in allowed for tag in decision.tags}
    facts = {
        "known": found.number is not None,
        "groups": {group: decision.groups[group]["granted"] for group in OPTIONAL},
        "vendors": vendors,
        "signal": "gpc" if joined.gpc else None,
        "version": found.account.version,
    }
    return json_answer(facts, 200, [NO_STORE])


def answer_account_refusal(context: ApiContext, request: Request, site: str) -> Answer:
    """Refuse on behalf of a subject: 201 with the receipt, 200 for a repeat."""
    authorize(context, request, site, REFUSE)
    values = read_facts(RefusalSchema(), request.json())
    config = find_site(context, site)
    unknown = [vendor for vendor in values["vendors"] if vendor not in config.vendor_ids]
    if unknown:
        names = {f"vendors.{vendor}": ["Unknown."] for vendor in unknown}
        raise ApiError(400, "unknown_vendor", "Unknown vendor in this config.", names)
    stored = refuse(context, request, config, signed_in_by_sub(context, request, site, values["sub"]), values)
    return json_answer({"id": stored.id, "receipt": stored.jws}, 201 if stored.created else 200, [NO_STORE])


def answer_account_merge(context: ApiContext, request: Request, site: str) -> Answer:
    """Merge two accounts: 204. From then on, what either one refuses is refused."""
    owner, author = authorize(context, request, site, REFUSE)
    values = read_facts(MergeSchema(), request.json())
    one, other = (signed_in_by_sub(context, request, site, values[name]) for name in ("into", "sub"))
    if one == other:
        raise ApiError(400, "invalid_field", "A field is not valid.", {"into": ["Must be a different subject."]})
    now = int(context.clock())
    with context.engine.begin() as connection:
        if context.privacy.subjects.join(connection, one, other) is not None:
            author.record(connection, owner, "account.merged", translatable("two accounts"), None, None, now)
    for signed_in in (one, other):
        context.privacy.subjects.drop(signed_in)
    return Answer(204, [NO_STORE])


def answer_account_closed(context: ApiContext, request: Request, site: str) -> Answer:
    """Erase an account that the site has closed, with its receipts: 204, or 409 under a legal hold."""
    who = authorize(context, request, site, ERASE)
    values = read_facts(CloseSchema(), request.json())
    signed_in, _ = found_account(context, request, site, values["sub"])
    erase_account(context, who, signed_in, values["level"], reason=CLOSED, is_closed=True)
    return Answer(204, [NO_STORE])


def found_account(context: ApiContext, request: Request, site: str, sub: str) -> tuple[SignedIn, Found]:
    """Return the subject `sub` and its account. Raises ApiError 404 if nothing is stored for it."""
    signed_in = signed_in_by_sub(context, request, site, sub)
    with context.engine.connect() as connection:
        found = context.privacy.subjects.find_in(connection, signed_in)
    if found.number is None:
        raise ApiError(404, "unknown_account", "This site has no account with this subject.")
    return signed_in, found


def erase_account(
    context: ApiContext,
    who: Authorization,
    signed_in: SignedIn,
    level: str,
    *,
    reason: str,
    is_closed: bool = False,
) -> Erased:
    """Erase an account's receipts and document; with `unlink`, its refusals stay in force unless the account is closed.

    Raises ApiError 404 if it has been deleted in the meantime, 409 under a legal hold.
    """
    try:
        return context.privacy.accounts.erase(
            who.site,
            signed_in,
            level,
            keeps_refusals=level != "full" and not is_closed,
            reason=reason,
            by=who.author.who.id,
            is_closed=is_closed,
        )
    except UnknownSubjectError:
        raise ApiError(404, "unknown_account", "This site has no account with this subject.") from None
    except LegalHoldError as error:
        raise ApiError(409, "legal_hold", f"{str(error).capitalize()}; nothing was erased.") from None


def signed_in_by_sub(context: ApiContext, request: Request, site: str, sub: str) -> SignedIn:
    """Return the subject that a site's server calls `sub`. Raises ApiError."""
    config = find_site(context, site)
    try:
        return context.privacy.subjects.named(sub, config.site_id, config.site)
    except NoAccountsError:
        raise ApiError(404, "no_accounts", "This site does not use accounts.") from None
    except BadSubjectError:
        raise bad_subject() from None
    except SubjectKeysMissingError as error:
        raise ApiError(503, "unavailable", str(error), retry_after=60) from None
