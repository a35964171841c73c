"""From what was seen in all visits to one list: each cookie, stored item, host and fingerprint once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from consent.scan.parts import Parts

STORED = ("cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker")
KINDS = (*STORED, "host", "fingerprint")
SITUATIONS = ("none", "reject", "gpc", "withdraw", "close", "minor", "unknown", "down", "accept")
"""No choice yet, after a refusal, under Global Privacy Control, after a withdrawal, after a grant: leaks first."""
CHOICELESS = ("none", "gpc", "unknown", "down")
"""States of visits in which nothing is chosen."""
MOST_ITEMS = 5000
"""Of one kind: what fills one kind with names of its own leaves no host of a tracker unlisted."""
MOST_PAGES = 5
MOST_MAKERS = 10


@dataclass
class Item:
    """One thing that a site keeps or asks; `host` is a cookie's domain, or the host that was asked or that stores."""

    kind: str
    name: str
    host: str
    third_party: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    """Of a cookie: `lifetime_s` (None for a session), `http_only`, `secure`, `same_site`, `partitioned`, `path`."""
    by: list[str] = field(default_factory=list)
    """Up to ten addresses of who made it, in whatever situation."""
    seen: dict[str, list[str]] = field(default_factory=dict)
    """Up to five pages by situation and region, such as `reject` or `reject DE`."""
    made: dict[str, list[str]] = field(default_factory=dict)
    """Up to five addresses of who made it, by situation and region: the banner loads what it may, and is no leak's maker."""
    examples: list[str] = field(default_factory=list)
    """Of a host: addresses that were asked for."""

    def makers(self, situation: str, region: str | None) -> list[str]:
        """Return who made it in a situation, as from a region."""
        return self.made.get(situation_key(situation, region), [])

    @property
    def situations(self) -> list[str]:
        """Return in which situations it was seen, leaks first."""
        found = {key.partition(" ")[0] for key in self.seen}
        return [situation for situation in SITUATIONS if situation in found]


class Inventory:
    """All items of a scan, in the order in which they were met; `entries` are the hosts of the config's vendors.

    What is asked of a host is one item for each part of it that vendors share by path: its name is the part.
    """

    def __init__(self, result: dict[str, Any], entries: Iterable[str] = ()) -> None:
        self.part_of = Parts(entries).of
        self._site = registrable(host_of(result["url"]))
        self._items: dict[tuple[str, str, str], Item] = {}
        self._of_kind: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        """By kind, how often something more was met than is kept of one kind."""
        for visit in result["visits"]:
            for page in visit["pages"]:
                self._add_page(visit, page)
            self._add_cookies(visit)
            self._add_workers_hosts(visit)

    @property
    def items(self) -> list[Item]:
        """Return the items, by kind."""
        return sorted(self._items.values(), key=lambda item: KINDS.index(item.kind))

    def _add_page(self, visit: dict[str, Any], page: dict[str, Any]) -> None:
        for request in page["requests"]:
            self._add_request(visit, page, request)
        for write in page["writes"]:
            self._add_write(visit, page, write)
        for frame in page["frames"]:
            for kind in STORED[1:]:
                for name in frame[kind]:
                    # Who wrote it is known from the writes; what is there at the end counts with the visit's last state.
                    host = host_of(frame["url"])
                    if (kind, name, host) not in self._items:
                        self._see(kind, name, host, last_situation(visit), visit, page)
        for call in page["fingerprints"]:
            by = call["by"] or [page["url"]]
            self._see("fingerprint", call["name"], host_of(by[0]), situation(visit, call), visit, page, by)

    def _add_request(self, visit: dict[str, Any], page: dict[str, Any], request: dict[str, Any]) -> None:
        host = host_of(request["url"])
        part = self.part_of(request["url"])
        if item := self._see("host", part, host, situation(visit, request), visit, page, request["by"]):
            if request["kind"] not in item.facts.setdefault("kinds", []):
                item.facts["kinds"].append(request["kind"])
            if len(item.examples) < MOST_PAGES and request["url"] not in item.examples:
                item.examples.append(request["url"])

    def _add_write(self, visit: dict[str, Any], page: dict[str, Any], write: dict[str, Any]) -> None:
        if write["deletes"]:
            return
        host = write["host"] or host_of(page["final_url"] or page["url"])
        if write["kind"] == "cookie":
            host = _jar_host(visit, write["name"], host)
        self._see(write["kind"], write["name"], host, situation(visit, write), visit, page, write["by"])

    def _add_cookies(self, visit: dict[str, Any]) -> None:
        page = visit["pages"][0] if visit["pages"] else {"url": ""}
        for cookie in visit["cookies"]:
            key = ("cookie", cookie["name"], cookie["domain"].lstrip(".").lower())
            item = self._items.get(key) or self._see(*key, last_situation(visit), visit, page)
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

    def _add_workers_hosts(self, visit: dict[str, Any]) -> None:
        """Add the hosts that the proxy led to for none of the requests that were seen: a worker asked them."""
        asked = {host_of(request["url"]) for page in visit["pages"] for request in page["requests"]}
        chosen = visit["withdrawal"] if visit["state"] == "withdraw" else visit["choice"]
        since = chosen["at"] if chosen and chosen["found"] else None
        for host, times in visit["hosts"].items():
            for at in times if host not in asked and visit["pages"] else ():
                event = {"at": at, "after_choice": since is not None and at >= since}
                item = self._see("host", host, host, situation(visit, event), visit, visit["pages"][0])
                if item and not item.facts.get("kinds"):
                    item.facts["kinds"] = ["worker"]

    def _see(
        self,
        kind: str,
        name: str,
        host: str,
        when: str,
        visit: dict[str, Any],
        page: dict[str, Any],
        by: Iterable[str] = (),
    ) -> Item | None:
        key = (kind, name, host)
        if key not in self._items:
            if self._of_kind[kind] >= MOST_ITEMS:
                self.left_out[kind] += 1
                return None
            self._of_kind[kind] += 1
        item = self._items.setdefault(key, Item(kind, name, host, registrable(host) != self._site))
        where = situation_key(when, visit["region"])
        pages, makers = item.seen.setdefault(where, []), item.made.setdefault(where, [])
        if page["url"] not in pages and len(pages) < MOST_PAGES:
            pages.append(page["url"])
        item.by += [address for address in by if address not in item.by][: MOST_MAKERS - len(item.by)]
        makers += [address for address in by if address not in makers][: MOST_PAGES - len(makers)]
        return item


