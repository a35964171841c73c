"""Add, change and remove receivers, rotate their keys, resend and replay events, each with an audit entry."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from consent.core.groups import OPTIONAL
from consent.core.translatable import translatable
from consent.delivery.adapters import Adapter, known_adapters
from consent.delivery.approval import proposed_columns
from consent.delivery.keys import OVERLAP_SECONDS, SETTINGS, DeliveryKeys, public_text, secret_text
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.outbound.guarded_http import BadAddressError, read_target
from consent.outbound.public_addresses import AllowList
from consent.storage.database.base import Transaction
from consent.storage.delivery import deliveries, outbox, receivers, replays
from consent.storage.delivery.deliveries import Resent
from consent.storage.delivery.receivers import ReceiverRow

CLOSED_SETS = {"ack": receivers.ACKS, "signature": receivers.SIGNATURES, "content_type": receivers.CONTENT_TYPES}
MAX_NAME, MAX_ADDRESS, MAX_VALUE = 100, 500, 500


class ReceiverFields(NamedTuple):
    """A receiver as users enter it; `values` are its adapter's settings, where an empty secret keeps the stored one."""

    name: str
    public_name: str
    adapter: str
    address: str
    values: Mapping[str, str]
    groups: tuple[str, ...]
    ack: str
    knows_accounts: bool
    signature: str
    content_type: str


class Secrets(NamedTuple):
    """A receiver's keys, shown once; empty if its adapter or signature type doesn't use them."""

    signing: str
    public: str
    acks: str


