"""What an audit tries after the pages of a visit: to come back later, the second layer, a grant against GPC."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from consent.core.choice import format_choice, parse_choice
from consent.scan.banner import read_switches
from consent.scan.controls import find, press, wait_for
from consent.scan.inventory import host_of
from consent.scan.job import Job, Term
from consent.scan.open_page import open_page, settle
from consent.scan.page_files import page_function
from consent.scan.proxy import FilteringProxy
from consent.scan.record import PageRecord, Visit
from consent.scan.recorder import Recorder

DAY_S = 86400
WHOLE_S = 120.0
ASK_S = 2.0
SETTLE_S = 0.5
OTHER = ("00000000", "ffffffff")
"""Purpose keys that no site has, as far as a hash can say."""
SIGNAL = re.compile(
    r"global privacy control|\bgpc\b|opt-?out (preference )?signal|privacy signal|signal.{0,60}browser|browser.{0,60}signal",
    re.I,
)
"""Words that tell of the conflict: rules of opt-out are those of US states, whose pages speak English."""


def with_other_keys(value: str) -> str:
    """Return a choice as its cookie holds it, as if its grants had been for other purposes; any other text as it is."""
    choice = parse_choice(value)
    if choice is None:
        return value
    keys = {group: OTHER[key == OTHER[0]] if choice.groups[group] else key for group, key in choice.keys.items()}
    return format_choice(replace(choice, keys=keys))


class Prober:
    """Tries what is asked of one visit; `open_new` opens a page of its profile."""

    def __init__(
        self,
        job: Job,
        visit: Visit,
        recorder: Recorder,
        proxy: FilteringProxy,
        context: BrowserContext,
        open_new: Callable[[], Awaitable[Page]],
    ) -> None:
        self._job, self._visit, self._recorder, self._proxy = job, visit, recorder, proxy
        self._context, self._open_new = context, open_new

    async def probe(self, page: Page | None) -> None:
        """Fill `probes` of the visit as far as that comes in time; `page` is the last one that was seen."""
        visit, term = self._visit, self._job.terms.get(self._visit.region or "", Term())
        is_made, known = bool(visit.choice and visit.choice.found), len(visit.receipts)
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(WHOLE_S):
                if visit.state == "reject" and is_made:
                    if page:
                        visit.probes["refused"] = await self._second_layer(page)
                    await self._come_back((1, 30, term.cooldown_days - 1))
                elif visit.state == "accept" and is_made:
                    if self._job.own and term.is_opt_in:
                        await self._change_purposes(f"consent_{self._job.own.site}")
                    if term.life_days:
                        await self._come_back((term.life_days + 1,))
                elif visit.state == "gpc" and not term.is_opt_in:
                    await self._come_back((1, 180, term.cooldown_days - 1))
                    if page:
                        visit.probes["against_signal"] = await self._grant(page)
        # What was pressed here was no choice that the visit is about.
        del visit.receipts[known:]

    async def _come_back(self, days: Iterable[int]) -> None:
        """Open the first page again so many days later, in a browser that has let go of what ends by then."""
        found = self._visit.probes.setdefault("later", [])
        began = time.time()
        for number in sorted(set(days)):
            await self._forget(began + number * DAY_S)
            await self._context.clock.set_fixed_time(began + number * DAY_S)
            found.append({"days": number, **await self._look()})

    async def _look(self) -> dict[str, Any]:
        """Open the first page again, and return whether it asks and which hosts it asked."""
        page, record = await self._open_new(), PageRecord(self._job.url)
        await open_page(page, record, self._recorder, self._job, self._proxy)
        asks = record.problem is None and bool(await wait_for(page, "accept", ASK_S))
        self._recorder.finish()
        hosts = sorted({host_of(request.url) for request in record.requests})[:200]
        await page.close()
        return {"asks": asks, "problem": record.problem, "hosts": hosts}

    async def _change_purposes(self, name: str) -> None:
        """Come back as it is, and then with a choice of other purposes and vendors in the cookie of that name."""
        kept: list[Any] = [cookie for cookie in await self._context.cookies() if cookie.get("name") == name]
        changed: list[Any] = [{**cookie, "value": with_other_keys(cookie.get("value", ""))} for cookie in kept]
        if not any(new["value"] != old.get("value") for new, old in zip(changed, kept, strict=True)):
            return
        same = await self._look()
        await self._context.add_cookies(changed)
        self._visit.probes["purposes"] = {"same": same, "other": await self._look()}
        await self._context.add_cookies(kept)

    async def _forget(self, until: float) -> None:
        """Let go of the cookies that have ended by `until`; those of a session end with it."""
        for cookie in await self._context.cookies():
            if cookie.get("expires", -1) < until:
                await self._context.clear_cookies(
                    name=cookie.get("name"), domain=cookie.get("domain"), path=cookie.get("path")
                )

    async def _second_layer(self, page: Page) -> dict[str, Any]:
        """Open the choice again and return its switches; none where it cannot be opened."""
        back = await find(page, "back")
        if back is None or not await press(page, back[0]):
            return {}
        await asyncio.sleep(SETTLE_S)
        switches = await read_switches(page)
        if not switches and (settings := await find(page, "settings")) and await press(page, settings[0]):
            await asyncio.sleep(SETTLE_S)
            switches = await read_switches(page)
        return {"switches": switches}

    async def _grant(self, page: Page) -> dict[str, Any]:
        """Accept although the browser says GPC, and return whether that could be done and what was told before."""
        accept = await find(page, "accept")
        if accept is None:
            opener = await find(page, "settings") or await find(page, "back")
            if opener and await press(page, opener[0]):
                accept = await wait_for(page, "accept", ASK_S)
        if accept is None:
            return {"offers": False}
        text = (await page.evaluate(page_function("listed.js"))).get("text")
        before = len(self._visit.receipts)
        await press(page, accept[0])
        await settle(self._recorder, self._job.settle_s)
        made = [one.get("conflict_shown") for one in self._visit.receipts[before:] if one.get("method") == "click"]
        return {"offers": True, "tells": bool(SIGNAL.search(str(text))), "receipts": made}
