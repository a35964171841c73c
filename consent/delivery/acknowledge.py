"""Take acknowledgments that a receiver sends later: signed by its own secret, each once, of its own events alone."""

from collections.abc import Callable

from sqlalchemy import Engine

from consent.delivery.keys import DeliveryKeys
from consent.delivery.sender import MAX_ACK_BYTES, read_ack
from consent.delivery.signatures import TOLERANCE_SECONDS, BadSignatureError, check_signature
from consent.storage.delivery import acks, deliveries, outbox, receivers
from consent.storage.delivery.acks import Ack


class RefusedAckError(Exception):
    """No acknowledgment of this receiver; nobody is told what is wrong with it."""


def take_acknowledgment(
    engine: Engine, keys: DeliveryKeys, receiver_id: str, header: Callable[[str], str | None], body: bytes, now: int
) -> None:
    """Write down what a receiver says of an event, at `now` in unix seconds. Raises RefusedAckError."""
    with engine.begin() as connection:
        receiver = receivers.get(connection, receiver_id)
        # The work is the same for a receiver that nobody has.
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
        heard = acks.of_event(connection, receiver_id, reported.event).get(acks.DELIVERED)
        if heard is None or not acks.use(connection, receiver_id, used, now + 2 * TOLERANCE_SECONDS):
            raise RefusedAckError
        acks.say(
            connection,
            Ack(
                receiver_id, reported.event, reported.state, event.n, reported.at, now, reported.ref, heard.body_sha256
            ),
        )
        deliveries.confirm(connection, receiver_id, reported.event)
