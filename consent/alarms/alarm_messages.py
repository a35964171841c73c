"""Messages about an alarm in the language of a channel: what happened, what to do, since when, and a link."""

import datetime
from typing import NamedTuple

from babel.dates import format_date, format_timedelta

from consent.alarms.channel_messages import Message
from consent.alarms.rules import KINDS
from consent.core.documents.json_object import JsonObject
from consent.core.translatable import translatable
from consent.presentation.dashboard_texts import translate, translations, with_written_dates
from consent.signing.receipt_claims import utc
from consent.storage.operations.alarms import INSTANCE, ActiveAlarm

TEST = "test"
TEST_TITLE = translatable("Test message")
OPEN_DASHBOARD = translatable("Open the dashboard")
_KINDS = {kind.name: kind for kind in KINDS}


class Reader(NamedTuple):
    """The reader of a message: the language, and whether an earlier message reported the alarm's start."""

    language: str
    has_start: bool = False


def alarm_message(alarm: ActiveAlarm, site: str | None, base_url: str, reader: Reader) -> Message:
    """Return the message about an alarm's start, growth or end; `site` is the key of the site concerned."""
    kind, language = _KINDS.get(alarm.kind), reader.language
    heading = kind.title if kind else TEST_TITLE if alarm.kind == TEST else alarm.kind
    page = f"{base_url}/sites/{site}/{kind.page if kind else ''}" if site else f"{base_url}/"
    say = translations(language).gettext
    title, sentence = translate(heading, language), with_written_dates(translate(alarm.sentence, language), language)
    action = [say(kind.action)] if kind else []
    facts, link = _facts(alarm, site, base_url), say(OPEN_DASHBOARD)
    if alarm.kind == TEST:
        return Message(title, (sentence,), page, facts, link, language)
    since = time_text(alarm.since, language)
    if alarm.ended_at is not None:
        lines = _end_lines(alarm, sentence, language)
        return Message(say(translatable("Resolved: %(title)s")) % {"title": title}, lines, page, facts, link, language)
    if reader.has_start:
        more = say(translatable("Active since %(time)s. More is affected now.")) % {"time": since}
        title = say(translatable("Update: %(title)s")) % {"title": title}
        return Message(title, (sentence, *action, more), page, facts, link, language)
    begun = say(translatable("Active since %(time)s.")) % {"time": since}
    return Message(title, (sentence, *action, begun), page, facts, link, language)


def new_test_alarm(now: int, site: str | None) -> ActiveAlarm:
    """Return the alarm that a test message is about; `site` is the name of a site, None for the whole service."""
    sentence = (
        translatable(f"This is a test for {site}. Nothing is wrong.")
        if site
        else translatable("This is a test. Nothing is wrong.")
    )
    return ActiveAlarm(INSTANCE, TEST, now, sentence, None)


def time_text(time: int, language: str) -> str:
    """Return the unix time `time` as date and time in UTC, formatted for the language."""
    moment = datetime.datetime.fromtimestamp(time, datetime.UTC)
    return f"{format_date(moment.date(), locale=language)}, {moment:%H:%M} UTC"


def _end_lines(alarm: ActiveAlarm, sentence: str, language: str) -> tuple[str, str]:
    say, ended_at = translations(language).gettext, alarm.ended_at or alarm.since
    duration = format_timedelta(datetime.timedelta(seconds=ended_at - alarm.since), locale=language)
    values = {"time": time_text(ended_at, language), "duration": duration}
    ended = say(translatable("Ended on %(time)s. Duration: %(duration)s.")) % values
    return say(translatable("The alarm was: %(sentence)s")) % {"sentence": sentence}, ended


def _facts(alarm: ActiveAlarm, site: str | None, base_url: str) -> JsonObject:
    return {
        "kind": alarm.kind,
        "state": "begun" if alarm.ended_at is None else "ended",
        "site": site,
        "sentence": alarm.sentence,
        "since": utc(alarm.since),
        "ended": utc(alarm.ended_at) if alarm.ended_at is not None else None,
        "service": base_url,
    }
