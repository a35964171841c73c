"""GET /api/v1/sites/<site>/audit: the audit trail of a site, newest first, with the signed entries."""

import re

from consent.api.compliance.token_auth import authorize
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.log.audit_search import search_error, words_for
from consent.storage.log import audit_trail
from consent.storage.log.audit_trail import AuditQuery
from consent.storage.log.entry_index import payload_of
from consent.storage.receipts.filter_params import moment
from consent.storage.receipts.serializers import to_time

SCOPE = "log:read"
KNOWN = {"actor": r"[0-9a-z ]{1,40}", "what": r"[a-z_.]{1,60}", "before": r"[0-9]{1,9}"}
PAGE = 100


def answer_audit(context: ApiContext, request: Request, site: str) -> Answer:
    """Return one page of the trail to a token of scope `log:read`; `next` is the `before` of the next page."""
    owner, _ = authorize(context, request, site, SCOPE)
    query, errors, times = request.query, {}, {}
    for name, value in query.items():
        if name in ("from", "to"):
            try:
                times[name] = moment(value, whole_day=name == "to")
            except ValueError as error:
                errors[name] = str(error)
        elif name == "text":
            errors |= {name: sentence} if (sentence := search_error(value)) else {}
        elif name not in KNOWN:
            errors[name] = "Unknown filter."
        elif not re.fullmatch(KNOWN[name], value):
            errors[name] = "Unknown value."
    if errors:
        raise ApiError(400, "invalid_filter", "A filter is invalid.", dict(errors))
    before = int(query["before"]) if "before" in query else None
    with context.engine.connect() as connection:
        words = words_for(connection, query.get("text", ""))
        wanted = AuditQuery(query.get("actor"), query.get("what"), times.get("from"), times.get("to"), words)
        entries, next_before = audit_trail.page(connection, owner.id, wanted, before, PAGE)
    items = [
        {"time": to_time(one.time), "kind": one.kind, "actor": one.actor, "index": one.log_index, "entry": one.jws}
        | {
            name: claim
            for name, claim in payload_of(one.jws).items()
            if name in ("action", "subject", "before", "after")
        }
        for one in entries
    ]
    return json_answer({"items": items, "next": next_before}, 200, [NO_STORE])
