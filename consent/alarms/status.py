"""Status of all alarm kinds for a site: enabled, active, and when each was last active."""

from typing import NamedTuple

from consent.alarms.rules import KINDS, AlarmKind
from consent.storage.database.base import Transaction
from consent.storage.operations import alarms
from consent.storage.operations.alarms import INSTANCE, ActiveAlarm


class AlarmStatus(NamedTuple):
    """One kind: `lasting` is its active alarm, and `began` when the newest began (unix seconds), None if never."""

    kind: AlarmKind
    is_watched: bool
    lasting: ActiveAlarm | None
    began: int | None


def alarm_statuses(transaction: Transaction, site_id: int, silence_minutes: int) -> list[AlarmStatus]:
    """Return the status of every kind for a site; `silence_minutes` is 0 if traffic isn't monitored."""
    lasting = {(one.site_id, one.kind): one for one in alarms.present(transaction, site_id)}
    began = alarms.last_begun(transaction, site_id)
    rows = []
    for kind in KINDS:
        key = (INSTANCE if kind.is_of_service else site_id, kind.name)
        now = lasting.get(key)
        is_watched = kind.name != "no_traffic" or silence_minutes > 0
        rows.append(AlarmStatus(kind, is_watched, now, now.since if now else began.get(key)))
    return rows
