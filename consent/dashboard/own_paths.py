"""Where a log-in may lead: to a path of this service, so that nobody can be led elsewhere."""

import re
from urllib.parse import urlsplit

from flask import request, url_for

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A slash, but neither `//` nor `/\\`, which browsers take for the beginning of a host; no control signs."""


def is_own_path(target: str) -> bool:
    """Tell whether `target` is a path of this service."""
    return bool(_OWN_PATH.fullmatch(target))


def own_or_start(target: str) -> str:
    """Return `target` where it is a path of this service, else where everybody begins."""
    return target if is_own_path(target) else url_for("dashboard.start")


def path_here() -> str:
    """Return the path of this request as browsers know it: a proxy may serve the dashboard below one."""
    return request.script_root + request.full_path.rstrip("?")


def path_before() -> str:
    """Return the path of the page that the request comes from; where that is none of ours, where everybody begins."""
    before = urlsplit(request.referrer or "")
    # Not the scheme: the one of the request is that between proxy and service.
    return own_or_start(before._replace(scheme="", netloc="").geturl() if before.netloc == request.host else "")
