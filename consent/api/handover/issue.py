"""POST /api/v1/sites/<site>/handovers: give a page the code by which its link carries the visitor's choice along."""

from typing import Any

from marshmallow import Schema, ValidationError

from consent.api.handover.schemas import HandoverRequestSchema
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.site import cors, find_site
from consent.api.page.decision import stored_choice
from consent.api.page.visit_context import Visit, app_of, choice_cookie, limit_writes, network_of, read_visit
from consent.core.choice import Choice, format_choice
from consent.core.decide import is_grant_over
from consent.core.groups import OPT_IN
from consent.core.sharing.handover import grants, handed_over, without_grants
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.handover_groups import host_of, pair_from
from consent.signing.handover_code import MAX_LENGTH, Code, expiry, make_code, new_nonce


def answer_handover(context: ApiContext, request: Request, site: str) -> Answer:
    """Return a code that hands the choice of this browser over to another domain of the controller."""
    limit_writes(context, request)
    config, now = find_site(context, site), context.clock()
    headers = [*cors(config, request), ("Cache-Control", "no-store")]
    asked = read_body(HandoverRequestSchema(), request)
    visit = read_visit(context, request, config)
    app, origin = app_of(request, config), request.header("Origin")
    source = app or (host_of(origin) if origin and origin in config.origins else None)
    pair = pair_from(context.configs.live, config, asked["to"]) if source and source != asked["to"] else None
    if source is None or pair is None:
        raise ApiError(403, "not_in_group", "These two hosts do not share choices.")
    # Nobody can tell who opens an address that an app gives to a browser: no referrer comes with it.
    with_grants = app is None and may_grant(pair.source, visit, now)
    choice = handed_over(_choice(request, visit, asked, now), with_grants=with_grants)
    parts = Code(source, asked["to"], expiry(now), "", "")
    code = choice and _code(context, pair.group, parts, choice, network_of(context, request))
    return json_answer({"code": code}, 200, headers)


def may_grant(source: CompiledConfig, visit: Visit, now: float) -> bool:
    """Return whether grants go from the site `source` to or from the site of a visit.

    Where a choice needs an opt-in, the banner of `source` has to name the other domains, which its owner confirms.
    """
    resolved = visit.config.resolved_at(visit.place.country, visit.place.subdivision, now)
    needs_opt_in = any(group["level"] == OPT_IN for group in resolved["groups"].values())
    return not needs_opt_in or bool(source.handover and source.handover.get("named"))


def read_body(schema: Schema, request: Request) -> dict[str, Any]:
    """Return the body as `schema` loads it. Raises ApiError 400 for another."""
    try:
        asked: dict[str, Any] = schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field cannot be used.", error.messages_dict) from None
    return asked


def present_choice(request: Request, config: CompiledConfig, asked: dict[str, Any]) -> Choice | None:
    """Return what applies in this browser: by its cookie, or as the page says where none is sent."""
    return stored_choice(choice_cookie(request, config) or asked.get("choice"))


def _choice(request: Request, visit: Visit, asked: dict[str, Any], now: float) -> Choice | None:
    choice, day = present_choice(request, visit.config, asked), day_of_time(now)
    resolved = visit.config.resolved_at(visit.place.country, visit.place.subdivision, now)
    return without_grants(choice) if choice and is_grant_over(resolved, day, choice) else choice


def _code(context: ApiContext, group: str, parts: Code, choice: Choice, network: bytes) -> str | None:
    """Return the code; a choice of too many vendors goes without its grants, and not at all where that is too long too."""
    secret = context.keys.secret
    for one in (choice, handed_over(choice, with_grants=False)):
        if one is not None:
            nonce = new_nonce(secret, network) if grants(one) else ""
            text = make_code(secret, group, parts._replace(nonce=nonce, choice=format_choice(one)))
            if len(text) <= MAX_LENGTH:
                return text
    return None
