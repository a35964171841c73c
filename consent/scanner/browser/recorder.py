"""Record a page's requests and storage writes through the DevTools protocol and page/recorder.js."""

import asyncio
import json
import secrets
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Dialog, Download, Page

from consent.core.translatable import translatable
from consent.scanner.browser.own_host_watch import OwnHostWatch
from consent.scanner.browser.page_files import FOLDER
from consent.scanner.browser.safe_text import clean, clean_url
from consent.scanner.model.scan_result import ConsentModeCall, PageJson
from consent.scanner.model.visit_record import MAX_ERRORS, MAX_REQUESTS, MAX_WRITES, PageRecord, Request, Write

MAX_NAVIGATIONS = 15
MAX_DIALOGS = 3
"""Number of dialogs per page that are reported individually."""
KINDS = {"cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker"}


class Recorder:
    """Fills the record of the page that is currently open."""

    def __init__(self, page_bytes: int, own_host: OwnHostWatch) -> None:
        self.record = PageRecord("")
        self.chosen_at: float | None = None
        self.is_marking = True
        self.last_request = 0.0
        self.stopped = asyncio.Event()
        """Set when the page must be abandoned: too large, endless, or crashed."""
        self._page_bytes, self._own_host = page_bytes, own_host
        self._requests: dict[str, Request] = {}
        self._headers: list[tuple[str, float, str]] = []
        self._pixels: dict[str, list[str]] = {}
        self._loaded = self._navigations = self._dialogs = 0
        self._binding = f"_{secrets.token_hex(8)}"

    async def prepare(self, context: BrowserContext) -> None:
        """Record the actions of scripts in all frames of `context`."""
        await context.expose_binding(self._binding, self._on_batch)
        script = (FOLDER / "recorder.js").read_text("utf-8").replace("@NAME@", self._binding)
        await context.add_init_script(script)
        context.on("request", self._own_host.note_worker_request)

    async def watch(self, page: Page) -> None:
        """Subscribe to the events of `page`."""
        session = await page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.responseReceivedExtraInfo", self._on_headers)
        session.on("Network.dataReceived", self._on_data)
        self._own_host.listen(session)
        await session.send("Network.enable")
        page.on("pageerror", lambda error: self._append(self.record.errors, clean(error)))
        page.on("dialog", self._on_dialog)
        page.on("download", self._on_download)
        page.on("crash", lambda _page: self.abort("The page crashed."))
        page.on("framenavigated", lambda frame: self._on_navigation() if frame is page.main_frame else None)

    def begin(self, record: PageRecord) -> None:
        """Start filling `record`."""
        self.record, self.last_request = record, time.monotonic()
        record.began = time.time()
        self._headers = []
        self._loaded = self._navigations = self._dialogs = 0
        self._own_host.begin()
        self.stopped = asyncio.Event()

    async def finish(self, page: Page) -> None:
        """Judge the requests to the site's own host, and add the cookies of responses, reported in any order."""
        self.record.own_host, self.record.own_host_plain = await self._own_host.finish(page.context, self._is_after)
        for request_id, at, line in self._headers:
            entry = self._requests.get(request_id)
            name = clean(line.partition(";")[0].partition("=")[0].strip())
            if entry:
                host = urlsplit(entry.url).hostname or ""
                self._write(Write("cookie", name, at, self._is_after(at), [entry.url], by_header=True, host=host))
        for request in self.record.requests:
            if request.kind == "image" and request.url in self._pixels:
                request.by = self._pixels[request.url]
        self._headers, self._pixels = [], {}

    def mark(self, at: float | None) -> None:
        """Treat everything from `at` on as following the visit's choice."""
        if self.is_marking:
            self.chosen_at = at

    def abort(self, sentence: str) -> None:
        """Record why the page is abandoned, and stop."""
        self.record.problem = self.record.problem or sentence
        self.stopped.set()

    def note(self, sentence: str) -> None:
        """Record something the page attempted."""
        if sentence not in self.record.notes:
            self._append(self.record.notes, sentence)

    def _is_after(self, at: float) -> bool:
        return self.chosen_at is not None and at >= self.chosen_at

    def _append(self, messages: list[str], text: str) -> None:
        if len(messages) < MAX_ERRORS:
            messages.append(text)

    def _write(self, write: Write) -> None:
        if len(self.record.writes) < MAX_WRITES:
            self.record.writes.append(write)
        else:
            self.record.left_out += 1

    def _on_request(self, event: PageJson) -> None:
        self.last_request = time.monotonic()
        url = event["request"]["url"]
        if not url.startswith(("http:", "https:", "ws:", "wss:")):
            return
        if len(self.record.requests) >= MAX_REQUESTS:
            self.record.left_out += 1
            return
        at = float(event["wallTime"])
        by = [clean_url(address) for address in _initiators(event)]
        kind = str(event.get("type", "other")).lower()
        method = clean(event["request"]["method"], 20)
        request = Request(clean_url(url), kind, method, at, self._is_after(at), by)
        request.by_parser = event.get("initiator", {}).get("type") == "parser"
        self._own_host.note_request(event, request)
        self._requests[event["requestId"]] = request
        self.record.requests.append(request)

    def _on_response(self, event: PageJson) -> None:
        request = self._requests.get(event["requestId"])
        if request is None:
            return
        request.status = event["response"]["status"]
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        request.vary = clean(headers.get("vary", ""))

    def _on_headers(self, event: PageJson) -> None:
        for name, value in event["headers"].items():
            if name.lower() == "set-cookie":
                lines = value.split("\n")[: MAX_WRITES - len(self._headers)]
                self._headers += [(event["requestId"], time.time(), line) for line in lines]

    def _on_data(self, event: PageJson) -> None:
        self._loaded += event["dataLength"]
        if self._loaded > self._page_bytes:
            self.abort(f"It is larger than {self._page_bytes // 2**20} MB.")

    def _on_navigation(self) -> None:
        self._navigations += 1
        if self._navigations > MAX_NAVIGATIONS:
            self.abort("It keeps leading to other pages.")

    async def _on_dialog(self, dialog: Dialog) -> None:
        self._dialogs += 1
        message = f": {clean(dialog.message, 100)}" if dialog.message else "."
        if self._dialogs <= MAX_DIALOGS:
            self.note(translatable(f"It opened a dialog ({dialog.type}), which was closed{message}"))
        else:
            self.note(translatable("It opened further dialogs, which were closed."))
        with suppress(Exception):
            await dialog.dismiss()

    async def _on_download(self, download: Download) -> None:
        self.note(translatable(f"It offered a download, which was refused: {clean(download.suggested_filename, 100)}"))
        with suppress(Exception):
            await download.cancel()

    def _on_batch(self, _source: Any, text: str) -> None:
        # A page can find the binding and call it; ignore anything that isn't in the recorder's format.
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            for event in json.loads(text[:2_000_000]):
                self._on_event(event)

    def _on_event(self, event: PageJson) -> None:
        kind, at = event["kind"], float(event["at"]) / 1000
        by = [clean_url(str(address)) for address in event["by"][:10]]
        write = Write(
            kind,
            clean(event["name"]),
            at,
            self._is_after(at),
            by,
            bool(event.get("deletes")),
            host=clean(event["host"]),
        )
        if kind == "fingerprint" and len(self.record.fingerprints) < 100:
            self.record.fingerprints.append(write)
        elif kind == "consent_mode" and len(self.record.consent_mode) < 100:
            values = {clean(key, 60): clean(value, 60) for key, value in event["values"].items()}
            facts: ConsentModeCall = {
                "command": write.name,
                "at": at,
                "values": values,
                "after_choice": write.after_choice,
            }
            self.record.consent_mode.append(facts)
        elif kind == "ran":
            self._mark_run(clean_url(str(event["name"])), at)
        elif kind == "pixel" and by and len(self._pixels) < MAX_REQUESTS:
            self._pixels[clean_url(str(event["name"]))] = by
        elif kind == "window":
            self.note(translatable("It opened another window, which was closed."))
        elif kind == "shared_worker":
            self._own_host.unseen_workers += 1
        elif kind in KINDS:
            self._write(write)

    def _mark_run(self, url: str, at: float) -> None:
        for request in self.record.requests:
            if request.url == url and request.ran_at is None:
                request.ran_at = at
                return


def _initiators(event: PageJson) -> list[str]:
    """Return the scripts on the request's stack, innermost first, or else the document with the URL."""
    initiator = event.get("initiator", {})
    addresses: list[str] = []
    stack = initiator.get("stack")
    while stack and len(addresses) < 10:
        addresses += [frame["url"] for frame in stack.get("callFrames", ()) if frame.get("url")]
        stack = stack.get("parent")
    if not addresses:
        addresses = [initiator.get("url") or event.get("documentURL", "")]
    return list(dict.fromkeys(address for address in addresses if urlsplit(address).scheme in ("http", "https")))[:10]
