"""Every route of the dashboard with an address that works in the world of the cast, taken from the app's own map."""

from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from tests.dashboard.sample_data import ACCOUNT, EXPORT, GROUP, KID, RECEIPT, RECEIVER, VISITOR

VALUES = {
    "site": "demo",
    "group": GROUP,
    "tag": "demo-ads",
    "vendor": "google-analytics",
    "own": "own-weather",
    "template": "ga4",
    "number": "1",
    "language": "de",
    "code": "US-CA",
    "receipt": RECEIPT,
    "user_id": "6",
    "token": "1",
    "layer": "1",
    "export": EXPORT,
    "guide": "wordpress",
    "kind": "visitor",
    "id": VISITOR,
    "mark": "restriction",
    "account": ACCOUNT,
    "kid": KID,
    "receiver": RECEIVER,
    "adapter": "plain",
    "session": "99",
    "variant": "b",
}
QUERIES = {"dashboard.find_subject": f"?id={RECEIPT}"}
EXPORTED = tuple(
    f"dashboard.export_{name}" for name in ("file", "manifest", "requests", "statistics", "version", "approval")
)
FILES = (*EXPORTED, "dashboard.scan_picture", "dashboard.language_sheet")
"""What is downloaded, and no page."""
FRAMES = (
    *("dashboard.receipt_banner_frame", "dashboard.preview_frame", "dashboard.banner_frame"),
    "dashboard.variant_frame",
)
"""What a page shows in a frame, with a policy of its own; tests look at it in its page."""
PARTS = ("dashboard.api_console", "dashboard.browser_check", "dashboard.live", "dashboard.install_seen")
"""What htmx or a script asks for within a page."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address, with the action that its view stands for."""

    method: str
    path: str
    endpoint: str
    action: str
    is_of_site: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def dashboard_routes(app: Flask) -> list[Route]:
    """Return all routes but those of static files and of leaving, what removes something last."""
    found = [
        Route(method, _path(rule), rule.endpoint, app.view_functions[rule.endpoint].action, "site" in rule.arguments)  # type: ignore[attr-defined]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("dashboard.") and rule.endpoint not in ("dashboard.static", "dashboard.logout")
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]
    return sorted(found, key=lambda route: ("removal" in route.path, route.method, route.path))


def _path(rule: Rule) -> str:
    path = rule.rule
    for name, value in VALUES.items():
        path = path.replace(f"<int:{name}>", value).replace(f"<{name}>", value).replace(f"<path:{name}>", value)
    return path + QUERIES.get(rule.endpoint, "")
