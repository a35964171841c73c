"""Summary of a site's week: banner views, opt-in by group, missing receipts, alarms, what waits for somebody."""

import datetime

from consent.alarms.channel_messages import Message
from consent.core.days import date_of
from consent.core.documents.json_object import JsonObject
from consent.core.groups import OPTIONAL
from consent.storage.database.base import Transaction
from consent.storage.operations import alarms
from consent.storage.privacy import privacy_requests
from consent.storage.sites import approval_requests, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import rates
from consent.storage.statistics.losses import losses
from consent.storage.statistics.query_params import DAY_SECONDS
from consent.storage.statistics.rates import AskedGroups, Numbers, StatisticsQuery

SENT_AT_HOUR = 7
"""UTC, on Mondays."""
MAX_PAST = 200


def last_due(now: int) -> int:
    """Return when the newest summary was due, in unix seconds: Monday, 07:00 UTC."""
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    monday = moment.date() - datetime.timedelta(days=moment.weekday())
    due = datetime.datetime.combine(monday, datetime.time(SENT_AT_HOUR), datetime.UTC)
    if due > moment:
        due -= datetime.timedelta(days=7)
    return int(due.timestamp())


def weekly_summary(transaction: Transaction, site: SiteRow, asked: AskedGroups, base_url: str, now: int) -> Message:
    """Return the summary of the last whole week, Monday to Sunday, beside the week before it."""
    today = now // DAY_SECONDS
    first = today - date_of(today).weekday() - 7
    week, before = (_numbers(transaction, site.id, start, asked) for start in (first, first - 7))
    missing = losses(transaction, site.id, first, first + 6).missing
    lasting = alarms.present(transaction, site.id)
    since = first * DAY_SECONDS
    ended = [one for one in alarms.past(transaction, site.id, MAX_PAST) if since <= one.ended_at]
    requests = privacy_requests.counts(transaction, site.id, today)
    asked_for = approval_requests.read(transaction, site.id)
    is_asked = asked_for is not None and asked_for.revision == sites.read_draft(transaction, site.id).revision
    facts: JsonObject = {
        "kind": "weekly_summary",
        "site": site.key,
        "first_day": date_of(first).isoformat(),
        "last_day": date_of(first + 6).isoformat(),
        "banners_shown": week.shown,
        "answers": week.answers,
        "opt_in": {group: _rate(week, group) for group in OPTIONAL},
        "opt_in_before": {group: _rate(before, group) for group in OPTIONAL},
        "missing_receipts": missing,
        "alarms": [one.sentence for one in lasting],
        "alarms_ended": len(ended),
        "open_requests": requests.open,
        "late_requests": requests.late,
        "draft_waits": is_asked,
        "service": base_url,
    }
    lines = [
        f"Banners shown: {_compared(week.shown, before.shown)}",
        f"Answers: {_compared(week.answers, before.answers)}",
        *(_opt_in(group, week, before) for group in OPTIONAL if week.groups[group].asked),
        f"Missing receipts: {missing:,}",
        *(f"Alarm: {one.sentence}" for one in lasting),
        *([] if lasting else ["No alarm is active."]),
        *([f"Alarms that ended: {len(ended)}"] if ended else []),
        *([_requests(requests.open, requests.late)] if requests.open else []),
        *(["A draft waits for approval."] if is_asked else []),
    ]
    title = f"{site.name}: week of {date_of(first).isoformat()}"
    return Message(title, tuple(lines), f"{base_url}/sites/{site.key}/", facts)


def _numbers(transaction: Transaction, site_id: int, first: int, asked: AskedGroups) -> Numbers:
    wanted = StatisticsQuery(first, first + 6, span=7)
    return rates.total(rates.numbers(transaction, site_id, wanted, rates.DAY, asked))


def _rate(numbers: Numbers, group: str) -> float | None:
    answers = numbers.groups[group]
    return round(answers.granted / answers.asked, 4) if answers.asked else None


def _compared(now: int, before: int) -> str:
    return f"{now:,} ({before:,} the week before)"


def _opt_in(group: str, week: Numbers, before: Numbers) -> str:
    now, earlier = _rate(week, group), _rate(before, group)
    beside = f" ({earlier:.0%} the week before)" if earlier is not None else ""
    return f"Opt-in to {group}: {now:.0%}{beside}"


def _requests(is_open: int, late: int) -> str:
    return f"Open privacy requests: {is_open}" + (f", of which {late} are late" if late else "")
