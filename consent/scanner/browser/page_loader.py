"""Load one page, wait until its network is idle, and read its cookies and storage."""

import asyncio
import contextlib
import re
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error, Frame, Page

from consent.core.translatable import translatable
from consent.scanner.browser.egress_proxy import FilteringProxy
from consent.scanner.browser.page_files import FOLDER
from consent.scanner.browser.recorder import Recorder
from consent.scanner.browser.safe_text import clean, clean_url, cleaned_value
from consent.scanner.browser.shadow_roots import open_closed_trees
from consent.scanner.model.job import Job
from consent.scanner.model.scan_result import FrameResult, PageJson, TcfAnswer
from consent.scanner.model.visit_record import PageRecord

QUIET_SECONDS = 0.6
READ_SECONDS = 8.0
MAX_FRAMES = 20
MAX_COLORS = 5
MAX_POLICY_LENGTH = 100_000
MAX_TC_STRING_LENGTH = 10_000
CALL = re.compile(r"^Page\.\w+: ")
SENTENCES = (
    ("ERR_TOO_MANY_REDIRECTS", translatable("It redirects endlessly.")),
    (translatable("Download is starting"), translatable("It is a download, which was refused.")),
    ("ERR_ABORTED", translatable("It is a download, or it stopped loading.")),
    ("crashed", translatable("The page crashed.")),
    ("ERR_CERT", translatable("Its certificate is not valid.")),
    ("ERR_SSL", translatable("Browsers don't accept its TLS.")),
    ("ERR_EMPTY_RESPONSE", translatable("Its response was empty.")),
    ("ERR_INVALID_AUTH_CREDENTIALS", translatable("It asks for a name and a password.")),
    ("ERR_UNSAFE_REDIRECT", translatable("It does not lead to a web page.")),
)


async def open_page(page: Page, record: PageRecord, recorder: Recorder, job: Job, proxy: FilteringProxy) -> None:
    """Load `record.url` in `page` until the network is idle; failures are recorded, not raised."""
    recorder.begin(record)
    until = time.monotonic() + job.page_s
    try:
        answer = await _until_stopped(
            page.goto(record.url, wait_until="commit", timeout=job.page_s * 1000), recorder, job.page_s + 2
        )
        record.status = answer.status if answer else None
    except TimeoutError:
        record.problem = record.problem or translatable(f"It did not respond within {job.page_s:g} s.")
    except Error as error:
        record.problem = record.problem or _problem_text(error.message, record.url, job, proxy)
    if record.status == 403 and _host(page.url) in proxy.reasons:
        record.problem = proxy.reasons[_host(page.url)]
    if record.problem is None:
        await _load(page, recorder, max(1.0, until - time.monotonic()), job)
    record.final_url = clean_url(page.url)


async def settle(recorder: Recorder, seconds: float) -> None:
    """Wait until the network has been idle for a while, for at most `seconds`."""
    began = time.monotonic()
    until = began + seconds
    while time.monotonic() < until and not recorder.stopped.is_set():
        quiet = time.monotonic() - max(began, recorder.last_request)
        if quiet >= QUIET_SECONDS:
            return
        await asyncio.sleep(min(QUIET_SECONDS - quiet, until - time.monotonic()) + 0.01)


async def read_frames(page: Page, record: PageRecord) -> None:
    """Add each frame's storage and the targets of its links."""
    script = (FOLDER / "reading.js").read_text("utf-8")
    script = script[script.index("async") :]
    hung: list[Frame] = []

    async def read(frame: Frame) -> FrameResult | None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await _read(frame, script)
        except TimeoutError:
            hung.append(frame)
            return None

    record.frames = [facts for facts in await asyncio.gather(*map(read, page.frames[:MAX_FRAMES])) if facts]
    if page.main_frame in hung:
        record.problem = record.problem or translatable("It stopped responding and was skipped.")
    elif hung:
        record.notes.append(translatable("One of its frames stopped responding and was not read."))


async def _load(page: Page, recorder: Recorder, seconds: float, job: Job) -> None:
    try:
        await _until_stopped(page.wait_for_load_state("load", timeout=seconds * 1000), recorder, seconds + 2)
    except TimeoutError:
        recorder.note(_still_loading(job))
    except Error as error:
        if recorder.stopped.is_set():
            return  # the record has the reason
        recorder.note(_still_loading(job) if "Timeout" in error.message else _own_words(error.message))
    await settle(recorder, job.settle_s)
    await open_closed_trees(page)


