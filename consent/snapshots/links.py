"""The links that a place asks for, as the script puts them into a page: a label, and where it leads or what it does."""

from typing import Any

REFUSES = {
    "do_not_sell_or_share": ("opt_out", "advertising"),
    "opt_out_link": ("opt_out", "advertising"),
    "object_statistics": ("object", "analytics"),
    "object_appearance": ("object", "functional"),
}
"""What a link refuses at once: its law wants no second step (CCPA regulations 7026, PECR schedule A1)."""
OPENS = {"withdraw_consent", "limit_sensitive_pi"}


def page_links(tokens: list[str], texts: dict[str, str], policy_url: str | None) -> list[dict[str, str]]:
    """Return a `label` for each link of `tokens`, with the `url` it leads to or the `action` on a `group`; else it opens.

    A token `or:` names what may stand in for the links before it: those are shown. Where no link of the place leads to
    the choice, one more does.
    """
    links = [link for token in tokens if (link := _link(token, texts, policy_url))]
    if all("url" in link for link in links):
        links.insert(0, {"label": texts["back"]})
    return links


def _link(token: str, texts: dict[str, str], policy_url: str | None) -> dict[str, Any] | None:
    label = texts.get(f"link_{token}")
    if not label:
        return None
    if token in OPENS:
        return {"label": label}
    if token in REFUSES:
        action, group = REFUSES[token]
        return {"label": label, "action": action, "group": group}
    return {"label": label, "url": policy_url} if policy_url else None
