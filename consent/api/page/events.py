"""POST /api/v1/sites/<site>/events: count a shown banner, a choice or an unreadable old one, without any visitor data."""

from marshmallow import ValidationError

from consent.api.http.context import ApiContext
from consent.api.http.device_class import read_agent
from consent.api.http.request import Request
from consent.api.http.request_schemas import EventSchema
from consent.api.http.response import Answer, ApiError
from consent.api.http.site import cors, find_site
from consent.api.page.shown_config import read_shown
from consent.api.page.visit_context import limit_reports
from consent.runtime.compiled_config import day_of_time
from consent.storage.statistics.event_counters import Event, Refusal
from consent.storage.statistics.losses import unreadable_code
from consent.storage.tables.statistics import UNREADABLE

_schema = EventSchema()


def answer_event(context: ApiContext, request: Request, site: str) -> Answer:
    """Count one event of a page; nothing of the visitor is stored."""
    limit_reports(context, request)
    config = find_site(context, site)
    headers = [*cors(config, request), ("Cache-Control", "no-store")]
    try:
        event = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field cannot be used.", error.messages_dict) from None
    shown = read_shown(context, site, event["config"], event["token"])
    facts = shown.fields
    if event["event"] == UNREADABLE:
        if mapping := shown.config.old_choices:
            today = day_of_time(context.clock())
            context.buffers.events.add(Refusal(config.site_id, today, unreadable_code(mapping["tool"])))
        return Answer(204, headers)
    agent = read_agent(request.header("User-Agent") or "")
    context.buffers.events.add(
        Event(
            config.site_id,
            day_of_time(context.clock()),
            shown.config.name,
            facts.country or "",
            facts.subdivision or "",
            facts.regime,
            facts.language,
            facts.variant,
            agent.device,
            agent.is_bot,
            event["event"],
        )
    )
    return Answer(204, headers)
