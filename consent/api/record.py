"""GET /api/v1/receipts/<id>: one receipt, for whoever knows its id; with a token its personal part as well."""

import json
import re
from typing import Any

from sqlalchemy import Connection

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.storage import detached, receipts
from consent.storage.detached import Detached
from consent.storage.receipts import FoundReceipt

SCOPE = "receipts:read"
_ID = re.compile(r"[0-9a-f]{32}")


def answer_record(public: Public, request: Request, receipt_id: str) -> Answer:
    """Answer a receipt by its 128-bit id; unknown, malformed and erased ids are answered alike.

    Of one that lies in the file of a detached month the error says so; its proof is still served.
    """
    with public.engine.connect() as connection:
        found = find_receipt(connection, receipt_id)
        if found.erased:
            raise _unknown()
        if isinstance(found, Detached):
            raise ApiError(404, "detached", f"This receipt lies in the file of {found.month}, which is detached.")
        view: dict[str, Any] = {"id": found.id, "receipt": found.jws}
        authorization = request.header("Authorization")
        if authorization:
            try:
                public.tokens.check(authorization, SCOPE, found.site_id)
            except ApiError as error:
                # A token of another site must not tell which ids exist.
                raise (_unknown() if error.status == 403 else error) from None
            personal = receipts.personal(connection, receipt_id)
            view["personal"] = json.loads(personal.body) | {"salt": personal.salt.hex()} if personal else None
    return json_answer(view, 200, [("Cache-Control", "no-store"), ("Vary", "Authorization")])


def find_receipt(connection: Connection, receipt_id: str) -> FoundReceipt | Detached:
    """Return the receipt with that id, also an erased or detached one. Raises ApiError 404 for an unknown or bad id."""
    if not _ID.fullmatch(receipt_id):
        raise _unknown()
    found = receipts.get(connection, receipt_id) or detached.get(connection, receipt_id)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> ApiError:
    return ApiError(404, "unknown_receipt", "There is no receipt with this id.")
