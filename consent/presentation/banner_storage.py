"""The banner's own cookies and storage items, for the cookie declaration and docs/embedding.md."""

from typing import NamedTuple

from consent.core.days import DAY_SECONDS

COOKIE_LIFE_SECONDS = 400 * DAY_SECONDS
"""The maximum lifetime that browsers allow for a cookie (RFC 6265bis, 5.5)."""
QUEUE_LIFE_SECONDS = 30 * DAY_SECONDS


TCF_SUFFIX = "_tcf"
"""Suffix of the cookie that only TCF sites set."""


class OwnItem(NamedTuple):
    """An item `consent_<site><suffix>`; `text` is its purpose's key, `lifetime_s` 0 for a session, None for no end."""

    kind: str
    suffix: str
    text: str
    lifetime_s: int | None


OWN_ITEMS = (
    OwnItem("cookie", "", "purpose_consent_state", COOKIE_LIFE_SECONDS),
    OwnItem("cookie", TCF_SUFFIX, "purpose_consent_state", COOKIE_LIFE_SECONDS),
    OwnItem("cookie", "_id", "own_id", COOKIE_LIFE_SECONDS),
    OwnItem("cookie", "_queue", "purpose_consent_state", COOKIE_LIFE_SECONDS),
    OwnItem("local", "_queue", "purpose_consent_state", QUEUE_LIFE_SECONDS),
    OwnItem("local", "_receipt", "own_id", None),
    OwnItem("local", "_gpc", "purpose_consent_state", None),
    OwnItem("local", "_notice", "purpose_notification_state", None),
    OwnItem("session", "_left", "purpose_consent_state", 0),
)
