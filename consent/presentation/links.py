"""Links that a place's law requires, with label and target, and links within banner texts."""

import re
from collections.abc import Mapping

from consent.core.documents.script_payload import PageLink, PageOptions

_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^\s)]*)\)")
_LIKE_A_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
LINKED = ("text", "notice")
"""Texts that can contain links."""


def linked_facts(texts: dict[str, str]) -> PageOptions:
    """Return `{linked: {notice: pieces}}` if the notice contains links, else an empty dict."""
    linked = {key: pieces(texts[key]) for key in ("notice",) if _LINK.search(texts.get(key, ""))}
    return {"linked": linked} if linked else {}


def pieces(text: str) -> list[list[str]]:
    """Return `text` as pieces: `[words]`, or `[words, url]` for a link."""
    parts = _LINK.split(text)
    both = zip(parts[0::3], [*zip(parts[1::3], parts[2::3], strict=True), None], strict=True)
    return [piece for plain, link in both for piece in ([plain], list(link) if link else [""]) if piece[0]]


def unrendered_link(key: str, text: str) -> str:
    """Return the part of this text that looks like a link but would appear literally, or an empty string."""
    match = _LIKE_A_LINK.search(_LINK.sub("", text) if key in LINKED else text)
    return match[0] if match else ""


REFUSES = {
    "do_not_sell_or_share": ("opt_out", "advertising"),
    "opt_out_link": ("opt_out", "advertising"),
    "object_statistics": ("object", "analytics"),
    "object_appearance": ("object", "functional"),
}
"""What a link refuses in one click, as its law requires (CCPA regulations 7026, PECR schedule A1)."""
OPENS = {"withdraw_consent", "limit_sensitive_pi"}
INSTEAD = "or:your_privacy_choices+icon"
"""The token of the single link that may replace two others, with an icon next to it."""
STANDS_FOR = {"do_not_sell_or_share", "limit_sensitive_pi"}
"""The two links that it replaces (11 CCR 7015)."""
POLICY = "privacy_policy"
DECLARED = ("cookie_policy", "cookie_policy_pt")
"""Links to the site's cookie declaration, unless the owner has their own page."""
REQUESTED = "designated_request_address"
"""Link to the page of requests, if the site has it on and the owner has no address of their own (NRS 603A.345)."""
ADDRESSED = (
    *DECLARED,
    "notice_at_collection",
    "consumer_health_privacy_policy",
    "external_transmission_notice",
    "privacy_officer_contact",
    REQUESTED,
    "grievance_contact",
    "board_complaint",
)
"""Links whose address the owner can set; the default is the privacy policy."""
STATED = ("texas_sale_notices", "florida_sale_notices", "sale_notices")
"""Statements about the owner's business in their own words (such as Tex. Bus. & Com. Code 541.102 (b) and (c))."""


def page_links(
    tokens: list[str],
    texts: dict[str, str],
    addresses: Mapping[str, str],
    one: bool = False,
    notices: Mapping[str, str] | None = None,
) -> list[PageLink]:
    """Return the links for `tokens`: a `label`, and a `url`, an `action` on a `group`, or neither to open the choices.

    `addresses` maps tokens to URLs, with the privacy policy as the default, and `notices` maps tokens of `STATED` to
    the owner's words. With `one`, the single link `INSTEAD` replaces those that it may, and has an `icon`. If every
    link has a `url`, one that opens the choices is added.
    """
    if one and INSTEAD in tokens:
        tokens = [token for token in tokens if token not in STANDS_FOR]
    else:
        tokens = [token for token in tokens if token != INSTEAD]
    links = [link for token in tokens if (link := _link(token, texts, addresses, notices or {}))]
    if all("url" in link for link in links):
        links.insert(0, {"label": texts["back"]})
    return links


def _link(
    token: str, texts: dict[str, str], addresses: Mapping[str, str], notices: Mapping[str, str]
) -> PageLink | None:
    if token == INSTEAD:
        return {"label": texts["link_your_privacy_choices"], "icon": True}
    label = notices.get(token) if token in STATED else texts.get(f"link_{token}")
    if not label:
        return None
    if token in OPENS:
        return {"label": label}
    if token in REFUSES:
        action, group = REFUSES[token]
        return {"label": label, "action": action, "group": group}
    url = addresses.get(token) or addresses.get(POLICY)
    return {"label": label, "url": url} if url else None
