"""Account events that no request causes: snapshots of all accounts for a new receiver, and grants that expired."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from consent.core.account import VENDOR, Account
from consent.core.account_join import JOINED, join
from consent.core.account_join import Visit as JoinVisit
from consent.core.choice import Choice
from consent.core.days import DAY_SECONDS, add_months
from consent.core.decide import SITE_REASONS, Decision, Signals, decide
from consent.core.documents.resolved import Resolved
from consent.core.groups import ESSENTIAL, OPTIONAL
from consent.core.resolve import on_any_page
from consent.core.rules import Place
from consent.core.sharing.account_group import account_as_seen_from
from consent.delivery.announce import ON_ACCOUNT
from consent.delivery.event import DATA_SCHEMA, EXPIRED, Subject, new_event
from consent.delivery.keys import ACCOUNT
from consent.delivery.services import DeliveryServices
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.handover_groups import terms_in
from consent.runtime.live_configs import LiveConfigs
from consent.signing.receipt_claims import utc
from consent.storage.delivery import expiries, outbox, receivers, replays
from consent.storage.delivery.outbox import NewEvent
from consent.storage.delivery.replays import ReplayRow
from consent.storage.receipts import receipts
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import accounts, realms
from consent.storage.subjects.accounts import StoredAccount

STEP = 500
"""Accounts per transaction."""
Allowed = dict[str, dict[str, bool]]


class AccountState(NamedTuple):
    """An account, with the place of its last answer and the config resolved there."""

    stored: StoredAccount
    place: Place
    resolved: Resolved


class AccountEvents:
    """Writes account events; `configs` has the live config of each site."""

    def __init__(
        self,
        engine: Engine,
        configs: LiveConfigs,
        delivery: DeliveryServices,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._configs, self._delivery, self._clock = engine, configs, delivery, clock

    def write_snapshots(self) -> None:
        """Write the next events for each receiver that gets a snapshot of all accounts.

        Only one process may do this at a time: the one that sends.
        """
        with self._engine.connect() as connection:
            waiting = replays.snapshots(connection)
            owners = {site.id: site for site in sites.every(connection)} if waiting else {}
        for replay in waiting:
            with self._engine.begin() as connection:
                self._write_page(connection, replay, owners)

    def _write_page(self, connection: Connection, replay: ReplayRow, owners: Mapping[int, SiteRow]) -> None:
        receiver = receivers.get(connection, replay.receiver_id)
        site = owners.get(receiver.site_id) if receiver else None
        config = self._configs.get(site.key) if site else None
        if receiver is None or receiver.state not in (receivers.ON, receivers.PAUSED) or config is None:
            return
        page = self._page(connection, config, replay.account or "")
        events = [
            self._snapshot(config, state)._replace(receiver_id=receiver.id)
            for state in self._states(connection, config, page)
            if state.stored.account.entries or state.stored.account.gpc
        ]
        events = _still_current(connection, events)
        outbox.add_all(connection, events)
        last = page[-1].number if len(page) == STEP else None
        replays.advance_snapshot(connection, replay, last, len(events), int(self._clock()))

    def report_expired(self) -> int:
        """Write an event for each account with a grant that expired since the last check, once a day; return how many.

        Any number of nodes may call it.
        """
        today = day_of_time(self._clock())
        with self._engine.connect() as connection:
            receiving = {
                one.site_id for one in receivers.every(connection) if one.state in (receivers.ON, receivers.PAUSED)
            }
            owners = [site for site in sites.every(connection) if site.id in receiving]
        return sum(self._report_expiries(site, today) for site in owners)

    def _report_expiries(self, site: SiteRow, today: int) -> int:
        config = self._configs.get(site.key)
        with self._engine.connect() as connection:
            since = expiries.checked_until(connection, site.id)
        if config is None or (since is not None and since >= today):
            return 0
        expired = self._expired(config, since, today) if since is not None else []
        with self._engine.begin() as connection:
            # Another node may have been faster.
            if not expiries.mark_checked(connection, site.id, since, today):
                return 0
            steps = [expired[start : start + STEP] for start in range(0, len(expired), STEP)]
            events = [event for step in steps for event in _still_current(connection, step)]
            outbox.add_all(connection, events)
        return len(events)

    def _expired(self, config: CompiledConfig, since: int, today: int) -> list[NewEvent]:
        events, after = list[NewEvent](), ""
        while True:
            with self._engine.connect() as connection:
                page = self._page(connection, config, after)
                granting = [one for one in page if any(entry.s for entry in one.account.entries)]
                states = list(self._states(connection, config, granting))
            events += [event for state in states if (event := self._expiry(config, state, since, today))]
            if len(page) < STEP:
                return events
            after = page[-1].number

    def _page(self, connection: Connection, config: CompiledConfig, after: str) -> list[StoredAccount]:
        """Return the next accounts after the number `after`; shared ones are reduced to what counts on this site."""
        realm = realms.of_site(connection, config.site_id).present
        page = accounts.page(connection, realm or config.site, after, STEP)
        if realm is None:
            return page
        terms = terms_in(self._configs)
        return [one._replace(account=account_as_seen_from(one.account, config.site, terms)) for one in page]

    def _states(
        self, connection: Connection, config: CompiledConfig, page: Iterable[StoredAccount]
    ) -> Iterator[AccountState]:
        """Yield each account with the place of its last answer; if that is unknown, the strictest rule applies."""
        stored = list(page)
        last = {
            one.number: max(one.account.entries, key=lambda entry: entry.v).id for one in stored if one.account.entries
        }
        places = receipts.places(connection, config.site_id, [receipt for receipt in last.values() if receipt])
        now = self._clock()
        for one in stored:
            country, subdivision = places.get(last.get(one.number, ""), (None, None))
            place = Place(country, subdivision)
            yield AccountState(one, place, config.resolved_for(place, now, None))

    def _snapshot(self, config: CompiledConfig, state: AccountState) -> NewEvent:
        account, now = state.stored.account, int(self._clock())
        allowed = allowed_by_account(config, account, state.resolved, day_of_time(now))
        answers = dict.fromkeys(("advertising",) if account.gpc else (), True)
        for entry in account.entries:
            # `allowed` covers groups completely, but a vendor may have been removed from the site.
            answers[entry.t] = answers.get(entry.t, True) and (bool(entry.s) or entry.t in OPTIONAL)
        newest = max(account.entries, key=lambda entry: entry.v, default=None)
        data = {"action": "save", "method": "snapshot"}
        if newest is not None:
            data["chosen_at"] = utc(newest.d * DAY_SECONDS)
        return self._event(config, state, answers, allowed, data, receipt=newest.id if newest else None)

    def _expiry(self, config: CompiledConfig, state: AccountState, since: int, today: int) -> NewEvent | None:
        """Return the event for what expired after the day `since` and until `today`, or None if nothing did."""
        account, life = state.stored.account, state.resolved["life"]
        ends = [add_months(entry.d, life) for entry in account.entries if entry.s]
        if not any(since < end <= today for end in ends):
            return None
        before = allowed_by_account(config, account, state.resolved, since)
        allowed = allowed_by_account(config, account, state.resolved, today)
        answered = {entry.t for entry in account.entries}
        ended = [group for group in OPTIONAL if before["groups"][group] and not allowed["groups"][group]]
        ended += [
            VENDOR + vendor
            for vendor, granted in before["vendors"].items()
            if granted and not allowed["vendors"][vendor] and VENDOR + vendor in answered
        ]
        if not ended:
            return None
        data = {"action": "withdraw", "method": "expiry"}
        return self._event(config, state, dict.fromkeys(ended, False), allowed, data, kind=EXPIRED)

    def _event(
        self,
        config: CompiledConfig,
        state: AccountState,
        answers: Mapping[str, bool],
        allowed: Allowed,
        facts: Mapping[str, str],
        *,
        receipt: str | None = None,
        kind: str = "consent.changed",
    ) -> NewEvent:
        stored, keys = state.stored, self._delivery.keys
        data = event_data(config, answers, allowed, state.place, state.resolved["regime"], gpc=bool(stored.account.gpc))
        sub = keys.unseal(ACCOUNT, "subject_account", stored.number, stored.sub_sealed).get("sub")
        subject = Subject(stored.number, stored.account.version, sub)
        data |= {**facts, "scope": ON_ACCOUNT}
        return new_event(
            keys, config.site_id, subject, data, time=int(self._clock()), receipt_id=receipt or None, kind=kind
        )


def _still_current(connection: Connection, events: Sequence[NewEvent]) -> list[NewEvent]:
    """Lock the accounts of `events`, and leave out those that have changed since: the change has its own event."""
    versions = accounts.lock_versions(connection, [event.subject_no for event in events])
    return [event for event in events if versions.get(event.subject_no) == event.version]


def allowed_by_account(config: CompiledConfig, account: Account, resolved: Resolved, day: int) -> Allowed:
    """Return what an account allows in a place, as if on a device without a choice of its own."""
    anywhere = on_any_page(resolved)
    joined = join(account, None, JOINED, 0, JoinVisit(anywhere, day))
    return _allowed(config, decide(anywhere, day, Signals(joined.gpc), joined.choice))


def allowed_by_choice(
    config: CompiledConfig, resolved: Resolved, day: int, signals: Signals, choice: Choice | None
) -> Allowed:
    """Return what a choice allows under a rule, taking each tag as on a page where the site runs it."""
    return _allowed(config, decide(on_any_page(resolved), day, signals, choice))


def event_data(
    config: CompiledConfig, answers: Mapping[str, bool], allowed: Allowed, place: Place, regime: str, *, gpc: bool
) -> dict[str, Any]:
    """Return the data of an event in which `answers`, by target, led to what is now `allowed`."""
    return {
        "schema": DATA_SCHEMA,
        "site": config.site,
        "allowed": allowed,
        "changed": sorted(answers),
        "refused": sorted(name for name in answers if not _is_allowed(name, answers, allowed)),
        "signals": {"gpc": gpc},
        "place": {"country": place.country, "subdivision": place.subdivision},
        "regime": regime,
        "config": config.name,
    }


def _is_allowed(name: str, answers: Mapping[str, bool], allowed: Allowed) -> bool:
    """Return whether an answer grants and nothing overrides it."""
    if name.startswith(VENDOR):
        return answers[name] and allowed["vendors"].get(name.removeprefix(VENDOR), True)
    return answers[name] and allowed["groups"][name]


def _allowed(config: CompiledConfig, decision: Decision) -> Allowed:
    """Return a decision by group, vendor and purpose; a vendor or purpose is allowed if all of its tags are."""
    purposes_of = {tag["id"]: tag["purposes"] for tag in config.document["tags"]}
    vendors: dict[str, bool] = {}
    purposes: dict[str, bool] = {}
    for tag in decision.tags:
        if tag["group"] == ESSENTIAL or tag["reason"] in SITE_REASONS:
            continue
        is_full = tag["mode"] == "full"
        vendors[tag["vendor"]] = vendors.get(tag["vendor"], True) and is_full
        for purpose in purposes_of.get(tag["id"], ()):
            purposes[purpose] = purposes.get(purpose, True) and is_full
    groups = {group: decision.groups[group]["granted"] for group in OPTIONAL}
    return {"groups": groups, "vendors": vendors, "purposes": purposes}
