"""Accept the acknowledgments that receivers post later: signed with the receiver's own secret, each used only once."""

from collections.abc import Callable

from sqlalchemy import Engine

from consent.delivery.keys import DeliveryKeys
from consent.delivery.sender import MAX_ACK_BYTES, read_ack
from consent.delivery.signatures import TOLERANCE_SECONDS, BadSignatureError, check_signature
from consent.storage.delivery import acks, deliveries, outbox, receivers
from consent.storage.delivery.acks import Ack


class RefusedAckError(Exception):
    """Raised for an acknowledgment that is not accepted; the sender isn't told why."""


def take_acknowledgment(
    engine: Engine, keys: DeliveryKeys, receiver_id: str, header: Callable[[str], str | None], body: bytes, now: int
) -> None:
    """Record what a receiver reports about an event, at `now` in unix seconds. Raises RefusedAckError."""
    with engine.begin() as connection:
        receiver = receivers.get(connection, receiver_id)
        # Do the same work for an unknown receiver, so that response times don't reveal which ids exist.
        number = receiver.secret_no if receiver else 1
        numbers = [number, number - 1] if receiver and number > 1 and now < receiver.old_secret_until else [number]
        try:
            used = check_signature([keys.ack_secret(receiver_id, one) for one in numbers], header, body, now)
        except BadSignatureError:
            raise RefusedAckError from None
        reported = read_ack(body, now) if len(body) <= MAX_ACK_BYTES else None
        event = outbox.get(connection, reported.event) if reported else None
        if receiver is None or reported is None or event is None or event.site_id != receiver.site_id:
            raise RefusedAckError
        delivered = acks.of_event(connection, receiver_id, reported.event).get(acks.DELIVERED)
        if delivered is None or not acks.use(connection, receiver_id, used, now + 2 * TOLERANCE_SECONDS):
            raise RefusedAckError
        acks.record_report(
            connection,
            Ack(
                receiver_id,
                reported.event,
                reported.state,
                event.n,
                reported.at,
                now,
                reported.ref,
                delivered.body_sha256,
            ),
        )
        deliveries.confirm(connection, receiver_id, reported.event)
