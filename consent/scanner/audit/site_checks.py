"""Compliance checks of a site beyond its banner, numbered as in docs/scanner.md."""

import json
import re
from collections.abc import Iterator

from consent.core.groups import ESSENTIAL
from consent.scanner.audit.classify_items import Identifier, Promise
from consent.scanner.audit.inventory import Inventory
from consent.scanner.audit.leaks import Finding
from consent.scanner.model.scan_result import PageResult, ScanResult, VisitResult

MODES = (
    *("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"),
    *("functionality_storage", "personalization_storage", "security_storage"),
)
SCRIPT = re.compile(r"/b/[a-z0-9-]+\.js(\?|$)")
GPC_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[0-9:.+Z-]{1,30})?")


def check_united_states(visits: list[VisitResult], region: str | None) -> Iterator[Finding]:
    """Yield California's requirements for each page: checks 25 and 26."""
    if region != "US-CA":
        return
    for visit in visits:
        if visit["region"] != region or visit["state"] not in ("none", "gpc"):
            continue
        words_by_page = [(page["url"], _words(page)) for page in visit["pages"] if page["problem"] is None]
        if visit["state"] == "gpc":
            silent = [url for url, words in words_by_page if "honored" not in words]
            sentence = (
                "Pages under GPC do not say that the opt-out request is honored."
                if silent
                else "Pages under GPC say that the opt-out request is honored."
            )
            yield Finding("opt-out-status", "fail" if silent else "ok", sentence, region, tuple(silent[:5]), 25)
        else:
            silent = [
                url for url, words in words_by_page if not ({"choices"} <= words or {"do_not_sell", "limit"} <= words)
            ]
            sentence = (
                "Pages lack the links that California requires."
                if silent
                else "Each page has the links that California requires."
            )
            yield Finding("links", "fail" if silent else "ok", sentence, region, tuple(silent[:5]), 26)


def check_consent_mode(visits: list[VisitResult], identifier: Identifier, inventory: Inventory) -> Iterator[Finding]:
    """Yield whether consent mode's default preceded any vendor's script, and its update followed a grant: check 32."""
    groups = {item.name: identifier.verdict(item).group for item in inventory.items if item.kind == "host"}
    calls = [call for visit in visits for page in visit["pages"] for call in page["consent_mode"]]
    if not calls:
        return
    late, missing = [], set(MODES)
    for visit in visits:
        for page in visit["pages"]:
            defaults = [call["at"] for call in page["consent_mode"] if call["command"] == "default"]
            scripts = [request for request in page["requests"] if request["kind"] == "script"]
            # Browsers request a page's scripts before running any.
            vendors = [
                request["ran_at"] or request["at"]
                for request in scripts
                if groups.get(inventory.part_of(request["url"]), ESSENTIAL) != ESSENTIAL
            ]
            if vendors and page["consent_mode"] and (not defaults or min(defaults) > min(vendors)):
                late.append(page["url"])
    for call in calls:
        if call["command"] == "default":
            missing -= call["values"].keys()
    sentence = (
        "A vendor's script ran before the consent mode default was set."
        if late
        else "The consent mode default was set before the first vendor script ran."
    )
    yield Finding("consent-mode-order", "fail" if late else "ok", sentence, None, tuple(dict.fromkeys(late))[:5], 32)
    if missing:
        sentence = f"The consent mode default leaves out {', '.join(sorted(missing))}."
        yield Finding("consent-mode-types", "fail", sentence, None, (), 32)
    for visit in visits:
        chosen = visit["choice"] if visit["state"] == "accept" else None
        first = visit["pages"][0] if visit["pages"] else None
        if chosen and chosen["found"] and first and _is_denied_before(first):
            good = any(call["command"] == "update" and call["after_choice"] for call in first["consent_mode"])
            sentence = (
                "Consent mode was updated on the page of the grant."
                if good
                else "Consent mode wasn't updated on the page of the grant."
            )
            yield Finding("consent-mode-update", "ok" if good else "fail", sentence, visit["region"], (), 32)


def check_signals(result: ScanResult) -> Iterator[Finding]:
    """Yield whether responses vary by GPC, and whether the site's GPC file is well-formed: check 31."""
    requests = [r for v in result["visits"] for p in v["pages"] for r in p["requests"] if SCRIPT.search(r["url"])]
    if requests:
        bad = [r["url"] for r in requests if r["status"] == 200 and "sec-gpc" not in r["vary"].lower()]
        sentence = "The banner's response lacks Vary: Sec-GPC." if bad else "The banner's response has Vary: Sec-GPC."
        yield Finding("vary", "fail" if bad else "ok", sentence, None, tuple(dict.fromkeys(bad))[:3], 31)
    if result["gpc_json"] is not None:
        good = _is_gpc_file(result["gpc_json"])
        sentence = "/.well-known/gpc.json " + ("is well-formed." if good else "doesn't follow the GPC specification.")
        yield Finding("gpc-json", "ok" if good else "fail", sentence, None, (), 31)


def check_page_apis(visits: list[VisitResult], promise: Promise) -> Iterator[Finding]:
    """Yield whether there is a TCF interface although this service's banner has no CMP id: check 36."""
    apis = sorted({name for v in visits for p in v["pages"] for f in p["frames"] if f["is_main"] for name in f["apis"]})
    if promise.site:
        sentence = (
            f"The page offers {', '.join(apis)} although no CMP id is registered."
            if apis
            else "The page offers no CMP interface without a registered id."
        )
        yield Finding("page-apis", "fail" if apis else "ok", sentence, None, (), 36)


def check_essential(identifier: Identifier) -> Iterator[Finding]:
    """Yield the tags in the essential group whose hosts are known for another purpose: check 16."""
    for tag in identifier.promise.tags:
        source = (tag["load"] or {}).get("src")
        if tag["group"] != ESSENTIAL or not source or not tag["enabled"]:
            continue
        answer = identifier.classifier.address(source)
        bad = answer.group in ("analytics", "advertising")
        sentence = f"The tag {tag['id']} is essential in the config" + (f", but {answer.reason}" if bad else ".")
        yield Finding("essential", "fail" if bad else "ok", sentence, None, (), 16)


def check_decoration(visits: list[VisitResult]) -> Iterator[Finding]:
    """Yield the parameters that carry a vendor's id on links to other hosts without a grant: check 37."""
    seen = [visit for visit in visits if visit["state"] != "accept" and any(page["frames"] for page in visit["pages"])]
    is_marked = False
    for visit in seen:
        marks = {tuple(pair) for page in visit["pages"] for frame in page["frames"] for pair in frame["decorated"]}
        if marks:
            is_marked = True
            listed = ", ".join(sorted({f"{mark} on links to {host}" for mark, host in marks}))
            sentence = f"Links carry a visitor's id without a grant: {listed}."
            yield Finding("link-decoration", "leak", sentence, visit["region"], (), 37)
    if seen and not is_marked:
        yield Finding("link-decoration", "ok", "No link carries a visitor's id without a grant.", None, (), 37)


def _is_denied_before(page: PageResult) -> bool:
    """Return whether consent mode denies something before the choice."""
    values: dict[str, str] = {}
    for call in page["consent_mode"]:
        if not call["after_choice"]:
            values |= call["values"]
    return "denied" in values.values()


def _words(page: PageResult) -> set[str]:
    return {word for frame in page["frames"] if frame["is_main"] for word in frame["said"]}


def _is_gpc_file(text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or not isinstance(document.get("gpc"), bool):
        return False
    date = document.get("lastUpdate")
    return date is None or (isinstance(date, str) and GPC_DATE.fullmatch(date) is not None)
