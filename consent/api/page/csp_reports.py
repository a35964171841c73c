"""POST /api/v1/sites/<site>/csp-reports: receive CSP violation reports; only unknown hosts are stored."""

from typing import Any
from urllib.parse import urlsplit

from consent.api.buffers.sightings import Sighting
from consent.api.http.context import ApiContext
from consent.api.http.request import Request, parse_json
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.site import cors, find_site
from consent.api.page.visit_context import limit_reports
from consent.core.host_patterns import host_and_path, matches
from consent.runtime.compiled_config import CompiledConfig

ONE, MANY = "application/csp-report", "application/reports+json"
"""The two formats that browsers send: CSP Level 2 (`report-uri`), and the Reporting API (`report-to`)."""
MAX_REPORTS = 100
"""Maximum number of reports read per request."""
MAX_BYTES = 256 * 1024
"""Browsers batch reports, and each contains the whole policy: at least 1.7 kB per report from Chromium."""
MAX_HOST_LENGTH = 253
DIRECTIVES = frozenset(
    f"{kind}-src"
    for kind in ("script", "connect", "img", "frame", "style", "font", "media", "child", "worker", "object")
)


def answer_csp_reports(context: ApiContext, request: Request, site: str) -> Answer:
    """Record hosts that belong to no vendor of the site; only a URL's host is stored, and nothing about the visitor."""
    limit_reports(context, request)
    config = find_site(context, site)
    headers = [*cors(config, request), NO_STORE]
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind not in (ONE, MANY):
        raise ApiError(415, "unsupported_content_type", f"Send {ONE} or {MANY}.")
    for report in _reports(parse_json(request.body(MAX_BYTES)), kind)[:MAX_REPORTS]:
        if found := unknown_host(config, report):
            context.buffers.sightings.add(config.site_id, found)
    return Answer(204, headers)


def _reports(document: Any, kind: str) -> list[dict[str, Any]]:
    """Return the bodies of the reports. Raises ApiError if the document has neither format."""
    found: list[Any] = [None]
    if kind == ONE and isinstance(document, dict):
        found = [document.get("csp-report")]
    elif kind == MANY and isinstance(document, list):
        reports = [one for one in document if not isinstance(one, dict) or one.get("type") == "csp-violation"]
        found = [one.get("body") if isinstance(one, dict) else None for one in reports]
    if not all(isinstance(one, dict) for one in found):
        raise ApiError(400, "invalid_field", "Not a CSP violation report.")
    return found


def unknown_host(config: CompiledConfig, report: dict[str, Any]) -> Sighting | None:
    """Return the host that a report reveals, or None if there is nothing to learn from it.

    There is nothing to learn from inline code and browser extensions, hosts of the site and its vendors, and foreign
    pages.
    """
    address = _text(report, "blocked-uri", "blockedURL")
    blocked, page = _host(address), _host(_text(report, "document-uri", "documentURL"))
    directive = _text(report, "effective-directive", "effectiveDirective", "violated-directive").partition(" ")[0]
    directive = directive.removesuffix("-elem").removesuffix("-attr")
    if not blocked or page not in config.host_names or directive not in DIRECTIVES or is_known(config, address):
        return None
    return Sighting("host", blocked, page, directive)


def is_known(config: CompiledConfig, address: str) -> bool:
    """Return whether a URL belongs to the site or one of its vendors; for a bare host, whether any URL there does."""
    host, path = host_and_path(address)
    entries = [entry for vendor in config.document["vendors"] for entry in vendor["hosts"]]
    if path == "/":
        entries = [entry.partition("/")[0] for entry in entries]
    if host in config.host_names or any(matches(address, entry) for entry in entries):
        return True
    return host in (urlsplit(tag["load"].get("src") or "").hostname for tag in config.document["tags"])


def _text(report: dict[str, Any], *names: str) -> str:
    return next((report[name][:4096] for name in names if isinstance(report.get(name), str)), "")


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host if parts.scheme in ("http", "https") and "." in host and len(host) <= MAX_HOST_LENGTH else ""
