"""GET /api/v1/sites/<site>/audit: what people and programs changed, newest first, with the signed entries."""

import re

from consent.api.acting import acting
from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.proof.trail_search import search_fault, words_for
from consent.storage import trail
from consent.storage.entry_words import payload_of
from consent.storage.filter_query import moment
from consent.storage.rows import to_time
from consent.storage.trail import Wanted

SCOPE = "log:read"
KNOWN = {"actor": r"[0-9a-z ]{1,40}", "what": r"[a-z_.]{1,60}", "before": r"[0-9]{1,9}"}
PAGE = 100


def answer_audit(public: Public, request: Request, site: str) -> Answer:
    """Answer one page of the trail for a token of scope `log:read`; `next` is the `before` of the page after it."""
    owner, _ = acting(public, request, site, SCOPE)
    query, faults, times = request.query, {}, {}
    for name, value in query.items():
        if name in ("from", "to"):
            try:
                times[name] = moment(value, whole_day=name == "to")
            except ValueError as error:
                faults[name] = str(error)
        elif name == "text":
            faults |= {name: fault} if (fault := search_fault(value)) else {}
        elif name not in KNOWN:
            faults[name] = "There is no such filter."
        elif not re.fullmatch(KNOWN[name], value):
            faults[name] = "There can be no entry with this."
    if faults:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict(faults))
    before = int(query["before"]) if "before" in query else None
    with public.engine.connect() as connection:
        words = words_for(connection, query.get("text", ""))
        wanted = Wanted(query.get("actor"), query.get("what"), times.get("from"), times.get("to"), words)
        found, behind = trail.page(connection, owner.id, wanted, before, PAGE)
    items = [
        {"time": to_time(one.time), "kind": one.kind, "actor": one.actor, "index": one.log_index, "entry": one.jws}
        | {
            name: claim
            for name, claim in payload_of(one.jws).items()
            if name in ("action", "subject", "before", "after")
        }
        for one in found
    ]
    return json_answer({"items": items, "next": behind}, 200, [("Cache-Control", "no-store")])
