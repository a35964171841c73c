"""Sign and check posts by Standard Webhooks 1.0.0: three headers over the id, the time and the bytes as sent."""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence

from consent.delivery.keys import DeliveryKeys
from consent.storage.delivery.receivers import ReceiverRow

TOLERANCE_SECONDS = 300
MAX_ID_LENGTH = 64


class BadSignatureError(Exception):
    """Raised for a post that is damaged, forged, too old, or lacks a header; the sender isn't told which."""


def signature_headers(
    keys: DeliveryKeys, receiver: ReceiverRow, event_id: str, time: int, body: bytes
) -> dict[str, str]:
    """Return the headers of a delivery at `time`, unix seconds; for a day after a rotation the old key signs too."""
    numbers = [receiver.secret_no]
    if receiver.secret_no > 1 and time < receiver.old_secret_until:
        numbers.append(receiver.secret_no - 1)
    signed = f"{event_id}.{time}.".encode() + body
    signatures = []
    for number in numbers:
        if receiver.signature in ("v1", "both"):
            signatures.append("v1," + mac_of(keys.secret(receiver.id, number), signed))
        if receiver.signature in ("v1a", "both"):
            signature = keys.signing_key(receiver.id, number).sign(signed)
            signatures.append("v1a," + base64.b64encode(signature).decode())
    return {"webhook-id": event_id, "webhook-timestamp": str(time), "webhook-signature": " ".join(signatures)}


def check_signature(secrets: Sequence[bytes], header: Callable[[str], str | None], body: bytes, now: int) -> str:
    """Return the `webhook-id` of a post that is signed with one of `secrets`. Raises BadSignatureError."""
    posted, moment, signatures = (header(f"webhook-{name}") or "" for name in ("id", "timestamp", "signature"))
    if not posted or len(posted) > MAX_ID_LENGTH or not posted.isascii() or not moment.isdigit() or len(moment) > 12:
        raise BadSignatureError
    given = [_decoded(one.removeprefix("v1,")) for one in signatures.split(" ")[:8] if one.startswith("v1,")]
    signed = f"{posted}.{moment}.".encode() + body
    made = [hmac.digest(secret, signed, "sha256") for secret in secrets]
    is_signed = any(hmac.compare_digest(one, other) for one in given for other in made)
    if not is_signed or abs(int(moment) - now) > TOLERANCE_SECONDS:
        raise BadSignatureError
    return posted


def mac_of(secret: bytes, signed: bytes) -> str:
    """Return the `v1` signature of `signed`, without its prefix."""
    return base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
