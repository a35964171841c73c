"""Open a page that draws its own layers in Chromium, as several visitors, and check it against the rules for banners.

Runs in the subprocess of the browser check (`banner_check.py`). The page gets the draft's code and decision; its writes
to the service are intercepted.
"""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypedDict, cast
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Error, Page, Request, Route, async_playwright

from consent.core.groups import OPTIONAL
from consent.outbound.public_addresses import AllowList
from consent.scanner.audit.banner_checks import check_banner
from consent.scanner.audit.choice_checks import AUTOMATIC
from consent.scanner.audit.leaks import Permissions
from consent.scanner.banner.measure import IS_FOCUSABLE, measure_banner, read_switches
from consent.scanner.browser.chromium import running
from consent.scanner.browser.egress_proxy import FilteringProxy
from consent.scanner.browser.page_loader import CALL
from consent.scanner.browser.service_routes import HELD_BACK, readable_headers
from consent.scanner.model.scan_result import PageJson, ScanResult, VisitResult
from consent.scanner.visit import GPC_SCRIPT, VIEWPORT

OPEN_SECONDS, LAYER_SECONDS, BUTTON_SECONDS, ANSWER_SECONDS = 20.0, 10.0, 3.0, 5.0
"""Time limits: for loading a page, for its layer to appear, for the layer's buttons, and for the effect of a press."""
POLL_SECONDS = 0.1
OWN = "own_layer"
"""Method in receipts from a page's own layer."""
LAYER = "[data-consent-layer]"
BACK = "[data-consent-open], [data-choices-link] > *"
FIRST, SECOND, NOTICE = (
    ("accept_all", "reject_all", "open"),
    ("accept_all", "reject_all", "save"),
    ("opt_out", "dismiss", "open"),
)
"""The buttons of each layer."""
VISIBLE = (
    "(e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0"
)
ASKED = "async () => (await consent.layer(2)).groups.filter((one) => !one.always_on && !one.locked).length"
SHOWN_BESIDE = """([words, layer]) => {
  const layers = [...document.querySelectorAll(layer)], before = layers.map((one) => one.style.visibility);
  for (const one of layers) one.style.visibility = "hidden";
  const isShown = document.body.innerText.includes(words);
  layers.forEach((one, number) => { one.style.visibility = before[number]; });
  return isShown;
}"""
"""Layers close once answered, but these words must remain."""
WRITES = re.compile(r"/api/v1/sites/[a-z0-9-]+/(receipts|events|sightings|csp-reports)(\?|$)")


class Visitor(TypedDict):
    """See `consent.publishing.browser_check.LayerVisitor`."""

    name: str
    decision: str
    show: str
    status: str
    has_gpc: bool


class LayerPage(TypedDict):
    """See `consent.publishing.browser_check.OwnLayerCheck`; `allow` are hosts that may have any address."""

    url: str
    site: str
    script: str
    vendors: str
    visitors: list[Visitor]
    allow: list[str]


class LayerCheckError(Exception):
    """Raised when a layer can't be checked any further; the message is a sentence without its period."""


async def check_layer(given: LayerPage) -> list[str]:
    """Return the problems with the page's layers for the first visitor who encounters any."""
    proxy = FilteringProxy(AllowList(tuple(given["allow"])))
    async with (
        async_playwright() as playwright,
        proxy.running() as address,
        running(playwright, address, None) as browser,
    ):
        for visitor in given["visitors"]:
            # A page that fails for one visitor usually fails for the next too.
            if problems := await _Check(browser, given, visitor, proxy).problems():
                return [f"{visitor['name']}: {problem}" for problem in problems]
    return []


