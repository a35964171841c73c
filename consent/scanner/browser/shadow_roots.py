"""Expose closed declarative shadow roots to the scan through the DevTools protocol."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from playwright.async_api import CDPSession, Error, Page

from consent.scanner.model.scan_result import PageJson

READ_SECONDS = 5.0
MAX_TREES = 200
OPEN = "function (root) { this[Symbol.for('consent-scan-shadow')] = root; }"
"""`page/recorder.js` stores it for scripts that read the page."""


async def open_closed_trees(page: Page) -> None:
    """Expose the closed shadow trees of `page` and its frames to scripts that read it.

    If a page hangs, this is abandoned and cleaned up when the page closes.
    """
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            session = await page.context.new_cdp_session(page)
            document = await session.send("DOM.getDocument", {"depth": -1, "pierce": True})
            for host, root in islice(_closed(document["root"]), MAX_TREES):
                tree = [{"objectId": await _object(session, root)}]
                call = {"objectId": await _object(session, host), "functionDeclaration": OPEN, "arguments": tree}
                await session.send("Runtime.callFunctionOn", call)
            await session.detach()


def _closed(top: PageJson) -> Iterator[tuple[int, int]]:
    """Yield the ids of each element with a closed shadow tree, and of the tree."""
    nodes = [top]
    while nodes:
        node = nodes.pop()
        roots = node.get("shadowRoots", [])
        yield from (
            (node["backendNodeId"], root["backendNodeId"]) for root in roots if root["shadowRootType"] == "closed"
        )
        nodes += [*node.get("children", []), *roots, *filter(None, [node.get("contentDocument")])]


async def _object(session: CDPSession, node: int) -> str:
    answer = await session.send("DOM.resolveNode", {"backendNodeId": node})
    return str(answer["object"]["objectId"])