async def _until_stopped(act: Any, recorder: Recorder, seconds: float) -> Any:
    """Return the result of `act`.

    Raises TimeoutError after `seconds`, and Playwright's Error if the page is aborted.
    """
    acting, stopped = asyncio.ensure_future(act), asyncio.ensure_future(recorder.stopped.wait())
    try:
        await asyncio.wait((acting, stopped), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if acting.done():
            return acting.result()
        if recorder.stopped.is_set():
            raise Error("given up")
        raise TimeoutError
    finally:
        for task in (acting, stopped):
            task.cancel()
        await asyncio.gather(acting, stopped, return_exceptions=True)


async def _read(frame: Frame, script: str) -> FrameResult | None:
    with contextlib.suppress(Error):
        facts = await frame.evaluate(script)
        owner = frame
        # A frame without its own URL (about:blank, srcdoc) shares its parent's storage.
        while owner.url.startswith("about:") and owner.parent_frame:
            owner = owner.parent_frame
        return _cleaned(facts, clean_url(owner.url), is_main=frame.parent_frame is None)
    return None


def _cleaned(facts: PageJson, url: str, *, is_main: bool) -> FrameResult:
    """Return the lists in `facts` as sanitized text, since a page can change what its own functions return."""
    pairs = [pair for pair in _list(facts, "decorated") if isinstance(pair, list) and len(pair) == 2]
    own = facts.get("consent") if isinstance(facts, dict) else None
    return {
        "url": url,
        "is_main": is_main,
        "local_storage": _texts(facts, "local_storage"),
        "session_storage": _texts(facts, "session_storage"),
        "indexed_db": _texts(facts, "indexed_db"),
        "cache": _texts(facts, "cache"),
        "service_worker": _texts(facts, "service_worker"),
        "apis": _texts(facts, "apis"),
        "said": _texts(facts, "said"),
        "links": [str(link) for link in _list(facts, "links")],
        "consent": cleaned_value(own) if isinstance(own, dict) else None,
        "tcf": [_cmp_purposes(one) for one in _list(facts, "tcf")[:1] if isinstance(one, dict)],
        "policy": clean(facts.get("policy", ""), MAX_POLICY_LENGTH) if isinstance(facts, dict) else "",
        "decorated": [[clean(part) for part in pair] for pair in pairs],
        "colors": _texts(facts, "colors")[:MAX_COLORS],
    }


def _cmp_purposes(cmp: PageJson) -> TcfAnswer:
    """Return a CMP's purposes: its TC string, and the numbers of those it reports as consented or legitimate."""
    return {
        "string": clean(cmp.get("tcString", ""), MAX_TC_STRING_LENGTH),
        "consents": _numbers_on(cmp.get("consents")),
        "interests": _numbers_on(cmp.get("interests")),
    }


def _numbers_on(flags: Any) -> list[int]:
    on = [str(key) for key, flag in flags.items() if flag is True][:50] if isinstance(flags, dict) else []
    return [int(key) for key in on if key.isascii() and key.isdigit() and len(key) < 3]


def _texts(facts: PageJson, name: str) -> list[str]:
    return [clean(one) for one in _list(facts, name)]


def _list(facts: PageJson, name: str) -> list[Any]:
    value = facts.get(name) if isinstance(facts, dict) else None
    return value[:2000] if isinstance(value, list) else []


def _problem_text(message: str, url: str, job: Job, proxy: FilteringProxy) -> str:
    if "Timeout" in message:
        return translatable(f"It did not respond within {job.page_s:g} s.")
    if "ERR_TUNNEL" in message or "ERR_PROXY" in message:
        return proxy.reasons.get(_host(url), "The proxy did not reach it.")
    for sign, sentence in SENTENCES:
        if sign in message:
            return sentence
    return translatable(f"It could not be loaded: {_own_words(message)}")


def _still_loading(job: Job) -> str:
    return translatable(f"It was still loading after {job.page_s:g} s.")


def _own_words(message: str) -> str:
    """Return the browser's error message, without the call and the URL that Playwright adds."""
    first, _, _ = message.partition("\n")
    return clean(CALL.sub("", first).partition(" at http")[0], 120)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
