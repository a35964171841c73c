"""What banners of the past told of: each that was answered, those that nobody answered, and now and then a lost choice."""

from collections import Counter
from collections.abc import Iterable

from consent.storage.choice_counts import DAY_S
from consent.storage.event_counts import Event, Kind
from consent.storage.new_receipt import NewReceipt
from consent.storage.rates import SIGNALS, TAKEN_BACK
from consent.storage.statistic_models import CHOSEN, SHOWN

LOST = 2
"""Of 1,024 choices so many never became a receipt."""


def past_events(news: Iterable[NewReceipt]) -> Counter[Kind]:
    """Return the counts that belong to `news`, the same for the same receipts."""
    found: Counter[Kind] = Counter()
    for new in news:
        draw = int(new.id[:8], 16)
        chosen = _event(new, CHOSEN)
        found[chosen] += 1 + (draw % 1024 < LOST)
        if new.action not in TAKEN_BACK and new.method not in SIGNALS:
            # A third of those who are asked look at one more page first, or go away.
            found[chosen._replace(event=SHOWN)] += 1 + (draw % 3 == 0)
    return found


def _event(new: NewReceipt, event: str) -> Event:
    place = (new.country or "", new.subdivision or "")
    told = (new.regime, new.language, new.variant)
    return Event(new.site_id, new.time // DAY_S, new.config, *place, *told, new.device, new.is_bot, event)
