"""Labels for enumerated values: regimes, purposes, choices, lifetimes."""

from flask_babel import gettext, ngettext

from consent.core.documents.tags import Trigger
from consent.core.translatable import translatable
from consent.dashboard.frame.locale import Labels

GROUP_WORDS = Labels(
    {
        "essential": "Essential",
        "functional": "Functional",
        "analytics": "Analytics",
        "advertising": "Advertising",
        "unclassified": "Not classified yet",
    }
)

ACTION_WORDS = Labels(
    {
        "accept_all": "Accepted all",
        "reject_all": "Refused all",
        "save": "Saved a selection",
        "withdraw": "Withdrew",
        "opt_out": "Opted out",
        "opt_in": "Opted in",
        "object": "Objected",
    }
)

METHOD_WORDS = Labels(
    {
        "click": "by click",
        "gpc": "by Global Privacy Control",
        "dnt": "by Do Not Track",
        "age": "by age",
        "api": "through the API",
        "import": "imported",
        "account": "carried over at sign-in",
        "handover": "carried over from another domain",
        "app": "in an app",
        "own_layer": "on a layer that the page drew itself",
    }
)

LAYER_WORDS = {
    0: translatable("on the page of receipts"),
    1: translatable("on the first layer"),
    2: translatable("on the second layer"),
}

FILTER_WORDS = Labels(
    {
        "from": "From",
        "to": "To",
        "country": "Country",
        "subdivision": "State or province",
        "regime": "Rule",
        "language": "Language",
        "device": "Device",
        "config": "Version",
        "variant": "Variant",
        "bots": "Bots",
        "action": "Action",
        "signal": "Signal",
        "visitor": "Visitor",
        "account": "Account",
    }
)

SIGNAL_WORDS = Labels({"gpc": "Global Privacy Control", "dnt": "Do Not Track"})

STATE_WORDS = Labels({"granted": "granted", "refused": "refused", "none": "no answer"})

ROLE_WORDS = Labels(
    {
        "admin": "Admin",
        "marketing": "Marketing",
        "compliance": "Compliance",
        "viewer": "Viewer",
    }
)

ROLE_HELP = Labels(
    {
        "admin": "everything, also users and tokens",
        "marketing": "tags, look and publishing",
        "compliance": "receipts, exports, legal settings",
        "viewer": "read-only, without receipts",
    }
)

SCOPE_WORDS = Labels(
    {
        "decide": "ask for decisions, from the site's own server",
        "receipts:read": "search and read receipts, with their personal part",
        "receipts:export": "export receipts",
        "receipts:import": "record choices that were made with another consent tool",
        "privacy:erase": "erase a visitor's data",
        "accounts:read": "see what a signed-in visitor's account allows",
        "accounts:refuse": "opt an account out",
        "delivery:write": "see which systems know of choices, and send again",
        "log:read": "read the log where it is not public",
        "config:read": "read configs",
        "config:write": "change drafts and publish",
    }
)

REQUEST_WORDS = Labels(
    {
        "access": "Access",
        "rectification": "Rectification",
        "erasure": "Erasure",
        "restriction": "Restriction",
        "portability": "Portability",
        "objection": "Objection",
        "opt_out_sale": "Do not sell or share",
        "limit_sensitive": "Limit use of sensitive data",
        "disclosure": "Recipients of data for direct marketing",
    }
)

PACE_WORDS = Labels(
    {
        "without_delay": "without delay; the law sets no number of days",
        "timely": "in a timely manner; the law sets no number of days",
        "reasonable": "within a reasonable time; the law sets no number of days",
    }
)
"""How fast a law requires an answer to a request (`consent.core.privacy_rights.PACES`)."""

OUTCOME_WORDS = Labels(
    {
        "done": "Done",
        "partly": "Done in part",
        "refused": "Refused",
        "not_identified": "Not identified",
        "taken_back": "Withdrawn by the visitor",
    }
)

PROOF_WORDS = Labels(
    {
        "browser": "Proved by the browser",
        "account": "Signed in on the site",
        "mail": "Confirmed by email",
        "none": "Not verified",
    }
)
"""How a visitor who made a request was identified."""

AGE_WORDS = Labels(
    {
        "under13": "under 13",
        "13_15": "13 to 15",
        "16_17": "16 or 17",
        "adult": "18 or older",
        "unknown": "age not known",
    }
)

MARK_WORDS = Labels({"hold": "Legal hold", "restriction": "Restriction", "objection": "Objection"})

SUBJECT_WORDS = Labels({"receipt": "Receipt", "visitor": "Visitor", "account": "Account", "period": "Period"})

LEVEL_WORDS = Labels({"unlink": "Personal part", "full": "Delete all but the hash"})

CAUSE_WORDS = Labels({"request": "On request", "retention": "Retention ended", "restore": "Again, after a restore"})

DEVICE_WORDS = Labels({"phone": "Phone", "tablet": "Tablet", "desktop": "Computer", "unknown": "Not known"})

KIND_WORDS = Labels({"cookie": "cookie", "local": "local storage", "session": "session storage"})

LOAD_WORDS = Labels(
    {
        "script": "Script",
        "frame": "Frame",
        "pixel": "Pixel",
        "marked": "Marked in the page",
        "html": "Custom code",
    }
)

LAYOUT_WORDS = Labels({"bar": "Bar", "bottom": "Card at the bottom", "corner": "Corner", "center": "Center"})

