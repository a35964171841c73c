"""Additional probes of a visit for an audit: a later return, the second layer, a grant against GPC."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from consent.classifier.registrable_domain import host_of, owned_domain
from consent.core.choice import format_choice, parse_choice
from consent.core.days import DAY_SECONDS
from consent.core.host_patterns import host_and_path
from consent.scanner.banner.controls import find, press, wait_for
from consent.scanner.banner.measure import read_switches
from consent.scanner.browser.egress_proxy import FilteringProxy
from consent.scanner.browser.page_files import page_function
from consent.scanner.browser.page_loader import open_page, settle
from consent.scanner.browser.recorder import Recorder
from consent.scanner.model.job import Job, Term
from consent.scanner.model.scan_result import AgainstSignal, Reopening, SecondLayer
from consent.scanner.model.visit_record import PageRecord, Visit

WHOLE_SECONDS = 120.0
ASK_SECONDS = 2.0
SETTLE_SECONDS = 0.5
MAX_URLS = 500
OTHER = ("00000000", "ffffffff")
"""Purpose keys that no site has, barring a hash collision."""
SIGNAL = re.compile(
    r"global privacy control|\bgpc\b|opt-?out (preference )?signal|privacy signal|signal.{0,60}browser|browser.{0,60}signal",
    re.I,
)
"""Words about the conflict; opt-out rules apply in US states, whose pages are in English."""


def with_other_keys(value: str) -> str:
    """Return a choice cookie's value as if its grants had been for other purposes; any other text is unchanged."""
    choice = parse_choice(value)
    if choice is None:
        return value
    keys = {group: OTHER[key == OTHER[0]] if choice.groups[group] else key for group, key in choice.keys.items()}
    return format_choice(replace(choice, keys=keys))


class Prober:
    """Runs the probes for one visit; `open_new` opens a page in its profile."""

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
        """Fill the visit's `probes` as far as time permits; `page` is the last page visited."""
        visit, term = self._visit, self._job.terms.get(self._visit.region or "", Term())
        is_made, known = bool(visit.choice and visit.choice.found), len(visit.receipts)
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(WHOLE_SECONDS):
                if visit.state == "reject" and is_made:
                    if page:
                        visit.probes["refused"] = await self._second_layer(page)
                    await self._revisit_after((1, 30, term.cooldown_days - 1))
                elif visit.state == "accept" and is_made:
                    if self._job.own and term.is_opt_in:
                        await self._change_purposes(f"consent_{self._job.own.site}")
                    if term.life_days:
                        await self._revisit_after((term.life_days + 1,))
                elif visit.state == "gpc" and not term.is_opt_in:
                    await self._revisit_after((1, 180, term.cooldown_days - 1))
                    if page:
                        visit.probes["against_signal"] = await self._grant_against_signal(page)
        # Receipts of these clicks don't belong to the visit's choice.
        del visit.receipts[known:]

    async def _revisit_after(self, days: Iterable[int]) -> None:
        """Reopen the first page after each number of days, without the cookies that have expired by then."""
        reopenings = self._visit.probes.setdefault("later", [])
        began = time.time()
        for number in sorted(set(days)):
            await self._delete_expired_cookies(began + number * DAY_SECONDS)
            await self._context.clock.set_fixed_time(began + number * DAY_SECONDS)
            reopenings.append({"days": number, **await self._reopen()})

    async def _reopen(self) -> Reopening:
        """Reopen the first page; return whether it prompts and which URLs it requested, one per path."""
        page, record = await self._open_new(), PageRecord(self._job.url)
        await open_page(page, record, self._recorder, self._job, self._proxy)
        has_banner = record.problem is None and bool(await wait_for(page, "accept", ASK_SECONDS))
        await self._recorder.finish(page)
        site = owned_domain(host_of(self._job.url))
        ran = [one for one in record.requests if not one.is_ahead or owned_domain(host_of(one.url)) != site]
        urls = {host_and_path(request.url.partition("?")[0]): request.url for request in reversed(ran)}
        await page.close()
        return {"asks": has_banner, "problem": record.problem, "urls": sorted(urls.values())[:MAX_URLS]}

    async def _change_purposes(self, name: str) -> None:
        """Reopen the page unchanged, then with the choice in the cookie `name` made for other purposes and vendors."""
        cookies: list[Any] = [cookie for cookie in await self._context.cookies() if cookie.get("name") == name]
        changed: list[Any] = [{**cookie, "value": with_other_keys(cookie.get("value", ""))} for cookie in cookies]
        if not any(new["value"] != old.get("value") for new, old in zip(changed, cookies, strict=True)):
            return
        same = await self._reopen()
        await self._context.add_cookies(changed)
        self._visit.probes["purposes"] = {"same": same, "other": await self._reopen()}
        await self._context.add_cookies(cookies)

    async def _delete_expired_cookies(self, until: float) -> None:
        """Delete the cookies that have expired by `until`, including session cookies."""
        for cookie in await self._context.cookies():
            if cookie.get("expires", -1) < until:
                await self._context.clear_cookies(
                    name=cookie.get("name"), domain=cookie.get("domain"), path=cookie.get("path")
                )

    async def _second_layer(self, page: Page) -> SecondLayer:
        """Reopen the choice and return its switches, or {} if it can't be opened."""
        back = await find(page, "back")
        if back is None or not await press(page, back[0]):
            return {}
        await asyncio.sleep(SETTLE_SECONDS)
        switches = await read_switches(page)
        if not switches and (settings := await find(page, "settings")) and await press(page, settings[0]):
            await asyncio.sleep(SETTLE_SECONDS)
            switches = await read_switches(page)
        return {"switches": switches}

    async def _grant_against_signal(self, page: Page) -> AgainstSignal:
        """Accept although the browser sends GPC; return whether that was possible and what was shown before."""
        accept = await find(page, "accept")
        if accept is None:
            opener = await find(page, "settings") or await find(page, "back")
            if opener and await press(page, opener[0]):
                accept = await wait_for(page, "accept", ASK_SECONDS)
        if accept is None:
            return {"offers": False}
        text = (await page.evaluate(page_function("listed.js"))).get("text")
        before = len(self._visit.receipts)
        await press(page, accept[0])
        await settle(self._recorder, self._job.settle_s)
        conflicts = [one.get("conflict_shown") for one in self._visit.receipts[before:] if one.get("method") == "click"]
        return {"offers": True, "tells": bool(SIGNAL.search(str(text))), "receipts": conflicts}
