"""Send one event to one receiver, once, and judge the response."""

import datetime
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from consent.core.days import DAY_SECONDS
from consent.core.translatable import translatable
from consent.delivery.adapters import Adapter, Request, plain_request, template_context
from consent.delivery.event import TEST, Composer, read_json
from consent.delivery.keys import SETTINGS, DeliveryKeys
from consent.delivery.signatures import signature_headers
from consent.delivery.template import TemplateError
from consent.outbound.guarded_http import Answer, GuardedPoster
from consent.storage.delivery.acks import MAX_REF_LENGTH, REPORTED
from consent.storage.delivery.outbox import Event
from consent.storage.delivery.receivers import ReceiverRow

MAX_ACK_BYTES = 4096
MAX_RETRY_AFTER = DAY_SECONDS
SLOW_STATUSES = frozenset({429, 502, 503, 504})
"""The receiver as a whole is too busy: its rate is reduced."""
GONE_STATUS = 410
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_UNPRINTABLE = re.compile(r"[^ -~]")


class ReportedAck(NamedTuple):
    """A receiver's acknowledgment: `event` is the event's id without `evt_`, `at` is in unix seconds."""

    event: str
    state: str
    at: int
    ref: str


class Outcome(NamedTuple):
    """The outcome of one try: `problem` is a sentence, empty if the event arrived or isn't meant for this receiver.

    `status` is 0 without a response. `is_skipped` is whether nothing was sent because the receiver couldn't act on it,
    `is_unsent` whether no request could be built.
    """

    problem: str
    status: int = 0
    took_ms: int = 0
    body_sha256: str = ""
    ack: ReportedAck | None = None
    retry_after: int | None = None
    is_skipped: bool = False
    is_unsent: bool = False

    @property
    def is_done(self) -> bool:
        """Return whether there is nothing left to do."""
        return not self.problem

    @property
    def is_slow(self) -> bool:
        """Return whether the receiver as a whole is too busy."""
        return self.status in SLOW_STATUSES

    @property
    def is_of_event(self) -> bool:
        """Return whether the failure concerns this event only: it was rejected, or no request could be built for it."""
        return self.is_unsent or (bool(self.problem) and 200 <= self.status < 500 and self.status != 429)


class Sender:
    """Sends events to one receiver through its adapter. Thread-safe.

    `sub_of` finds an event's account once nothing is sealed with the event anymore.
    """

    def __init__(
        self,
        keys: DeliveryKeys,
        composer: Composer,
        poster: GuardedPoster,
        receiver: ReceiverRow,
        adapter: Adapter,
        agent: str,
        sub_of: Callable[[Event], str | None] = lambda event: None,
    ) -> None:
        self._keys, self._composer, self._poster, self._sub_of = keys, composer, poster, sub_of
        self._receiver, self._adapter, self._agent = receiver, adapter, agent
        self._secrets = keys.unseal(SETTINGS, "receiver", receiver.id, receiver.secret_sealed)

    def send(self, event: Event, now: int, *, is_replay: bool = False) -> Outcome:
        """Send an event, and return the outcome; an event meant for another receiver only is skipped."""
        if event.receiver_id not in (None, self._receiver.id):
            return Outcome("", is_skipped=True)
        needs_sub = self._receiver.knows_accounts and event.sealed is None and event.version
        sub = self._sub_of(event) if needs_sub else None
        return self._send(self._composer.compose(event, self._receiver, sub), now, is_replay=is_replay)

    def send_test(self, now: int) -> Outcome:
        """Send an event that is about nobody."""
        return self._send(self._composer.test_event(self._receiver, now), now)

    def _send(self, event: Mapping[str, Any], now: int, *, is_replay: bool = False) -> Outcome:
        if self._adapter.is_plain:
            return self._post(plain_request(event, self._receiver), event, now, is_replay=is_replay)
        facts = _with_derived_ids(template_context(event, self._receiver, self._secrets), self._adapter)
        if not self._adapter.needs(facts):
            return Outcome("", is_skipped=True)
        outcome = Outcome("")
        for step in range(len(self._adapter.steps)):
            if step and not facts.get("answer"):
                break
            try:
                request = self._adapter.request(facts, step)
            except TemplateError as error:
                return Outcome(str(error), is_unsent=True)
            outcome, answer = self._exchange(request, event, now, is_replay=is_replay)
            if not outcome.is_done:
                return outcome
            facts = {**facts, "answer": read_json(answer.body)}
        return outcome

    def _post(self, request: Request, event: Mapping[str, Any], now: int, *, is_replay: bool) -> Outcome:
        return self._exchange(request, event, now, is_replay=is_replay)[0]

    def _exchange(
        self, request: Request, event: Mapping[str, Any], now: int, *, is_replay: bool
    ) -> tuple[Outcome, Answer]:
        headers = {"User-Agent": self._agent, **request.headers}
        if request.is_signed:
            headers |= signature_headers(self._keys, self._receiver, event["id"], now, request.body)
            if is_replay:
                headers["consent-replay"] = "1"
        begun = time.monotonic()
        answer = self._poster.send(request.url, request.body, headers, method=request.method)
        took_ms = int((time.monotonic() - begun) * 1000)
        problem = answer.problem if not answer.status else self._problem_of(answer.status)
        digest = hashlib.sha256(request.body).hexdigest()
        wait = None if answer.retry_after is None else min(answer.retry_after, MAX_RETRY_AFTER)
        ack = None
        if not problem and request.is_signed and self._receiver.ack != "none":
            ack = read_ack(answer.body, now)
            if ack is not None and ack.event != event["id"].removeprefix("evt_"):
                ack = None
        return Outcome(problem, answer.status, took_ms, digest, ack, wait), answer

    def _problem_of(self, status: int) -> str:
        if self._adapter.is_done(status):
            return ""
        if 300 <= status < 400:
            return translatable(f"It redirects ({status}), and redirects are not followed; enter the final URL.")
        return translatable(f"It returned {status}.")


def _with_derived_ids(facts: dict[str, Any], adapter: Adapter) -> dict[str, Any]:
    """Return `facts` with the ids that an adapter's file can't derive; a test event gets made-up ids."""
    ids = dict(facts["ids"])
    if facts["type"] == TEST:
        ids = dict.fromkeys(adapter.document.get("needs", []), f"consent-test-{facts['id'][4:20]}") | ids
    if "visitor_id" in ids:
        ids["visitor_segment"] = f"visitorId=={ids['visitor_id']}"
    return {**facts, "ids": ids}


def read_ack(body: bytes, now: int) -> ReportedAck | None:
    """Return the acknowledgment in a body, or None if it has none; any other content is not an error."""
    document = read_json(body) if len(body) <= MAX_ACK_BYTES else None
    reported = document.get("ack") if isinstance(document, dict) else None
    if not isinstance(reported, dict) or reported.get("state") not in REPORTED:
        return None
    event, at, ref = reported.get("event"), reported.get("at"), reported.get("ref", "")
    if not isinstance(event, str) or not re.fullmatch(r"evt_[0-9a-f]{32}", event):
        return None
    moment = _parse_timestamp(at, now) if isinstance(at, str) and _TIME.fullmatch(at) else now
    text = _UNPRINTABLE.sub("?", ref)[:MAX_REF_LENGTH] if isinstance(ref, str) else ""
    return ReportedAck(event.removeprefix("evt_"), reported["state"], min(moment, now + 300), text)


def _parse_timestamp(text: str, otherwise: int) -> int:
    """Return the unix seconds of a time, or `otherwise` if there is no such date."""
    try:
        return int(datetime.datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return otherwise
