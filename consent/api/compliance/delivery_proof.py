"""GET …/receivers/<receiver>/events/<event>/proof: proof that a receiver got an event, or what it acknowledged."""

import json

from consent.api.compliance.receivers import SCOPE
from consent.api.compliance.token_auth import authorize
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.visitor.proof import TEXT, prove
from consent.core.days import HOUR_SECONDS
from consent.core.merkle import leaf_hash
from consent.delivery.log_hours import ACTION, line_of, path_of
from consent.signing.receipt_claims import utc
from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, receivers
from consent.storage.delivery.acks import DELIVERED, STATES, Ack
from consent.storage.log import entries
from consent.storage.log.entries import Entry
from consent.verify import URL, decode

LATER_SECONDS = 300


def answer_delivery_proof(context: ApiContext, request: Request, site: str, receiver_id: str, event: str) -> Answer:
    """Return a proof that can be checked offline, or 202 while the hour isn't in the log yet."""
    owner, _ = authorize(context, request, site, SCOPE)
    state = request.query.get("state", DELIVERED)
    if state not in STATES or set(request.query) - {"state"}:
        raise ApiError(400, "invalid_filter", "A filter is invalid.", {"state": f"Must be one of {', '.join(STATES)}."})
    with context.engine.connect() as connection:
        reached = acks.of_event(connection, receiver_id, event.removeprefix("evt_")).get(state)
        entry = _entry_of(connection, owner.id, reached) if reached else None
        if reached is None or (entry is None and receivers.get(connection, receiver_id, owner.id) is None):
            raise ApiError(404, "unknown_delivery", "This event was not sent to this receiver.")
        text = prove(connection, owner.id, entry.log_index, _extra(connection, entry, reached)) if entry else None
    headers = [TEXT, ("X-Content-Type-Options", "nosniff"), NO_STORE]
    if text is None:
        waiting = b"The hour of this event is not in the log yet; try again.\n"
        return Answer(202, [*headers, ("Retry-After", str(LATER_SECONDS))], waiting)
    return Answer(200, [*headers, ("Content-Disposition", f'attachment; filename="{event}.tlog-proof"')], text.encode())


def _entry_of(connection: Transaction, site_id: int, reached: Ack) -> Entry | None:
    """Return the log entry of the hour in which a state was recorded, or None if there isn't one yet."""
    begin = reached.noted_at - reached.noted_at % HOUR_SECONDS
    for entry in entries.of_action_since(connection, site_id, ACTION, begin + HOUR_SECONDS):
        hour = json.loads(decode(entry.jws.split(".")[1], URL))["after"]
        if (hour["receiver"], hour["hour"]) == (reached.receiver_id, utc(begin)):
            return entry
    return None


def _extra(connection: Transaction, entry: Entry, reached: Ack) -> bytes:
    """Return the proof's payload: the entry, the line of the hour, and the path from the line to the entry's root."""
    begin = reached.noted_at - reached.noted_at % HOUR_SECONDS
    lines = [line_of(ack) for ack in acks.in_period(connection, reached.receiver_id, begin, begin + HOUR_SECONDS)]
    line = line_of(reached)
    number = lines.index(line)
    path = [node.hex() for node in path_of([leaf_hash(one) for one in lines], number)]
    delivery = {"line": json.loads(line), "number": number, "path": path}
    return json.dumps({"entry": entry.jws, "delivery": delivery}, separators=(",", ":")).encode()
