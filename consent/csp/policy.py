"""Parse a Content-Security-Policy and merge allowed sources into it (W3C CSP Level 3)."""

from collections.abc import Iterable, Sequence

KINDS = (
    *("script-src", "script-src-elem", "connect-src", "img-src", "frame-src", "child-src"),
    *("style-src", "style-src-elem", "font-src", "media-src"),
)
"""What vendors load by; all other directives stay as the site has them."""
DEFAULT = "default-src"
OWN_POLICY = f"{DEFAULT} 'self' data: blob: 'unsafe-inline' 'unsafe-eval'"
"""For a site that has no policy of its own: it says whose hosts, and nothing of the site's own code."""
SOCKETS = {"https://": "wss://", "http://": "ws://"}
REPORTS = ("report-uri", "report-to")

Directives = dict[str, list[str]]


def policy_with(own: str, sources: Iterable[str], report_to: str = "") -> str:
    """Return the policy `own` with `sources` in each directive that vendors load by.

    What `own` says nothing of is held as in OWN_POLICY. `report_to` is the address that violations are reported to; a
    policy that reports elsewhere already keeps its own.
    """
    return ", ".join(policies_with([own], sources, report_to))


def policies_with(own: Sequence[str], sources: Iterable[str], report_to: str = "") -> list[str]:
    """Return the policies `own` of one page, which a browser keeps all, each with `sources` in what it restricts."""
    policies = [parse(one) for value in own for one in value.split(",") if parse(one)] or [{}]
    if not any(DEFAULT in directives for directives in policies):
        # A default in one policy would restrict what another one names, so it takes that over.
        for directives in policies[1:]:
            policies[0] |= {name: directives[name] for name in KINDS if name in directives and name not in policies[0]}
        policies[0] |= parse(OWN_POLICY)
    added = list(dict.fromkeys(sources))
    for directives in policies:
        _add(directives, added)
        if report_to and not any(name in directives for name in REPORTS):
            directives["report-uri"] = [report_to]
            # A browser that knows `report-to` reads no `report-uri` beside it, and reports so over TLS alone.
            directives |= {"report-to": ["consent"]} if report_to.startswith("https:") else {}
    return [written(directives) for directives in policies]


def without_reports(policy: str) -> str:
    """Return `policy` without where it reports to."""
    return ", ".join(
        written({name: values for name, values in parse(one).items() if name not in REPORTS})
        for one in policy.split(",")
    )


def written(directives: Directives) -> str:
    """Return the serialized form of one policy."""
    return "; ".join(" ".join([name, *values]) for name, values in directives.items())


def parse(policy: str) -> Directives:
    """Return the directives of one serialized policy; of one that comes twice the first counts (CSP3, 2.2.1)."""
    directives: Directives = {}
    for part in policy.split(";"):
        name, *values = part.split() or [""]
        if name:
            directives.setdefault(name.lower(), values)
    return directives


def _add(directives: Directives, added: list[str]) -> None:
    """Add sources to what a policy restricts, and their sockets where connections are looked up."""
    connections = "connect-src" if "connect-src" in directives else DEFAULT
    # A source of https does not stand for its sockets: Chromium asks for wss by name.
    sockets = [
        to + one.removeprefix(scheme) for one in added for scheme, to in SOCKETS.items() if one.startswith(scheme)
    ]
    for name in (DEFAULT, *KINDS):
        if name in directives and added:
            sources = [source for source in directives[name] if source.lower() != "'none'"]
            more = [*added, *(sockets if name == connections else [])]
            directives[name] = list(dict.fromkeys([*sources, *more]))
