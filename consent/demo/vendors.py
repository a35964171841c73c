"""Stand-in for the vendors' hosts: scripts, a pixel and a video that set real cookies, with a hit counter."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request

MAX_PATHS = 500
"""How many different paths are counted, so that a crawler cannot fill the memory."""


class Hits:
    """A thread-safe count of requests by host and path, with the names of the cookies that came along."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._cookies: dict[str, set[str]] = {}

    def record(self, host: str, path: str, cookies: Iterable[str]) -> None:
        """Count one request to `path` of `host` that carried cookies of the names `cookies`."""
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
        """Begin again from nothing."""
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
)  # A transparent GIF of one dot.


def create_vendors(hits: Hits | None = None) -> Flask:
    """Return the WSGI app of all vendors' hosts, which distinguishes them by `Host`."""
    app = Flask(__name__, static_folder=None)
    counted = hits or Hits()
    _add_vendor_routes(app)
    _add_hits_routes(app, counted)

    @app.before_request
    def count() -> None:
        if vendor() and request.endpoint not in ("hits", "reset_hits") and request.method != "OPTIONS":
            counted.record(_host(), request.path, request.cookies)

    @app.after_request
    def open_to_pages(response: Response) -> Response:
        # Vendors answer pages of any site, with their cookie: that is why they are worth holding back.
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
    """Return the vendor of the host: `chat`, `analytics`, `ads` or `video`, or None for any other."""
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
    """Return a wrapper that answers 404 on every host but those of `names`."""

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
    return _with_id(Response(PIXEL, mimetype="image/gif"), "ads_visitor")


def _embed(name: str) -> Response:
    title = VIDEOS.get(name, "A film about plants")
    return _with_id(Response(render_template("vendors/embed.html", title=title)), "video_visitor")


def _with_id(response: Response, cookie: str) -> Response:
    """Set a third-party id for a year, unless there is one."""
    # SameSite=None needs Secure, which browsers take over http from .localhost names too. A browser that blocks
    # third-party cookies still takes a partitioned one, so vendors set those now (draft-cutler-httpbis-partitioned).
    if cookie not in request.cookies:
        flags: dict[str, Any] = {"secure": True, "httponly": True, "samesite": "None", "partitioned": True}
        response.set_cookie(cookie, secrets.token_hex(8), max_age=YEAR, **flags)
    return response


def _add_hits_routes(app: Flask, counted: Hits) -> None:
    """Add the pages that show the counts; they answer on every host and count nothing."""

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
