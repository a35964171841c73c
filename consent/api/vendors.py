"""GET /api/v1/sites/<site>/vendors and /texts/<lang>: what the second layer shows when it is opened."""

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import cors, find_site
from consent.core.rules import Place
from consent.snapshots.vendor_facts import vendor_facts

CACHE = "private, no-cache"


def answer_vendors(public: Public, request: Request, site: str) -> Answer:
    """Answer each vendor of the live config with its groups, purposes, cookies and links, in the visitor's language."""
    config = find_site(public, site)
    headers = [*cors(config, request), ("Cache-Control", CACHE), ("Vary", "Accept-Language")]
    language = config.language(request.query.get("language"), request.header("Accept-Language"), Place())
    view = {"language": language, "vendors": [vendor_facts(config, v, language) for v in config.document["vendors"]]}
    return json_answer(view, 200, headers, request.header("Accept-Encoding") or "")


def answer_texts(public: Public, request: Request, site: str, language: str) -> Answer:
    """Answer every string of both layers in one language of the site."""
    config = find_site(public, site)
    if language not in config.languages:
        raise ApiError(404, "unknown_language", "The site does not offer this language.")
    headers = [*cors(config, request), ("Cache-Control", CACHE)]
    view = {"language": language, "texts": config.texts(language)}
    return json_answer(view, 200, headers, request.header("Accept-Encoding") or "")
