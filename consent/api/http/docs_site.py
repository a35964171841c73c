"""GET /docs: the documentation site that `make docs` builds, and that the wheel of a release has."""

import json
from pathlib import Path

from flask import Flask, Response, redirect, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

MISSING = "This installation has no documentation site. In a checkout, `make docs` builds it."


def add_docs_site(app: Flask, site: Path | None) -> None:
    """Add the routes to `app`; `site` is the folder of the built pages, or None where there are none."""
    hashes = json.loads((site / "script-hashes.json").read_text("utf-8")) if site else []
    scripts = "".join(f" '{one}'" for one in hashes)
    # The theme sets styles on elements, and has its icons as data.
    policy = (
        f"default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}

    @app.get("/docs")
    def docs() -> AnyResponse:
        # Relative, so that it also leads there below a path of a proxy.
        return redirect("docs/", 308)

    @app.get("/docs/", defaults={"name": "index.html"})
    @app.get("/docs/<path:name>")
    def docs_page(name: str) -> Response:
        if site is None:
            raise NotFound(MISSING)
        page = send_from_directory(site, name, max_age=300)
        page.headers.update(headers)
        return page
