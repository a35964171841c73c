"""Deletes what a refusal takes back and only a server can reach: named cookies that are HttpOnly, by `Set-Cookie`."""

from functools import cache
from typing import Any

from publicsuffixlist import PublicSuffixList

from consent.api.choice_cookies import host_name
from consent.api.choice_write import ChoiceWrite
from consent.api.request import Request
from consent.core.choice import parse_choice
from consent.core.decide import Decision, decide
from consent.core.groups import ESSENTIAL
from consent.core.paths import matches

REFUSED = frozenset({"refused", "vendor_refused", "gpc", "dnt", "minor"})
"""The reasons of a visitor's refusal, as banner/answers.js has them."""
MOST = 40
"""Cookies that one answer deletes; browsers and proxies bound the size of headers."""


def deletions(request: Request, write: ChoiceWrite) -> list[tuple[str, str]]:
    """Return a Set-Cookie header for each domain of each cookie in `request` that `write` refuses.

    Only what the config names, or its containers bring, for refused groups and vendors alone; never `Clear-Site-Data`,
    which would log people out. A service on a foreign domain cannot reach the site's cookies.
    """
    names = _names(request)
    if not names or not write.cookies.reaches_page:
        return []
    config = write.visit.config
    own = [entry for entry in config.document["cookies"] if not entry["third_party"]]
    named = [entry for entry in (*own, *config.contained) if entry["kind"] == "cookie"]
    present = {name: owners for name in names if (owners := _owners(named, name))}
    if not present:
        return []
    choice = parse_choice(write.cookies.value)
    decision = decide(write.resolved, write.today, write.visit.signals, choice, write.visit.path)
    gone = [name for name, owners in present.items() if all(_is_refused(decision, owner) for owner in owners)]
    host = host_name(request.header("Host") or "")
    secure = "; Secure" if write.public.is_https else ""
    return [
        ("Set-Cookie", f"{name}=; Path=/; Max-Age=0{domain}{secure}")
        for name in gone[:MOST]
        for domain in _domains(host)
    ]


def _names(request: Request) -> list[str]:
    text = request.header("Cookie")
    pairs = text.split(";") if text else ()
    return list(dict.fromkeys(pair.partition("=")[0].strip() for pair in pairs))


def _owners(named: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in named if (matches(one["name"], name) if one["pattern"] else one["name"] == name)]


def _is_refused(decision: Decision, cookie: dict[str, Any]) -> bool:
    """Tell whether the owner of `cookie` was refused, and not merely left open: the twin of `isRefused` in the page."""
    if cookie["group"] == ESSENTIAL:
        return False
    named = [tag for tag in decision.tags if tag["vendor"] == cookie["vendor"]]
    named = [tag for tag in named if tag["group"] == cookie["group"]] or named
    if any(tag["mode"] == "full" for tag in named):
        return False
    return any(answer["reason"] in REFUSED for answer in [*named, decision.groups[cookie["group"]]])


def _domains(host: str) -> list[str]:
    """Return the Domain attributes that a cookie of `host` may have: none, and each domain that is no public suffix."""
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
