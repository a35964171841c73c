"""Run an endpoint for a request; turn errors into the one JSON shape, with the site's CORS headers."""

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
    """Return the endpoint's answer, an error in the one JSON shape if it refuses, or 500 if it fails."""
    return attempt(context, request, endpoint.__name__, arguments, lambda: endpoint(context, request, *arguments))


def attempt(
    context: ApiContext, request: Request, name: str, arguments: tuple[str, ...], call: Callable[[], Result]
) -> Result | Answer:
    """Return the result of `call`, which is part of the endpoint `name`, or the answer to its error."""
    try:
        return call()
    except ApiError as error:
        context.monitoring.refused.add(name, error.code)
        return error_answer(error, _error_cors_headers(context, request, arguments[0]) if arguments else [])
    except SQLAlchemyError as error:
        if not context.monitoring.outage.explains(error):
            log.warning("%s: the database rejected the query (%s)", name, type(error).__name__)
        context.monitoring.refused.add(name, "unavailable")
        unavailable = ApiError(503, "unavailable", "The database is unavailable; nothing was written.", retry_after=5)
        return error_answer(unavailable, _error_cors_headers(context, request, arguments[0]) if arguments else [])
    except Exception:
        log.exception("%s failed", name)
        context.monitoring.refused.add(name, "internal")
        return error_answer(ApiError(500, "internal", "Internal error; nothing was written."))


def answer_preflight(context: ApiContext, request: Request, site: str) -> Answer:
    """Answer the CORS preflight for a page of the site (Fetch, CORS preflight).

    A GET may name the signed-in visitor in the header Consent-Subject.
    """
    config = find_site(context, site)
    reads = request.header("Access-Control-Request-Method") == "GET"
    method, header = ("GET", "Consent-Subject") if reads else ("POST", "Content-Type")
    allowed = [("Access-Control-Allow-Methods", method), ("Access-Control-Allow-Headers", header)]
    return Answer(204, [*cors(config, request), *allowed, ("Access-Control-Max-Age", "600")])


def _error_cors_headers(context: ApiContext, request: Request, site: str) -> list[tuple[str, str]]:
    """Return the CORS headers of an error, so that the site's own page can read the reason."""
    try:
        config = context.configs.live.get(site)
        return cors(config, request) if config else []
    except (ApiError, SQLAlchemyError):
        return []
