"""Serve the draft to a browser with the cookie of a signed preview link.

All other requests pay for one substring search in their Cookie header. A preview is neither counted nor stored: its
write token is empty, so the server accepts no writes for it, and the code before the script sends none.
"""

import json
from pathlib import Path
from typing import NamedTuple

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.site import cors
from consent.api.page.decision import banner_facts, screens_address
from consent.api.page.tcf_file import keep_draft_files
from consent.api.page.visit_context import read_visit, strictest_visit
from consent.core.documents.json_object import JsonObject
from consent.core.documents.script_payload import Payload
from consent.publishing.code_approvals import approvals_of, without_unapproved
from consent.publishing.preview_config import draft_config
from consent.publishing.publish import Artifacts
from consent.runtime.blocking import early_parts
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.script_build import TRIGGERS, call_script
from consent.runtime.script_payload import pinned_facts
from consent.runtime.vendor_details import vendor_facts
from consent.signing.preview_token import Link, read_link
from consent.sites.vendor_lists.site_cut import cut_source
from consent.storage.sites import configs, sites
from consent.storage.sites import sites as previews
from consent.web.compression import best_encoding, compress

COOKIE = "consent_preview_"
BEFORE = (Path(__file__).parent / "preview.js").read_bytes()


class ActivePreview(NamedTuple):
    """A valid link with the compiled draft and the name of the site."""

    link: Link
    config: CompiledConfig
    name: str


def active_preview(context: ApiContext, site: str, token: str) -> ActivePreview | None:
    """Return what the holder of `token` sees of `site`, or None if the link isn't valid.

    A link may be forwarded to anyone, so code that nobody has approved doesn't run in a preview.
    """
    link = read_link(context.keys.secret, site, token, context.clock())
    if link is None:
        return None
    with context.engine.connect() as connection:
        row = sites.by_key(connection, site)
        if row is None or row.deleted_at is not None or previews.preview_generation(connection, row.id) != link.ended:
            return None
        body = configs.get_config(connection, row.live_config) if row.live_config else None
        earlier, guard = json.loads(body) if body else None, context.publishing.guard
        approvals = approvals_of(connection, row, guard)
        draft = without_unapproved(json.loads(sites.read_draft(connection, row.id).text), earlier, approvals, guard)
        tcf = cut_source(connection, draft, guard.catalog)
    if tcf and (cut := tcf.cut(draft, earlier)):
        keep_draft_files(context, cut.files)
    # Neither hash is needed: a preview's config is never stored.
    artifacts = Artifacts(b"", context.configs.build.whole)
    return ActivePreview(
        link, draft_config(json.dumps(draft), body, artifacts, row.id, context.configs.rules, tcf), row.name
    )


def answer_preview_script(context: ApiContext, request: Request, site: str) -> Answer | None:
    """Return the script with the draft, or None if the visitor's cookie holds no valid link."""
    active = active_preview(context, site, request.cookie(COOKIE + site) or "")
    if active is None:
        return None
    facts = preview_facts(context, request, active)
    build, config = context.configs.build, active.config
    names = early_parts(config.document, has_tcf="screens" in facts)
    early = [build.acts, *(build.early[name] for name in names)]
    vendors = [vendor_facts(config, v, facts["visit"]["language"]) for v in config.document["vendors"]]
    shown_facts = {"site": site, "name": active.name, "until": active.link.ends_at, "vendors": vendors}
    before = BEFORE + b"previewHere(" + _literal(shown_facts) + b");\n"
    late = [build.sends[TRIGGERS]] if "triggers" in facts else []
    body = before + call_script(build.core, _literal(facts), late, early)
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    headers = [
        ("Content-Type", "text/javascript; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Access-Control-Allow-Origin", "*"),
        NO_STORE,
    ]
    if encoding:
        return Answer(200, [*headers, ("Content-Encoding", encoding)], compress(body, encoding))
    return Answer(200, headers, body)


def answer_preview_decision(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the draft in another language, for a page whose language differs from its visitor's."""
    active = active_preview(context, site, request.cookie(COOKIE + site) or "")
    if active is None:
        raise ApiError(404, "unknown_preview", "No preview is active in this browser.")
    headers = [*cors(active.config, request), NO_STORE]
    return json_answer({"banner": preview_facts(context, request, active)}, 200, headers)


def preview_facts(context: ApiContext, request: Request, active: ActivePreview) -> Payload:
    """Return the script's facts: the draft for this visitor, without a token."""
    try:
        visit = read_visit(context, request, active.config)
    except ApiError:
        visit = strictest_visit(request, active.config)
    shown = banner_facts(context, visit, context.clock())
    facts = pinned_facts(shown, token="") | {"later": ""}
    if screens := screens_address(context, shown):
        facts["screens"] = screens
    return facts


def _literal(facts: JsonObject) -> bytes:
    text = json.dumps(facts, ensure_ascii=True).replace("<", "\\u003c")
    return text.encode()
