"""All kinds of alarms as they stand for a site: which are looked for, which last, and when each was there last."""

from typing import NamedTuple

from consent.alarms.kinds import KINDS, Kind
from consent.storage import alarms
from consent.storage.alarms import INSTANCE, Open
from consent.storage.base import Transaction


class Standing(NamedTuple):
    """One kind; `lasting` is the alarm that lasts, `began` when the newest began (unix seconds), None for never."""

    kind: Kind
    is_watched: bool
    lasting: Open | None
    began: int | None


def board(transaction: Transaction, site_id: int, silence_minutes: int) -> list[Standing]:
    """Return every kind for a site, with those of the whole service; `silence_minutes` is 0 where nobody looks for it."""
    lasting = {(one.site_id, one.kind): one for one in alarms.present(transaction, site_id)}
    began = alarms.last_begun(transaction, site_id)
    found = []
    for kind in KINDS:
        key = (INSTANCE if kind.is_of_service else site_id, kind.name)
        now = lasting.get(key)
        is_watched = kind.name != "silence" or silence_minutes > 0
        found.append(Standing(kind, is_watched, now, now.since if now else began.get(key)))
    return found
