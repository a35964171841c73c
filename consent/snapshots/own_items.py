"""What the banner itself keeps in a visitor's browser: told by the cookie declaration, and by docs/embedding.md."""

from typing import NamedTuple

DAY_S = 86400
COOKIE_LIFE_S = 400 * DAY_S
"""The longest that browsers keep a cookie (RFC 6265bis, 5.5)."""
QUEUE_LIFE_S = 30 * DAY_S


class OwnItem(NamedTuple):
    """`suffix` follows `consent_<site>`; `text` is the key of what it is for; `lifetime_s` 0 is a session, None no end."""

    kind: str
    suffix: str
    text: str
    lifetime_s: int | None


OWN_ITEMS = (
    OwnItem("cookie", "", "purpose_consent_state", COOKIE_LIFE_S),
    OwnItem("cookie", "_id", "own_id", COOKIE_LIFE_S),
    OwnItem("cookie", "_queue", "purpose_consent_state", COOKIE_LIFE_S),
    OwnItem("local", "_queue", "purpose_consent_state", QUEUE_LIFE_S),
    OwnItem("local", "_receipt", "own_id", None),
    OwnItem("local", "_gpc", "purpose_consent_state", None),
    OwnItem("local", "_notice", "purpose_notification_state", None),
    OwnItem("session", "_left", "purpose_consent_state", 0),
)
