"""Browser family and operating system of a user agent string, the only parts of it that are ever stored."""

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
    """Return the browser family in a user agent string, or `other`."""
    return _first(_BROWSERS, agent)


def system_family(agent: str) -> str:
    """Return the operating system or device family in a user agent string, or `other`."""
    return _first(_SYSTEMS, agent)


def _first(families: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((family for mark, family in families if mark in agent), "other")
