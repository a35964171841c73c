"""Links that the law of a place requires, with label and target, and links within banner texts."""

import re
from collections.abc import Mapping

from consent.core.documents.script_payload import PageLink, PageOptions

_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^\s)]*)\)")
_LIKE_A_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
LINKED = ("text", "notice")
"""Texts that can hold links."""


def linked_facts(texts: dict[str, str]) -> PageOptions:
    """Return the notice in `linked` as a list of pieces where it contains links; nothing where it does not."""
    linked = {key: pieces(texts[key]) for key in ("notice",) if _LINK.search(texts.get(key, ""))}
    return {"linked": linked} if linked else {}


def pieces(text: str) -> list[list[str]]:
    """Return `text` in pieces: `[words]`, or `[words, address]` for a link."""
    parts = _LINK.split(text)
    both = zip(parts[0::3], [*zip(parts[1::3], parts[2::3], strict=True), None], strict=True)
    return [piece for plain, link in both for piece in ([plain], list(link) if link else [""]) if piece[0]]


def shown_as_it_stands(key: str, text: str) -> str:
    """Return the part of this text that looks like a link and is none, or an empty string."""
    match = _LIKE_A_LINK.search(_LINK.sub("", text) if key in LINKED else text)
    return match[0] if match else ""


REFUSES = {
    "do_not_sell_or_share": ("opt_out", "advertising"),
    "opt_out_link": ("opt_out", "advertising"),
    "object_statistics": ("object", "analytics"),
    "object_appearance": ("object", "functional"),
}
"""What a link refuses at once: its law wants no second step (CCPA regulations 7026, PECR schedule A1)."""
OPENS = {"withdraw_consent", "limit_sensitive_pi"}
INSTEAD = "or:your_privacy_choices+icon"
"""The token of the one link that may stand for two others, with an icon beside it."""
STANDS_FOR = {"do_not_sell_or_share", "limit_sensitive_pi"}
"""Those two (11 CCR 7015)."""
POLICY = "privacy_policy"
DECLARED = ("cookie_policy", "cookie_policy_pt")
"""What the cookie declaration of the site answers, where the owner has no page of their own."""
REQUESTED = "designated_request_address"
"""What the page of requests answers, where the site has it on and the owner has no address of their own (NRS 603A.345)."""
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
"""Links to which the owner gives an address each; one without leads to the privacy policy."""
STATED = ("texas_sale_notices", "florida_sale_notices", "sale_notices")
"""Statements about the owner's business, in their own words (such as Tex. Bus. & Com. Code 541.102 (b) and (c))."""


def page_links(
    tokens: list[str],
    texts: dict[str, str],
    addresses: Mapping[str, str],
    one: bool = False,
    notices: Mapping[str, str] | None = None,
) -> list[PageLink]:
    """Return a `label` for each link of `tokens`, with the `url` it leads to or the `action` on a `group`; else it opens.

    `addresses` has an address for each token that has one, `notices` the owner's words for those of `STATED`; what has no
    address leads to the privacy policy. With `one`, the one link that may stand for others does, and has an `icon`. Where
    no link of the place leads to the choice, one more does.
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