class BadReceiverError(ValueError):
    """Raised for invalid fields of a receiver: `errors` maps each field's name to a sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


class TooManyReceiversError(Exception):
    """Raised when the site already has the maximum number of receivers."""

    def __init__(self) -> None:
        super().__init__(translatable(f"A site has at most {receivers.MAX_RECEIVERS} receivers: remove one first."))


def check_fields(fields: ReceiverFields, allowed: AllowList, before: ReceiverRow | None = None) -> Adapter:
    """Return the adapter of a receiver with these fields. Raises BadReceiverError with all problems."""
    errors: dict[str, str] = {}
    adapter = known_adapters().get(fields.adapter)
    if adapter is None or adapter.document.get("relay"):
        raise BadReceiverError({"adapter": translatable("Choose one of these.")})
    if not fields.name or len(fields.name) > MAX_NAME:
        errors["name"] = translatable(f"A receiver needs a name of up to {MAX_NAME} characters.")
    if len(fields.public_name) > MAX_NAME:
        errors["public_name"] = translatable(f"A name for visitors has up to {MAX_NAME} characters.")
    try:
        if len(fields.address) > MAX_ADDRESS:
            raise BadAddressError(translatable(f"An address has up to {MAX_ADDRESS} characters."))
        read_target(fields.address, allowed)
        if not adapter.is_plain and urlsplit(fields.address).query:
            raise BadAddressError(translatable("The address must have no ? part."))
    except BadAddressError as error:
        errors["address"] = str(error)
    if not set(fields.groups) <= set(OPTIONAL):
        errors["groups"] = translatable("Choose some of these groups.")
    for field, known in CLOSED_SETS.items():
        if getattr(fields, field) not in known:
            errors[field] = translatable("Choose one of these.")
    errors |= _value_errors(fields, adapter, before)
    if errors:
        raise BadReceiverError(errors)
    return adapter


def _value_errors(fields: ReceiverFields, adapter: Adapter, before: ReceiverRow | None) -> dict[str, str]:
    errors = {}
    is_same = before is not None and before.adapter == adapter.id and _origin(before.address) == _origin(fields.address)
    has_secrets = before is not None and is_same and before.secret_sealed is not None
    for name, facts in adapter.settings.items():
        if facts.get("map") == "group":
            names = [fields.values.get(f"{name}_{group}", "") for group in OPTIONAL]
            if any(not text or len(text) > MAX_NAME for text in names):
                errors[name] = translatable(f"Each group needs an ID of up to {MAX_NAME} characters.")
            continue
        value = fields.values.get(name, "")
        if facts.get("secret") and not value and has_secrets:
            continue
        if facts.get("secret") and not value and before is not None:
            # Otherwise anyone who may change the address would get the secret, which no page displays again.
            errors[name] = translatable(
                "The stored secret is not sent to another server: enter the secret of the new one."
            )
            continue
        is_known = (
            value in facts["choices"] if "choices" in facts else re.fullmatch(facts.get("pattern", "[!-~]+"), value)
        )
        if not is_known or len(value) > MAX_VALUE:
            errors[name] = (
                translatable(f"This is not valid: enter a value such as {facts['example']}.")
                if facts.get("example")
                else translatable("This cannot be used.")
            )
    return errors


def add_receiver(
    transaction: Transaction,
    keys: DeliveryKeys,
    allowed: AllowList,
    site: Owner,
    author: Author,
    fields: ReceiverFields,
    now: int,
    *,
    needs_approval: bool = False,
) -> tuple[str, Secrets]:
    """Add a receiver, and return its id and keys, which are shown once. Raises BadReceiverError, TooManyReceiversError.

    With `needs_approval` it gets no events until a second user has approved its address.
    """
    adapter = check_fields(fields, allowed)
    if receivers.count_of_site(transaction, site.id) >= receivers.MAX_RECEIVERS:
        raise TooManyReceiversError
    receiver_id = secrets.token_hex(16)
    columns = _columns(keys, receiver_id, adapter, fields, None)
    if needs_approval:
        columns |= {"state": receivers.PROPOSED, "proposed_by": author.who.id, "proposed_at": now}
    receivers.add(transaction, site.id, receiver_id, columns, now)
    author.record(transaction, site, "receiver.added", receiver_id, None, _log_facts(fields), now)
    return receiver_id, secrets_of(keys, receiver_id, 1, adapter, fields.signature)


def change_receiver(
    transaction: Transaction,
    keys: DeliveryKeys,
    allowed: AllowList,
    site: Owner,
    author: Author,
    receiver: ReceiverRow,
    fields: ReceiverFields,
    now: int,
    *,
    needs_approval: bool = False,
) -> None:
    """Change a receiver; one that was gone gets events again. Raises BadReceiverError.

    With `needs_approval` a change of address waits for a second user.
    """
    adapter = check_fields(fields, allowed, receiver)
    columns = _columns(keys, receiver.id, adapter, fields, receiver)
    if needs_approval and fields.address != receiver.address:
        columns = proposed_columns(keys, receiver, columns, author.who.id, now)
    else:
        columns |= _reset_columns(receiver, fields)
    receivers.change(transaction, receiver.id, **columns)
    author.record(
        transaction, site, "receiver.changed", receiver.id, _log_facts(_fields_of(receiver)), _log_facts(fields), now
    )


def _reset_columns(receiver: ReceiverRow, fields: ReceiverFields) -> dict[str, Any]:
    state = {"state": receivers.ON} if receiver.state == receivers.GONE else {}
    return {**receivers.AFRESH, **state} if state or fields.address != receiver.address else {}


def set_state(
    transaction: Transaction, site: Owner, author: Author, receiver: ReceiverRow, state: str, now: int
) -> None:
    """Pause or resume a receiver; on resuming it gets all events that it missed."""
    facts: dict[str, object] = {"state": state}
    if state == receivers.ON:
        facts |= {"failures": 0, "failing_since": None, "next_probe_at": 0}
    receivers.change(transaction, receiver.id, **facts)
    before, after = {"state": receiver.state}, {"state": state}
    author.record(transaction, site, "receiver.switched", receiver.id, before, after, now)


def remove_receiver(transaction: Transaction, site: Owner, author: Author, receiver: ReceiverRow, now: int) -> None:
    """Remove a receiver and everything queued for it."""
    receivers.remove(transaction, receiver.id)
    author.record(transaction, site, "receiver.removed", receiver.id, _log_facts(_fields_of(receiver)), None, now)


def rotate_secret(
    transaction: Transaction, keys: DeliveryKeys, site: Owner, author: Author, receiver: ReceiverRow, now: int
) -> Secrets:
    """Rotate a receiver's keys, and return the new ones, shown once; for a day the previous keys sign too."""
    number = receiver.secret_no + 1
    receivers.change(transaction, receiver.id, secret_no=number, old_secret_until=now + OVERLAP_SECONDS)
    author.record(transaction, site, "receiver.secret_rotated", receiver.id, None, {"number": number}, now)
    return secrets_of(keys, receiver.id, number, known_adapters()[receiver.adapter], receiver.signature)


