"""Weekly summary of a site: banner views, opt-in by group, missing receipts, alarms and pending work."""

import datetime

from babel.dates import format_interval
from babel.numbers import format_decimal, format_percent

from consent.alarms.alarm_messages import OPEN_DASHBOARD
from consent.alarms.channel_messages import Message
from consent.core.days import DAY_SECONDS, date_of
from consent.core.documents.json_object import JsonObject
from consent.core.groups import OPTIONAL
from consent.core.translatable import translatable
from consent.presentation.dashboard_texts import translate, translations, with_written_dates
from consent.storage.database.base import Transaction
from consent.storage.operations import alarms
from consent.storage.privacy import privacy_requests
from consent.storage.sites import approval_requests, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import rates
from consent.storage.statistics.losses import losses
from consent.storage.statistics.rates import AskedGroups, Numbers, StatisticsQuery

SENT_AT_HOUR = 7
"""UTC, on Mondays."""
MAX_PAST = 200


def last_due(now: int) -> int:
    """Return when the latest summary was due, in unix seconds: Monday, 07:00 UTC."""
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    monday = moment.date() - datetime.timedelta(days=moment.weekday())
    due = datetime.datetime.combine(monday, datetime.time(SENT_AT_HOUR), datetime.UTC)
    if due > moment:
        due -= datetime.timedelta(days=7)
    return int(due.timestamp())


def weekly_summary(
    transaction: Transaction, site: SiteRow, asked: AskedGroups, base_url: str, now: int, language: str = "en"
) -> Message:
    """Return the summary of the last whole week (Monday to Sunday) compared with the week before, in `language`."""
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
    write = _Writer(language)
    lines = [
        write(translatable("Banners shown: %(now)s (%(before)s the week before)"), now=week.shown, before=before.shown),
        write(translatable("Answers: %(now)s (%(before)s the week before)"), now=week.answers, before=before.answers),
        *(_opt_in(write, group, week, before) for group in OPTIONAL if week.groups[group].asked),
        write(translatable("Missing receipts: %(missing)s"), missing=missing),
        *(
            write(
                translatable("Active alarm: %(sentence)s"),
                sentence=with_written_dates(translate(one.sentence, language), language),
            )
            for one in lasting
        ),
        *([] if lasting else [write(translatable("No alarm is active."))]),
        *([write(translatable("Alarms resolved: %(count)s"), count=len(ended))] if ended else []),
        *([_requests(write, requests.open, requests.late)] if requests.open else []),
        *([write(translatable("A draft is waiting for approval."))] if is_asked else []),
    ]
    days = write.days(date_of(first), date_of(first + 6))
    title = write(translatable("Weekly summary of %(site)s: %(days)s"), site=site.name, days=days)
    return Message(title, tuple(lines), f"{base_url}/sites/{site.key}/", facts, write(OPEN_DASHBOARD), language)


class _Writer:
    """Formatter for sentences and numbers in one language."""

    def __init__(self, language: str) -> None:
        self._language, self._catalog = language, translations(language)

    def __call__(self, text: str, /, **values: str | int) -> str:
        """Return the translated sentence with its values filled in, numbers formatted for the language."""
        written = {
            name: format_decimal(value, locale=self._language) if isinstance(value, int) else value
            for name, value in values.items()
        }
        return self._catalog.gettext(text) % written

    def days(self, first: datetime.date, last: datetime.date) -> str:
        """Return a period formatted for the language, such as `Nov 23 – 29, 2026`."""
        return format_interval(first, last, "yMMMd", locale=self._language)

    def share(self, part: float) -> str:
        """Return a fraction (0 to 1) as a whole percentage."""
        return format_percent(part, locale=self._language)

    def group(self, group: str) -> str:
        """Return a group's name for use within a sentence, capitalized only in German."""
        name = self._catalog.gettext(group.capitalize())
        return name if self._language == "de" else name.lower()


def _numbers(transaction: Transaction, site_id: int, first: int, asked: AskedGroups) -> Numbers:
    wanted = StatisticsQuery(first, first + 6, span=7)
    return rates.total(rates.numbers(transaction, site_id, wanted, rates.DAY, asked))


def _rate(numbers: Numbers, group: str) -> float | None:
    answers = numbers.groups[group]
    return round(answers.granted / answers.asked, 4) if answers.asked else None


def _opt_in(write: _Writer, group: str, week: Numbers, before: Numbers) -> str:
    now, earlier = _rate(week, group) or 0.0, _rate(before, group)
    if earlier is None:
        return write(translatable("Opt-in to %(group)s: %(now)s"), group=write.group(group), now=write.share(now))
    return write(
        translatable("Opt-in to %(group)s: %(now)s (%(before)s the week before)"),
        group=write.group(group),
        now=write.share(now),
        before=write.share(earlier),
    )


def _requests(write: _Writer, is_open: int, late: int) -> str:
    if not late:
        return write(translatable("Open privacy requests: %(count)s"), count=is_open)
    return write(translatable("Open privacy requests: %(count)s (late: %(late)s)"), count=is_open, late=late)
