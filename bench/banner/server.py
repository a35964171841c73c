"""One server for all pages: static files precompressed as by `brotli -q 11`, and our service's fast path."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import brotli
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.banner.subjects import VENDORS, Subject
from bench.processes import free_port
from bench.vendors import ten_vendors
from consent.app import code_guard, create_service, load_artifacts, load_rules
from consent.config import Settings
from consent.log.audit_author import AuditActor, Author
from consent.publishing.publish import publish
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites

TYPES = {".js": "text/javascript", ".css": "text/css", "": "text/html; charset=utf-8"}
VENDOR = b"(window.ran = window.ran || []).push(performance.now());"


class Site:
    """A WSGI app that serves every page, and records what each visit requests."""

    def __init__(self, every: list[Subject], door: Callable[..., Iterable[bytes]]) -> None:
        self._app = door
        self._bodies: dict[str, bytes] = {f"/vendor/{name}.js": brotli.compress(VENDOR) for name in VENDORS}
        for subject in every:
            self._bodies[f"/{subject.name}"] = _compressed(subject.page())
            for path, file in subject.files.items():
                self._bodies[path] = _compressed(file.read_bytes())
        self.asked: dict[str, int] = defaultdict(int)
        """Sizes in bytes of the bodies requested by the current visit, by path."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path.startswith(("/b/", "/api/")):
            chunks = self._app(environ | {"HTTP_ACCEPT_ENCODING": ""}, _brotli_start_response(start_response))
            body = _compressed(b"".join(chunks))  # cached, as the service itself does
            if environ["REQUEST_METHOD"] == "GET":
                self.asked[path] = len(body)
            return [body]
        found = self._bodies.get(path)
        if found is None:
            start_response("404 Not Found", [("Content-Length", "0")])
            return [b""]
        if not path.startswith("/vendor/"):
            self.asked[path] = len(found)
        kind = TYPES[Path(path).suffix]
        headers = [("Content-Type", kind), ("Content-Encoding", "br"), ("Content-Length", str(len(found)))]
        start_response("200 OK", [*headers, ("Cache-Control", "max-age=3600")])
        return [found]


@lru_cache
def _compressed(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=11))


def _brotli_start_response(start_response: Callable[..., Any]) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]]) -> Any:
        kept = [(name, value) for name, value in headers if name != "Content-Length"]
        return start_response(status, [*kept, ("Content-Encoding", "br")])

    return start


class _SilentHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing."""


@contextmanager
def serving(every: list[Subject], folder: Path) -> Iterator[tuple[str, Site]]:
    """Serve every page and our service until the block ends; yield the origin and the recording app."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = Settings(instance=folder, database_url="", demo=True, write_limit=None)
    engine = make_engine(settings.database)
    upgrade(engine)
    with engine.begin() as connection:
        sites.create(connection, "demo", "Demo", json.dumps(_draft(origin)), int(time.time()))
    keys = load_keys(settings.instance / "keys")
    author, guard = Author(AuditActor("bench", "program"), keys.receipt), code_guard(settings, keys)
    publish(engine, "demo", load_rules(), load_artifacts(), guard, author)
    engine.dispose()
    service = create_service(settings)
    site = Site(every, service.wsgi_app)
    server = make_server("127.0.0.1", port, site, threaded=True, request_handler=_SilentHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield origin, site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        service.close()


def _draft(origin: str) -> dict[str, Any]:
    """Return a draft with ten vendors, whose tags load the same script as the peers' vendors.

    The first tag, essential in the demo, needs consent here: we wouldn't add a tag that the page itself contains.
    """
    draft = ten_vendors()
    draft["hosts"].append(origin)
    for tag, name in zip(draft["tags"], VENDORS, strict=True):
        if tag["group"] == "essential":
            tag["group"] = "functional"
        tag["load"] |= {"type": "script", "src": f"{origin}/vendor/{name}.js"}
    return dict(draft)
