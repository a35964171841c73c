"""GET /api/v1/sites/<site>/alarms: every kind of alarm as it stands for a site, and those that are over."""

from consent.alarms import Standing, board
from consent.api.acting import acting, no_filters
from consent.api.answer import Answer, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.storage import alarms
from consent.storage.rows import to_time

SCOPE = "receipts:read"
PAST = 100


def answer_alarms(public: Public, request: Request, site: str) -> Answer:
    """Tell which alarms last and which are over, the newest 100, for a token of scope `receipts:read`."""
    owner, _ = acting(public, request, site, SCOPE)
    no_filters(request)
    with public.engine.connect() as connection:
        found = board(connection, owner.id, public.silence_minutes)
        over = alarms.past(connection, owner.id, PAST)
    past = [
        {"kind": one.kind, "since": to_time(one.since), "ended": to_time(one.ended_at), "sentence": one.sentence}
        for one in over
    ]
    return json_answer({"items": [_view(one) for one in found], "past": past}, 200, [("Cache-Control", "no-store")])


def _view(one: Standing) -> dict[str, object]:
    return {
        "kind": one.kind.name,
        "about": one.kind.about,
        "watched": one.is_watched,
        "lasts": one.lasting is not None,
        "sentence": one.lasting.sentence if one.lasting else None,
        "last_began": to_time(one.began) if one.began is not None else None,
    }
