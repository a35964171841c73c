"""What alarms need of the live configs, read once of each: a config never changes under its name."""

import datetime
import json
from collections.abc import Collection
from typing import NamedTuple

from consent.core.rules import Rules
from consent.sites.law.calendar import NOTICE_DAYS, law_changes
from consent.storage.database.base import Transaction
from consent.storage.sites import configs


class ComingChange(NamedTuple):
    """A day on which the law changes what visitors of a site meet in the place `name` of the row `code`."""

    code: str
    name: str
    day: datetime.date


class ConfigFacts:
    """Facts of configs by name, for the one thread that evaluates the rules; without it each minute reads every config."""

    def __init__(self) -> None:
        self._changes: dict[str, tuple[datetime.date, tuple[ComingChange, ...]]] = {}

    def keep(self, names: Collection[str]) -> None:
        """Forget all configs but those of `names`."""
        self._changes = {name: found for name, found in self._changes.items() if name in names}

    def law_changes(
        self, transaction: Transaction, name: str, rules: Rules, today: datetime.date
    ) -> tuple[ComingChange, ...]:
        """Return what the law changes for the site of the config `name` within the next 60 days; found once a day."""
        day, found = self._changes.get(name, (None, ()))
        if day != today:
            body = configs.get_config(transaction, name)
            until = today + datetime.timedelta(NOTICE_DAYS)
            changes = law_changes(json.loads(body), rules, today, until) if body else []
            found = tuple(ComingChange(one.code, one.name, one.day) for one in changes)
            self._changes[name] = (today, found)
        return found
