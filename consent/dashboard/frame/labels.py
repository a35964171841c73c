"""Labels for enumerated values: regimes, purposes, choices, lifetimes."""

from consent.core.groups import GROUPS

GROUP_WORDS = {group: group.capitalize() for group in GROUPS} | {"unclassified": "Not classified yet"}

ACTION_WORDS = {
    "accept_all": "Accepted all",
    "reject_all": "Refused all",
    "save": "Saved a selection",
    "withdraw": "Withdrew",
    "opt_out": "Opted out",
    "opt_in": "Opted in",
    "object": "Objected",
}

METHOD_WORDS = {
    "click": "by click",
    "gpc": "by Global Privacy Control",
    "dnt": "by Do Not Track",
    "age": "by age",
    "api": "through the API",
    "import": "imported",
    "account": "brought along at sign-in",
    "handover": "handed over by another domain",
    "app": "in an app",
}

LAYER_WORDS = {0: "on the page of receipts", 1: "on the first layer", 2: "on the second layer"}

SIGNAL_WORDS = {"gpc": "Global Privacy Control", "dnt": "Do Not Track"}

STATE_WORDS = {"granted": "granted", "refused": "refused", "none": "not said"}

ROLE_WORDS = {
    "admin": "Admin",
    "marketing": "Marketing",
    "compliance": "Compliance",
    "viewer": "Viewer",
}

ROLE_HELP = {
    "admin": "everything, also users and tokens",
    "marketing": "tags, look and publishing",
    "compliance": "receipts, exports, legal settings",
    "viewer": "looks, changes nothing, sees no receipts",
}

SCOPE_WORDS = {
    "decide": "ask for decisions, from the site's own server",
    "receipts:read": "search and read receipts, with their personal part",
    "receipts:export": "export receipts",
    "receipts:import": "record choices that were made with another consent tool",
    "privacy:erase": "erase a visitor's data",
    "accounts:read": "see what a signed-in visitor's account allows",
    "accounts:refuse": "refuse for an account",
    "delivery:write": "see who has heard of choices, and send again",
    "log:read": "read the log where it is not public",
    "config:read": "read configs",
    "config:write": "change drafts and publish",
}

REQUEST_WORDS = {
    "access": "Access",
    "rectification": "Rectification",
    "erasure": "Erasure",
    "restriction": "Restriction",
    "portability": "Portability",
    "objection": "Objection",
    "opt_out_sale": "Do not sell or share",
    "limit_sensitive": "Limit use of sensitive data",
    "disclosure": "Who got data for direct marketing",
}

PROOF_WORDS = {
    "browser": "Proved by the browser",
    "account": "Signed in at the site",
    "mail": "Confirmed by mail",
    "none": "Not verified",
}
"""By what a visitor was recognized who made a request."""

OUTCOME_WORDS = {
    "done": "Done",
    "partly": "Done in part",
    "refused": "Refused",
    "not_identified": "Not identified",
    "taken_back": "Taken back",
}

AGE_WORDS = {
    "under13": "under 13",
    "13_15": "13 to 15",
    "16_17": "16 or 17",
    "adult": "18 or older",
    "unknown": "not known",
}

MARK_WORDS = {"hold": "Legal hold", "restriction": "Restriction", "objection": "Objection"}

SUBJECT_WORDS = {"receipt": "Receipt", "visitor": "Visitor", "account": "Account", "period": "Period"}

LEVEL_WORDS = {"unlink": "Personal part", "full": "Everything but the hash"}

CAUSE_WORDS = {"request": "At a request", "retention": "Kept for its time", "restore": "Again, after a restore"}

UNIT_WORDS = {"days": "day", "business_days": "working day", "months": "month"}

DEVICE_WORDS = {"phone": "Phone", "tablet": "Tablet", "desktop": "Computer", "unknown": "Not known"}

KIND_WORDS = {"cookie": "cookie", "local": "local storage", "session": "session storage"}

LOAD_WORDS = {
    "script": "Script",
    "frame": "Frame",
    "pixel": "Pixel",
    "marked": "Marked in the page",
    "html": "Custom code",
}

LAYOUT_WORDS = {"bar": "Bar", "bottom": "Card at the foot", "corner": "Corner", "center": "Center"}

_REGIMES_OF_STATES = {"us_ca": "California", "us_nv": "Nevada"}
_WHERE = {
    **{name: name.upper() for name in ("eu", "uk", "us")},
    "ca": "Canada",
    "ch": "Switzerland",
    "in": "India",
    "intl": "International",
    "jp": "Japan",
    "qc": "Québec",
}


def regime_words(regime: str) -> str:
    """Return the name of a regime for reading: `eu_opt_in` becomes `EU opt in`, `intl_notice` `International notice`."""
    first, *rest = regime.split("_")
    return _REGIMES_OF_STATES.get(regime) or " ".join([_WHERE.get(first, first.capitalize()), *rest])


_PURPOSE_TITLES = {
    "ab_test": "A/B test",
    "ad_visitor_id": "Visitor id for adverts",
    "click_id": "Click id",
    "id_sync": "Matching of ids",
}


def purpose_title(code: str) -> str:
    """Return the name of a purpose for reading: `session_replay` becomes `Session replay`."""
    return _PURPOSE_TITLES.get(code) or code.replace("_", " ").capitalize()


def chosen_words(granted: bool | None) -> str:
    """Return `granted`, `refused` or `not said` for an answer."""
    return {True: "granted", False: "refused", None: "not said"}[granted]


def lifetime_words(seconds: int | None, kind: str = "cookie") -> str:
    """Return how long a cookie or stored item lives, roughly; an empty string where that is not known."""
    if seconds is None:
        return {"local": "until it is deleted", "session": "this visit"}.get(kind, "")
    for size, word in ((31_557_600, "year"), (2_629_800, "month"), (86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            amount = round(seconds / size)
            return f"{amount} {word}{'s' if amount != 1 else ''}"
    return "this visit" if seconds == 0 else f"{seconds} seconds"
