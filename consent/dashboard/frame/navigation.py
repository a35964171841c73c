"""Navigation of the dashboard: one table of its pages, in the order of the work."""

from typing import NamedTuple

from consent.core.translatable import translatable


class Page(NamedTuple):
    """A page, named by its endpoint, which the page itself also gives as its `section`.

    `action` is the row of `permissions.ACTIONS` that shows the link. On a phone those with `at_thumb` lie at the thumb,
    the others in a menu.
    """

    section: str
    icon: str
    label: str
    action: str = "see"
    at_thumb: bool = False


SITE_PAGES: dict[str, tuple[Page, ...]] = {
    "": (Page("overview", "layout-dashboard", translatable("Overview"), at_thumb=True),),
    translatable("Tags and banner"): (
        Page("tags", "tags", translatable("Tags"), at_thumb=True),
        Page("preview", "device-mobile", translatable("Preview")),
        Page("banner", "palette", translatable("Banner")),
        Page("experiment", "list-details", translatable("Experiment")),
        Page("scan", "search", translatable("Scan")),
        Page("review", "rocket", translatable("Publish"), "publish"),
        Page("versions", "history", translatable("Versions"), at_thumb=True),
    ),
    translatable("Consent"): (
        Page("statistics", "chart-bar", translatable("Statistics")),
        Page("enforcement", "shield-check", translatable("Enforcement")),
        Page("alarms", "bell", translatable("Alarms")),
        Page("receipts", "certificate", translatable("Receipts"), "read_receipts", at_thumb=True),
        Page("requests", "clipboard-list", translatable("Requests"), "read_rights"),
        Page("delivery", "mail", translatable("Delivery"), "read_rights"),
        Page("retention", "clock", translatable("Retention"), "read_rights"),
        Page("evidence", "shield-check", translatable("Evidence"), "make_evidence"),
        Page("audit", "eye", translatable("Audit trail"), "read_audit"),
    ),
    translatable("Site"): (
        Page("rules", "scale", translatable("Rules")),
        Page("install", "code", translatable("Install")),
        Page("settings", "settings", translatable("Settings")),
        Page("site_import", "upload", translatable("Import"), "import_setup"),
        Page("account_choices", "user-search", translatable("Account choices"), "read_rights"),
        Page("domains", "world", translatable("Domains")),
    ),
}
"""Endpoints of one site by the heading that they stand under."""

INSTANCE_PAGES = (
    Page("users_page", "users", translatable("Users"), "manage_users"),
    Page("tokens", "key", translatable("Tokens"), "manage_tokens"),
    Page("instance_audit", "eye", translatable("Instance audit"), "read_audit"),
)
"""Endpoints of the whole instance."""
