"""Receipts of refusals that no page showed: an opt-out carried over from a device, or sent by the site's server."""

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.api.page.choice_body import Form, RequestedChoice
from consent.api.page.outbox_events import announce_account
from consent.api.page.receipt_builder import Circumstances, SharedChoice, read_circumstances
from consent.api.page.shown_config import ShownConfig
from consent.api.page.visit_context import Visit
from consent.core.account import VENDOR, Account, Answer, record_answer
from consent.core.choice import Choice, format_choice
from consent.core.decide import Signals
from consent.core.documents.resolved import Resolved
from consent.core.merkle import leaf_hash
from consent.core.receipt import NOT_SHOWN
from consent.geo import read_place
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import SECOND_SCHEMA, canonical_digest, new_salt, utc
from consent.signing.write_token import Fields
from consent.storage.receipts.new_receipt import KeyErasedError, KeyReusedError, NewReceipt, Stored
from consent.storage.subjects import accounts as store
from consent.storage.subjects.accounts import Found
from consent.storage.subjects.receipts import PreparedReceipt
from consent.subjects.accounts import SignedIn


class Refusal(NamedTuple):
    """A refusal for an account on a `visit`; `carried` is the cookie it came in, or empty."""

    visit: Visit
    resolved: Resolved
    circumstances: Circumstances
    choices: Mapping[str, bool]
    vendors: Mapping[str, bool]
    action: str
    method: str
    carried: str
    key: str
    body: bytes
    id: str

    @property
    def targets(self) -> dict[str, bool]:
        """Return the refused groups and vendors, named as in an account's document."""
        return {**self.choices, **{VENDOR + vendor: answer for vendor, answer in self.vendors.items()}}


def carried_refusal(request: Request, visit: Visit, resolved: Resolved, own: Choice, time: int) -> Refusal:
    """Return the opt-out of advertising that a device's choice `own` carries over to the account."""
    came = read_circumstances(request, visit.config, None, time)._replace(day=own.day)
    key, receipt_id = secrets.token_hex(16), secrets.token_hex(16)
    choices = {"advertising": False}
    return Refusal(visit, resolved, came, choices, {}, "opt_out", "account", format_choice(own), key, b"", receipt_id)


def signal_refusal(request: Request, visit: Visit, resolved: Resolved, time: int) -> Refusal:
    """Return an account's refusal due to a signal or a merge: nobody answered, so it has no receipt."""
    came = read_circumstances(request, visit.config, None, time)
    choices = {"advertising": False} if visit.signals.gpc else {}
    return Refusal(visit, resolved, came, choices, {}, "opt_out", "account", "", "", b"", "")


def refuse(
    context: ApiContext, request: Request, config: CompiledConfig, signed_in: SignedIn, values: Mapping[str, Any]
) -> Stored:
    """Record a refusal requested by a server of the site, and return its receipt. Raises ApiError."""
    time = int(context.clock())
    place = read_place(values["country"], values["subdivision"], "token")
    visit = Visit(config, place, Signals(), config.default_language, None, None, True)
    refusal = Refusal(
        visit,
        config.resolved_for(place, time, None),
        read_circumstances(request, config, None, time),
        values["choices"],
        values["vendors"],
        values["action"],
        "api",
        "",
        values["key"],
        canonical_without_floats(dict(values)),
        secrets.token_hex(16),
    )
    return _record(context, signed_in, refusal, time)


def opt_out(context: ApiContext, request: Request, visit: Visit, signed_in: SignedIn) -> Stored:
    """Record an account's opt-out of advertising by a click on a page of this service. Raises ApiError."""
    time = int(context.clock())
    resolved = visit.config.resolved_for(visit.place, time, None)
    came, choices = read_circumstances(request, visit.config, None, time), {"advertising": False}
    key, receipt_id = secrets.token_hex(16), secrets.token_hex(16)
    refusal = Refusal(visit, resolved, came, choices, {}, "opt_out", "click", "", key, b"", receipt_id)
    return _record(context, signed_in, refusal, time)


