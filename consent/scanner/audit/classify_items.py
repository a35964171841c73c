"""Classify each item of a scan by the site's own config, or else by the classifier."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from consent.classifier.classifier import Classifier, Decisions, shipped_classifier
from consent.classifier.observation import Observation
from consent.classifier.own_host.signatures import load_signatures
from consent.classifier.registrable_domain import clean_host
from consent.classifier.result import MODEL, NAME, NONE, PATTERN, SURE, Answer
from consent.core.documents.config import SiteFacts
from consent.core.groups import ESSENTIAL
from consent.core.host_patterns import owner_of
from consent.core.paths import matches
from consent.core.translatable import translatable
from consent.scanner.audit.inventory import STORED, Item, host_of, registrable
from consent.sites.finding_labels import CONFIG_KINDS
from consent.sites.in_page_tags import hosts_of
from consent.sites.seen_in_page import OWN_HOST
from consent.storage.scans.reviews import Decided

UNCLASSIFIED = "unclassified"
UNTAUGHT = ("cache", "service_worker")
"""Kinds on which the model isn't trained; a name such as sw.js says nothing about the purpose."""
PROMISE, OWN, FIRST_PARTY = "config", "own", "first_party"
LEAST = {MODEL: SURE, NAME: 0.5, PATTERN: 0.5}
"""Minimum confidence per layer for an accusation; for a name alone, more likely right than wrong."""


class Verdict(NamedTuple):
    """The purpose of an item: `layer` is its source, `reason` a sentence, `suggestion` the likeliest group."""

    group: str
    purpose: str | None
    vendor: str
    layer: str
    confidence: float
    reason: str
    suggestion: str

    @property
    def is_known(self) -> bool:
        """Return whether the purpose is known; an answer below its layer's minimum confidence doesn't count."""
        return self.group != UNCLASSIFIED and self.confidence >= LEAST.get(self.layer, 0)


@dataclass(frozen=True)
class Promise:
    """A site's published config: its tags, vendors and cookies; empty if unknown.

    `decisions` are those of the site's users on items that the config doesn't name. `service` is the host of the
    consent service, which may differ from the site's, or empty if unknown. `old_tool` is the former consent tool that the
    owner named as still running in the pages.
    """

    site: str = ""
    hosts: tuple[str, ...] = ()
    controller: str = ""
    tags: tuple[Mapping[str, Any], ...] = ()
    vendors: tuple[Mapping[str, Any], ...] = ()
    cookies: tuple[Mapping[str, Any], ...] = ()
    decisions: Decisions = field(default_factory=Decisions)
    service: str = ""
    old_tool: str = ""

    def vendor_of(self, address: str) -> str | None:
        """Return the vendor that the config lists for `address`, which may be a bare host."""
        return owner_of(address, {str(vendor["id"]): vendor["hosts"] for vendor in self.vendors})

    def name_of(self, vendor: str) -> str:
        """Return the vendor's name in the config, or its id if it has none."""
        return next((str(one["name"]) for one in self.vendors if one["id"] == vendor and one.get("name")), vendor)

    @property
    def entries(self) -> list[str]:
        """Return the hosts of all vendors, as written in the config."""
        return [entry for vendor in self.vendors for entry in vendor["hosts"]]

    def groups_of(self, vendor: str) -> list[str]:
        """Return the groups of the vendor's tags."""
        return [str(tag["group"]) for tag in self.tags if tag["vendor"] == vendor]

    def limited(self, vendor: str) -> bool:
        """Return whether the owner declared a limited mode for a tag of `vendor`."""
        return any(tag["vendor"] == vendor and tag["limited"] for tag in self.tags)


def promise_of(config: SiteFacts, decided: Iterable[Decided] = (), service: str = "") -> Promise:
    """Return the promise made by a published config, with the users' decisions and the service's host."""
    return Promise(
        config["site"],
        tuple(host_of(origin) for origin in config["hosts"]),
        config["controller"]["name"],
        tuple(config["tags"]),
        tuple(vendor | {"hosts": hosts_of(config, vendor)} for vendor in config["vendors"]),
        tuple(config["cookies"]),
        decisions_of(decided),
        service,
        str(config["overrides"].get("old_tool", "")),
    )