class _Check:
    """Checks the page for one visitor; each part reopens it in a fresh profile."""

    def __init__(self, browser: Browser, given: LayerPage, visitor: Visitor, proxy: FilteringProxy) -> None:
        self._browser, self._given, self._visitor, self._proxy = browser, given, visitor, proxy
        self._receipts: list[PageJson] = []

    async def problems(self) -> list[str]:
        show, found = self._visitor["show"], list[str]()
        parts: list[Callable[[Page], Awaitable[list[str]]]] = [self._status] if self._visitor["status"] else []
        if show == "ask":
            parts += [self._fairness, self._second_layer, self._answer("reject_all"), self._answer("accept_all")]
        elif show == "notice":
            parts += [self._answer("opt_out")]
        for part in parts:
            try:
                async with self._opened() as page:
                    found += await part(page)
            except LayerCheckError as error:
                return [*found, str(error)]
            except (Error, TimeoutError) as error:
                return [*found, f"the page did not follow ({str(error).splitlines()[0][:120]})"]
        return list(dict.fromkeys(found))

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[Page]:
        """Yield the page as on this visitor's first visit."""
        self._receipts.clear()
        context = await self._browser.new_context(viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]})
        try:
            if self._visitor["has_gpc"]:
                await context.add_init_script(GPC_SCRIPT)
            await self._serve(context)
            page = await context.new_page()
            await self._load(page)
            yield page
        finally:
            with contextlib.suppress(Error):
                await context.close()

    async def _load(self, page: Page) -> None:
        url = self._given["url"]
        host = urlsplit(url).hostname or ""
        try:
            answer = await page.goto(url, wait_until="domcontentloaded", timeout=OPEN_SECONDS * 1000)
        except Error as error:
            raise LayerCheckError(f"{url} could not be opened ({_reason(self._proxy, host, error)})") from None
        if refused := self._proxy.reasons.get(host):
            raise LayerCheckError(f"{url} could not be opened ({refused.rstrip('.')})")
        if answer and not answer.ok:
            raise LayerCheckError(f"{url} returned {answer.status}")
        if not await _becomes_true(lambda: page.evaluate("() => Boolean(window.consent?.layer)"), LAYER_SECONDS):
            raise LayerCheckError(f"{url} does not run the script of this site")

    async def _serve(self, context: BrowserContext) -> None:
        """Serve the draft's code, decision and vendors to the page, and intercept its writes."""
        site, given = re.escape(self._given["site"]), self._given
        bodies = (
            (rf"/b/{site}(/[0-9a-f]{{64}})?\.js(\?|$)", "text/javascript", given["script"]),
            (rf"/api/v1/sites/{site}/decision(\?|$)", "application/json", self._visitor["decision"]),
            (rf"/api/v1/sites/{site}/vendors(\?|$)", "application/json", given["vendors"]),
        )
        for pattern, kind, body in bodies:
            await context.route(re.compile(pattern), _responder(kind, body))
        await context.route(WRITES, self._capture_write)

    async def _capture_write(self, route: Route) -> None:
        request = route.request
        if request.method == "POST" and "/receipts" in request.url:
            with contextlib.suppress(ValueError):
                receipt = json.loads(request.post_data or "")
                if receipt.get("method") not in AUTOMATIC:
                    self._receipts.append(receipt)
        with contextlib.suppress(Error):
            await route.fulfill(status=403, headers=readable_headers(request.headers), body=HELD_BACK)

    async def _status(self, page: Page) -> list[str]:
        """Return problems with the notice of an honored opt-out, which must be shown (11 CCR 7025(c)(6))."""
        words = self._visitor["status"]
        seen = await _becomes_true(lambda: page.evaluate(SHOWN_BESIDE, [words, LAYER]), LAYER_SECONDS)
        return [] if seen else [f"outside of its layers, the page does not show “{words}”, as data-consent-status does"]

    async def _fairness(self, page: Page) -> list[str]:
        """Check the first layer by an audit's rules: answers alike in position, kind, size, contrast and key access."""
        await _wait_for_layer(page, FIRST)
        decision = await page.evaluate("() => window.consent.get()")
        return _failed_rules(await measure_banner(page), decision)

    async def _second_layer(self, page: Page) -> list[str]:
        """Open the second layer and return the problems with its switches."""
        await _press(page, await _wait_for_layer(page, FIRST), "open")
        await _wait_for_layer(page, SECOND, "second layer")
        switches = await read_switches(page)
        asked = await page.evaluate(ASKED)
        on = [str(one["label"]) for one in switches if one["on"] and one["moves"]]
        problems = [f"these switches of the second layer are on before a choice: {', '.join(on[:5])}"] if on else []
        if sum(bool(one["moves"]) for one in switches) < min(asked, len(OPTIONAL)):
            problems.append("the second layer has no switch for each group that is asked for")
        return problems

    def _answer(self, action: str) -> Callable[[Page], Awaitable[list[str]]]:
        async def part(page: Page) -> list[str]:
            return await self._press_and_check(page, action)

        return part

    async def _press_and_check(self, page: Page, action: str) -> list[str]:
        """Press an answer, a refusal by keyboard, and return the problems with its effect."""
        layer = await _wait_for_layer(page, NOTICE if action == "opt_out" else FIRST)
        await _press(page, layer, action, by_key=action != "accept_all")
        if not await _becomes_true(lambda: _now(bool(self._receipts)), ANSWER_SECONDS):
            key = "by mouse" if action == "accept_all" else "by the Enter key"
            return [f"pressing {action} {key} records no answer: call consent.answer(“{action}”) at once"]
        recorded = self._receipts[0]
        problems = []
        if (recorded.get("action"), recorded.get("method")) != (action, OWN):
            problems.append(f"pressing {action} records {recorded.get('action')} by {recorded.get('method')}")
        if not await _becomes_true(lambda: _is_gone(page), ANSWER_SECONDS):
            problems.append(f"the layer stays after {action}")
        return problems or await self._reopen_problems(page)

    async def _reopen_problems(self, page: Page) -> list[str]:
        """Return why a visitor who has answered can't reopen the choices (GDPR art. 7(3))."""
        for back in await page.query_selector_all(BACK):
            if not await back.evaluate(VISIBLE):
                continue
            if not await back.evaluate(IS_FOCUSABLE):
                return ["the control that reopens the choices cannot be reached by keyboard"]
            await page.keyboard.press("Enter")
            opened = await _becomes_true(lambda: _is_there(page), ANSWER_SECONDS)
            return [] if opened else ["the control that reopens the choices does not show the second layer"]
        return ["after an answer, nothing reopens the choices: the page needs data-consent-open or data-choices-link"]


