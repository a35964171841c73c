"""Find and click the buttons of any consent banner, by the tool's own markup or else by their labels."""

import asyncio
import time
from contextlib import suppress
from typing import NamedTuple

from playwright.async_api import ElementHandle, Error, Frame, Page

from consent.core.documents.json_object import JsonObject
from consent.scanner.browser.page_files import known_words, listed, page_function, side_words
from consent.scanner.browser.recorder import Recorder
from consent.scanner.browser.safe_text import clean
from consent.scanner.model.visit_record import Choice

ANSWERS = ("accept", "reject", "settings", "save")
"""Answers with so many wordings that controls are also found by the meaning of their words."""
SURE = ("accept", "reject", "save")
"""Answers that are pressed only in a page's likeliest notice, since another dialog asks about something else."""
MAX_FRAMES = 20
READ_SECONDS = 5.0
CLICK_MILLISECONDS = 3000
POLL_SECONDS = 0.25
FIELDS_SECONDS = 4.0
STAYS_SECONDS = 1.5


async def find(page: Page, kind: str, *, again: bool = False) -> tuple[ElementHandle, str] | None:
    """Return the visible control of `kind`, and how it was found.

    The kinds are accept, reject, settings, save, back, close, and opt_out_link, which may lead to a separate page. With
    `again`, after an answer, only another dialog that wasn't there before counts.
    """
    more = {"leads": kind == "opt_out_link", "again": again}
    stems = listed("stems.json") if kind in ANSWERS else None
    wanted: tuple[tuple[str, JsonObject], ...] = (
        ("tool", {"words": [], "selectors": listed("tools.json")[kind]}),
        ("words", {"words": known_words()[kind], "selectors": [], "kind": kind, "stems": stems}),
    )
    for how, query in wanted:
        seen = [await _in_frame(frame, {**query, **more}) for frame in page.frames[:MAX_FRAMES]]
        surest = max((one.most for one in seen), default=0) if kind in SURE else 0
        candidates = [one for one in seen if one.element and one.level >= surest]
        best = max(candidates, key=lambda one: one.score, default=None)
        if best and best.element:
            return best.element, how
    return None


async def wait_for(page: Page, kind: str, seconds: float) -> tuple[ElementHandle, str] | None:
    """Return the control of `kind` once it is visible, or None after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        if (control := await find(page, kind)) or time.monotonic() > until:
            return control
        await asyncio.sleep(POLL_SECONDS)


async def choose(page: Page, kind: str, recorder: Recorder, seconds: float) -> Choice:
    """Accept or reject (`kind`) on `page`: in the first layer, else in the second, else through the reopen control."""
    first = await wait_for(page, kind, seconds)
    if first:
        return await _answer(page, kind, recorder, first)
    opener = await find(page, "settings") or (await find(page, "opt_out_link") if kind == "reject" else None)
    opener = opener or await find(page, "back")
    if opener is None:
        return Choice(kind, found=False)
    opened = await press(page, opener[0])
    second, moved = await wait_for(page, kind, 2.0), 0
    if second is None and (second := await find(page, "save")):
        moved = await _move_switches(second[0], kind == "accept")
    if not opened or second is None:
        return Choice(kind, found=False, fields=await _wait_for_fields(page) if opened else [])
    choice = await _answer(page, kind, recorder, second)
    choice.actions += 1 + moved
    return choice


async def _move_switches(save: ElementHandle, on: bool) -> int:
    """Turn all switches that `save` applies to on or off, and return how many had to be moved."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            words = side_words()["on" if on else "off"]
            return int(await save.evaluate(page_function("move_switches.js"), {"on": on, "words": words}))
    return 0


async def _answer(page: Page, kind: str, recorder: Recorder, control: tuple[ElementHandle, str]) -> Choice:
    """Press the answer, and then save if the answer only moves switches, in which case it stays visible.

    A refusal that leads to another question is repeated once.
    """
    choice = await _press_control(page, kind, recorder, *control)
    if not choice.found:
        return choice
    if await _stays_visible(control[0]):
        more = await find(page, "save")
    else:
        more = (
            await find(page, kind, again=True) if kind == "reject" and await find(page, "accept", again=True) else None
        )
        choice.argues = more is not None
    if more and await press(page, more[0]):
        choice.actions += 1
    return choice


