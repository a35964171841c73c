"""GET /api/v1/sites/<site>/lines: the lines for the head of each page, for programs that insert them."""

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, json_answer
from consent.api.http.site import cors, find_site
from consent.runtime.embed_snippets import blocker_hash, lines_of


def answer_lines(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the lines of the live config; they change with its vendors, so programs must fetch them again."""
    config = find_site(context, site)
    lines = lines_of(site, context.settings.base_url, config.document)
    view = {
        "config": config.name,
        "head": lines["head"],
        "script": lines["script"],
        "declaration": lines["declaration"],
        "blocker_hash": blocker_hash(),
    }
    headers = [*cors(config, request), ("Cache-Control", "public, max-age=60")]
    return json_answer(view, 200, headers, request.header("Accept-Encoding") or "")
