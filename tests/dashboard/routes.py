"""Every route of the dashboard with a path that works in the sample world, from the app's URL map."""

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
"""Downloads rather than pages."""
FRAMES = (
    *("dashboard.receipt_banner_frame", "dashboard.preview_frame", "dashboard.banner_frame"),
    "dashboard.variant_frame",
)
"""Frames within pages, with their own policy; tests check them in their page."""
PARTS = ("dashboard.api_console", "dashboard.browser_check", "dashboard.live", "dashboard.install_seen")
"""Fragments that htmx or a script requests."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path, with the action that its view is registered for."""

    method: str
    path: str
    endpoint: str
    action: str
    is_of_site: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def dashboard_routes(app: Flask) -> list[Route]:
    """Return all routes except static files and sign-out, with those that remove something last."""
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
