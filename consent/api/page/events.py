"""POST /api/v1/sites/<site>/events: count shown banners, choices and a former tool's leftovers anonymously."""

from marshmallow import ValidationError

from consent.api.http.context import ApiContext
from consent.api.http.device_class import read_agent
from consent.api.http.request import Request
from consent.api.http.request_schemas import EventSchema
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.site import cors, find_site
from consent.api.page.shown_config import read_shown
from consent.api.page.visit_context import limit_reports
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.storage.statistics.event_counters import Event, Refusal
from consent.storage.statistics.losses import old_tool_code, unreadable_code
from consent.storage.tables.statistics import OLD_TOOL, UNREADABLE

_schema = EventSchema()


def answer_event(context: ApiContext, request: Request, site: str) -> Answer:
    """Count one event of a page; nothing about the visitor is stored."""
    limit_reports(context, request)
    config = find_site(context, site)
    headers = [*cors(config, request), NO_STORE]
    try:
        event = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    shown = read_shown(context, site, event["config"], event["token"])
    facts = shown.fields
    if event["event"] in (UNREADABLE, OLD_TOOL):
        if code := _old_code(event["event"], shown.config):
            context.buffers.events.add(Refusal(config.site_id, day_of_time(context.clock()), code))
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


def _old_code(event: str, config: CompiledConfig) -> str | None:
    """Return the code for counting a page's report on the site's former tool, or None if there is no such tool."""
    mapping, tool = config.old_choices, config.old_tool
    if event == OLD_TOOL:
        return old_tool_code(tool) if tool else None
    return unreadable_code(mapping["tool"]) if mapping else None
