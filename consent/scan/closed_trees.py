"""Opens to the scan the closed shadow trees that HTML itself declares and no script attaches: the browser tells of them."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from playwright.async_api import CDPSession, Error, Page

READ_S = 5.0
MOST_TREES = 200
OPEN = "function (root) { this[Symbol.for('consent-scan-shadow')] = root; }"
"""Page/recorder.js keeps it for those who read the page."""


async def open_closed_trees(page: Page) -> None:
    """Let what reads `page` see into each closed shadow tree of it and its frames.

    A page that hangs lets go of nothing: what was begun there ends with the page.
    """
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(READ_S):
            session = await page.context.new_cdp_session(page)
            document = await session.send("DOM.getDocument", {"depth": -1, "pierce": True})
            for host, root in islice(_closed(document["root"]), MOST_TREES):
                tree = [{"objectId": await _object(session, root)}]
                call = {"objectId": await _object(session, host), "functionDeclaration": OPEN, "arguments": tree}
                await session.send("Runtime.callFunctionOn", call)
            await session.detach()


def _closed(top: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the ids of each element that holds a closed tree, and of the tree."""
    nodes = [top]
    while nodes:
        node = nodes.pop()
        roots = node.get("shadowRoots", [])
        yield from (
            (node["backendNodeId"], root["backendNodeId"]) for root in roots if root["shadowRootType"] == "closed"
        )
        nodes += [*node.get("children", []), *roots, *filter(None, [node.get("contentDocument")])]


async def _object(session: CDPSession, node: int) -> str:
    found = await session.send("DOM.resolveNode", {"backendNodeId": node})
    return str(found["object"]["objectId"])
