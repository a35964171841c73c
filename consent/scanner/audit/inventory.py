"""Merge all visits into one inventory that lists each cookie, storage item, host and fingerprint once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TypedDict
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from consent.scanner.audit.host_parts import Parts
from consent.scanner.model.scan_result import (
    Moment,
    OwnRequestResult,
    PageResult,
    RequestResult,
    ScanResult,
    VisitResult,
    WriteResult,
)

STORED = ("cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker")
KINDS = (*STORED, "host", "fingerprint")
SITUATIONS = ("none", "reject", "gpc", "withdraw", "close", "minor", "unknown", "down", "accept")
"""Situations in which an item is seen; in all but `accept`, after a grant, it can be a leak."""
CHOICELESS = ("none", "gpc", "unknown", "down")
"""States of visits without a choice."""
MAX_ITEMS = 5000
"""Maximum number per kind, so that a flood of one kind can't hide a tracker's host."""
MAX_PAGES = 5
MAX_MAKERS = 10


class ItemFacts(TypedDict, total=False):
    """Facts about a cookie (attributes, lifetime in seconds, None for a session) or a host (its kinds of requests).

    For a collector proxied on the site's own host: its id ("" if unknown), its vendor in the catalog, what it was
    sent, the fields that identified a visitor, whether its shape alone is proof, and the mount to suggest.
    """

    lifetime_s: int | None
    http_only: bool
    secure: bool
    same_site: str
    path: str
    partitioned: bool
    kinds: list[str]
    collector: str
    vendor: str
    whats: list[str]
    ids: list[str]
    is_sure: bool
    mount: str


@dataclass
class Item:
    """Something a site stores or requests; `host` is a cookie's domain, or the host that was requested or stores it."""

    kind: str
    name: str
    host: str
    third_party: bool = False
    facts: ItemFacts = field(default_factory=ItemFacts)
    by: list[str] = field(default_factory=list)
    """Up to ten URLs of its initiators, in any situation."""
    seen: dict[str, list[str]] = field(default_factory=dict)
    """Up to five pages by situation and region, such as `reject` or `reject DE`."""
    made: dict[str, list[str]] = field(default_factory=dict)
    """Up to five initiator URLs by situation and region, so that loads the banner permits aren't blamed for leaks."""
    examples: list[str] = field(default_factory=list)
    """Requested URLs of a host."""

    def initiators(self, situation: str, region: str | None) -> list[str]:
        """Return the URLs of its initiators in a situation and region."""
        return self.made.get(situation_key(situation, region), [])

    @property
    def situations(self) -> list[str]:
        """Return the situations in which it was seen, leaks first."""
        names = {key.partition(" ")[0] for key in self.seen}
        return [situation for situation in SITUATIONS if situation in names]


