"""GET /api/v1/sites/<site>/alarms: the status of every alarm kind of a site, and past alarms."""

from consent.alarms import AlarmStatus, alarm_statuses
from consent.api.compliance.token_auth import authorize, no_filters
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, json_answer
from consent.storage.operations import alarms
from consent.storage.receipts.serializers import to_time

SCOPE = "receipts:read"
PAST = 100


def answer_alarms(context: ApiContext, request: Request, site: str) -> Answer:
    """Return active and past alarms, the newest 100, to a token of scope `receipts:read`."""
    owner, _ = authorize(context, request, site, SCOPE)
    no_filters(request)
    with context.engine.connect() as connection:
        found = alarm_statuses(connection, owner.id, context.settings.silence_minutes)
        over = alarms.past(connection, owner.id, PAST)
    past = [
        {"kind": one.kind, "since": to_time(one.since), "ended": to_time(one.ended_at), "sentence": one.sentence}
        for one in over
    ]
    return json_answer({"items": [_view(one) for one in found], "past": past}, 200, [NO_STORE])


def _view(one: AlarmStatus) -> dict[str, object]:
    return {
        "kind": one.kind.name,
        "about": one.kind.about,
        "watched": one.is_watched,
        "lasts": one.lasting is not None,
        "sentence": one.lasting.sentence if one.lasting else None,
        "last_began": to_time(one.began) if one.began is not None else None,
    }
