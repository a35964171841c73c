"""Navigation of the dashboard: one table of its pages, in the order of the work."""

from typing import NamedTuple


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
    "": (Page("overview", "layout-dashboard", "Overview", at_thumb=True),),
    "Tags and banner": (
        Page("tags", "tags", "Tags", at_thumb=True),
        Page("preview", "device-mobile", "Preview"),
        Page("banner", "palette", "Banner"),
        Page("scan", "search", "Scan"),
        Page("review", "rocket", "Publish", "publish"),
        Page("versions", "history", "Versions", at_thumb=True),
    ),
    "Consent": (
        Page("statistics", "chart-bar", "Statistics"),
        Page("enforcement", "shield-check", "Enforcement"),
        Page("alarms", "bell", "Alarms"),
        Page("receipts", "certificate", "Receipts", "read_receipts", at_thumb=True),
        Page("requests", "clipboard-list", "Requests", "read_rights"),
        Page("delivery", "mail", "Delivery", "read_rights"),
        Page("retention", "clock", "Retention", "read_rights"),
        Page("evidence", "shield-check", "Evidence", "make_evidence"),
        Page("audit", "eye", "Audit trail", "read_audit"),
    ),
    "Site": (
        Page("rules", "scale", "Rules"),
        Page("install", "code", "Install"),
        Page("settings", "settings", "Settings"),
        Page("site_import", "upload", "Import", "import_setup"),
        Page("account_choices", "user-search", "Account choices", "read_rights"),
        Page("domains", "world", "Domains"),
    ),
}
"""Endpoints of one site by the heading that they stand under."""

INSTANCE_PAGES = (
    Page("users_page", "users", "Users", "manage_users"),
    Page("tokens", "key", "Tokens", "manage_tokens"),
    Page("instance_audit", "eye", "Instance audit", "read_audit"),
)
"""Endpoints of the whole instance."""