class Inventory:
    """All items of a scan, in the order found; `entries` are the hosts of the config's vendors.

    A host that vendors share by path has a separate item, named after the part, for each part requested.
    """

    def __init__(self, result: ScanResult, entries: Iterable[str] = ()) -> None:
        self._parts = Parts(entries)
        self._site = registrable(host_of(result["url"]))
        self._items: dict[tuple[str, str, str], Item] = {}
        self._of_kind: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        """Number of sightings left out because their kind was full, by kind."""
        for visit in result["visits"]:
            for page in visit["pages"]:
                self._add_page(visit, page)
            self._add_cookies(visit)
            self._add_workers_hosts(visit)

    def part_of(self, url: str) -> str:
        """Return the host of `url`, or its part if vendors share it by path; for a mount, the exact host is used."""
        host, part = host_of(url), self._parts.longest_match(url)
        is_mount = "/" in part and registrable(host) == self._site
        return host + part[part.index("/") :].rstrip("?") if is_mount else part

    @property
    def items(self) -> list[Item]:
        """Return the items, sorted by kind."""
        return sorted(self._items.values(), key=lambda item: KINDS.index(item.kind))

    def _add_page(self, visit: VisitResult, page: PageResult) -> None:
        for request in page["requests"]:
            self._add_request(visit, page, request)
        for own in page["own_host"]:
            self._add_own(visit, page, own)
        for write in page["writes"]:
            self._add_write(visit, page, write)
        for frame in page["frames"]:
            stored = {
                "local_storage": frame["local_storage"],
                "session_storage": frame["session_storage"],
                "indexed_db": frame["indexed_db"],
                "cache": frame["cache"],
                "service_worker": frame["service_worker"],
            }
            for kind, names in stored.items():
                for name in names:
                    # The writes show who wrote it; what exists at the end counts for the visit's last situation.
                    host = host_of(frame["url"])
                    if (kind, name, host) not in self._items:
                        self._add_sighting(kind, name, host, last_situation(visit), visit, page["url"])
        for call in page["fingerprints"]:
            by = call["by"] or [page["url"]]
            self._add_sighting(
                "fingerprint", call["name"], host_of(by[0]), situation(visit, call), visit, page["url"], by
            )

    def _add_request(self, visit: VisitResult, page: PageResult, request: RequestResult) -> None:
        host = host_of(request["url"])
        part = self.part_of(request["url"])
        event: Moment = request
        if "/" in part and registrable(host) == self._site and request["by_parser"] and request["kind"] == "script":
            if request["ran_at"] is None:
                return  # preloaded by the browser from a mount; reported by `audit/own_host.py`
            event = _moment(visit, request["ran_at"])
        if item := self._add_sighting("host", part, host, situation(visit, event), visit, page["url"], request["by"]):
            if request["kind"] not in item.facts.setdefault("kinds", []):
                item.facts["kinds"].append(request["kind"])
            if len(item.examples) < MAX_PAGES and request["url"] not in item.examples:
                item.examples.append(request["url"])

    def _add_own(self, visit: VisitResult, page: PageResult, own: OwnRequestResult) -> None:
        """Add a collector proxied on the site's own host, by the config's mount or the suggested one."""
        if own["outcome"] not in ("named", "unknown") or own["ahead"]:
            return
        host, part = host_of(own["url"]), self.part_of(own["url"])
        if "/" not in part:
            part = host + (own["mount"].rstrip("*") or urlsplit(own["url"]).path)
        item = self._add_sighting("host", part, host, situation(visit, own), visit, page["url"], own["by"])
        if item is None:
            return
        facts = item.facts
        if not facts.get("collector") or (own["is_sure"] and not facts["is_sure"]):
            facts["collector"], facts["vendor"] = own["collector"], own["vendor"]
            facts["is_sure"], facts["mount"] = own["is_sure"], own["mount"]
        facts["whats"] = list(dict.fromkeys([*facts.get("whats", []), own["what"]]))
        facts["ids"] = list(dict.fromkeys([*facts.get("ids", []), *own["ids"]]))
        facts["kinds"] = list(dict.fromkeys([*facts.get("kinds", []), own["kind"]]))
        if len(item.examples) < MAX_PAGES and own["url"] not in item.examples:
            item.examples.append(own["url"])

    def _add_write(self, visit: VisitResult, page: PageResult, write: WriteResult) -> None:
        if write["deletes"]:
            return
        host = write["host"] or host_of(page["final_url"] or page["url"])
        if write["kind"] == "cookie":
            host = _jar_host(visit, write["name"], host)
        self._add_sighting(write["kind"], write["name"], host, situation(visit, write), visit, page["url"], write["by"])

    def _add_cookies(self, visit: VisitResult) -> None:
        url = visit["pages"][0]["url"] if visit["pages"] else ""
        for cookie in visit["cookies"]:
            key = ("cookie", cookie["name"], cookie["domain"].lstrip(".").lower())
            item = self._items.get(key) or self._add_sighting(*key, last_situation(visit), visit, url)
            if item:
                lifetimes = [cookie["lifetime_s"], item.facts.get("lifetime_s")]
                item.facts |= {
                    "lifetime_s": max((one for one in lifetimes if one is not None), default=None),
                    "http_only": cookie["httpOnly"] and item.facts.get("http_only", True),
                    "secure": cookie["secure"],
                    "same_site": cookie["sameSite"],
                    "path": cookie["path"],
                    "partitioned": cookie["partitioned"],
                }

    def _add_workers_hosts(self, visit: VisitResult) -> None:
        """Add the hosts of proxied connections without a recorded request; a worker requested them."""
        requested = {host_of(request["url"]) for page in visit["pages"] for request in page["requests"]}
        for host, times in visit["hosts"].items():
            for at in times if host not in requested and visit["pages"] else ():
                event = _moment(visit, at)
                item = self._add_sighting("host", host, host, situation(visit, event), visit, visit["pages"][0]["url"])
                if item and not item.facts.get("kinds"):
                    item.facts["kinds"] = ["worker"]

    def _add_sighting(
        self,
        kind: str,
        name: str,
        host: str,
        when: str,
        visit: VisitResult,
        url: str,
        by: Iterable[str] = (),
    ) -> Item | None:
        key = (kind, name, host)
        if key not in self._items:
            if self._of_kind[kind] >= MAX_ITEMS:
                self.left_out[kind] += 1
                return None
            self._of_kind[kind] += 1
        item = self._items.setdefault(key, Item(kind, name, host, registrable(host) != self._site))
        where = situation_key(when, visit["region"])
        pages, makers = item.seen.setdefault(where, []), item.made.setdefault(where, [])
        if url not in pages and len(pages) < MAX_PAGES:
            pages.append(url)
        item.by += [address for address in by if address not in item.by][: MAX_MAKERS - len(item.by)]
        makers += [address for address in by if address not in makers][: MAX_PAGES - len(makers)]
        return item