def decisions_of(decided: Iterable[Decided]) -> Decisions:
    """Return users' decisions in the classifier's format."""
    answers = {one.key: (one.group, one.purpose) for one in decided}
    return Decisions(
        {(name, clean_host(host)): decision for (kind, name, host), decision in answers.items() if kind != "host"},
        {name: decision for (kind, name, _host_verdict), decision in answers.items() if kind == "host"},
    )


@dataclass(frozen=True)
class Identifier:
    """Classifies the items of a scan; stored `items` are classified together, as evidence for each other."""

    site_host: str
    promise: Promise = field(default_factory=Promise)
    items: Sequence[Item] = ()
    classifier: Classifier = field(default_factory=shipped_classifier)

    def verdict(self, item: Item) -> Verdict:
        """Classify `item`."""
        if item.kind in ("host", "fingerprint"):
            return self._user_verdict(item) or self._host_verdict(item)
        return self._site_verdict(item) or self._classifier_verdict(item)

    def _site_verdict(self, item: Item) -> Verdict | None:
        """Return the site's own statement about a stored item."""
        return self._own(item) or self._config_verdict(item) or self._user_verdict(item)

    def _own(self, item: Item) -> Verdict | None:
        site = self.promise.site
        if site and (item.name == f"consent_{site}" or item.name.startswith(f"consent_{site}_")):
            sentence = translatable("It keeps the visitor's choice.")
            return Verdict(ESSENTIAL, "consent_state", "", OWN, 1.0, sentence, ESSENTIAL)
        return None

    def _config_verdict(self, item: Item) -> Verdict | None:
        kind = CONFIG_KINDS.get(item.kind)
        for cookie in self.promise.cookies:
            same = matches(cookie["name"], item.name) if cookie["pattern"] else cookie["name"] == item.name
            if cookie["kind"] == kind and same:
                group, sentence = cookie["group"], translatable("The site's own config names it.")
                return Verdict(group, cookie["purpose"], cookie["vendor"] or "", PROMISE, 1.0, sentence, group)
        return None

    def _user_verdict(self, item: Item) -> Verdict | None:
        decisions, host = self.promise.decisions, clean_host(item.host)
        if item.kind in ("host", "fingerprint"):
            answer = decisions.of_host(item.name) or decisions.of_host(host)
        else:
            answer = decisions.of_cookie(item.name, host)
        return _from_answer(answer, self._vendor(item) or "") if answer else None

    def _script_url(self, item: Item) -> str:
        """Return the URL of the first third-party script that created `item`."""
        return next((by for by in item.by if registrable(host_of(by)) != registrable(self.site_host)), "")

    def _vendor(self, item: Item) -> str | None:
        return self.promise.vendor_of(self._script_url(item)) or self.promise.vendor_of(item.host)

    def _classifier_verdict(self, item: Item) -> Verdict:
        vendor = self._vendor(item)
        if vendor and self.promise.groups_of(vendor):
            group = self.promise.groups_of(vendor)[-1]
            sentence = translatable(f"It was set by {self.promise.name_of(vendor)}, whose tag is {group} on this site.")
            return Verdict(group, None, vendor, PROMISE, 0.9, sentence, group)
        answer = self._answers.get(_key(item)) or self.classifier.cookies([self._observation(item)])[0]
        if item.kind in UNTAUGHT and answer.layer in (MODEL, NONE):
            sentence = translatable("Its name is unknown: a user has to review it.")
            return Verdict(UNCLASSIFIED, None, answer.vendor, NONE, 0.0, sentence, "")
        return _from_answer(answer, answer.vendor)

    @cached_property
    def _answers(self) -> dict[tuple[str, str, str], Answer]:
        """Classify `items` together, using the site's own statements."""
        stored = [item for item in self.items if item.kind in STORED and item.kind not in UNTAUGHT]
        decided = {
            (item.name, clean_host(item.host)): decision for item in stored if (decision := self._site_verdict(item))
        }
        together = self.classifier.with_decisions(
            Decisions({place: (decision.group, decision.purpose) for place, decision in decided.items()})
        )
        answers = together.cookies([self._observation(item) for item in stored])
        return {_key(item): answer for item, answer in zip(stored, answers, strict=True)}

    def _observation(self, item: Item) -> Observation:
        expiry = item.facts.get("lifetime_s") or 0 if item.facts else None
        http_only = item.facts.get("http_only")
        return Observation(item.name, item.host, None, expiry, item.third_party, self._script_url(item), http_only)

    def _host_verdict(self, item: Item) -> Verdict:
        host = item.host
        if proxied := self._proxied_verdict(item):
            return proxied
        if host == self.site_host or host in self.promise.hosts or not item.third_party:
            return Verdict(
                ESSENTIAL, None, "", FIRST_PARTY, 1.0, translatable("It is a host of the site itself."), ESSENTIAL
            )
        if host == self.promise.service:
            return Verdict(
                ESSENTIAL, "consent_state", "", OWN, 1.0, translatable("The banner comes from there."), ESSENTIAL
            )
        address = item.examples[0] if item.examples else f"https://{host}/"
        vendor = self.promise.vendor_of(address)
        groups = self.promise.groups_of(vendor) if vendor else []
        if vendor and groups:
            sentence = translatable(
                f"It is a host of {self.promise.name_of(vendor)}, whose tag is {groups[-1]} on this site."
            )
            return Verdict(groups[-1], None, vendor, PROMISE, 1.0, sentence, groups[-1])
        answer = self.classifier.address(address)
        if answer.group == UNCLASSIFIED and vendor:
            answer = self.classifier.address(f"https://{host}/")
        return _from_answer(answer, answer.vendor or vendor or "")

    def _proxied_verdict(self, item: Item) -> Verdict | None:
        """Return the verdict on a path of the site's own host, by the config's mounts or the collector a scan found."""
        if item.third_party or "/" not in item.name:
            return None
        vendor = self.promise.vendor_of(item.examples[0] if item.examples else f"https://{item.name}")
        if vendor and (groups := self.promise.groups_of(vendor)):
            sentence = translatable(
                f"It is a mount of {self.promise.name_of(vendor)}, whose tag is {groups[-1]} on this site.{_ids(item)}"
            )
            return Verdict(groups[-1], None, vendor, PROMISE, 1.0, sentence, groups[-1])
        if "collector" not in item.facts:
            return None
        collector, vendor = load_signatures().collector(item.facts["collector"]), item.facts["vendor"]
        what = ", ".join(dict.fromkeys(item.facts.get("whats", [])))
        if collector is None:
            sentence = translatable(f"It looks like an event sent to a collector whose owner is not known.{_ids(item)}")
            return Verdict(UNCLASSIFIED, None, "", OWN_HOST, 0.0, sentence, "")
        named = self.promise.groups_of(vendor)
        group = named[-1] if named else collector.group
        if not item.facts["is_sure"]:
            sentence = translatable(
                f"The script has the library of {collector.name} in it; only an event would show that it runs."
            )
            return Verdict(UNCLASSIFIED, None, vendor, OWN_HOST, 0.0, sentence, group)
        sentence = translatable(f"It is {collector.name}, proxied on the site's own host ({what}).{_ids(item)}")
        return Verdict(group, None, vendor or collector.id, OWN_HOST, 1.0, sentence, group)


def _ids(item: Item) -> str:
    """Return a sentence about the fields that identified a visitor, or ""."""
    ids = item.facts.get("ids", [])
    return translatable(f" It carried an ID of the visitor: {', '.join(ids[:5])}.") if ids else ""


def _key(item: Item) -> tuple[str, str, str]:
    return item.kind, item.name, item.host


def _from_answer(answer: Answer, vendor: str) -> Verdict:
    facts_of_answer = (answer.layer, answer.confidence, answer.reason, answer.suggestion)
    return Verdict(answer.group, answer.purpose, vendor, *facts_of_answer)
