"""GET /api/v1/sites/<site>/vendors and /texts/<lang>: contents of the second layer, fetched when it opens."""

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.site import cors, find_site
from consent.core.rules import Place
from consent.runtime.vendor_details import vendor_facts

CACHE = "private, no-cache"


def answer_vendors(context: ApiContext, request: Request, site: str) -> Answer:
    """Return each vendor of the live config with its groups, purposes, cookies and links, in the visitor's language."""
    config = find_site(context, site)
    headers = [*cors(config, request), ("Cache-Control", CACHE), ("Vary", "Accept-Language")]
    language = config.language(request.query.get("language"), request.header("Accept-Language"), Place())
    view = {"language": language, "vendors": [vendor_facts(config, v, language) for v in config.document["vendors"]]}
    return json_answer(view, 200, headers, request.header("Accept-Encoding") or "")


def answer_texts(context: ApiContext, request: Request, site: str, language: str) -> Answer:
    """Return all strings of both layers in one language of the site."""
    config = find_site(context, site)
    if language not in config.languages:
        raise ApiError(404, "unknown_language", "The site does not offer this language.")
    headers = [*cors(config, request), ("Cache-Control", CACHE)]
    view = {"language": language, "texts": config.texts(language)}
    return json_answer(view, 200, headers, request.header("Accept-Encoding") or "")