def resend_dead(
    transaction: Transaction, site: Owner, author: Author, receiver: ReceiverRow, now: int, n: int | None = None
) -> Resent:
    """Reschedule one dead delivery, or all of them, and return how many; those superseded by a later event stay."""
    resent = deliveries.resend(transaction, receiver.id, site.id, now, n)
    if resent.events:
        author.record(transaction, site, "delivery.resent", receiver.id, None, {"events": resent.events}, now)
    return resent


def start_replay(
    transaction: Transaction,
    site: Owner,
    author: Author,
    receiver: ReceiverRow,
    span: tuple[int, int],
    subjects: str,
    now: int,
) -> int:
    """Start resending the events of `span` (first and last unix time), and return how many numbers that covers."""
    numbers = outbox.number_range(transaction, site.id, *span)
    if numbers is None:
        return 0
    first, last = numbers[0], min(numbers[1], receiver.cursor)
    if last < first:
        return 0
    replays.add(transaction, receiver.id, first, last, subjects, now)
    facts = {"from": span[0], "to": span[1], "subjects": subjects}
    author.record(transaction, site, "delivery.replayed", receiver.id, None, facts, now)
    return last - first + 1


def start_snapshot(transaction: Transaction, site: Owner, author: Author, receiver: ReceiverRow, now: int) -> bool:
    """Start sending the current state of each account once; return False if that is already in progress."""
    if not replays.add_snapshot(transaction, receiver.id, now):
        return False
    author.record(
        transaction, site, "delivery.snapshot_started", receiver.id, None, {"subjects": replays.SNAPSHOT}, now
    )
    return True


def secrets_of(keys: DeliveryKeys, receiver_id: str, number: int, adapter: Adapter, signature: str) -> Secrets:
    """Return a receiver's keys in the format given to it."""
    if not adapter.is_plain:
        return Secrets("", "", "")
    signing = secret_text(keys.secret(receiver_id, number)) if signature != "v1a" else ""
    public = public_text(keys.signing_key(receiver_id, number)) if signature != "v1" else ""
    return Secrets(signing, public, secret_text(keys.ack_secret(receiver_id, number)))


def _columns(
    keys: DeliveryKeys, receiver_id: str, adapter: Adapter, fields: ReceiverFields, before: ReceiverRow | None
) -> dict[str, Any]:
    hidden = adapter.secret_names
    given = {name: fields.values[name] for name in hidden if fields.values.get(name)}
    is_same = before is not None and before.adapter == adapter.id
    sealed = before.secret_sealed if before is not None and is_same else None
    if given:
        kept = keys.unseal(SETTINGS, "receiver", receiver_id, sealed)
        sealed = keys.seal(SETTINGS, "receiver", receiver_id, {**kept, **given})
    return {
        "name": fields.name,
        "public_name": fields.public_name,
        "adapter": adapter.id,
        "address": fields.address,
        "settings": json.dumps(_public_values(adapter, fields.values), sort_keys=True),
        "secret_sealed": sealed,
        "groups": " ".join(fields.groups),
        "ack": fields.ack if adapter.is_plain else "none",
        "knows_accounts": fields.knows_accounts and adapter.is_plain,
        "signature": fields.signature,
        "content_type": fields.content_type,
    }


def _public_values(adapter: Adapter, values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, facts in adapter.settings.items():
        if facts.get("map") == "group":
            found[name] = {group: values.get(f"{name}_{group}", "") for group in OPTIONAL}
        elif not facts.get("secret"):
            found[name] = values.get(name, "")
    return found


def _fields_of(receiver: ReceiverRow) -> ReceiverFields:
    return ReceiverFields(
        receiver.name,
        receiver.public_name,
        receiver.adapter,
        receiver.address,
        {},
        receiver.group_names,
        receiver.ack,
        receiver.knows_accounts,
        receiver.signature,
        receiver.content_type,
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _log_facts(fields: ReceiverFields) -> dict[str, Any]:
    """Return a receiver's facts for the log: only the origin of its address, since the path may be a secret."""
    return {
        "name": fields.name,
        "adapter": fields.adapter,
        "address": _origin(fields.address),
        "groups": list(fields.groups),
        "ack": fields.ack,
        "knows_accounts": fields.knows_accounts,
        "signature": fields.signature,
    }
