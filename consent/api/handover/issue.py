"""POST /api/v1/sites/<site>/handovers: give a page the code with which its link carries the visitor's choice."""

from typing import Any

from marshmallow import Schema, ValidationError

from consent.api.handover.schemas import HandoverRequestSchema
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.site import cors, find_site
from consent.api.page.decision import stored_choice
from consent.api.page.visit_context import Visit, app_of, choice_cookie, limit_writes, network_of, read_visit
from consent.core.choice import Choice, format_choice
from consent.core.decide import has_grant_expired
from consent.core.groups import OPT_IN
from consent.core.sharing.handover import carried_part, grants, without_grants
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.handover_groups import host_of, pair_from
from consent.signing.handover_code import MAX_LENGTH, Code, expiry, make_code, new_nonce


def answer_handover(context: ApiContext, request: Request, site: str) -> Answer:
    """Return a code that hands this browser's choice over to another domain of the controller."""
    limit_writes(context, request)
    config, now = find_site(context, site), context.clock()
    headers = [*cors(config, request), NO_STORE]
    values = read_body(HandoverRequestSchema(), request)
    visit = read_visit(context, request, config)
    app, origin = app_of(request, config), request.header("Origin")
    source = app or (host_of(origin) if origin and origin in config.origins else None)
    pair = pair_from(context.configs.live, config, values["to"]) if source and source != values["to"] else None
    if source is None or pair is None:
        raise ApiError(403, "not_in_group", "These two hosts are not configured to share choices.")
    # A URL that an app opens in a browser carries no referrer, so there is no telling who opens it.
    with_grants = app is None and may_grant(pair.source, visit, now)
    choice = carried_part(_current_choice(request, visit, values, now), with_grants=with_grants)
    parts = Code(source, values["to"], expiry(now), "", "")
    code = choice and _make_code(context, pair.group, parts, choice, network_of(context, request))
    return json_answer({"code": code}, 200, headers)


def may_grant(source: CompiledConfig, visit: Visit, now: float) -> bool:
    """Return whether grants may leave the site `source`, for a visit to it or to the site they are carried to.

    Where a choice needs an opt-in, the banner of `source` must name the other domains, which its owner confirms.
    """
    resolved = visit.config.resolved_at(visit.place.country, visit.place.subdivision, now)
    needs_opt_in = any(group["level"] == OPT_IN for group in resolved["groups"].values())
    return not needs_opt_in or bool(source.handover and source.handover.get("named"))


def read_body(schema: Schema, request: Request) -> dict[str, Any]:
    """Return the body as loaded by `schema`. Raises ApiError 400 if it is invalid."""
    try:
        values: dict[str, Any] = schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    return values


def present_choice(request: Request, config: CompiledConfig, values: dict[str, Any]) -> Choice | None:
    """Return the choice in force in this browser: from its cookie, or as stated by the page if no cookie is sent."""
    return stored_choice(choice_cookie(request, config) or values.get("choice"))


def _current_choice(request: Request, visit: Visit, values: dict[str, Any], now: float) -> Choice | None:
    choice, day = present_choice(request, visit.config, values), day_of_time(now)
    resolved = visit.config.resolved_at(visit.place.country, visit.place.subdivision, now)
    return without_grants(choice) if choice and has_grant_expired(resolved, day, choice) else choice


def _make_code(context: ApiContext, group: str, parts: Code, choice: Choice, network: bytes) -> str | None:
    """Return the code; if it is too long, without the choice's grants; None if that is still too long."""
    secret = context.keys.secret
    for one in (choice, carried_part(choice, with_grants=False)):
        if one is not None:
            nonce = new_nonce(secret, network) if grants(one) else ""
            text = make_code(secret, group, parts._replace(nonce=nonce, choice=format_choice(one)))
            if len(text) <= MAX_LENGTH:
                return text
    return None
