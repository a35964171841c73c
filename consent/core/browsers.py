"""Browser family and operating system of a user agent string: all that is ever stored of it."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_family(agent: str) -> str:
    """Return the family of a browser, or `other`."""
    return _first(_BROWSERS, agent)


def system_family(agent: str) -> str:
    """Return the kind of device that a browser runs on, or `other`."""
    return _first(_SYSTEMS, agent)


def _first(families: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((family for mark, family in families if mark in agent), "other")
