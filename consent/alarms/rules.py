"""Alarm rules: one table of alarm kinds, each with the check that detects it."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from consent.alarms.config_facts import ConfigFacts
from consent.alarms.enforcement import MIN_SHARE, MIN_VIEWS, leaking_vendors
from consent.classifier.vendor import new_vendor
from consent.core.days import date_of
from consent.core.rules import Rules
from consent.core.translatable import translatable
from consent.delivery.status import LATE_SECONDS as LATE_SECONDS_OF_REFUSALS
from consent.delivery.status import REFUSAL_SECONDS, ReceiverStatus, status_of
from consent.log.sequencer_thread import PROMISED_SECONDS
from consent.log.witness_report import LATE_SECONDS, sentences
from consent.sites.law.calendar import NOTICE_DAYS
from consent.sites.open_leaks import OWN_LAYERS, open_leaks, where_it_leaks
from consent.storage.database.base import Transaction
from consent.storage.delivery import receivers
from consent.storage.delivery.receivers import GONE
from consent.storage.log import cosignatures, tree_store
from consent.storage.operations.alarms import INSTANCE, Problem
from consent.storage.privacy import privacy_requests
from consent.storage.privacy.privacy_requests import Request
from consent.storage.scans import reviews, scans
from consent.storage.sites import custom_vendors, script_fetches, sites, vendor_lists
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import enforcement
from consent.storage.statistics.recent_counts import RecentCounts, recent_counts

DAY_SECONDS = 86400
MIN_COUNT = 100
"""Minimum number of choices or banners for a share; with fewer, a percentage means nothing."""
MAX_LOST, MAX_UNKNOWN = 0.01, 0.02
REQUEST_DAYS = 7
"""How many days before its deadline an open request raises an alarm."""
LIST_DAYS = 8
"""Vendor lists are published weekly, and sites must show the newest (TCF Policies, chapter II)."""
GEO_DAYS, RULES_DAYS = 100, 365
"""Geo databases are published monthly, and three may be missed; rules are reviewed at least once a year."""


@dataclass(frozen=True, slots=True)
class AlarmContext:
    """Input of the checks: a transaction, the live sites, the time in unix seconds, and facts about the service.

    `silence_s` is how long a site may go without a script request; 0 means no limit. `geo_built` is when the geo
    database was built, None if none is in force, and `rules_checked` when the rules were last compared with the law,
    both in unix seconds. `lasting` has the site and kind of each active alarm, `rules` the rules by place, searched for
    upcoming changes, and `facts` the cached facts of the live configs.
    """

    transaction: Transaction
    sites: list[SiteRow]
    now: int
    silence_s: int
    geo_built: int | None
    rules_checked: int
    lasting: frozenset[tuple[int, str]] = frozenset()
    rules: Rules | None = None
    facts: ConfigFacts = field(default_factory=ConfigFacts)

    def scanned_sites(self) -> list[SiteRow]:
        """Return the sites with findings from scans or page views."""
        found = scans.sites_with_findings(self.transaction)
        return [site for site in self.sites if site.id in found]

    def counted_sites(self) -> list[tuple[SiteRow, RecentCounts]]:
        """Return the sites with events since yesterday (UTC), with their counts."""
        today = self.now // DAY_SECONDS
        counts = recent_counts(self.transaction, today - 1, today)
        return [(site, counts[site.id]) for site in self.sites if site.id in counts]

    def exceeds_bound(self, site: SiteRow, kind: str, share: float, bound: float) -> bool:
        """Return whether a share exceeds `bound`, or half of it while the alarm is active.

        Without this hysteresis, a share that hovers around its bound would notify again and again.
        """
        return share > (bound / 2 if (site.id, kind) in self.lasting else bound)


Problems = Iterator[tuple[int, Problem]]


class AlarmKind(NamedTuple):
    """A kind of alarm: name, title of messages, description, and a check that yields each problem with its site id.

    `action` says what to do, and `page` is the path of the dashboard's page with details, within a site. If
    `is_of_service`, it concerns the service rather than a site.
    """

    name: str
    title: str
    about: str
    check: Callable[[AlarmContext], Problems]
    action: str
    page: str = ""
    is_of_service: bool = False


def check_all(context: AlarmContext) -> dict[tuple[int, str], Problem]:
    """Return all active problems, by site and kind."""
    return {(site_id, kind.name): problem for kind in KINDS for site_id, problem in kind.check(context)}


def _leaks(context: AlarmContext) -> Problems:
    for site in context.scanned_sites():
        if leaks := open_leaks(context.transaction, site.id):
            places = _joined([where_it_leaks(leak) for leak in leaks], mark="; ")
            sentence = (
                translatable(f"Scans of {site.name} found a leak: {places}.")
                if len(leaks) == 1
                else translatable(f"Scans of {site.name} found {len(leaks)} leaks: {places}.")
            )
            yield site.id, Problem(sentence, frozenset(" ".join(leak.key) for leak in leaks))


def _unknown_vendors(context: AlarmContext) -> Problems:
    for site in context.scanned_sites():
        decided = {finding.key for finding in reviews.decisions(context.transaction, site.id)}
        own = [new_vendor(document) for document in custom_vendors.documents(context.transaction, site.id)]
        findings = scans.findings(context.transaction, site.id)
        unnamed = {
            finding.name if finding.kind == "host" else finding.host or finding.name
            for finding in findings
            if finding.third_party
            and not finding.vendor
            and finding.layer not in OWN_LAYERS
            and finding.gone_at is None
            and finding.key not in decided
        }
        hosts = sorted(host for host in unnamed if not any(vendor.is_at(host) for vendor in own))
        if hosts:
            sentence = translatable(f"Pages of {site.name} contact hosts of unknown vendors: {_joined(hosts)}.")
            yield site.id, Problem(sentence, frozenset(hosts))


def _enforcement(context: AlarmContext) -> Problems:
    today = context.now // DAY_SECONDS
    asking = enforcement.sites_that_asked(context.transaction, today - 1, today)
    for site in (site for site in context.sites if site.id in asking):
        if found := leaking_vendors(context.transaction, site.id, today - 1, today):
            names = _joined([f"{one.vendor} ({one.views:,})" for one in found], mark="; ")
            sentence = translatable(
                f"On {site.name}, vendors ran without permission since yesterday, in page views: {names}."
            )
            yield site.id, Problem(sentence, frozenset(one.vendor for one in found))


def _losses(context: AlarmContext) -> Problems:
    for site, counts in context.counted_sites():
        share = counts.missing / counts.chosen if counts.chosen >= MIN_COUNT else 0
        if share and context.exceeds_bound(site, "receipt_loss", share, MAX_LOST):
            sentence = translatable(
                f"On {site.name}, {counts.missing:,} of {counts.chosen:,} choices ({share:.1%}) since yesterday were lost."
            )
            yield site.id, Problem(sentence)


def _unknown_places(context: AlarmContext) -> Problems:
    for site, counts in context.counted_sites():
        share = counts.unknown / counts.shown if counts.shown >= MIN_COUNT else 0
        if share and context.exceeds_bound(site, "unknown_places", share, MAX_UNKNOWN):
            sentence = translatable(
                f"Since yesterday, {share:.1%} of {counts.shown:,} banners on {site.name} were shown "
                "in an unknown place, where the strictest rule applies."
            )
            yield site.id, Problem(sentence)


def _silence(context: AlarmContext) -> Problems:
    fetches = script_fetches.newest(context.transaction) if context.silence_s else {}
    for site in context.sites:
        if site.id in fetches and context.now - fetches[site.id] > context.silence_s:
            minutes = context.silence_s // 60
            sentence = (
                translatable(f"No page of {site.name} has loaded the banner for more than {minutes} minutes.")
                if minutes > 1
                else translatable(f"No page of {site.name} has loaded the banner for more than a minute.")
            )
            yield site.id, Problem(sentence)


def _geo(context: AlarmContext) -> Problems:
    if context.geo_built is None:
        yield (
            INSTANCE,
            Problem(translatable("No geo database is in use: every place is unknown, and the strictest rule applies.")),
        )
    elif context.now - context.geo_built > GEO_DAYS * DAY_SECONDS:
        days = (context.now - context.geo_built) // DAY_SECONDS
        sentence = translatable(f"The geo database is {days} days old, so visitors may be placed wrongly.")
        yield INSTANCE, Problem(sentence)


def _rules(context: AlarmContext) -> Problems:
    if context.now - context.rules_checked > RULES_DAYS * DAY_SECONDS:
        days = (context.now - context.rules_checked) // DAY_SECONDS
        sentence = translatable(f"The rules by place were last compared with the law {days} days ago.")
        yield INSTANCE, Problem(sentence)


def _law(context: AlarmContext) -> Problems:
    """Yield each site affected by a change in the law within the next 60 days."""
    if context.rules is None:
        return
    today = datetime.datetime.fromtimestamp(context.now, datetime.UTC).date()
    for site in context.sites:
        if changes := context.facts.law_changes(context.transaction, site.live_config or "", context.rules, today):
            places = _joined([f"{one.name} ({one.day})" for one in changes], mark="; ")
            sentence = translatable(f"A change in the law affects visitors of {site.name}: {places}.")
            yield site.id, Problem(sentence, frozenset(f"{one.code} {one.day}" for one in changes))


def _requests(context: AlarmContext) -> Problems:
    """Yield each site with open requests of visitors that are late or due within a week, a sentence for each case."""
    today = context.now // DAY_SECONDS
    every = privacy_requests.due_until(context.transaction, today + REQUEST_DAYS)
    for site in context.sites:
        if due := every.get(site.id):
            late = [one for one in due if one.last_day < today]
            sentences_of_site = [
                *([_late_sentence(site.name, late)] if late else []),
                *([_due_sentence(site.name, due[len(late) :], today)] if len(late) < len(due) else []),
            ]
            yield site.id, Problem(" ".join(sentences_of_site), frozenset(str(one.id) for one in due))


def _late_sentence(site: str, late: list[Request]) -> str:
    if len(late) == 1:
        number, day = late[0].id, date_of(late[0].last_day)
        return translatable(f"On {site}, request #{number} was due on {day}.")
    count, requests = len(late), _dated(late)
    return translatable(f"On {site}, {count} requests are late: {requests}.")


def _due_sentence(site: str, due: list[Request], today: int) -> str:
    if len(due) > 1:
        count, requests = len(due), _dated(due)
        return translatable(f"On {site}, {count} requests are due within {REQUEST_DAYS} days: {requests}.")
    number, day, days = due[0].id, date_of(due[0].last_day), due[0].last_day - today
    if days > 1:
        return translatable(f"On {site}, request #{number} is due in {days} days ({day}).")
    if days == 1:
        return translatable(f"On {site}, request #{number} is due tomorrow ({day}).")
    return translatable(f"On {site}, request #{number} is due today ({day}).")


def _dated(requests: list[Request]) -> str:
    return _joined([f"#{one.id} ({date_of(one.last_day)})" for one in requests], mark="; ")


def _log(context: AlarmContext) -> Problems:
    behind = [one for one in tree_store.waiting(context.transaction) if context.now - one.oldest > PROMISED_SECONDS]
    names = {site.id: site.name for site in sites.every(context.transaction)} if behind else {}
    for waiting in behind:
        name = names.get(waiting.site_id, waiting.key)
        sentence = translatable(
            f"The log of {name} is behind: an entry has been waiting for more than {PROMISED_SECONDS:.0f} s."
        )
        yield waiting.site_id, Problem(sentence)


def _witnesses(context: AlarmContext) -> Problems:
    if late := sentences(cosignatures.progress(context.transaction), context.now):
        yield INSTANCE, Problem(" ".join(late))


def _deliveries(context: AlarmContext) -> Problems:
    """Yield each site with receivers that have missed a refusal, answered 410 Gone, or have dead events."""
    names = {site.id: site.name for site in context.sites}
    problems: dict[int, dict[str, str]] = {}
    for receiver in receivers.every(context.transaction):
        if site_name := names.get(receiver.site_id):
            for kind, sentence in _receiver_problems(site_name, status_of(context.transaction, receiver), context.now):
                # The kind is part of the item, so that a new kind, such as "late" after ten days, is notified again.
                problems.setdefault(receiver.site_id, {})[f"{receiver.id} {kind}"] = sentence
    for site_id, texts in problems.items():
        yield site_id, Problem(" ".join(texts.values()), frozenset(texts))


def _receiver_problems(site_name: str, status: ReceiverStatus, now: int) -> Iterator[tuple[str, str]]:
    """Yield the kind and sentence of each problem with a receiver of the site `site_name`."""
    name, since = status.receiver.name, status.oldest_refusal
    if status.receiver.state == GONE:
        yield "gone", translatable(f"{name} of {site_name} returned 410 Gone, so it gets nothing more.")
    elif since is not None and now - since > LATE_SECONDS_OF_REFUSALS:
        days = (now - since) // DAY_SECONDS
        yield (
            "late",
            translatable(f"A refusal for {name} of {site_name} has been undelivered for {days} days."),
        )
    elif since is not None and now - since > REFUSAL_SECONDS:
        yield (
            "undelivered",
            translatable(f"A refusal for {name} of {site_name} has been undelivered for more than an hour."),
        )
    if count := status.waiting.dead:
        yield "dead", translatable(f"Events for {name} of {site_name} that failed for good: {count}.")


def _vendor_list(context: AlarmContext) -> Problems:
    newest = vendor_lists.newest(context.transaction)
    if newest is None:  # no site can have been published with a vendor list
        return
    made = datetime.date.fromisoformat(newest.updated_on)
    age = (datetime.datetime.fromtimestamp(context.now, datetime.UTC).date() - made).days
    used_by = vendor_lists.list_versions(
        context.transaction, [site.live_config for site in context.sites if site.live_config]
    )
    for site in context.sites:
        used = used_by.get(site.live_config or "")
        if used is None:
            continue
        if age > LIST_DAYS:
            sentence = translatable(
                f"The vendor list of {site.name} is {age} days old, and a new one comes out every week."
            )
            yield site.id, Problem(sentence)
        elif used < newest.version and context.now - newest.added_at > LIST_DAYS * DAY_SECONDS:
            sentence = translatable(
                f"{site.name} shows version {used} of the vendor list, and {newest.version} is available."
            )
            yield site.id, Problem(sentence)


KINDS = (
    AlarmKind(
        "leak",
        translatable("A scan found a leak"),
        translatable("Scans found trackers that were not allowed to run; undecided ones are under Review"),
        _leaks,
        translatable(
            "Open Scan to see where. Make the tag wait for consent, or decide under Review that it is essential."
        ),
        "scan",
    ),
    AlarmKind(
        "unknown_vendor",
        translatable("An unknown vendor was seen"),
        translatable("A third-party host whose vendor is unknown"),
        _unknown_vendors,
        translatable("Open Review and decide what each host is for."),
        "review",
    ),
    AlarmKind(
        "enforcement",
        translatable("A vendor ran without permission"),
        translatable(
            f"At least {MIN_VIEWS} page views since yesterday, and 1 in {1 / MIN_SHARE:,.0f} of those sampled in "
            f"one state"
        ),
        _enforcement,
        translatable("Open Enforcement to see on which pages. Then make the vendor's tag wait for consent."),
        "enforcement",
    ),
    AlarmKind(
        "receipt_loss",
        translatable("Choices were lost"),
        translatable(
            f"More than {MAX_LOST:.0%} of two days' choices have no receipt. The alarm ends at {MAX_LOST / 2:.1%}"
        ),
        _losses,
        translatable(
            "Open Statistics to see since when. Ask your server admin whether visitors can reach the service."
        ),
        "statistics",
    ),
    AlarmKind(
        "unknown_places",
        translatable("The place of visitors is unknown"),
        translatable(
            f"More than {MAX_UNKNOWN:.0%} of two days' banners were shown in an unknown place. The "
            f"alarm ends at {MAX_UNKNOWN / 2:.1%}"
        ),
        _unknown_places,
        translatable("Ask your server admin to check the proxy's address headers and the geo database."),
        "statistics",
    ),
    AlarmKind(
        "no_traffic",
        translatable("No page loads the banner"),
        translatable("No page has loaded the banner for a while"),
        _silence,
        translatable("Open Install and check that your pages still have the line shown there."),
        "install",
    ),
    AlarmKind(
        "log_delay",
        translatable("The log is behind"),
        translatable(f"An entry has been waiting for the log for more than {PROMISED_SECONDS:.0f} s"),
        _log,
        translatable("No choice is lost, but its proof is late. Ask your server admin to check service and database."),
    ),
    AlarmKind(
        "witness_missing",
        translatable("A witness is not cosigning"),
        translatable(
            f"A witness refuses a checkpoint of the log, or has not answered for {LATE_SECONDS // 3600} hours"
        ),
        _witnesses,
        translatable("The log itself is complete. Ask your server admin to contact the witness."),
        is_of_service=True,
    ),
    AlarmKind(
        "delivery",
        translatable("A refusal has not reached a receiver"),
        translatable("Not delivered for an hour, and again for 10 days; or a receiver is gone; or events failed"),
        _deliveries,
        translatable("Open Delivery to see why, and resend there. Pass an old refusal on in another way."),
        "delivery",
    ),
    AlarmKind(
        "geo_outdated",
        translatable("The geo database is old"),
        translatable(f"Built more than {GEO_DAYS} days ago, or not in use"),
        _geo,
        translatable("Ask your server admin to update it with the command consent geo update."),
        is_of_service=True,
    ),
    AlarmKind(
        "vendor_list_outdated",
        translatable("The vendor list is old"),
        translatable(f"Of a site with TCF: made more than {LIST_DAYS} days ago, or newer than what is published"),
        _vendor_list,
        translatable("Publish the site again. If the list stays old, ask your server admin to check CONSENT_GVL."),
        "publish",
    ),
    AlarmKind(
        "law_change",
        translatable("The law is about to change"),
        translatable(f"For visitors of a site, within {NOTICE_DAYS} days"),
        _law,
        translatable("Open Rules to see what changes for your visitors."),
        "rules",
    ),
    AlarmKind(
        "request_due",
        translatable("A visitor's request is due"),
        translatable(f"Open, and late or due within {REQUEST_DAYS} days"),
        _requests,
        translatable("Open Requests and answer each by its date."),
        "requests",
    ),
    AlarmKind(
        "rules_outdated",
        translatable("The rules are old"),
        translatable(f"Compared with the law more than {RULES_DAYS} days ago"),
        _rules,
        translatable("Ask your server admin to update this software."),
        is_of_service=True,
    ),
)
TITLES = {kind.name: kind.title for kind in KINDS}


def _joined(names: list[str], most: int = 5, mark: str = ", ") -> str:
    """Return the first `most` names joined by `mark`, followed by how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return mark.join(names[:most]) + more
