"""Set-Cookie headers after a choice: the consent cookie, the secret that links receipts, and cookies to delete.

Only a server can delete HttpOnly cookies.
"""

import re
from functools import cache, lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from consent.api.http.request import Request
from consent.api.page.visit_context import TCF_COOKIE, Visit, app_of, tcf_cookie
from consent.core.amend import amended, has_grant
from consent.core.choice import Choice, ChoiceTooLongError, format_choice, newest_choice_text, parse_choice
from consent.core.decide import Decision, decide
from consent.core.documents.resolved import Resolved
from consent.core.documents.script_payload import NamedCookie
from consent.core.groups import ESSENTIAL
from consent.core.paths import matches
from consent.presentation.banner_storage import COOKIE_LIFE_SECONDS
from consent.runtime.compiled_config import CompiledConfig

_SECRET = re.compile(r"[0-9a-f]{32}")
REFUSED = frozenset({"refused", "vendor_refused", "gpc", "dnt", "minor"})
"""The reasons for a visitor's refusal, as in banner/decision/vendor_answers.js."""
MAX_COOKIES = 40
"""Maximum cookies deleted by one response; browsers and proxies limit the size of headers."""


class SiteCookies:
    """What one response does to the cookies of its site: `value` is what the consent cookie should be afterwards."""

    value: str
    tcf_value: str | None = None

    def __init__(self, request: Request, config: CompiledConfig, *, is_https: bool) -> None:
        self._config, self.secure = config, "; Secure" if is_https else ""
        self._domain = _cookie_domain(request, config)

    @property
    def is_first_party(self) -> bool:
        """Return whether a cookie set by the service belongs to the site."""
        return self._domain is not None

    def _set(self, name: str, value: str, seconds: int) -> str:
        domain = f"; Domain={self._domain}" if self._domain else ""
        return f"{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax{domain}{self.secure}"


class Cookies(SiteCookies):
    """The cookies to set for one choice.

    `text` is the choice as a cookie, `life` the months for which a grant counts, `value` what the consent cookie should
    be afterwards. `tcf` is the second cookie of a site with TCF, `tcf_value` what it should be afterwards. `secret`
    links the receipt to the visitor's others, or is None if nothing may: before a grant, nobody gets an id unless they
    asked for proof. `fresh` are 32 random hex digits, the secret for a visitor without one. `keeps_id` is whether the
    browser has a secret from now on.
    """

    def __init__(
        self,
        request: Request,
        config: CompiledConfig,
        choice: Choice,
        *,
        text: str,
        life: int,
        late: bool,
        from_page: bool,
        grants: bool,
        keep_proof: bool,
        fresh: str,
        is_https: bool,
        tcf: str | None = None,
    ) -> None:
        super().__init__(request, config, is_https=is_https)
        present = newest_choice_text(request.cookies(config.cookie))
        self.value, is_current = _resolve_value(present, choice, text, life, late=late, from_page=from_page)
        self._sets_value = is_current
        present_tcf = tcf_cookie(request, config)
        self.tcf_value = tcf if is_current and tcf else present_tcf
        self._sets_tcf = self.tcf_value != present_tcf
        known = read_secret(request, config) if self._domain is not None else None
        # A choice superseded by a newer one neither sets nor drops the id, and any remaining grant needs it.
        is_over = is_current and not keep_proof and not grants and not _grants(self.value, self.tcf_value)
        self._drops_id = is_over and bool(request.cookie(config.cookie + "_id"))
        wants = is_current and (grants or keep_proof) and self._domain is not None
        self.is_new = wants and known is None
        self.secret = known or (fresh if wants else None)
        self.keeps_id = wants or (known is not None and not is_over)

    def headers(self) -> list[tuple[str, str]]:
        """Return the Set-Cookie headers, or none if the service's domain is foreign to the page."""
        if self._domain is None:
            return []
        name, cookies = self._config.cookie, []
        if self._sets_value:
            cookies.append(self._set(name, self.value, COOKIE_LIFE_SECONDS))
        if self._sets_tcf and self.tcf_value:
            cookies.append(self._set(name + TCF_COOKIE, self.tcf_value, COOKIE_LIFE_SECONDS))
        if self.keeps_id and self.secret:
            cookies.append(self._set(name + "_id", self.secret, COOKIE_LIFE_SECONDS) + "; HttpOnly")
        elif self._drops_id:
            cookies.append(self._set(name + "_id", "", 0) + "; HttpOnly")
        return [("Set-Cookie", cookie) for cookie in cookies]


def read_secret(request: Request, config: CompiledConfig) -> str | None:
    """Return the secret that links this browser's receipts, or None."""
    held = request.cookie(config.cookie + "_id") or ""
    return held if _SECRET.fullmatch(held) else None


