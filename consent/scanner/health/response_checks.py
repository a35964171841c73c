"""Health checks of HTTP responses: the page's CSP, the script's headers and URL, the cookie's domain."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from consent.core.translatable import translatable
from consent.csp.middleware import parse
from consent.scanner.browser.fetch import Answer
from consent.scanner.health.fetch_page import Fetched
from consent.scanner.health.html_elements import PageParts
from consent.sites.cookie_domain import FOREIGN, SIBLING, cookie_reach, shared_domain
from consent.sites.health_report import ERROR, GOOD, NOTE, Finding, Placed, Subject

BLOCKED_NAME = re.compile(
    r"cookie[-_]?(?:consent|banner|notice|bar|law|policy|popup|notification)|consent[-_]?(?:banner|manager|notice|popup)|"
    r"gdpr|(?:^|[/.])cmp[/.]|cookie-?bot|ccpa",
    re.IGNORECASE,
)
"""Parts of URLs that content blocker lists, such as EasyList Cookie, often block."""
MAX_SECONDS = 300
"""Maximum time for which an owner may let browsers cache the script."""
HIT = re.compile(r"\bhit\b", re.IGNORECASE)


def check_policies(parts: PageParts, page: Answer, placed: Placed, subject: Subject) -> Iterator[Finding]:
    """Yield what the page's Content-Security-Policies block of the banner, with the directive that allows it."""
    policies = [*page.headers.get("content-security-policy", "").split(","), *parts.policies]
    findings = []
    for policy in filter(None, (text.strip() for text in policies)):
        findings += list(_refused(parse(policy), placed, subject))
    yield from findings
    if not findings:
        yield Finding("csp", GOOD, translatable("The page has no Content-Security-Policy that blocks the banner."))


def _refused(directives: dict[str, list[str]], placed: Placed, subject: Subject) -> Iterator[Finding]:
    address = placed.address or subject.script
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    own = origin in subject.hosts
    wanted = "'self'" if own else origin
    name, scripts = _effective(directives, "script-src-elem", "script-src", "default-src")
    if scripts is not None:
        yield from _refused_scripts(name, scripts, address, wanted, placed, subject)
    name, connect = _effective(directives, "connect-src", "default-src")
    if connect is not None and not _matches(connect, address, own):
        sentence = translatable("The page's policy blocks sending a choice. It must include:")
        yield Finding("csp", ERROR, sentence, _directive("connect-src", connect, wanted))


def _refused_scripts(
    name: str, sources: list[str], address: str, wanted: str, placed: Placed, subject: Subject
) -> Iterator[Finding]:
    line = _allows(sources, address, wanted == "'self'", placed.nonce)
    runs = not placed.has_blocker or _allows_inline(sources, placed.blocker_nonce, subject.blocker_hash)
    if not line and "'strict-dynamic'" in sources:
        sentence = translatable(
            "The page's policy allows only scripts that carry its nonce. Put it on the line and the blocker, each time:"
        )
        yield Finding("csp", ERROR, sentence, f'<script async nonce="NONCE" src="{address}"></script>')
    elif not line or not runs:
        what = " and ".join([translatable("the line")] * (not line) + [translatable("the blocker")] * (not runs))
        more = " ".join([wanted] * (not line) + [subject.blocker_hash] * (not runs))
        sentence = translatable(f"The page's policy blocks {what}. Its {name} must be:")
        yield Finding("csp", ERROR, sentence, _directive(name, sources, more))


def _effective(directives: dict[str, list[str]], *names: str) -> tuple[str, list[str] | None]:
    """Return the first of `names` in the policy, with its sources."""
    return next(((name, directives[name]) for name in names if name in directives), (names[0], None))


def _directive(name: str, sources: list[str], more: str) -> str:
    return " ".join([name, *(source for source in sources if source != "'none'"), more])


def _allows(sources: list[str], address: str, own: bool, nonce: str) -> bool:
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    return "'strict-dynamic'" not in sources and _matches(sources, address, own)


def _allows_inline(sources: list[str], nonce: str, blocker_hash: str) -> bool:
    if blocker_hash in sources or (nonce and f"'nonce-{nonce}'" in sources):
        return True
    # A nonce or hash disables 'unsafe-inline' (CSP3, 6.7.3.2).
    return "'unsafe-inline'" in sources and not any(source.startswith(("'nonce-", "'sha")) for source in sources)


def _matches(sources: list[str], address: str, own: bool) -> bool:
    """Return whether one of `sources` matches `address` (CSP3, 6.7.2.8), for the forms found in practice."""
    parts = urlsplit(address)
    host, path = parts.netloc.lower(), parts.path
    for source in (source.lower() for source in sources):
        if source == "*" or source == f"{parts.scheme}:" or (source == "'self'" and own):
            return True
        scheme, mark, remainder = source.rpartition("://")
        name, slash, beginning = remainder.partition("/")
        fits = host.endswith(name[1:]) if name.startswith("*.") else name == host
        if fits and (not mark or scheme == parts.scheme) and (not slash or path.startswith("/" + beginning)):
            return True
    return False


