"""Cache of what alarm rules need from the live configs, which are immutable and identified by name."""

import datetime
import json
from collections.abc import Collection
from typing import NamedTuple

from consent.core.rules import Rules
from consent.sites.law.calendar import NOTICE_DAYS, LawEvent, dated_laws, law_changes
from consent.storage.database.base import Transaction
from consent.storage.sites import configs


class ComingChange(NamedTuple):
    """A day on which the law changes for a site's visitors in the place `name`, row `code` of the rules."""

    code: str
    name: str
    day: datetime.date


class ConfigFacts:
    """Facts by config name, so that the alarm thread doesn't read every config each minute; not thread-safe."""

    def __init__(self) -> None:
        self._changes: dict[str, tuple[datetime.date, tuple[ComingChange, ...]]] = {}

    def keep(self, names: Collection[str]) -> None:
        """Drop the facts of all configs except `names`."""
        self._changes = {name: found for name, found in self._changes.items() if name in names}

    def law_changes(
        self, transaction: Transaction, name: str, rules: Rules, today: datetime.date
    ) -> tuple[ComingChange, ...]:
        """Return what the law changes within the next 60 days for the site of config `name`; computed once a day.

        Dated laws that change no rule are included, such as a signal that browsers must offer.
        """
        day, found = self._changes.get(name, (None, ()))
        if day != today:
            body = configs.get_config(transaction, name)
            until = today + datetime.timedelta(NOTICE_DAYS)
            changes = law_changes(json.loads(body), rules, today, until) if body else []
            coming = {ComingChange(one.code, one.name, one.day) for one in changes}
            if body:
                coming |= {_of_event(one, rules) for one in dated_laws(today, until)}
            found = tuple(sorted(coming, key=lambda one: (one.day, one.name)))
            self._changes[name] = (today, found)
        return found


def _of_event(event: LawEvent, rules: Rules) -> ComingChange:
    return ComingChange(event.code, rules.names.get(event.code, event.code), datetime.date.fromisoformat(event.day))
