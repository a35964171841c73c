"""Changes in the law for a site in the next 24 months: days, tags, minors, and stored answers that end."""

import datetime
import json
from functools import lru_cache
from typing import NamedTuple

from consent.core.days import day_of
from consent.core.rules import Rules
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState, config_document
from consent.publishing.reconsent_estimate import WINDOW_DAYS, count_ended, keys_of
from consent.runtime.compiled_config import CompiledConfig
from consent.sites.law.calendar import (
    NOTICE_DAYS,
    CalendarDifference,
    LawChange,
    LawEvent,
    calendar_differences,
    coming_events,
    law_changes,
    rule_differences,
    tags_stopped_by_signal,
)
from consent.sites.law.scenarios import Scenario, load_scenarios, scenario_changes
from consent.sites.shipped_rules import waiting_rules
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics.answer_groups import answers_since


class Coming(NamedTuple):
    """A change, and how many stored answers of visitors end with it; `is_near` if it already raises an alarm."""

    change: LawChange
    ended: int
    is_near: bool


class ComingEvent(NamedTuple):
    """A dated event or bill; `stopped` are the tags that stop for visitors who send its signal."""

    event: LawEvent
    stopped: tuple[str, ...]
    is_near: bool


class Calendar(NamedTuple):
    """The changes for the site's live config by day, and dated events and bills, which don't change any rules."""

    changes: tuple[Coming, ...] = ()
    events: tuple[ComingEvent, ...] = ()


def calendar_of(site: SiteRow, state: SiteState, today: datetime.date) -> Calendar:
    """Return the calendar for the live config of `site`, or only the events if it has never been published."""
    soon = today + datetime.timedelta(NOTICE_DAYS)
    config, rules = json.loads(state.body) if state.body else None, services().rules
    events = tuple(
        ComingEvent(
            one,
            tags_stopped_by_signal(config, rules, one) if config else (),
            one.kind == "law" and one.day <= soon.isoformat(),
        )
        for one in coming_events(today)
    )
    if state.body is None or site.live_config is None:
        return Calendar(events=events)
    live = CompiledConfig(site.live_config, state.body, site.id, rules)
    changes = _changes(state.body, rules, today)
    answers = answers_since(db.session, site.id, day_of(today) - WINDOW_DAYS) if changes else []
    documents = {name: config_document(name) for name in {answer.config for answer in answers}}
    keys = {name: keys_of(document) for name, document in documents.items() if document}
    ended = {day: count_ended(answers, keys, live, day_of(day)) for day in {change.day for change in changes}}
    found = (Coming(one, ended[one.day][one.code], one.day <= soon) for one in changes)
    return Calendar(tuple(found), events)


class WaitingRules(NamedTuple):
    """A package of rules that waits for acceptance.

    `changes` is what it changes for the site today, `coming` what it alters in the changes of the next 24 months.
    """

    version: str
    made: str
    changes: tuple[LawChange, ...] = ()
    coming: tuple[CalendarDifference, ...] = ()


def waiting_rules_for(state: SiteState, today: datetime.date) -> WaitingRules | None:
    """Return the package that waits for acceptance, with its differences for a site's live config, or None."""
    package = waiting_rules()
    if package is None:
        return None
    if state.body is None:
        return WaitingRules(package.version, package.made)
    config, old = json.loads(state.body), services().rules
    new = Rules(package.files["regions.csv"], package.files["aliases.csv"])
    changes = rule_differences(config, old, new, today)
    coming = calendar_differences(config, old, new, today)
    return WaitingRules(package.version, package.made, tuple(changes), tuple(coming))


class DraftLaw(NamedTuple):
    """A draft law, and what it would change for the site's live config today."""

    scenario: Scenario
    changes: tuple[LawChange, ...]


def draft_laws_for(state: SiteState, today: datetime.date) -> tuple[DraftLaw, ...]:
    """Return the draft laws on file; without a live config, none of them changes anything."""
    body, rules = state.body, services().rules
    return tuple(DraftLaw(one, _draft_changes(body, rules, one, today) if body else ()) for one in load_scenarios())


@lru_cache(64)
def _draft_changes(body: str | bytes, rules: Rules, scenario: Scenario, today: datetime.date) -> tuple[LawChange, ...]:
    return tuple(scenario_changes(json.loads(body), rules, scenario, today))


@lru_cache(64)
def _changes(body: str | bytes, rules: Rules, today: datetime.date) -> tuple[LawChange, ...]:
    return tuple(law_changes(json.loads(body), rules, today))
