"""Says for each item of a scan what it is for: by what the site itself promises, else by the classifier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from consent.classify.classifier import Classifier, shipped_classifier
from consent.core.groups import ESSENTIAL
from consent.core.paths import matches
from consent.scan.inventory import Item, host_of, registrable

UNCLASSIFIED = "unclassified"
CONFIG_KINDS = {"cookie": "cookie", "local_storage": "local", "session_storage": "session"}
PROMISE, OWN, FIRST_PARTY = "config", "own", "first_party"


class Verdict(NamedTuple):
    """What an item is for: `layer` is who says so, `reason` a sentence, `suggestion` the likeliest group."""

    group: str
    purpose: str | None
    vendor: str
    layer: str
    confidence: float
    reason: str
    suggestion: str


@dataclass(frozen=True)
class Promise:
    """What a site has published: its tags, vendors and cookies, as its config holds them; empty where none is known."""

    site: str = ""
    hosts: tuple[str, ...] = ()
    controller: str = ""
    tags: tuple[Mapping[str, Any], ...] = ()
    vendors: tuple[Mapping[str, Any], ...] = ()
    cookies: tuple[Mapping[str, Any], ...] = ()

    def vendor_of(self, host: str) -> str | None:
        """Return the vendor that the config has at `host`."""
        for vendor in self.vendors:
            if any(_is_at(host, known) for known in vendor["hosts"]):
                return str(vendor["id"])
        return None

    def groups_of(self, vendor: str) -> list[str]:
        """Return the groups of the vendor's tags."""
        return [str(tag["group"]) for tag in self.tags if tag["vendor"] == vendor]

    def limited(self, vendor: str) -> bool:
        """Tell whether the owner has declared a limited mode for a tag of `vendor`."""
        return any(tag["vendor"] == vendor and tag["limited"] for tag in self.tags)


def promise_of(config: Mapping[str, Any]) -> Promise:
    """Return the promise that a published config is."""
    return Promise(
        config["site"],
        tuple(host_of(origin) for origin in config["hosts"]),
        config["controller"]["name"],
        tuple(config["tags"]),
        tuple(config["vendors"]),
        tuple(config["cookies"]),
    )


@dataclass(frozen=True)
class Identifier:
    """Names items of one scan."""

    site_host: str
    promise: Promise = field(default_factory=Promise)
    classifier: Classifier = field(default_factory=shipped_classifier)

    def verdict(self, item: Item) -> Verdict:
        """Say what `item` is for."""
        if item.kind in ("host", "fingerprint"):
            return self._host(item)
        return self._own(item) or self._promised(item) or self._classified(item)

    def _own(self, item: Item) -> Verdict | None:
        site = self.promise.site
        if site and (item.name == f"consent_{site}" or item.name.startswith(f"consent_{site}_")):
            sentence = "It keeps the visitor's choice."
            return Verdict(ESSENTIAL, "consent_state", "", OWN, 1.0, sentence, ESSENTIAL)
        return None

    def _promised(self, item: Item) -> Verdict | None:
        kind = CONFIG_KINDS.get(item.kind)
        for cookie in self.promise.cookies:
            same = matches(cookie["name"], item.name) if cookie["pattern"] else cookie["name"] == item.name
            if cookie["kind"] == kind and same:
                group, sentence = cookie["group"], "The site's own config names it."
                return Verdict(group, cookie["purpose"], cookie["vendor"] or "", PROMISE, 1.0, sentence, group)
        return None

    def _classified(self, item: Item) -> Verdict:
        script = next((by for by in item.by if registrable(host_of(by)) != registrable(self.site_host)), "")
        vendor = self.promise.vendor_of(host_of(script)) or self.promise.vendor_of(item.host)
        if vendor and self.promise.groups_of(vendor):
            group = self.promise.groups_of(vendor)[-1]
            sentence = f"It was set by {vendor}, whose tag is {group} on this site."
            return Verdict(group, None, vendor, PROMISE, 0.9, sentence, group)
        answer = self.classifier.cookie(
            item.name,
            item.host,
            expiry_s=item.facts.get("lifetime_s") or 0 if item.facts else None,
            third_party=item.third_party,
            script=script,
        )
        return Verdict(
            answer.group,
            answer.purpose,
            answer.vendor,
            answer.layer,
            answer.confidence,
            answer.reason,
            answer.suggestion,
        )

    def _host(self, item: Item) -> Verdict:
        host = item.host
        if host == self.site_host or host in self.promise.hosts or not item.third_party:
            return Verdict(ESSENTIAL, None, "", FIRST_PARTY, 1.0, "It is a host of the site itself.", ESSENTIAL)
        vendor = self.promise.vendor_of(host)
        groups = self.promise.groups_of(vendor) if vendor else []
        if vendor and groups:
            sentence = f"It is a host of {vendor}, whose tag is {groups[-1]} on this site."
            return Verdict(groups[-1], None, vendor, PROMISE, 1.0, sentence, groups[-1])
        answer = self.classifier.address(item.examples[0] if item.examples else f"https://{host}/")
        if answer.group == UNCLASSIFIED and vendor:
            answer = self.classifier.address(f"https://{host}/")
        return Verdict(
            answer.group,
            answer.purpose,
            answer.vendor or vendor or "",
            answer.layer,
            answer.confidence,
            answer.reason,
            answer.suggestion,
        )


def _is_at(host: str, known: str) -> bool:
    name = urlsplit(f"//{known}").hostname or ""
    return host == name or (known.startswith("*.") and host.endswith(known[1:]))