def situation_key(situation: str, region: str | None) -> str:
    """Return a situation as from a region in a word or two, such as `reject DE`."""
    return f"{situation} {region}" if region else situation


def situation(visit: dict[str, Any], event: dict[str, Any]) -> str:
    """Return in which situation something happened: a visit that is to refuse is without a choice until it has."""
    state, is_after = visit["state"], event["after_choice"]
    if state in CHOICELESS:
        return str(state)
    if state == "withdraw":
        granted = (visit["choice"] or {}).get("at")
        return "withdraw" if is_after else "accept" if granted and event["at"] >= granted else "none"
    return str(state) if is_after else "none"


def last_situation(visit: dict[str, Any]) -> str:
    """Return the situation that a visit ended in."""
    chosen = visit["withdrawal"] if visit["state"] == "withdraw" else visit["choice"]
    if visit["state"] in CHOICELESS or (chosen and chosen["found"]):
        return str(visit["state"])
    return "none"


def host_of(url: str) -> str:
    """Return the host of an address; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def registrable(host: str) -> str:
    """Return the part of `host` that somebody has registered, such as `example.co.uk`; the host where there is none."""
    return _suffixes().privatesuffix(host) or host


def saw_anything(result: dict[str, Any]) -> bool:
    """Tell whether a scan was shown a page at all."""
    return any(page["problem"] is None for visit in result["visits"] for page in visit["pages"])


def problems(result: dict[str, Any]) -> list[str]:
    """Return a sentence for each page or visit that went wrong, and for each host that was kept away from.

    What went wrong in several visits is told once, with all of them.
    """
    visits_of: dict[str, list[str]] = {}
    for visit in result["visits"]:
        where = visit["state"] + (f" {visit['region']}" if visit["region"] else "")
        for sentence in _problems(visit):
            if where not in visits_of.setdefault(sentence, []):
                visits_of[sentence].append(where)
    return [f"[{', '.join(visits)}] {sentence}" for sentence, visits in visits_of.items()]


def _problems(visit: dict[str, Any]) -> Iterator[str]:
    """Yield what went wrong in a visit."""
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
    if visit["state"] in ("reject", "accept", "withdraw") and not (visit["choice"] or {}).get("found"):
        yield f"No way to {'reject' if visit['state'] == 'reject' else 'accept'} was found."
    if visit["withdrawal"] and not visit["withdrawal"]["found"]:
        yield "No way to take the choice back was found."


def _jar_host(visit: dict[str, Any], name: str, host: str) -> str:
    """Return the domain under which the profile has the cookie `name` that `host` has set."""
    for cookie in (*visit["cookies"], *visit["cookies_before"]):
        domain = str(cookie["domain"]).lstrip(".").lower()
        if cookie["name"] == name and (host == domain or host.endswith(f".{domain}")):
            return domain
    return host
