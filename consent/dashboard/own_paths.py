"""Where a log-in may lead: to a path of this service, so that nobody can be led elsewhere."""

import re

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A slash, but neither `//` nor `/\\`, which browsers take for the beginning of a host; no control signs."""


def is_own_path(target: str) -> bool:
    """Tell whether `target` is a path of this service."""
    return bool(_OWN_PATH.fullmatch(target))
