"""A mapping for klaro as the page gets it, a choice stored by klaro, and a banner that looks like klaro's."""

import json
from typing import Any
from urllib.parse import quote

MAPPING = "sha256:" + "ab" * 32
KEYS = {"functional": "11111111", "analytics": "22222222", "advertising": "33333333"}
OLD: dict[str, Any] = {
    **{
        "mapping": MAPPING,
        "tool": "klaro",
        "cookie": "klaro",
        "delete": True,
        "revision": 0,
        "life": 120,
        "months": 12,
    },
    "categories": {"chat": "functional", "matomo": "analytics", "ads": "vendor:ads"},
    "keys": KEYS,
}
PART = quote(json.dumps({"chat": True, "matomo": False, "ads": False, "more": True}))
BANNER = """<div class="klaro"><div class="cookie-notice" style="height: 90px">We like cookies
<button onclick="document.cookie = 'klaro=%s; path=/'; this.parentNode.remove()">Some</button></div></div>"""


def cover_old_grants(payload: dict[str, Any]) -> None:
    """Make the made-up config's tags covered by the mapping's grants."""
    for tag in payload["resolved"]["tags"]:
        if tag["group"] in KEYS:
            tag["covered"] = [*tag["covered"], KEYS[tag["group"]]]
