"""Opaque cursors for keyset pagination of receipts."""

import base64
import binascii
import hashlib
import re
import struct

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_POSITION = struct.Struct(">q16s")
_CHECKSUM_BYTES = 8


class CursorError(Exception):
    """The cursor is damaged or belongs to another site (HTTP 400)."""


def create_cursor(site_id: int, time: int, receipt_id: str) -> str:
    """Return the cursor that continues after the receipt with that time and id: 43 characters of base64url."""
    position = _POSITION.pack(time, bytes.fromhex(receipt_id))
    return _encode(position + _checksum(site_id, position))


def read_cursor(site_id: int, cursor: str) -> tuple[int, str]:
    """Return the time and id of the receipt that `cursor` continues after.

    Raises CursorError. The checksum catches accidents, not forgery: whoever may read the list may read all of it.
    """
    if not _FORM.fullmatch(cursor):
        raise CursorError
    try:
        raw = base64.b64decode(cursor + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        raise CursorError from None
    position, check = raw[: _POSITION.size], raw[_POSITION.size :]
    if check != _checksum(site_id, position) or _encode(raw) != cursor:
        raise CursorError
    time, receipt_id = _POSITION.unpack(position)
    return time, receipt_id.hex()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _checksum(site_id: int, position: bytes) -> bytes:
    return hashlib.sha256(b"consent cursor %d " % site_id + position).digest()[:_CHECKSUM_BYTES]
