"""Split a signed receipt into its own claims and those it shares with others, for fast decoding."""

import binascii
from typing import Any, NamedTuple

import orjson

from consent.core.receipt import SHARED_COLUMNS, ReceiptClaims
from consent.storage.receipts.export_rows import SEPARATOR, ExportRow

IMPORT = "import"
_METHOD = SHARED_COLUMNS.index("method")

SharedParts = tuple[str, str, str, str]
"""The base64 text around the claims that differ in each receipt: `expires` with `id`, `pd`, and `time`."""


Own = tuple[str, str]
"""A receipt's time and `expires` as signed; the latter is `null` or a quoted string."""


class Cut(NamedTuple):
    """Positions of a receipt's own claims, the same for all receipts with the same shared claims.

    The positions refer to base64 characters. Four of them always encode three bytes, whatever surrounds them, so the
    parts that two receipts share are the same text in both and can be compared without decoding. `letters` are the
    base64 slices with `expires` and `time`, and `places` are the positions of both in the decoded text of `letters`.
    """

    common: tuple[slice, slice, slice, slice]
    letters: tuple[slice, slice]
    places: tuple[slice, slice]

    def shared_parts(self, jws: str) -> SharedParts:
        """Return the parts that the receipt shares with others."""
        first, second, third, fourth = self.common
        return jws[first], jws[second], jws[third], jws[fourth]

    def own_parts(self, jws: str) -> Own:
        """Return the receipt's own claims that an export needs."""
        first, second = self.letters
        expires, time = self.places
        text = binascii.a2b_base64(jws[first] + jws[second]).decode()
        return text[time], text[expires]


def cut_of(jws: str) -> Cut:
    """Return where to cut a receipt, without checking its signature.

    The payload is canonical JSON (RFC 8785) with a fixed order of names, so finding four of them takes a third of the
    time of parsing everything. No value before them can contain a quoted name.
    """
    payload, start = _payload(jws), jws.index(".") + 1
    expires = payload.index(b'"expires":') + len('"expires":')
    receipt = payload.index(b',"id":"', expires) + len(',"id":"')
    pd = payload.index(b'"pd":"', receipt) + len('"pd":"')
    time = payload.index(b'"time":"', pd) + len('"time":"')
    after = payload.index(b'"', time)

    def letters(first: int, end: int) -> slice:
        return slice(start + first // 3 * 4, start - (-end // 3 * 4))

    # An id has 32 hex digits, `pd` has 64.
    one, two, three = letters(expires, receipt + 32), letters(pd, pd + 64), letters(time, after)
    end = jws.rindex(".")
    common = slice(0, one.start), slice(one.stop, two.start), slice(two.stop, three.start), slice(three.stop, end)
    span = letters(expires, receipt)
    first, second = expires % 3, (span.stop - span.start) // 4 * 3 + time % 3
    length = receipt - len(',"id":"') - expires
    return Cut(common, (span, three), (slice(first, first + length), slice(second, second + after - time)))


def claims_of(jws: str) -> ReceiptClaims:
    """Return a receipt's claims, without checking its signature."""
    claims: ReceiptClaims = orjson.loads(_payload(jws))
    return claims


def tool_of(row: ExportRow) -> str:
    """Return the earlier consent tool with which a row's choice was made, or "" if it was made here."""
    if row.erased or row.shared.split(SEPARATOR, 2)[_METHOD] != IMPORT:
        return ""
    claims: dict[str, Any] = orjson.loads(_payload(row.jws))
    return str(claims["source"]["tool"])


def variant_of(row: ExportRow) -> str:
    """Return the banner variant that a row responds to, or "" if no banner of this service was shown."""
    return "" if row.erased else str(claims_of(row.jws)["variant"] or "")


def _payload(jws: str) -> bytes:
    payload = jws.split(".", 2)[1]
    # Same as base64.urlsafe_b64decode, in half the time.
    plain = payload.replace("-", "+").replace("_", "/") + "=" * (-len(payload) % 4)
    return binascii.a2b_base64(plain)
