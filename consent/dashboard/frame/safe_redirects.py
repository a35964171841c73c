"""Restrict redirects after sign-in to paths of this service, to prevent open redirects."""

import re
from urllib.parse import urlsplit

from flask import request, url_for

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A slash, but not `//` or `/\\`, which browsers treat as the start of a host; no control characters."""


def is_local_path(target: str) -> bool:
    """Return whether `target` is a path of this service."""
    return bool(_OWN_PATH.fullmatch(target))


def safe_target(target: str) -> str:
    """Return `target` if it is a path of this service, else the start page."""
    return target if is_local_path(target) else url_for("dashboard.start")


def path_here() -> str:
    """Return this request's path as the browser sees it, as a proxy may serve the dashboard below a prefix."""
    return request.script_root + request.full_path.rstrip("?")


def path_before() -> str:
    """Return the path of the referring page, or the start page if that isn't on this service."""
    before = urlsplit(request.referrer or "")
    # Don't compare the scheme, which for the request is the one between proxy and service.
    return safe_target(before._replace(scheme="", netloc="").geturl() if before.netloc == request.host else "")