async def _stays_visible(element: ElementHandle) -> bool:
    """Return whether a control is still visible after the time in which banners close."""
    until = time.monotonic() + STAYS_SECONDS
    while time.monotonic() < until:
        await asyncio.sleep(POLL_SECONDS)
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                if await element.is_visible():
                    continue
        return False
    return True


async def _wait_for_fields(page: Page) -> list[str]:
    """Return the text fields of what was opened, which may be a page that is still loading."""
    until = time.monotonic() + FIELDS_SECONDS
    while not (fields := await visible_fields(page)) and time.monotonic() < until:
        await asyncio.sleep(POLL_SECONDS)
    return fields


async def visible_fields(page: Page) -> list[str]:
    """Return the kinds of visible text fields in a consent prompt, such as `email`."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            return [clean(one, 60) for one in await page.evaluate(page_function("fields.js"))][:20]
    return []


async def withdraw(page: Page, recorder: Recorder, seconds: float) -> Choice:
    """Withdraw what was accepted, through the page's reopen control or else `window.consent`."""
    back = await wait_for(page, "back", seconds)
    if back and await press(page, back[0]):
        choice = await choose(page, "reject", recorder, 2.0)
        if choice.found:
            choice.wanted, choice.actions = "withdraw", choice.actions + 1
            return choice
    at = time.time()
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            if await page.evaluate("() => Boolean(window.consent?.withdraw && (window.consent.withdraw(), true))"):
                recorder.mark(at)
                return Choice("withdraw", True, "api", "", 1, at)
    return Choice("withdraw", found=False)


async def close(page: Page, recorder: Recorder, seconds: float) -> Choice:
    """Close the banner of `page` without an answer: by its close button, else by Escape, else by a click outside it.

    `how` says which one worked, or is empty if none did. The choice is `found` if there is a banner at all.
    """
    if await wait_for(page, "accept", seconds) is None:
        return Choice("close", found=False)
    at = time.time()
    recorder.mark(at)
    if cross := await find(page, "close"):
        label = await _label(cross[0])
        await press(page, cross[0])
        return Choice("close", True, "cross", label, 1, at)
    for how in ("escape", "backdrop"):
        await (page.keyboard.press("Escape") if how == "escape" else _click_beside(page))
        await asyncio.sleep(POLL_SECONDS)
        if await find(page, "accept") is None:
            return Choice("close", True, how, "", 1, at)
    return Choice("close", True, "", "", 0, at)


async def _click_beside(page: Page) -> None:
    """Click the corner of the window, unless the page has a control there."""
    is_free = "() => !document.elementFromPoint(3, 3)?.closest('a, button, input, [role=button]')"
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            if await page.evaluate(is_free):
                await page.mouse.click(3, 3)


async def _press_control(page: Page, kind: str, recorder: Recorder, element: ElementHandle, how: str) -> Choice:
    label, fields = await _label(element), await visible_fields(page)
    at = time.time()
    recorder.mark(at)
    if await press(page, element):
        return Choice(kind, True, how, label, 1, at, fields)
    recorder.mark(None)
    return Choice(kind, found=False)


async def _label(element: ElementHandle) -> str:
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            text = await element.evaluate("(e) => e.innerText || e.value || e.ariaLabel || e.title || ''")
            return clean(str(text).strip(), 80)
    return ""


async def press(page: Page, element: ElementHandle) -> bool:
    """Click like a visitor, or by script if something covers the control."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(CLICK_MILLISECONDS / 1000 + READ_SECONDS):
            try:
                await element.click(timeout=CLICK_MILLISECONDS, no_wait_after=True)
            except Error:
                await element.evaluate("(control) => control.click()")
            return True
    return False


class _Candidate(NamedTuple):
    """The result of page/control.js for a frame."""

    element: ElementHandle | None = None
    score: int = 0
    level: int = 0
    most: int = 0


async def _in_frame(frame: Frame, query: JsonObject) -> _Candidate:
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            handle = await frame.evaluate_handle(page_function("control.js"), query)
            score, level, most = await handle.evaluate("(said) => said.slice(1)")
            element = (await handle.get_property("0")).as_element()
            return _Candidate(element, score, level, most)
    return _Candidate()