def check_answer(script: Fetched, subject: Subject) -> Iterator[Finding]:
    """Yield problems between the service and the page: a missing script, or one that a cache keeps."""
    if script.answer is None:
        yield Finding(
            "script", ERROR, translatable(f"The script could not be fetched at {script.url}: {script.problem}")
        )
        return
    status, headers = script.answer.status, script.answer.headers
    if status == 404 and "application/json" in headers.get("content-type", ""):
        yield Finding(
            "script",
            ERROR,
            translatable("Nothing is published for this site yet, so the line has nothing to return. Publish it."),
        )
    elif status != 200 or "javascript" not in headers.get("content-type", ""):
        kind = headers.get("content-type", "no type").partition(";")[0]
        yield Finding(
            "script",
            ERROR,
            translatable(f"{script.url} returned {status} with {kind} instead of the script."),
            subject.script,
        )
    elif not re.search(r"/[0-9a-f]{64}\.js", script.url):
        yield from _check_caching(headers)


def _check_caching(headers: dict[str, str]) -> Iterator[Finding]:
    max_age = re.search(r"max-age=(\d+)", headers.get("cache-control", ""))
    age = headers.get("age", "0")
    caches = (headers.get(name, "") for name in ("x-cache", "cf-cache-status", "x-cache-status"))
    vary = headers.get("vary", "").lower()
    if (age.isdigit() and int(age) > 0) or any(HIT.search(value) for value in caches):
        sentence = translatable(
            "A cache stores the script, so visitors can get the rules of another country, and old versions. It must not:"
        )
        yield Finding("cache", ERROR, sentence, "Cache-Control: private, no-cache")
    elif "no-store" not in headers.get("cache-control", "") and (
        "private" not in headers.get("cache-control", "") or (max_age and int(max_age[1]) > MAX_SECONDS)
    ):
        sentence = translatable(
            "A proxy or CDN on the way has changed the script's Cache-Control, so browsers keep old "
            "versions. It must be:"
        )
        yield Finding("cache", ERROR, sentence, "Cache-Control: private, no-cache")
    elif "sec-gpc" not in vary:
        sentence = translatable(
            "A proxy or CDN on the way has removed a header of the script that caches use to distinguish visitors:"
        )
        yield Finding("cache", ERROR, sentence, "Vary: Accept-Encoding, Accept-Language, Sec-GPC, DNT")
    else:
        yield Finding("cache", GOOD, translatable("The script comes with its own cache headers."))


def check_names(address: str) -> Iterator[Finding]:
    """Yield whether content blockers are likely to block the script's URL."""
    parts = urlsplit(address)
    match = BLOCKED_NAME.search(f"{parts.hostname}{parts.path}")
    if match is None:
        yield Finding("names", GOOD, translatable("No content blocker is known to list such an address."))
        return
    sentence = translatable(
        f"Content blockers list addresses with “{match[0].strip('/.')}”. Serve it under a plainer one:"
    )
    yield Finding(
        "names", NOTE, sentence, f"{parts.scheme}://{parts.netloc}/c1{parts.path[parts.path.rindex('/b/') :]}"
    )


def check_cookie(script: str, page: str, subject: Subject) -> Iterator[Finding]:
    """Yield how long Safari keeps a choice, and which of the site's hosts share it."""
    reach, host = cookie_reach(script, [page], subject.scope), urlsplit(page).hostname or ""
    if subject.scope != "host" and not (host == subject.scope or host.endswith("." + subject.scope)):
        sentence = translatable(
            f"A choice counts for {subject.scope}, which is not above this page, so it is lost. Settings should say:"
        )
        yield Finding("cookie", ERROR, sentence, "host")
    elif reach in (SIBLING, FOREIGN):
        sentence = translatable(
            f"7 days in Safari: {urlsplit(script).hostname} cannot set first-party cookies for the "
            "website. Serve it on a path of the website's host. The line is then:"
        )
        yield Finding("cookie", NOTE, sentence, subject.lines["own_line"])
    else:
        yield Finding("cookie", GOOD, translatable("The service can set the cookie of a choice for this website."))
    names = [urlsplit(host).hostname or "" for host in subject.hosts]
    domain = shared_domain(names[0], names[1:])
    if len(set(names)) > 1 and subject.scope == "host" and domain:
        sentence = translatable(
            "Visitors who chose on one address of the site are asked again on the others. Under "
            "Settings, let a choice count for:"
        )
        yield Finding("cookie", NOTE, sentence, domain)
