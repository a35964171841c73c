"""POST /api/v1/sites/<site>/events: count a banner that was shown or a choice that was made, without anybody in it."""

from marshmallow import ValidationError

from consent.api.agents import read_agent
from consent.api.answer import Answer, ApiError
from consent.api.public import Public
from consent.api.request import Request
from consent.api.schemas import EventSchema
from consent.api.shown import read_shown
from consent.api.visit import cors, find_site, limit_reports
from consent.snapshots.compile import day_of_time
from consent.storage.event_counts import Event

_schema = EventSchema()


def answer_event(public: Public, request: Request, site: str) -> Answer:
    """Count one event of the banner; nothing of the visitor is kept."""
    limit_reports(public, request)
    config = find_site(public, site)
    headers = [*cors(config, request), ("Cache-Control", "no-store")]
    try:
        event = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "bad_field", "A field cannot be used.", error.messages_dict) from None
    shown = read_shown(public, site, event["config"], event["token"])
    told = shown.fields
    agent = read_agent(request.header("User-Agent") or "")
    public.counter.add(
        Event(
            config.site_id,
            day_of_time(public.clock()),
            shown.config.name,
            told.country or "",
            told.subdivision or "",
            told.regime,
            told.language,
            told.variant,
            agent.device,
            agent.is_bot,
            event["event"],
        )
    )
    return Answer(204, headers)