def _record(context: ApiContext, signed_in: SignedIn, refusal: Refusal, time: int) -> Stored:
    def make(connection: Connection) -> PreparedReceipt:
        held = context.privacy.subjects.find_in(connection, signed_in)
        found, number = context.privacy.subjects.with_document(held), held.number or secrets.token_hex(16)
        found = found._replace(account=recorded(found.account, refusal))
        receipt = refusal_receipt(context, refusal, number, time)

        def save() -> None:
            context.privacy.subjects.save(connection, signed_in, found, number)
            announce_refusal(context, connection, signed_in, found, number, refusal, time)

        return PreparedReceipt(receipt, save)

    def lock(connection: Connection) -> None:
        store.lock(connection, signed_in.all_names)

    name = (refusal.visit.config.site_id, refusal.key)
    try:
        stored = context.privacy.subjects.receipts.write(name, refusal.body, time, lock, make)
    except KeyReusedError:
        raise ApiError(409, "key_reused", "This idempotency key was used for another choice.") from None
    except KeyErasedError:
        raise ApiError(410, "erased", "The receipt with this key has been erased.") from None
    context.privacy.subjects.drop(signed_in)
    return stored


def announce_refusal(
    context: ApiContext,
    connection: Connection,
    signed_in: SignedIn,
    found: Found,
    number: str,
    refusal: Refusal,
    time: int,
) -> None:
    """Announce a refusal for an account, in the transaction that records it."""
    announce_account(
        context,
        connection,
        refusal.visit.config,
        signed_in,
        found,
        number,
        resolved=refusal.resolved,
        day=refusal.circumstances.today,
        place=refusal.visit.place,
        answers=refusal.targets,
        action=refusal.action,
        method=refusal.method,
        time=time,
        receipt_id=refusal.id or None,
    )


def recorded(account: Account, refusal: Refusal) -> Account:
    """Return the account with the refusal, which counts as given with knowledge of everything stored."""
    answer = Answer(refusal.targets, refusal.circumstances.day, "", account.version, 0, refusal.id)
    return record_answer(account, answer, refusal.resolved).account


def refusal_receipt(context: ApiContext, refusal: Refusal, number: str, time: int) -> NewReceipt:
    """Return the signed receipt of a refusal for the account `number`, at `time` in Unix seconds."""
    salt, shared = new_salt(), _shared_choice(context, refusal)
    facts = {"visitor": None, "previous": None, "browser": refusal.circumstances.browser, "page_group": None}
    personal = canonical_without_floats({**facts, "chosen_at": None, "account": number})
    made = {"schema": SECOND_SCHEMA, "scope": "account", "id": refusal.id, "time": utc(time)}
    claims: dict[str, object] = {**shared.claims(refusal.visit, shared.record), **made}
    claims["pd"] = canonical_digest(salt, personal)
    columns: dict[str, object] = {}
    if refusal.carried:
        columns |= NOT_SHOWN
        claims |= dict.fromkeys(("text", *NOT_SHOWN), None)
        claims |= {"carried": refusal.carried, "judged_by": refusal.visit.config.name}
    jws = context.receipts.signer.sign(claims)
    columns |= {"id": refusal.id, "time": time, "jws": jws, "leaf_hash": leaf_hash(jws.encode())}
    columns |= {"key": refusal.key, "body": refusal.body, "salt": salt, "personal": personal.decode()}
    return shared.record.with_values(**columns, account=number)


def _shared_choice(context: ApiContext, refusal: Refusal) -> SharedChoice:
    """Return the refusal as a choice of its place, in the site's default language since nothing was shown."""
    visit = refusal.visit
    config, place = visit.config, visit.place
    where = (place.country, place.subdivision, place.source)
    rule = (refusal.resolved["regime"], context.configs.rules.version)
    fields = Fields(
        config.site, config.name, *where, *rule, config.default_language, config.variant, refusal.circumstances.today
    )
    values = {
        "action": refusal.action,
        "method": refusal.method,
        "choices": refusal.choices,
        "vendors": dict(refusal.vendors),
        "layer": 0,
        "conflict_shown": False,
        "age_band": visit.signals.age_band,
        "age": visit.signals.age,
    }
    posted = RequestedChoice(Form(values, b"", is_cached=False), refusal.key, None, refusal.body)
    return SharedChoice(
        visit, ShownConfig(config, fields, config.text_hash(config.default_language)), posted, refusal.circumstances
    )
