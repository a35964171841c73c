"""Hostile and ordinary websites on one port: the path says what each page does."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.wsgi_server import LOOK_S

WAIT_S = 60
BIG = 200 * 2**20
PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>{0}</title><body><h1>{0}</h1>{1}</body></html>'


class Sites:
    """The served content: text pages by path, and other kinds of responses; `asked` lists requests as `host path`."""

    def __init__(self) -> None:
        self.port = 0
        self.pages: dict[str, str] = {}
        self.scripts: dict[str, str] = {}
        self.headers: dict[str, list[tuple[str, str]]] = {}
        self.acts: dict[str, Callable[[Any], object]] = {}
        self.asked: list[str] = []
        self.sent = 0
        self.stopped = threading.Event()

    def url(self, path: str = "/", host: str = "www.site.localhost") -> str:
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str, body: str) -> None:
        self.pages[path] = PAGE.format(path, body)


@contextmanager
def serving() -> Iterator[Sites]:
    sites = Sites()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(sites))
    server.daemon_threads = True
    sites.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_S,))
    thread.start()
    try:
        yield sites
    finally:
        sites.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(sites: Sites) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

        def handle(self) -> None:
            with suppress(OSError):  # a browser may hang up early
                super().handle()

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            sites.asked.append(f"{self.headers['Host'].split(':')[0]} {self.path}")
            if path in sites.acts:
                sites.acts[path](self)
            elif path in sites.pages:
                self.answer(sites.pages[path], "text/html; charset=utf-8", sites.headers.get(path, []))
            elif path in sites.scripts:
                self.answer(sites.scripts[path], "text/javascript", sites.headers.get(path, []))
            else:
                self.answer("", "text/plain", status=404)

        do_POST = do_GET

        def answer(self, text: str, kind: str, headers: list[tuple[str, str]] | None = None, status: int = 200) -> None:
            self.send_response(status)
            for name, value in [("Content-Type", kind), *(headers or [])]:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

    return Handler


def hostile(sites: Sites) -> list[str]:
    """Serve a site of pages that each do harm, and return their paths in link order."""
    sites.page("/dialog", "<script>alert('stay'); confirm('?'); prompt('!')</script>")
    sites.page("/dialogs", "<script>for (let i = 0; i < 30; i++) alert(i)</script>")
    sites.page("/throws", "<script>throw new Error('broken by design')</script>")
    sites.page(
        "/cookies", "<script>for (let i = 0; i < 5000; i++) document.cookie = `many${i}=${i}; Max-Age=1000`</script>"
    )
    sites.page("/control", "<script>localStorage.setItem('a\\u0007\\u202eb\\u001b[31m(a+)+$', '1')</script>")
    sites.page("/leads-on", "<script>location.href = '/leads-on?' + Math.random()</script>")
    sites.page("/window", "<script>window.open('/throws')</script>")
    sites.page(
        "/inner",
        f'<img src="/led-inside"><img src="http://rebind.example/secret"><img src="http://127.0.0.1:{sites.port}/secret">'
        f'<img src="http://[::1]:{sites.port}/secret"><script>fetch("file:///etc/passwd").catch(() => 0)</script>',
    )
    sites.page(
        "/beyond",
        "<script>navigator.sendBeacon('http://10.0.0.1/secret'); new WebSocket('ws://169.254.169.254/')</script>",
    )
    sites.acts["/never"] = lambda _handler: sites.stopped.wait(WAIT_S)
    sites.acts["/redirects"] = lambda handler: handler.answer("", "text/html", [("Location", "/redirects")], 302)
    sites.acts["/away"] = lambda handler: handler.answer("", "text/html", [("Location", "http://10.1.1.1/")], 302)
    sites.acts["/led-inside"] = lambda handler: handler.answer(
        "", "image/png", [("Location", "http://10.2.2.2/secret")], 302
    )
    sites.acts["/download"] = lambda handler: handler.answer(
        "x" * 1000, "application/octet-stream", [("Content-Disposition", "attachment; filename=evil.exe")]
    )
    sites.acts["/big"] = lambda handler: _send_big(sites, handler)
    sites.acts["/locked"] = lambda handler: handler.answer("", "text/html", [("WWW-Authenticate", "Basic")], 401)
    sites.acts["/slow"] = lambda handler: _send_slowly(sites, handler)
    sites.acts["/crash"] = lambda handler: _crash(handler)
    sites.page("/last", "<script>localStorage.setItem('reached', '1')</script>")
    pages = [path for path in (*sites.acts, *sites.pages) if path not in ("/led-inside", "/last")]
    paths = [*pages, "/last"]
    sites.page("/", "".join(f'<p><a href="{path}">{path}</a>' for path in paths))
    return paths


def _send_big(sites: Sites, handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    while sites.sent < BIG:
        handler.wfile.write(b"<p>" + b"x" * 65533)
        sites.sent += 65536


def _send_slowly(sites: Sites, handler: Any) -> None:
    """Send half a page and never the rest."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"<!doctype html><p>half a page" + b" " * 2000)
    sites.stopped.wait(WAIT_S)


def _crash(handler: Any) -> None:
    """Send half a page, then kill the browser's renderer processes."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"<!doctype html><p>half a page" + b" " * 2000)
    time.sleep(0.5)
    for process in _descendants(os.getpid()):
        with suppress(OSError):
            if b"--type=renderer" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found[1:]