async def _wait_for_layer(page: Page, buttons: tuple[str, ...], name: str = "layer") -> Mapping[str, Any]:
    """Return the buttons of the visible layer by action. Raises LayerCheckError if any is missing."""
    found: dict[str, Any] = {}

    async def has_all() -> bool:
        found.clear()
        for action in buttons:
            for one in await page.query_selector_all(f"{LAYER} [data-consent-button={action}]"):
                if await one.evaluate(VISIBLE):
                    found[action] = one
        return len(found) == len(buttons)

    if not await _becomes_true(lambda: _is_there(page), LAYER_SECONDS):
        raise LayerCheckError(f"no element with data-consent-layer is visible within {LAYER_SECONDS:g} s")
    if await _becomes_true(has_all, BUTTON_SECONDS):
        return found
    missing = " and ".join(f"data-consent-button={action}" for action in buttons if action not in found)
    raise LayerCheckError(f"the {name} shows no element with {missing}")


async def _press(page: Page, layer: Mapping[str, Any], action: str, *, by_key: bool = False) -> None:
    """Press a button like a visitor. Raises LayerCheckError if that isn't possible."""
    try:
        if not by_key:
            await layer[action].click(timeout=ANSWER_SECONDS * 1000, no_wait_after=True)
            return
    except Error:
        raise LayerCheckError(f"{action} cannot be clicked: something covers it, or it moves") from None
    if not await layer[action].evaluate(IS_FOCUSABLE):
        raise LayerCheckError(f"{action} cannot be reached by keyboard")
    await page.keyboard.press("Enter")


def _failed_rules(banner: PageJson, decision: PageJson) -> list[str]:
    """Return the sentences of the rules that the first layer violates."""
    visit = {
        "state": "none",
        "region": None,
        "banner": banner,
        "pages": [{"frames": [{"is_main": True, "consent": decision}]}],
    }
    permissions = Permissions(cast(ScanResult, {"visits": [visit]}), opt_in=True)
    findings = check_banner(cast(VisitResult, visit), permissions)
    return [one.sentence.rstrip(".") for one in findings if one.level == "fail"]


def _responder(kind: str, body: str) -> Callable[[Route, Request], Awaitable[None]]:
    async def answer(route: Route, request: Request) -> None:
        headers = readable_headers(request.headers) | {"content-type": f"{kind}; charset=utf-8"}
        headers.setdefault("access-control-allow-origin", "*")
        with contextlib.suppress(Error):
            await route.fulfill(headers=headers, body=body)

    return answer


async def _becomes_true(holds: Callable[[], Awaitable[Any]], seconds: float) -> bool:
    """Return whether `holds` returns true within `seconds`; errors while a page changes count as false."""
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(Error):
            if await holds():
                return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(POLL_SECONDS)


async def _now(value: bool) -> bool:
    return value


async def _is_there(page: Page) -> bool:
    for layer in await page.query_selector_all(LAYER):
        if await layer.evaluate(VISIBLE):
            return True
    return False


async def _is_gone(page: Page) -> bool:
    return not await _is_there(page)


def _reason(proxy: FilteringProxy, host: str, error: Error) -> str:
    """Return why a page at `host` couldn't be opened: the proxy's reason, or else the browser's message."""
    words = CALL.sub("", error.message.splitlines()[0]).partition(" at http")[0]
    return proxy.reasons.get(host, words[:120]).rstrip(".")
