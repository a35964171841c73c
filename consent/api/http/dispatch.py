"""Run an endpoint for a request; turn errors into the one JSON shape, with the CORS headers of the site."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, error_answer
from consent.api.http.site import cors, find_site

log = logging.getLogger(__name__)

Result = TypeVar("Result")


def answer_request(
    context: ApiContext, request: Request, endpoint: Callable[..., Answer], arguments: tuple[str, ...]
) -> Answer:
    """Return what `endpoint` answers, an error in the one JSON shape where it refuses, and 500 where it fails."""
    return attempt(context, request, endpoint.__name__, arguments, lambda: endpoint(context, request, *arguments))


def attempt(
    context: ApiContext, request: Request, name: str, arguments: tuple[str, ...], call: Callable[[], Result]
) -> Result | Answer:
    """Return what `call` gives, a part of the endpoint `name`, or the answer to its error."""
    try:
        return call()
    except ApiError as error:
        context.monitoring.refused.add(name, error.code)
        return error_answer(error, _readable(context, request, arguments[0]) if arguments else [])
    except SQLAlchemyError as error:
        if not context.monitoring.outage.explains(error):
            log.warning("%s: the database refuses the query (%s)", name, type(error).__name__)
        context.monitoring.refused.add(name, "unavailable")
        unavailable = ApiError(503, "unavailable", "The database does not answer; nothing was written.", retry_after=5)
        return error_answer(unavailable, _readable(context, request, arguments[0]) if arguments else [])
    except Exception:
        log.exception("%s failed", name)
        context.monitoring.refused.add(name, "internal")
        return error_answer(ApiError(500, "internal", "The service failed; nothing was written."))


def answer_preflight(context: ApiContext, request: Request, site: str) -> Answer:
    """Answer the preflight of a browser whose page of the site may post here (Fetch, CORS preflight).

    One that reads may say in a header who is signed in.
    """
    config = find_site(context, site)
    reads = request.header("Access-Control-Request-Method") == "GET"
    method, header = ("GET", "Consent-Subject") if reads else ("POST", "Content-Type")
    allowed = [("Access-Control-Allow-Methods", method), ("Access-Control-Allow-Headers", header)]
    return Answer(204, [*cors(config, request), *allowed, ("Access-Control-Max-Age", "600")])


def _readable(context: ApiContext, request: Request, site: str) -> list[tuple[str, str]]:
    """Return the CORS headers of an error, so that the site's own page can read why it was refused."""
    try:
        config = context.configs.live.get(site)
        return cors(config, request) if config else []
    except (ApiError, SQLAlchemyError):
        return []