def situation_key(situation: str, region: str | None) -> str:
    """Return a situation and region as text, such as `reject DE`."""
    return f"{situation} {region}" if region else situation


def situation(visit: VisitResult, event: Moment) -> str:
    """Return the situation in which something happened; until a visit has refused, it is one without a choice."""
    state, is_after = visit["state"], event["after_choice"]
    if state in CHOICELESS:
        return str(state)
    if state == "withdraw":
        granted = visit["choice"]["at"] if visit["choice"] else None
        return "withdraw" if is_after else "accept" if granted and event["at"] >= granted else "none"
    return str(state) if is_after else "none"


def _moment(visit: VisitResult, at: float) -> Moment:
    """Return a time, and whether it is after the visit's choice."""
    chosen = visit["withdrawal"] if visit["state"] == "withdraw" else visit["choice"]
    since = chosen["at"] if chosen and chosen["found"] else None
    return {"at": at, "after_choice": since is not None and at >= since}


def last_situation(visit: VisitResult) -> str:
    """Return the situation at the end of a visit."""
    chosen = visit["withdrawal"] if visit["state"] == "withdraw" else visit["choice"]
    if visit["state"] in CHOICELESS or (chosen and chosen["found"]):
        return str(visit["state"])
    return "none"


def host_of(url: str) -> str:
    """Return the host of a URL, or ""."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def registrable(host: str) -> str:
    """Return the registrable domain of `host`, such as `example.co.uk`, or the host if there is none."""
    return _suffixes().privatesuffix(host) or host


def loaded_any_page(result: ScanResult) -> bool:
    """Return whether a scan loaded any page successfully."""
    return any(page["problem"] is None for visit in result["visits"] for page in visit["pages"])


def problems(result: ScanResult) -> list[str]:
    """Return a sentence for each failed page or visit, and for each blocked host.

    A problem found in several visits is listed once, with all of them.
    """
    visits_of: dict[str, list[str]] = {}
    for visit in result["visits"]:
        where = visit["state"] + (f" {visit['region']}" if visit["region"] else "")
        for sentence in _problems(visit):
            if where not in visits_of.setdefault(sentence, []):
                visits_of[sentence].append(where)
    return [f"[{', '.join(visits)}] {sentence}" for sentence, visits in visits_of.items()]


def _problems(visit: VisitResult) -> Iterator[str]:
    """Yield the failures of a visit."""
    if visit["problem"]:
        yield visit["problem"]
    for page in visit["pages"]:
        for sentence in (page["problem"], *page["notes"]):
            if sentence:
                yield f"{page['url']}: {sentence}"
        if page["left_out"]:
            yield f"{page['url']}: {page['left_out']} further requests or writes were not kept."
    for sentence, count in visit["refused"].items():
        yield sentence + (f" ({count} times)" if count > 1 else "")
    if visit["state"] in ("reject", "accept", "withdraw") and not (visit["choice"] and visit["choice"]["found"]):
        yield f"No way to {'reject' if visit['state'] == 'reject' else 'accept'} was found."
    if visit["withdrawal"] and not visit["withdrawal"]["found"]:
        yield "No way to take the choice back was found."


def _jar_host(visit: VisitResult, name: str, host: str) -> str:
    """Return the domain under which the profile stores the cookie `name` set by `host`."""
    for cookie in (*visit["cookies"], *visit["cookies_before"]):
        domain = str(cookie["domain"]).lstrip(".").lower()
        if cookie["name"] == name and (host == domain or host.endswith(f".{domain}")):
            return domain
    return host
