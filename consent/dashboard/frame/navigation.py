"""Navigation of the dashboard: one table of its pages, in the order of the work."""

from typing import NamedTuple

from consent.core.translatable import translatable


class Page(NamedTuple):
    """A page, named by its endpoint, which the page itself also gives as its `section`.

    `action` is the row of `permissions.ACTIONS` that shows the link. On a phone those with `at_thumb` lie at the thumb,
    the others in a menu. `docs` is the page of the documentation that
    explains it.
    """

    section: str
    icon: str
    label: str
    action: str = "see"
    at_thumb: bool = False
    docs: str = ""


SITE_PAGES: dict[str, tuple[Page, ...]] = {
    "": (
        Page(
            "overview", "layout-dashboard", translatable("Overview"), at_thumb=True, docs="statistics.html#the-overview"
        ),
    ),
    translatable("Tags and banner"): (
        Page("tags", "tags", translatable("Tags"), at_thumb=True, docs="tags.html"),
        Page("preview", "device-mobile", translatable("Preview"), docs="publishing.html#preview"),
        Page("banner", "palette", translatable("Banner"), docs="banner.html"),
        Page("experiment", "list-details", translatable("Experiment"), docs="experiments.html"),
        Page("scan", "search", translatable("Scan"), docs="scanner.html"),
        Page("review", "rocket", translatable("Publish"), "publish", docs="publishing.html"),
        Page("versions", "history", translatable("Versions"), at_thumb=True, docs="publishing.html#restoring"),
    ),
    translatable("Consent"): (
        Page("statistics", "chart-bar", translatable("Statistics"), docs="statistics.html"),
        Page("enforcement", "shield-check", translatable("Enforcement"), docs="statistics.html#enforcement"),
        Page("alarms", "bell", translatable("Alarms"), docs="statistics.html#alarms"),
        Page("receipts", "certificate", translatable("Receipts"), "read_receipts", at_thumb=True, docs="log.html"),
        Page("requests", "clipboard-list", translatable("Requests"), "read_rights", docs="rights.html"),
        Page("delivery", "mail", translatable("Delivery"), "read_rights", docs="delivery.html"),
        Page("retention", "clock", translatable("Retention"), "read_rights", docs="erasure.html#retention"),
        Page("evidence", "shield-check", translatable("Evidence"), "make_evidence", docs="evidence.html"),
        Page("audit", "eye", translatable("Audit trail"), "read_audit", docs="log.html"),
    ),
    translatable("Site"): (
        Page("rules", "scale", translatable("Rules"), docs="rules.html"),
        Page("install", "code", translatable("Install"), docs="embedding.html"),
        Page("settings", "settings", translatable("Settings"), docs="embedding.html"),
        Page("site_import", "upload", translatable("Import"), "import_setup", docs="moving.html"),
        Page("account_choices", "user-search", translatable("Account choices"), "read_rights", docs="accounts.html"),
        Page("domains", "world", translatable("Domains"), docs="handover.html"),
    ),
}
"""Endpoints of one site by the heading that they stand under."""

INSTANCE_PAGES = (
    Page("users_page", "users", translatable("Users"), "manage_users", docs="users.html"),
    Page("tokens", "key", translatable("Tokens"), "manage_tokens", docs="http-api.html#authentication"),
    Page("instance_audit", "eye", translatable("Instance audit"), "read_audit", docs="log.html"),
)
"""Endpoints of the whole instance."""

DOCS_PAGES = {page.section: page.docs for pages in (*SITE_PAGES.values(), INSTANCE_PAGES) for page in pages}
"""The page of the documentation that explains each page and those below it."""
