"""GET /api/v1/sites/<site>/vendors and /texts/<lang>: what the second layer shows when it is opened."""

from typing import Any

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import cors, find_site
from consent.core.groups import GROUPS
from consent.core.rules import Place
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.texts import duration

CACHE = "private, no-cache"


def answer_vendors(public: Public, request: Request, site: str) -> Answer:
    """Answer each vendor of the live config with its groups, purposes, cookies and links, in the visitor's language."""
    config = find_site(public, site)
    headers = [*cors(config, request), ("Cache-Control", CACHE), ("Vary", "Accept-Language")]
    language = config.language(request.query.get("language"), request.header("Accept-Language"), Place())
    view = {"language": language, "vendors": [_vendor(config, v, language) for v in config.document["vendors"]]}
    return json_answer(view, 200, headers, request.header("Accept-Encoding") or "")


def answer_texts(public: Public, request: Request, site: str, language: str) -> Answer:
    """Answer every string of both layers in one language of the site."""
    config = find_site(public, site)
    if language not in config.languages:
        raise ApiError(404, "unknown_language", "The site does not offer this language.")
    headers = [*cors(config, request), ("Cache-Control", CACHE)]
    view = {"language": language, "texts": config.texts(language)}
    return json_answer(view, 200, headers, request.header("Accept-Encoding") or "")


def _vendor(config: CompiledConfig, vendor: dict[str, Any], language: str) -> dict[str, Any]:
    tags = [tag for tag in config.document["tags"] if tag["vendor"] == vendor["id"] and tag["enabled"]]
    cookies = [cookie for cookie in config.document["cookies"] if cookie["vendor"] == vendor["id"]]
    texts = config.texts(language)
    codes = sorted({code for tag in tags for code in tag["purposes"]} | {c["purpose"] for c in cookies if c["purpose"]})
    return {
        **{fact: vendor[fact] for fact in ("id", "name", "company", "country", "privacy_url", "opt_out_url")},
        "groups": sorted({tag["group"] for tag in tags if tag["group"] in GROUPS}, key=GROUPS.index),
        "purposes": [{"code": code, "text": texts.get(f"purpose_{code}", code)} for code in codes],
        "cookies": [
            {
                "name": cookie["name"],
                "kind": cookie["kind"],
                "group": cookie["group"],
                "purpose": texts.get(f"purpose_{cookie['purpose']}", ""),
                "lifetime": duration(cookie["lifetime_s"], language) if cookie["lifetime_s"] is not None else "",
            }
            for cookie in cookies
        ],
    }