REGIME_WORDS = Labels(
    {
        "eu_opt_in": "EU opt-in",
        "uk_opt_in_relaxed": "UK relaxed opt-in",
        "ch_opt_out_plus": "Switzerland opt-out plus",
        "us_ca": "California",
        "us_nv": "Nevada",
        "us_opt_out": "US opt-out",
        "us_notice": "US notice",
        "us_health": "US health",
        "us_minor_only": "US minor only",
        "us_strictest": "US strictest",
        "ca_implied": "Canada implied",
        "ca_strictest": "Canada strictest",
        "qc_opt_in": "Québec opt-in",
        "in_opt_in": "India opt-in",
        "jp_notice": "Japan notice",
        "intl_opt_in": "International opt-in",
        "intl_opt_out": "International opt-out",
        "intl_notice": "International notice",
        "fallback": "Fallback",
    }
)


def regime_words(regime: str) -> str:
    """Return a regime's display name: `eu_opt_in` becomes `EU opt-in`, `intl_notice` `International notice`."""
    return REGIME_WORDS.get(regime) or regime.replace("_", " ").capitalize()


PURPOSE_TITLES = Labels(
    {
        "session": "Session",
        "authentication": "Authentication",
        "security": "Security",
        "bot_defence": "Bot defense",
        "fraud_prevention": "Fraud prevention",
        "load_balancing": "Load balancing",
        "cart": "Cart",
        "payment": "Payment",
        "consent_state": "Consent state",
        "form_state": "Form state",
        "network": "Network",
        "language": "Language",
        "region": "Region",
        "display_settings": "Display settings",
        "remembered_user": "Remembered user",
        "recently_viewed": "Recently viewed",
        "saved_items": "Saved items",
        "chat": "Chat",
        "embedded_media": "Embedded media",
        "personalisation": "Personalization",
        "notification_state": "Notification state",
        "feature_state": "Feature state",
        "visitor_statistics": "Visitor statistics",
        "session_statistics": "Session statistics",
        "traffic_source": "Traffic source",
        "campaign_measurement": "Campaign measurement",
        "ab_test": "A/B test",
        "session_replay": "Session replay",
        "performance_monitoring": "Performance monitoring",
        "error_monitoring": "Error monitoring",
        "feedback": "Feedback",
        "ad_visitor_id": "Visitor ID for ads",
        "retargeting": "Retargeting",
        "conversion": "Conversion tracking",
        "ad_delivery": "Ad delivery",
        "ad_frequency": "Ad frequency",
        "bidding": "Bidding",
        "id_sync": "ID matching",
        "affiliate": "Affiliate",
        "click_id": "Click ID",
        "social_tracking": "Social tracking",
    }
)


def purpose_title(code: str) -> str:
    """Return a purpose's display name: `session_replay` becomes `Session replay`."""
    return PURPOSE_TITLES.get(code) or code.replace("_", " ").capitalize()


def chosen_words(granted: bool | None) -> str:
    """Return `granted`, `refused` or `no answer` in the language of the page."""
    return str({True: gettext("granted"), False: gettext("refused"), None: gettext("no answer")}[granted])


def trigger_words(trigger: Trigger) -> str:
    """Return what a tag waits for in the page, to follow *waits for*: `a click on #buy, each time`."""
    kind, percent, seconds = trigger["on"], trigger.get("percent", 0), trigger.get("seconds", 0)
    selector, name = trigger.get("selector", ""), trigger.get("name", "")
    words = {
        "click": gettext("a click on %(selector)s", selector=selector),
        "submit": gettext("the form %(selector)s to be sent", selector=selector),
        "visible": gettext("%(selector)s in view (%(percent)s%%)", selector=selector, percent=percent),
        "scroll": gettext("%(percent)s%% of the page scrolled", percent=percent),
        "time": gettext("%(time)s on the page", time=counted_unit(seconds, "seconds")),
        "event": gettext("the event %(name)s", name=name),
        "data_layer": gettext("the data-layer event %(name)s", name=name),
    }
    each = gettext("each time") if trigger.get("repeat") else ""
    dropped = gettext("only after the choice") if trigger.get("before_choice") == "drop" else ""
    return ", ".join(str(part) for part in (words[kind], each, dropped) if part)


def lifetime_words(seconds: int | None, kind: str = "cookie") -> str:
    """Return the approximate lifetime of a cookie or stored item in words, or an empty string if it isn't known."""
    if seconds is None:
        return {"local": gettext("until it is deleted"), "session": gettext("this visit")}.get(kind, "")
    for size, unit in (
        (31_557_600, "years"),
        (2_629_800, "months"),
        (86_400, "days"),
        (3600, "hours"),
        (60, "minutes"),
    ):
        if seconds >= size:
            return counted_unit(round(seconds / size), unit)
    return str(gettext("this visit")) if seconds == 0 else counted_unit(seconds, "seconds")


def counted_unit(count: int, unit: str) -> str:
    """Return a number of time units in words, such as `1 day` or `3 months`."""
    words = {
        "years": ngettext("%(num)s year", "%(num)s years", count),
        "months": ngettext("%(num)s month", "%(num)s months", count),
        "days": ngettext("%(num)s day", "%(num)s days", count),
        "business_days": ngettext("%(num)s business day", "%(num)s business days", count),
        "hours": ngettext("%(num)s hour", "%(num)s hours", count),
        "minutes": ngettext("%(num)s minute", "%(num)s minutes", count),
        "seconds": ngettext("%(num)s second", "%(num)s seconds", count),
    }
    return str(words[unit])
