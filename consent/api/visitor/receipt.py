"""GET /api/v1/receipts/<id>: one receipt, for anyone with its id; with a token, also its personal part."""

import json
import re

from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.core.receipt import ReceiptRecord
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Detached
from consent.storage.receipts import receipts

SCOPE = "receipts:read"
_ID = re.compile(r"[0-9a-f]{32}")


def answer_record(context: ApiContext, request: Request, receipt_id: str) -> Answer:
    """Return a receipt by its 128-bit id; unknown, malformed and erased ids get the same error.

    For a receipt in the file of a detached month, the error says so; its proof is still served.
    """
    with context.engine.connect() as connection:
        stored = find_receipt(connection, receipt_id)
        if stored.erased:
            raise _unknown_error()
        if isinstance(stored, Detached):
            raise ApiError(404, "detached", f"This receipt is in the file of {stored.month}, which is detached.")
        view: dict[str, object] = {"id": stored.id, "receipt": stored.jws}
        authorization = request.header("Authorization")
        if authorization:
            try:
                context.tokens.check(authorization, SCOPE, stored.site_id)
            except ApiError as error:
                # A token of another site must not reveal which ids exist.
                raise (_unknown_error() if error.status == 403 else error) from None
            personal = receipts.personal(connection, receipt_id)
            view["personal"] = json.loads(personal.body) | {"salt": personal.salt.hex()} if personal else None
    return json_answer(view, 200, [NO_STORE, ("Vary", "Authorization")])


def find_receipt(connection: Connection, receipt_id: str) -> ReceiptRecord | Detached:
    """Return the receipt with that id, even if erased or detached. Raises ApiError 404 for an unknown or bad id."""
    if not _ID.fullmatch(receipt_id):
        raise _unknown_error()
    stored = receipts.get(connection, receipt_id) or detached_months.get(connection, receipt_id)
    if stored is None:
        raise _unknown_error()
    return stored


def _unknown_error() -> ApiError:
    return ApiError(404, "unknown_receipt", "No receipt has this id.")
