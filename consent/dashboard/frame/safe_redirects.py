"""Restrict redirects after sign-in to paths of this service, against open redirects."""

import re
from urllib.parse import urlsplit

from flask import request, url_for

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A slash, but neither `//` nor `/\\`, which browsers take for the beginning of a host; no control signs."""


def is_local_path(target: str) -> bool:
    """Return whether `target` is a path of this service."""
    return bool(_OWN_PATH.fullmatch(target))


def local_or_start(target: str) -> str:
    """Return `target` where it is a path of this service, else where everybody begins."""
    return target if is_local_path(target) else url_for("dashboard.start")


def path_here() -> str:
    """Return the path of this request as browsers know it: a proxy may serve the dashboard below one."""
    return request.script_root + request.full_path.rstrip("?")


def path_before() -> str:
    """Return the path of the referring page; where that is no page of this service, the start page."""
    before = urlsplit(request.referrer or "")
    # Not the scheme: the one of the request is that between proxy and service.
    return local_or_start(before._replace(scheme="", netloc="").geturl() if before.netloc == request.host else "")
