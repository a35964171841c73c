"""Opaque cursor of keyset pagination over receipts."""

import base64
import binascii
import hashlib
import re
import struct

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_PLACE = struct.Struct(">q16s")
_CHECK_BYTES = 8


class CursorError(Exception):
    """The cursor is damaged, or was made for another site: 400."""


def create_cursor(site_id: int, time: int, receipt_id: str) -> str:
    """Return the cursor behind the receipt of that time and id: 43 characters of base64url."""
    place = _PLACE.pack(time, bytes.fromhex(receipt_id))
    return _text(place + _check(site_id, place))


def read_cursor(site_id: int, cursor: str) -> tuple[int, str]:
    """Return the time and id that `cursor` stands behind.

    Raises CursorError. The check is against accidents, not forgers: whoever may read the list may read all of it.
    """
    if not _FORM.fullmatch(cursor):
        raise CursorError
    try:
        raw = base64.b64decode(cursor + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        raise CursorError from None
    place, check = raw[: _PLACE.size], raw[_PLACE.size :]
    if check != _check(site_id, place) or _text(raw) != cursor:
        raise CursorError
    time, receipt_id = _PLACE.unpack(place)
    return time, receipt_id.hex()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _check(site_id: int, place: bytes) -> bytes:
    return hashlib.sha256(b"consent cursor %d " % site_id + place).digest()[:_CHECK_BYTES]
