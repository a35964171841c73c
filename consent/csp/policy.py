"""The site's own Content-Security-Policy with what the visitor allows added to it (W3C CSP Level 3)."""

from collections.abc import Iterable

DIRECTIVES = ("script-src", "connect-src", "img-src", "frame-src")
"""What vendors load by; all other directives stay as the site has them."""
OWN_POLICY = "script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'"
"""For a site that has no policy of its own."""


def policy_with(own: str, sources: Iterable[str], report_to: str = "") -> str:
    """Return the policy `own` with `sources` in each of the four directives that vendors load by.

    A directive that `own` lacks begins with its `default-src`, else with `'self'`. `report_to` is the address that
    violations are reported to; a policy that reports elsewhere already keeps its own.
    """
    directives = parse(own)
    added = list(dict.fromkeys(sources))
    fallback = directives.get("default-src", ["'self'"])
    for name in DIRECTIVES:
        kept = directives.get(name, fallback)
        directives[name] = list(dict.fromkeys([*kept, *added])) if added else kept
        if len(directives[name]) > 1:
            directives[name] = [source for source in directives[name] if source.lower() != "'none'"]
    if report_to and "report-uri" not in directives and "report-to" not in directives:
        directives |= {"report-uri": [report_to], "report-to": ["consent"]}
    return "; ".join(" ".join([name, *values]) for name, values in directives.items())


def parse(policy: str) -> dict[str, list[str]]:
    """Return the directives of one serialized policy; of one that comes twice the first counts (CSP3, 2.2.1)."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *values = part.split() or [""]
        if name:
            found.setdefault(name.lower(), values)
    return found
