"""Judge one event of the site's own host by the decision of the visitor who sent it.

An event passes where every vendor that it belongs to may run in full. Whatever cannot be read, or belongs to nobody known,
is stopped.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from consent.classifier.own_host.judge import Match, SentRequest, judge
from consent.classifier.own_host.signatures import Collector, GateRule, Signatures
from consent.core.choice import Choice
from consent.core.decide import Decision
from consent.core.documents.config import Config
from consent.core.documents.decision import TagAnswer
from consent.runtime.gate.consent_mode import Claims, claims_less, disagreement, read_consent_mode
from consent.runtime.gate.event_times import DAY_SECONDS, Grant, is_before, read_times
from consent.runtime.gate.strip_ids import CannotStripError, strip_ids
from consent.sites.own_host.mounts import is_mounted

Outcome = Literal["pass", "strip", "stop"]
BY_CHOICE = frozenset({"granted", "vendor_granted"})
ELSEWHERE = frozenset({"switched_off", "out_of_place", "out_of_page", "out_of_schedule", "kill_switch"})
"""Reasons by which the site keeps one tag of a vendor away, while another tag of the same vendor may run."""
PLAIN = GateRule()
CONTAINERS = frozenset({"google-tag-manager"})
"""What a container on a server sends on is set in it, so it counts as advertising, besides as its own tag."""


class Event(NamedTuple):
    """An event as it came to the gate; `uri` is path and query. `body` is None where it was not handed over."""

    method: str
    uri: str
    content_type: str
    body: bytes | None
    has_body: bool


class Visitor(NamedTuple):
    """Who sent it: the decision for them now, unix seconds, their choice, and how to find out when they made it."""

    decision: Decision
    choice: Choice | None
    now: float
    find_grant: Callable[[Choice], Grant]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with an event; `uri`, `body` and headers are what to send on, `rule` how to answer where it is stopped."""

    outcome: Outcome
    reason: str
    vendor: str
    rule: GateRule = PLAIN
    uri: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop_headers: tuple[str, ...] = ()


class _Permission(NamedTuple):
    """Whether the vendors of an event may run: `mode` as of a tag."""

    mode: str
    reason: str


def judge_event(event: Event, visitor: Visitor, config: Config, signatures: Signatures, vendor: str = "") -> Verdict:
    """Return what to do with `event`; `vendor` is whose all of the path is, where the gate's own set-up says so."""
    path = event.uri.partition("?")[0]
    mounted = vendor or next((one["id"] for one in config["vendors"] if is_mounted(one.get("mounts", ()), path)), "")
    request = SentRequest(event.method, event.uri, event.content_type, event.body or b"")
    match = judge(request, signatures)
    collector = match.collector if match else _collector_of(mounted, signatures)
    rule = collector.gate if collector else PLAIN
    name = mounted or (match and match.vendor) or (collector.id if collector else "")
    permission = _permission(mounted, match, visitor.decision, config)
    if permission.mode == "held":
        return Verdict("stop", permission.reason, name, rule)
    judging = _Judging(event, visitor, request, rule, match, name)
    return judging.limited() if permission.mode == "limited" else judging.full(permission)


def _collector_of(vendor: str, signatures: Signatures) -> Collector | None:
    return next((one for one in signatures.collectors if vendor and one.vendor == vendor), None)


def _permission(mounted: str, match: Match | None, decision: Decision, config: Config) -> _Permission:
    """Return the strictest of what holds for the vendors of an event; an event of nobody is held."""
    known = {vendor["id"] for vendor in config["vendors"]}
    permissions = []
    if mounted in known:
        permissions.append(_of_vendor(mounted, decision.tags))
    if match and match.vendor in known and match.vendor != mounted:
        permissions.append(_of_vendor(match.vendor or "", decision.tags))
    elif match and match.vendor != mounted and not _is_library(match):
        permissions.append(_of_group(match.collector.group, decision))
    if mounted in CONTAINERS and (match is None or match.vendor is None):
        permissions.append(_of_group("advertising", decision))
    if not permissions or (mounted and mounted not in known):
        return _Permission("held", "unknown_mount")
    return max(permissions, key=lambda one: ("full", "limited", "held").index(one.mode))


