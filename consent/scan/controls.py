"""Finds and presses what a banner says, whichever tool it comes from: by the tool's own marks, else by words."""

import asyncio
import json
import time
from contextlib import suppress
from functools import cache
from typing import Any

from playwright.async_api import ElementHandle, Error, Frame, Page

from consent.scan.names import clean
from consent.scan.record import Choice
from consent.scan.recorder import FOLDER, Recorder
from consent.snapshots.texts import banner_texts, languages

OWN = {
    "accept": ["accept_all"],
    "reject": ["reject_all", "opt_out"],
    "settings": ["settings"],
    "save": ["save"],
    "back": ["back"],
}
"""The keys under which our own banner has these words."""
MOST_FRAMES = 20
READ_S = 5.0
CLICK_MS = 3000
POLL_S = 0.25


@cache
def _script() -> str:
    text = (FOLDER / "control.js").read_text("utf-8")
    return text[text.index("(") :]


@cache
def known_words() -> dict[str, list[str]]:
    """Return what controls of each kind say, in small letters: those of other tools, and our own in all languages."""
    known = _known("words.json")
    own = [banner_texts(language) for language in languages()]
    return {
        kind: list(dict.fromkeys([*words, *(texts[key].lower() for texts in own for key in OWN.get(kind, ()))]))
        for kind, words in known.items()
    }


@cache
def _known(file: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((FOLDER / file).read_text("utf-8"))
    return found


async def find(page: Page, kind: str) -> tuple[ElementHandle, str] | None:
    """Return the control of `kind` (accept, reject, settings, save, back) that is seen now, with how it was found."""
    for how, words, selectors in (
        ("tool", [], _known("tools.json")[kind]),
        ("words", known_words()[kind], []),
    ):
        for frame in page.frames[:MOST_FRAMES]:
            if element := await _in_frame(frame, {"words": words, "selectors": selectors}):
                return element, how
    return None


async def wait_for(page: Page, kind: str, seconds: float) -> tuple[ElementHandle, str] | None:
    """Return the control of `kind` as soon as it is seen, within `seconds`."""
    until = time.monotonic() + seconds
    while True:
        if (found := await find(page, kind)) or time.monotonic() > until:
            return found
        await asyncio.sleep(POLL_S)


async def choose(page: Page, kind: str, recorder: Recorder, seconds: float) -> Choice:
    """Accept or reject (`kind`) in the banner of `page`: at once where that can be, else through its second layer."""
    first = await wait_for(page, kind, seconds)
    if first:
        return await _press_all(page, kind, recorder, [first])
    settings = await find(page, "settings")
    if settings is None:
        return Choice(kind, found=False)
    opened = await press(page, settings[0])
    second = await wait_for(page, kind, 2.0) or await find(page, "save")
    if not opened or second is None:
        return Choice(kind, found=False)
    choice = await _press_all(page, kind, recorder, [second])
    choice.actions += 1
    return choice


async def withdraw(page: Page, recorder: Recorder, seconds: float) -> Choice:
    """Take back what was accepted: through the way back that the page offers, else through `window.consent`."""
    back = await wait_for(page, "back", seconds)
    if back and await press(page, back[0]):
        choice = await choose(page, "reject", recorder, 2.0)
        if choice.found:
            choice.wanted, choice.actions = "withdraw", choice.actions + 1
            return choice
    at = time.time()
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_S):
            if await page.evaluate("() => Boolean(window.consent?.withdraw && (window.consent.withdraw(), true))"):
                recorder.mark(at)
                return Choice("withdraw", True, "api", "", 1, at)
    return Choice("withdraw", found=False)


async def _press_all(page: Page, kind: str, recorder: Recorder, found: list[tuple[ElementHandle, str]]) -> Choice:
    choice = Choice(kind, found=False)
    for element, how in found:
        label = await _label(element)
        at = time.time()
        recorder.mark(at)
        if await press(page, element):
            choice = Choice(kind, True, how, label, choice.actions + 1, at)
    if not choice.found:
        recorder.mark(None)
    return choice


async def _label(element: ElementHandle) -> str:
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_S):
            return clean((await element.inner_text()).strip(), 80)
    return ""


async def press(page: Page, element: ElementHandle) -> bool:
    """Click as a visitor does, or, where something lies over the control, by script."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(CLICK_MS / 1000 + READ_S):
            try:
                await element.click(timeout=CLICK_MS, no_wait_after=True)
            except Error:
                await element.evaluate("(control) => control.click()")
            return True
    return False


async def _in_frame(frame: Frame, asked: dict[str, Any]) -> ElementHandle | None:
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_S):
            handle = await frame.evaluate_handle(_script(), asked)
            return handle.as_element()
    return None
