"""Stand-in for the vendors' hosts: scripts, a pixel and a video that set real cookies, with a hit counter."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request

MAX_PATHS = 500
"""How many distinct paths are counted, so that a crawler can't exhaust memory."""


class Hits:
    """A thread-safe count of requests by host and path, with the names of the cookies they carried."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._cookies: dict[str, set[str]] = {}

    def record(self, host: str, path: str, cookies: Iterable[str]) -> None:
        """Count one request to `path` on `host` that carried the cookies named `cookies`."""
        with self._lock:
            if (host, path) in self._counts or len(self._counts) < MAX_PATHS:
                self._counts[host, path] += 1
                self._cookies.setdefault(host, set()).update(list(cookies)[:50])

    def report(self) -> dict[str, Any]:
        """Return `{total, hosts: {host: {path: count}}, cookies: {host: [names]}}`."""
        with self._lock:
            hosts: dict[str, dict[str, int]] = {}
            for (host, path), count in sorted(self._counts.items()):
                hosts.setdefault(host, {})[path] = count
            cookies = {host: sorted(names) for host, names in sorted(self._cookies.items()) if names}
            return {"total": self._counts.total(), "hosts": hosts, "cookies": cookies}

    def reset(self) -> None:
        """Reset all counts."""
        with self._lock:
            self._counts.clear()
            self._cookies.clear()


SUFFIX = ".vendors.localhost"
FOLDER = Path(__file__).parent / "static" / "vendors"
FILES = {
    "chat": ("chat.js",),
    "analytics": ("analytics.js",),
    "ads": ("ads.js",),
    "video": ("embed.js", "embed.css"),
}
YEAR = 365 * 24 * 3600
VIDEOS = {"repotting": "Repotting a monstera in four minutes", "watering": "How much water is too much?"}
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)  # A transparent 1x1 GIF.


def create_vendors(hits: Hits | None = None) -> Flask:
    """Return the WSGI app for all vendors' hosts, which tells them apart by `Host`."""
    app = Flask(__name__, static_folder=None)
    counted = hits or Hits()
    _add_vendor_routes(app)
    _add_hits_routes(app, counted)

    @app.before_request
    def count() -> None:
        if vendor() and request.endpoint not in ("hits", "reset_hits") and request.method != "OPTIONS":
            counted.record(_host(), request.path, request.cookies)

    @app.after_request
    def allow_cross_origin(response: Response) -> Response:
        # Vendors allow credentialed requests from any site, which is what makes them worth blocking.
        origin = request.headers.get("Origin")
        if origin and vendor():
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Vary"] = "Origin, Cookie"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app


def vendor() -> str | None:
    """Return the vendor of the request's host (`chat`, `analytics`, `ads` or `video`), or None for any other host."""
    name, dot, remainder = _host().partition(".")
    return name if dot + remainder == SUFFIX and name in FILES else None


def _host() -> str:
    return request.host.rpartition(":")[0] or request.host


def _add_vendor_routes(app: Flask) -> None:
    app.add_url_rule("/<name>", "file", _only_for(*FILES)(_file))
    app.add_url_rule("/hit", "hit", _only_for(*FILES)(_hit), methods=["GET", "POST"])
    app.add_url_rule("/pixel", "pixel", _only_for("ads")(_pixel))
    app.add_url_rule("/embed/<name>", "embed", _only_for("video")(_embed))


def _only_for(*names: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Return a decorator that answers 404 on every host except those of `names`."""

    def wrap(view: Callable[..., Response]) -> Callable[..., Response]:
        def guarded(**values: str) -> Response:
            if vendor() not in names:
                abort(404)
            return view(**values)

        return guarded

    return wrap


def _file(name: str) -> Response:
    if name not in FILES[vendor() or ""]:
        abort(404)
    kind = "text/javascript" if name.endswith(".js") else "text/css"
    return Response((FOLDER / name).read_bytes(), mimetype=kind)


def _hit() -> Response:
    return Response(status=204)


def _pixel() -> Response:
    return _with_id_cookie(Response(PIXEL, mimetype="image/gif"), "ads_visitor")


def _embed(name: str) -> Response:
    title = VIDEOS.get(name, "A film about plants")
    return _with_id_cookie(Response(render_template("vendors/embed.html", title=title)), "video_visitor")


def _with_id_cookie(response: Response, cookie: str) -> Response:
    """Set a third-party id cookie for a year, unless the browser has one."""
    # SameSite=None requires Secure, which browsers also accept over http from .localhost names. A browser that blocks
    # third-party cookies still accepts a partitioned one, so vendors set those now (draft-cutler-httpbis-partitioned).
    if cookie not in request.cookies:
        flags: dict[str, Any] = {"secure": True, "httponly": True, "samesite": "None", "partitioned": True}
        response.set_cookie(cookie, secrets.token_hex(8), max_age=YEAR, **flags)
    return response


def _add_hits_routes(app: Flask, counted: Hits) -> None:
    """Add the pages that show the counts; they respond on every host and aren't counted themselves."""

    @app.get("/hits")
    def hits() -> Response:
        response = jsonify(counted.report())
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    @app.post("/hits/reset")
    def reset_hits() -> Response:
        counted.reset()
        return hits()

    @app.get("/")
    def index() -> str:
        return render_template("vendors/index.html", report=counted.report(), suffix=SUFFIX)
