"""The dashboard's navigation: one table of its pages, in the order of the workflow."""

from typing import NamedTuple

from consent.core.translatable import translatable


class Page(NamedTuple):
    """A page, identified by its endpoint, which its template also sets as its `section`.

    The link is shown to roles with `action` in `permissions.ACTIONS`. On phones, pages with `at_thumb` are in the
    bottom bar, the others in a menu. `docs` is the documentation page that explains it.
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
"""A site's pages by heading."""

INSTANCE_PAGES = (
    Page("users_page", "users", translatable("Users"), "manage_users", docs="users.html"),
    Page("tokens", "key", translatable("Tokens"), "manage_tokens", docs="http-api.html#authentication"),
    Page("instance_audit", "eye", translatable("Instance audit"), "read_audit", docs="log.html"),
)
"""Pages of the whole instance."""

DOCS_PAGES = {page.section: page.docs for pages in (*SITE_PAGES.values(), INSTANCE_PAGES) for page in pages}
"""The documentation page for each page and its subpages."""
