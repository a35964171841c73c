"""GET /docs: the documentation site, which `make docs` builds and release wheels include.

A checkout without a built site serves its pages as plain HTML.
"""

import json
from pathlib import Path

from flask import Flask, Response, redirect, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from consent.web.plain_docs import plain_page

MISSING = "This installation has no documentation site. In a checkout, `make docs` builds it."


def add_docs_site(app: Flask, site: Path | None, sources: Path | None = None) -> None:
    """Add the routes to `app`; `site` is the folder of the built pages, `sources` that of the pages in Markdown."""
    hashes = json.loads((site / "script-hashes.json").read_text("utf-8")) if site else []
    scripts = "".join(f" '{one}'" for one in hashes)
    # The theme sets styles on elements, and embeds its icons as data URLs.
    policy = (
        f"default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}

    @app.get("/docs")
    def docs() -> AnyResponse:
        # Relative, so that it also works under a proxy's path prefix.
        return redirect("docs/", 308)

    @app.get("/docs/", defaults={"name": "index.html"})
    @app.get("/docs/<path:name>")
    def docs_page(name: str) -> Response:
        if site:
            page = send_from_directory(site, name, max_age=300)
        elif text := _source_of(sources, name):
            page = Response(plain_page(text), mimetype="text/html")
        else:
            raise NotFound(MISSING)
        page.headers.update(headers)
        return page


def _source_of(sources: Path | None, name: str) -> str:
    """Return the page in Markdown, or nothing if there is none by that name."""
    known = {f"{path.stem}.html": path for path in sources.glob("*.md")} if sources else {}
    return known[name].read_text("utf-8") if name in known else ""
