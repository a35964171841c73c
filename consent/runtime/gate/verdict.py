"""Judge one event on the site's own host by the decision for the visitor who sent it.

An event passes if every vendor that it belongs to may run in full. Events that can't be read, or that belong to no
known vendor, are stopped.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from consent.classifier.own_host.judge import Match, SentRequest, judge
from consent.classifier.own_host.signatures import Collector, GateRule, Signatures
from consent.core.choice import Choice
from consent.core.days import DAY_SECONDS
from consent.core.decide import Decision
from consent.core.documents.config import Config
from consent.core.documents.decision import TagAnswer
from consent.runtime.gate.consent_mode import Claims, claims_less, disagreement, read_consent_mode
from consent.runtime.gate.event_times import Grant, is_before, read_times
from consent.runtime.gate.strip_ids import CannotStripError, strip_ids
from consent.sites.own_host.mounts import is_mounted

Outcome = Literal["pass", "strip", "stop"]
BY_CHOICE = frozenset({"granted", "vendor_granted"})
ELSEWHERE = frozenset({"switched_off", "out_of_place", "out_of_page", "out_of_schedule", "kill_switch"})
"""Reasons for which the site holds one tag of a vendor while another tag of the same vendor may run."""
PLAIN = GateRule()
CONTAINERS = frozenset({"google-tag-manager"})
"""What a server-side container forwards depends on its settings, so it counts as advertising as well as its own tag."""


class Event(NamedTuple):
    """An event as it reached the gate; `uri` is path and query. `body` is None if it was not passed on."""

    method: str
    uri: str
    content_type: str
    body: bytes | None
    has_body: bool


class Visitor(NamedTuple):
    """The sender: the current decision and choice, the time in unix seconds, and how to find when it was made."""

    decision: Decision
    choice: Choice | None
    now: float
    find_grant: Callable[[Choice], Grant]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with an event: `uri`, `body` and headers are what to forward, `rule` how to respond if it stops."""

    outcome: Outcome
    reason: str
    vendor: str
    rule: GateRule = PLAIN
    uri: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop_headers: tuple[str, ...] = ()


class _Permission(NamedTuple):
    """Whether an event's vendors may run; `mode` is as for a tag."""

    mode: str
    reason: str


def judge_event(event: Event, visitor: Visitor, config: Config, signatures: Signatures, vendor: str = "") -> Verdict:
    """Return what to do with `event`; `vendor` owns the whole path if the gate's own configuration says so."""
    path = event.uri.partition("?")[0]
    mounted = vendor or next((one["id"] for one in config["vendors"] if is_mounted(one.get("mounts", ()), path)), "")
    request = SentRequest(event.method, event.uri, event.content_type, event.body or b"")
    match = judge(request, signatures)
    collector = match.collector if match else _collector_of(mounted, signatures)
    rule = collector.gate if collector else PLAIN
    name = mounted or (match and match.vendor) or (collector.id if collector else "")
    permission = _strictest_permission(mounted, match, visitor.decision, config)
    if permission.mode == "held":
        return Verdict("stop", permission.reason, name, rule)
    judging = _EventJudge(event, visitor, request, rule, match, name)
    return judging.limited() if permission.mode == "limited" else judging.full(permission)


def _collector_of(vendor: str, signatures: Signatures) -> Collector | None:
    return next((one for one in signatures.collectors if vendor and one.vendor == vendor), None)


def _strictest_permission(mounted: str, match: Match | None, decision: Decision, config: Config) -> _Permission:
    """Return the strictest permission of an event's vendors; an event without a known vendor is held."""
    known = {vendor["id"] for vendor in config["vendors"]}
    permissions = []
    if mounted in known:
        permissions.append(_vendor_permission(mounted, decision.tags))
    if match and match.vendor in known and match.vendor != mounted:
        permissions.append(_vendor_permission(match.vendor or "", decision.tags))
    elif match and match.vendor != mounted and not _is_library(match):
        permissions.append(_group_permission(match.collector.group, decision))
    if mounted in CONTAINERS and (match is None or match.vendor is None):
        permissions.append(_group_permission("advertising", decision))
    if not permissions or (mounted and mounted not in known):
        return _Permission("held", "unknown_mount")
    return max(permissions, key=lambda one: ("full", "limited", "held").index(one.mode))


def _is_library(match: Match) -> bool:
    return match.shape.kind in ("library", "config")


def _vendor_permission(vendor: str, tags: Iterable[TagAnswer]) -> _Permission:
    own = [tag for tag in tags if tag["vendor"] == vendor]
    acting = [tag for tag in own if tag["reason"] not in ELSEWHERE] or own
    if not acting:
        return _Permission("held", "unknown_vendor")
    worst = max(acting, key=lambda tag: ("full", "limited", "held").index(tag["mode"]))
    return _Permission(worst["mode"], worst["reason"])


def _group_permission(group: str, decision: Decision) -> _Permission:
    answer = decision.groups[group]
    return _Permission("full" if answer["granted"] else "held", answer["reason"])


class _EventJudge:
    """Checks an event whose vendors may run, in full or limited, against its own contents."""

    def __init__(
        self, event: Event, visitor: Visitor, request: SentRequest, rule: GateRule, match: Match | None, vendor: str
    ) -> None:
        self._event, self._visitor, self._request = event, visitor, request
        self._rule, self._match, self._vendor = rule, match, vendor

    def full(self, permission: _Permission) -> Verdict:
        """Return the verdict if the visitor agreed or no consent is needed."""
        if problem := self._time_problem(permission):
            return self._stop(problem)
        claims = self._claims()
        if claims and (problem := disagreement(claims, **self._granted())):
            return self._stop(problem)
        reason = "claims_less" if claims and claims_less(claims, **self._granted()) else permission.reason
        return Verdict("pass", reason, self._vendor, self._rule, self._event.uri)

    def limited(self) -> Verdict:
        """Return the verdict if the owner declared that the tag runs limited without consent."""
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
        """Return a hit's consent parameters; None unless it is a hit of a collector that has them."""
        is_hit = self._match and self._match.shape.kind == "event" and self._match.collector.gate.has_consent_mode
        return read_consent_mode(self._request.query) if is_hit else None

    def _time_problem(self, permission: _Permission) -> str:
        choice = self._visitor.choice
        if permission.reason not in BY_CHOICE or choice is None or not self._rule.event_times:
            return ""
        if self._event.has_body and self._event.body is None:
            return "body_unseen"
        if self._request.text is None:
            # Too large or compressed, like session replays: these are queued only within a page, so never for days.
            return "" if self._visitor.now // DAY_SECONDS - choice.day > 1 else "unreadable"
        documents = [self._request.query, *self._request.documents("form-data"), *self._request.documents("json-lines")]
        times = read_times(documents, self._rule.event_times, self._rule.sent_times)
        if times.oldest is None:
            return ""
        return "before_grant" if is_before(times, self._visitor.find_grant(choice), self._visitor.now) else ""