def _is_library(match: Match) -> bool:
    return match.shape.kind in ("library", "config")


def _of_vendor(vendor: str, tags: Iterable[TagAnswer]) -> _Permission:
    own = [tag for tag in tags if tag["vendor"] == vendor]
    acting = [tag for tag in own if tag["reason"] not in ELSEWHERE] or own
    if not acting:
        return _Permission("held", "unknown_vendor")
    worst = max(acting, key=lambda tag: ("full", "limited", "held").index(tag["mode"]))
    return _Permission(worst["mode"], worst["reason"])


def _of_group(group: str, decision: Decision) -> _Permission:
    answer = decision.groups[group]
    return _Permission("full" if answer["granted"] else "held", answer["reason"])


class _Judging:
    """An event whose vendors may run, in full or limited, against what it says itself."""

    def __init__(
        self, event: Event, visitor: Visitor, request: SentRequest, rule: GateRule, match: Match | None, vendor: str
    ) -> None:
        self._event, self._visitor, self._request = event, visitor, request
        self._rule, self._match, self._vendor = rule, match, vendor

    def full(self, permission: _Permission) -> Verdict:
        """Return the verdict where the visitor agreed, or need not."""
        if problem := self._time_problem(permission):
            return self._stop(problem)
        claims = self._claims()
        if claims and (problem := disagreement(claims, **self._granted())):
            return self._stop(problem)
        reason = "claims_less" if claims and claims_less(claims, **self._granted()) else permission.reason
        return Verdict("pass", reason, self._vendor, self._rule, self._event.uri)

    def limited(self) -> Verdict:
        """Return the verdict where the owner has declared that the tag runs limited without consent."""
        limit = self._rule.limited
        if limit is None or (self._match is None and self._event.method != "GET"):
            return self._stop("no_limited_form")
        if self._event.has_body and self._event.body is None:
            return self._stop("body_unseen")
        claims = self._claims()
        if claims and (problem := disagreement(claims, **self._granted())):
            return self._stop(problem)
        try:
            stripped = strip_ids(self._request, self._event.uri, limit)
        except CannotStripError as error:
            return self._stop(str(error))
        return Verdict(
            *("strip", "limited", self._vendor, self._rule, stripped.uri, stripped.body),
            headers=limit.headers,
            drop_headers=limit.drop_headers,
        )

    def _stop(self, reason: str) -> Verdict:
        return Verdict("stop", reason, self._vendor, self._rule)

    def _granted(self) -> dict[str, bool]:
        groups = self._visitor.decision.groups
        return {name: groups[name]["granted"] for name in ("analytics", "advertising")}

    def _claims(self) -> Claims | None:
        """Return the consent parameters of a hit; None where it is no hit of a collector that has them."""
        is_hit = self._match and self._match.shape.kind == "event" and self._match.collector.gate.has_consent_mode
        return read_consent_mode(self._request.query) if is_hit else None

    def _time_problem(self, permission: _Permission) -> str:
        choice = self._visitor.choice
        if permission.reason not in BY_CHOICE or choice is None or not self._rule.event_times:
            return ""
        if self._event.has_body and self._event.body is None:
            return "body_unseen"
        if self._request.text is None:
            # Too large or packed, as recordings of screens are: these wait in the page alone, so not for days.
            return "" if self._visitor.now // DAY_SECONDS - choice.day > 1 else "unreadable"
        documents = [self._request.query, *self._request.documents("form-data"), *self._request.documents("json-lines")]
        times = read_times(documents, self._rule.event_times, self._rule.sent_times)
        if times.oldest is None:
            return ""
        return "before_grant" if is_before(times, self._visitor.find_grant(choice), self._visitor.now) else ""
