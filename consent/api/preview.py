"""The draft of a site on the site itself, for the browser that holds a signed link: `/p/<site>` and what its cookie changes.

Others pay one look for a word in the cookies that their request brings. Nothing of a preview is counted or kept: its
token is empty, so that no write is taken for it, and the code before the script does not even send one.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from flask import render_template

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.decision import showing
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import cors, read_visit, strictest_visit
from consent.compression import best_encoding, compress
from consent.proof.preview_link import Link, read_link
from consent.snapshots.blocking import early_parts
from consent.snapshots.build import called
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.snapshots.draft_config import draft_config
from consent.snapshots.publish import Artefacts
from consent.snapshots.script_facts import pinned_facts
from consent.snapshots.vendor_facts import vendor_facts
from consent.storage import configs, previews, sites

COOKIE = "consent_preview_"
BEFORE = (Path(__file__).parent / "preview.js").read_bytes()
PAGE = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]


class Held(NamedTuple):
    """A link that somebody holds, with the draft compiled, its document and the name of the site."""

    link: Link
    config: CompiledConfig
    name: str


def is_held(request: Request) -> bool:
    """Tell whether a request may come from somebody who holds a link; all others are told so at once."""
    return COOKIE in (request.environ.get("HTTP_COOKIE") or "")


def held_preview(public: Public, site: str, token: str) -> Held | None:
    """Return what the holder of `token` sees of `site`, or None where it is no link that holds."""
    link = read_link(public.keys.secret, site, token, public.clock())
    if link is None:
        return None
    with public.engine.connect() as connection:
        row = sites.by_key(connection, site)
        if row is None or previews.ended(connection, row.id) != link.ended:
            return None
        text = sites.read_draft(connection, row.id).text
        body = configs.get_config(connection, row.live_config) if row.live_config else None
    # Neither hash is of use: the config of a preview is kept nowhere.
    artefacts = Artefacts(b"", public.build.whole)
    return Held(link, draft_config(text, body, artefacts, row.id, public.rules), row.name)


def answer_preview_script(public: Public, request: Request, site: str) -> Answer | None:
    """Answer the script with the draft, or None where the visitor's cookie holds no link."""
    held = held_preview(public, site, request.cookie(COOKIE + site) or "")
    if held is None:
        return None
    facts = preview_facts(public, request, held)
    build, config = public.build, held.config
    early = [build.acts, *(build.early[name] for name in early_parts(config.document))]
    vendors = [vendor_facts(config, v, facts["visit"]["language"]) for v in config.document["vendors"]]
    told = {"site": site, "name": held.name, "until": held.link.ends_at, "vendors": vendors}
    before = BEFORE + b"previewHere(" + _literal(told) + b");\n"
    body = before + called(build.core, _literal(facts), [], early)
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    headers = [
        ("Content-Type", "text/javascript; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Access-Control-Allow-Origin", "*"),
        ("Cache-Control", "no-store"),
    ]
    if encoding:
        return Answer(200, [*headers, ("Content-Encoding", encoding)], compress(body, encoding))
    return Answer(200, headers, body)


def answer_preview_decision(public: Public, request: Request, site: str) -> Answer:
    """Answer the draft in another language, for a page whose own is another than its visitor's."""
    held = held_preview(public, site, request.cookie(COOKIE + site) or "")
    if held is None:
        raise ApiError(404, "no_preview", "This browser holds no link to a preview that has not ended.")
    headers = [*cors(held.config, request), ("Cache-Control", "no-store")]
    return json_answer({"banner": preview_facts(public, request, held)}, 200, headers)


def preview_facts(public: Public, request: Request, held: Held) -> dict[str, Any]:
    """Return what the script works with: the draft for this visitor, without a token."""
    try:
        visit = read_visit(public, request, held.config)
    except ApiError:
        visit = strictest_visit(request, held.config)
    shown = showing(public, visit, day_of_time(public.clock()))
    return pinned_facts(shown, token="") | {"later": ""}


def answer_preview_page(public: Public, request: Request, site: str) -> Answer:
    """Answer the page of a link: where the draft is seen now. It gives the cookie, or takes it away."""
    if "leave" in request.query:
        facts: dict[str, Any] = {"site": site, "left": True, "hosts": _hosts(public, site)}
        return _page(public, facts, 200, _cookie(public, site, "", 0))
    token = request.query.get("key", "")
    held = held_preview(public, site, token)
    if held is None:
        return _page(public, {"site": site, "ended": True}, 404, "")
    facts = {"site": site, "name": held.name, "hosts": held.config.document["hosts"], "until": held.link.ends_at}
    return _page(public, facts, 200, _cookie(public, site, token, held.link.ends_at - int(public.clock())))


def _page(public: Public, facts: dict[str, Any], status: int, cookie: str) -> Answer:
    body = render_template("preview.html", **facts).encode()
    # What the browser has kept of the script would go on being shown.
    clear = [("Clear-Site-Data", '"cache"')] if public.is_https and cookie else []
    return Answer(status, [*PAGE, *clear, *([("Set-Cookie", cookie)] if cookie else [])], body)


def _cookie(public: Public, site: str, token: str, seconds: int) -> str:
    # Pages of the site ask from another site where the service is on a host of its own; that needs https.
    across = "SameSite=None; Secure" if public.is_https else "SameSite=Lax"
    return f"{COOKIE}{site}={token}; Path=/; Max-Age={seconds}; HttpOnly; {across}"


def _hosts(public: Public, site: str) -> list[str]:
    config = public.live.get(site)
    return list(config.document["hosts"]) if config else []


def _literal(facts: dict[str, Any]) -> bytes:
    text = json.dumps(facts, ensure_ascii=True).replace("<", "\\u003c")
    return text.encode()
