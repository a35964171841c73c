"""Opens one page, waits until it is quiet, and reads what it keeps."""

import asyncio
import contextlib
import re
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error, Frame, Page

from consent.scan.closed_trees import open_closed_trees
from consent.scan.job import Job
from consent.scan.names import clean, clean_url, cleaned_value
from consent.scan.page_files import FOLDER
from consent.scan.proxy import FilteringProxy
from consent.scan.record import PageRecord
from consent.scan.recorder import Recorder

QUIET_S = 0.6
READ_S = 8.0
MOST_FRAMES = 20
MOST_POLICY = 100_000
MOST_TC = 10_000
CALL = re.compile(r"^Page\.\w+: ")
SENTENCES = (
    ("ERR_TOO_MANY_REDIRECTS", "It redirects without an end."),
    ("Download is starting", "It is a download, which was refused."),
    ("ERR_ABORTED", "It is a download, or stopped by itself."),
    ("crashed", "The page crashed."),
    ("ERR_CERT", "Its certificate is not valid."),
    ("ERR_SSL", "It does not speak TLS in a way that a browser takes."),
    ("ERR_EMPTY_RESPONSE", "It answered nothing."),
    ("ERR_INVALID_AUTH_CREDENTIALS", "It asks for a name and a password."),
    ("ERR_UNSAFE_REDIRECT", "It leads to what is no page of the web."),
)


async def open_page(page: Page, record: PageRecord, recorder: Recorder, job: Job, proxy: FilteringProxy) -> None:
    """Load `record.url` in `page` until it is quiet; what goes wrong is noted in the record and raises nothing."""
    recorder.begin(record)
    until = time.monotonic() + job.page_s
    try:
        answer = await _unless_stopped(
            page.goto(record.url, wait_until="commit", timeout=job.page_s * 1000), recorder, job.page_s + 2
        )
        record.status = answer.status if answer else None
    except TimeoutError:
        record.problem = record.problem or f"It did not answer within {job.page_s:g} s."
    except Error as error:
        record.problem = record.problem or _sentence(error.message, record.url, job, proxy)
    if record.status == 403 and _host(page.url) in proxy.reasons:
        record.problem = proxy.reasons[_host(page.url)]
    if record.problem is None:
        await _load(page, recorder, max(1.0, until - time.monotonic()), job)
    record.final_url = clean_url(page.url)


async def settle(recorder: Recorder, seconds: float) -> None:
    """Wait until nothing was asked for in a while, from now on, at most `seconds`."""
    began = time.monotonic()
    until = began + seconds
    while time.monotonic() < until and not recorder.stopped.is_set():
        quiet = time.monotonic() - max(began, recorder.last_request)
        if quiet >= QUIET_S:
            return
        await asyncio.sleep(min(QUIET_S - quiet, until - time.monotonic()) + 0.01)


async def read_frames(page: Page, record: PageRecord) -> None:
    """Add what each frame keeps, and where its links lead."""
    script = (FOLDER / "reading.js").read_text("utf-8")
    script = script[script.index("async") :]
    hung: list[Frame] = []

    async def read(frame: Frame) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(READ_S):
                return await _read(frame, script)
        except TimeoutError:
            hung.append(frame)
            return None

    record.frames = [facts for facts in await asyncio.gather(*map(read, page.frames[:MOST_FRAMES])) if facts]
    if page.main_frame in hung:
        record.problem = record.problem or "It hung, and was left."
    elif hung:
        record.notes.append("A frame of it hung, and was not read.")


async def _load(page: Page, recorder: Recorder, seconds: float, job: Job) -> None:
    try:
        await _unless_stopped(page.wait_for_load_state("load", timeout=seconds * 1000), recorder, seconds + 2)
    except TimeoutError:
        recorder.note(_still_loading(job))
    except Error as error:
        if recorder.stopped.is_set():
            return  # the record says why already
        recorder.note(_still_loading(job) if "Timeout" in error.message else _own_words(error.message))
    await settle(recorder, job.settle_s)
    await open_closed_trees(page)


async def _unless_stopped(act: Any, recorder: Recorder, seconds: float) -> Any:
    """Return what `act` gives. Raises TimeoutError after `seconds`, and playwright's Error where the page is given up."""
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


async def _read(frame: Frame, script: str) -> dict[str, Any] | None:
    with contextlib.suppress(Error):
        facts = await frame.evaluate(script)
        owner = frame
        # A frame without an address of its own (about:blank, srcdoc) keeps things where its page does.
        while owner.url.startswith("about:") and owner.parent_frame:
            owner = owner.parent_frame
        return {"url": clean_url(owner.url), "is_main": frame.parent_frame is None, **_cleaned(facts)}
    return None


def _cleaned(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the lists of `facts` as clean text: a page can change what its own functions answer."""
    names = ("local_storage", "session_storage", "indexed_db", "cache", "service_worker", "apis", "said")
    cleaned: dict[str, Any] = {name: [clean(one) for one in _list(facts, name)] for name in names}
    cleaned["links"] = [str(link) for link in _list(facts, "links")]
    pairs = [pair for pair in _list(facts, "decorated") if isinstance(pair, list) and len(pair) == 2]
    own = facts.get("consent") if isinstance(facts, dict) else None
    cleaned["consent"] = cleaned_value(own) if isinstance(own, dict) else None
    cleaned["tcf"] = [_said_of_purposes(one) for one in _list(facts, "tcf")[:1] if isinstance(one, dict)]
    cleaned["policy"] = clean(facts.get("policy", ""), MOST_POLICY) if isinstance(facts, dict) else ""
    return cleaned | {"decorated": [[clean(part) for part in pair] for pair in pairs]}


def _said_of_purposes(said: dict[str, Any]) -> dict[str, Any]:
    """Return what a CMP says of purposes: its string, and by number those that it calls agreed to or legitimate."""
    numbers: dict[str, Any] = {"string": clean(said.get("tcString", ""), MOST_TC)}
    for name in ("consents", "interests"):
        flags = said.get(name)
        on = [str(key) for key, flag in flags.items() if flag is True][:50] if isinstance(flags, dict) else []
        numbers[name] = [int(key) for key in on if key.isascii() and key.isdigit() and len(key) < 3]
    return numbers


def _list(facts: dict[str, Any], name: str) -> list[Any]:
    value = facts.get(name) if isinstance(facts, dict) else None
    return value[:2000] if isinstance(value, list) else []


def _sentence(message: str, url: str, job: Job, proxy: FilteringProxy) -> str:
    if "Timeout" in message:
        return f"It did not answer within {job.page_s:g} s."
    if "ERR_TUNNEL" in message or "ERR_PROXY" in message:
        return proxy.reasons.get(_host(url), "The proxy did not reach it.")
    for sign, sentence in SENTENCES:
        if sign in message:
            return sentence
    return f"It could not be loaded: {_own_words(message)}"


def _still_loading(job: Job) -> str:
    return f"It was still loading after {job.page_s:g} s."


def _own_words(message: str) -> str:
    """Return what the browser says of a page, without the name of the call and the address that playwright adds."""
    first, _, _ = message.partition("\n")
    return clean(CALL.sub("", first).partition(" at http")[0], 120)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