def _resolve_value(
    present: str | None, choice: Choice, text: str, life: int, *, late: bool, from_page: bool
) -> tuple[str, bool]:
    """Return the value that the consent cookie should have, and whether to set it.

    The page has set its own cookie before it posts; if that says the same, it stays, including its day and anything
    else in it. What a choice leaves open stays as it was. A late choice changes the cookie only if it is newer. Two
    choices within a minute may arrive in the wrong order, and the cookie only stores days: if the page's own cookie
    grants less than the choice, it stays.
    """
    known = parse_choice(present)
    if not known or not present:
        return text, True
    if from_page and _includes(known, choice) and known.day <= choice.day:
        return present, True
    if None in choice.groups.values():
        choice = amended(known, choice, life)
        try:
            text = format_choice(choice)
        except ChoiceTooLongError:
            return present, False  # as the page does
    if (known.groups, known.vendors) == (choice.groups, choice.vendors) and known.day <= choice.day:
        return present, True
    if known.day >= choice.day and (late or (from_page and _grants_beyond(choice, known))):
        return present, False
    return text, True


def _includes(known: Choice, choice: Choice) -> bool:
    """Return whether `known` has each answer in `choice`."""
    groups = all(answer in (None, known.groups[group]) for group, answer in choice.groups.items())
    return groups and all(known.vendors.get(vendor) is answer for vendor, answer in choice.vendors.items())


def _grants(value: str, tcf: str | None) -> bool:
    choice = parse_choice(value, tcf)
    return choice is not None and has_grant(choice)


def _grants_beyond(choice: Choice, known: Choice) -> bool:
    """Return whether `choice` grants a group or vendor that `known` doesn't."""
    groups = any(value and not known.groups[group] for group, value in choice.groups.items())
    vendors = any(value and not known.vendors.get(vendor) for vendor, value in choice.vendors.items())
    return (
        groups or vendors or any(not value and vendor not in choice.vendors for vendor, value in known.vendors.items())
    )


def _cookie_domain(request: Request, config: CompiledConfig) -> str | None:
    """Return the Domain attribute: "" for the page's own host, None if our cookies wouldn't be the site's own."""
    if app_of(request, config):
        return ""  # an app stores what it receives
    is_same = request.header("Sec-Fetch-Site") == "same-origin"
    return _domain(config.scope, request.header("Origin") or "", request.header("Host") or "", is_same)


@lru_cache(256)
def _domain(scope: str, origin: str, host: str, is_same: bool) -> str | None:
    origin, host = urlsplit(origin).hostname or "", host_name(host)
    if scope and all(name == scope or name.endswith("." + scope) for name in (origin or host, host)):
        return scope
    return "" if is_same or (host and origin == host) else None


def host_name(host: str) -> str:
    """Return the name in a Host header, without a port."""
    return urlsplit("//" + host).hostname or ""


def deletions(
    request: Request, cookies: SiteCookies, visit: Visit, resolved: Resolved, today: int
) -> list[tuple[str, str]]:
    """Return a Set-Cookie header for each domain of each cookie in `request` that the choice in `cookies` refuses.

    `resolved` is the config under the rule that was applied, on the day `today` (days since 1970-01-01).

    Only cookies that the config names or its containers set are deleted, and only for refused groups and vendors; never
    `Clear-Site-Data`, which would sign visitors out. A service on a foreign domain can't reach the site's cookies.
    """
    names = _names(request)
    if not names or not cookies.is_first_party:
        return []
    config = visit.config
    own: list[NamedCookie] = [entry for entry in config.document["cookies"] if not entry["third_party"]]
    named = [entry for entry in (*own, *config.contained) if entry["kind"] == "cookie"]
    present = {name: owners for name in names if (owners := _owners(named, name))}
    if not present:
        return []
    choice = parse_choice(cookies.value, cookies.tcf_value)
    decision = decide(resolved, today, visit.signals, choice, visit.path)
    gone = [name for name, owners in present.items() if all(_is_refused(decision, owner) for owner in owners)]
    host = host_name(request.header("Host") or "")
    return [
        ("Set-Cookie", f"{name}=; Path=/; Max-Age=0{domain}{cookies.secure}")
        for name in gone[:MAX_COOKIES]
        for domain in _domains(host)
    ]


def _names(request: Request) -> list[str]:
    text = request.header("Cookie")
    pairs = text.split(";") if text else ()
    return list(dict.fromkeys(pair.partition("=")[0].strip() for pair in pairs))


def _owners(named: list[NamedCookie], name: str) -> list[NamedCookie]:
    return [one for one in named if (matches(one["name"], name) if one["pattern"] else one["name"] == name)]


def _is_refused(decision: Decision, cookie: NamedCookie) -> bool:
    """Return whether the owner of `cookie` was refused, rather than undecided; mirrors `isRefused` in the page."""
    if cookie["group"] == ESSENTIAL:
        return False
    named = [tag for tag in decision.tags if tag["vendor"] == cookie["vendor"]]
    named = [tag for tag in named if tag["group"] == cookie["group"]] or named
    if any(tag["mode"] == "full" for tag in named):
        return False
    return any(answer["reason"] in REFUSED for answer in [*named, decision.groups[cookie["group"]]])


def _domains(host: str) -> list[str]:
    """Return the Domain attributes that a cookie of `host` may have: none, or any domain but a public suffix."""
    is_name = host.rpartition(".")[2].isalpha()
    site = _suffixes().privatesuffix(host) if is_name else None
    if not site:
        return [""]
    labels = host.split(".")
    parents = [".".join(labels[start:]) for start in range(len(labels) - site.count("."))]
    return ["", *(f"; Domain={parent}" for parent in parents)]


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
