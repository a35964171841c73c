"""Generate reproducible random choices of past visitors from a seed, one time slice at a time.

Everything about a choice comes from a hash of the seed, the slice and a number. A later slice can therefore derive a
visitor of an earlier one, since visitors return after a month and change their minds.
"""

import bisect
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

SLICE = 2000
"""Choices in a slice."""
DAY_SECONDS = 86400
DAYS = 730
RECENT_DAYS, RECENT_RECEIPTS = 60, 2400
"""A new demo's history: enough for daily rates, and signed within seconds."""
BACK_SECONDS = 30 * DAY_SECONDS
"""After how long visitors return."""
RETURNING = 0.3
"""The share of a slice that may be returning visitors."""
NOT_ASKED = {"US", "CA", "CH", "JP", "AU"}
"""Countries where most rules don't require asking for consent; only visitors from other countries return."""

PLACES: dict[tuple[str | None, str | None], int] = {
    **{("DE", None): 18, ("FR", None): 12, ("GB", None): 12, ("IT", None): 8, ("ES", None): 8, ("NL", None): 5},
    **{("PL", None): 5, ("AT", None): 3, ("BE", None): 3, ("SE", None): 3, ("PT", None): 3, ("CH", None): 4},
    **{("US", "CA"): 6, ("US", "TX"): 3, ("US", "NY"): 3, ("US", "FL"): 2, ("US", None): 1, ("CA", "QC"): 2},
    **{("CA", "ON"): 2, ("BR", None): 3, ("JP", None): 2, ("AU", None): 2, (None, None): 2},
}
LANGUAGES = {
    **{"DE": "de", "AT": "de", "CH": "de", "FR": "fr", "IT": "it", "ES": "es", "NL": "nl", "PL": "pl"},
    **{"PT": "pt", "BR": "pt"},
}
"""By country; English elsewhere."""
ASKED = {"accept_all": 47, "reject_all": 33, "save": 20}
"""Weights of the actions where consent is asked for."""
NOTIFIED = {"opt_out": 62, "save": 20, "opt_in": 18}
"""Weights where it isn't."""
AGAIN = {"withdraw": 45, "save": 35, "reject_all": 20}
"""Weights for returning visitors who had agreed."""
BROWSERS = {"Chrome": 52, "Safari": 26, "Firefox": 9, "Edge": 9, "Opera": 2, "other": 2}
DEVICES = {"phone": 62, "desktop": 33, "tablet": 5}
AGES = {"unknown": 96, "adult": 3, "16_17": 1}
LATE = {False: 249, True: 1}
"""Weights of choices that waited in the browser before they were sent."""
LATE_SECONDS = 6 * 3600
"""How long they waited."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How much past to draw: `receipts` choices from `start` to `end` (unix seconds) on `sites` sites.

    If `is_optional`, a database that already has sites is left as it is.
    """

    seed: int
    receipts: int
    start: int
    end: int
    sites: int = 3
    is_optional: bool = False

    @property
    def days(self) -> int:
        """Return how many days the choices span."""
        return (self.end - self.start) // DAY_SECONDS

    @property
    def slices(self) -> int:
        """Return how many slices there are."""
        return -(-self.receipts // SLICE)

    def count(self, number: int) -> int:
        """Return how many choices slice `number` has."""
        first, last = (self.receipts * step // self.slices for step in (number, number + 1))
        return last - first


def last_two_years(receipts: int, seed: int, now: float) -> Drawing:
    """Return the drawing for the two years (730 days) up to the last midnight (UTC) before `now`."""
    end = int(now) // DAY_SECONDS * DAY_SECONDS
    return Drawing(seed, receipts, end - DAYS * DAY_SECONDS, end)


def recent_visitors(seed: int, now: float) -> Drawing:
    """Return the drawing for the demo shop alone: two 30-day periods up to `now`, so that they can be compared."""
    return Drawing(seed, RECENT_RECEIPTS, int(now) - RECENT_DAYS * DAY_SECONDS, int(now), sites=1, is_optional=True)


class DrawnChoice(NamedTuple):
    """One choice: what a visitor did, and the random bytes that a server would have generated for it."""

    site: int
    time: int
    id: bytes
    key: bytes
    salt: bytes
    key_salt: bytes
    visitor: bytes
    country: str | None
    subdivision: str | None
    language: str
    gpc: bool
    dnt: bool
    age_band: str
    browser: str
    device: str
    is_bot: bool
    is_late: bool
    asked: str
    notified: str
    pick: int
    shown: int
    previous: bytes | None = None

    @property
    def chosen_at(self) -> int:
        """Return when the visitor chose, in unix seconds; `time` is when the choice arrived."""
        return self.time - LATE_SECONDS * self.is_late

    @property
    def has_agreed(self) -> bool:
        """Return whether the visitor agreed when asked; only then is there an id to recognize them by."""
        return self.asked == "accept_all" and self.country not in NOT_ASKED


def draw_slice(drawing: Drawing, number: int) -> list[DrawnChoice]:
    """Return the choices of a slice in chronological order."""
    return sorted(_choices(drawing, number), key=lambda drawn: (drawn.time, drawn.id))


def _choices(drawing: Drawing, number: int) -> Iterator[DrawnChoice]:
    length = (drawing.end - drawing.start) / drawing.slices
    back = number - max(round(BACK_SECONDS / length), 1)
    count, last = drawing.count(number), drawing.count(back) - 1
    for place in range(count):
        # Returning visitors are looked up from the end of the earlier slice, where nobody is one.
        earlier = _draw(drawing, back, last - place, "first") if back >= 0 and place < count * RETURNING else None
        if earlier is not None and earlier.has_agreed:
            yield _returning_choice(_draw(drawing, number, place, "again"), earlier)
        else:
            yield _draw(drawing, number, place, "first")


def _returning_choice(now: DrawnChoice, earlier: DrawnChoice) -> DrawnChoice:
    """Return a later choice of `earlier`'s visitor, in the same place and browser."""
    same = (
        "site",
        "visitor",
        "country",
        "subdivision",
        "language",
        "gpc",
        "dnt",
        "age_band",
        "browser",
        "device",
        "is_bot",
    )
    known = {name: getattr(earlier, name) for name in same}
    again = pick_weighted(AGAIN, now.pick)
    return now._replace(asked=again, notified=again, previous=earlier.id, **known)


def _draw(drawing: Drawing, number: int, place: int, kind: str) -> DrawnChoice:
    """Return choice `place` of slice `number`, derived from its hash."""
    text = f"{drawing.seed} {number} {place} {kind}".encode()
    data = hashlib.shake_128(text).digest(152)
    numbers = [int.from_bytes(data[start : start + 4], "big") for start in range(96, 152, 4)]
    length = (drawing.end - drawing.start) / drawing.slices
    country, subdivision = pick_weighted(PLACES, numbers[0])
    return DrawnChoice(
        site=(0, 0, 0, 1, 1, 2)[numbers[1] % 6] % drawing.sites,
        time=int(drawing.start + (number + numbers[2] / 2**32) * length),
        id=data[:16],
        key=data[16:32],
        salt=data[32:64],
        key_salt=data[64:80],
        visitor=data[80:96],
        country=country,
        subdivision=subdivision,
        language=LANGUAGES.get(country or "", "en"),
        gpc=numbers[3] % 100 < (15 if country == "US" else 5),
        dnt=numbers[4] % 100 < 3,
        age_band=pick_weighted(AGES, numbers[5]),
        browser=pick_weighted(BROWSERS, numbers[6]),
        device=pick_weighted(DEVICES, numbers[10]),
        is_bot=numbers[11] % 50 == 0,
        is_late=pick_weighted(LATE, numbers[12]),
        asked=pick_weighted(ASKED, numbers[7]),
        notified=pick_weighted(NOTIFIED, numbers[8]),
        pick=numbers[9],
        shown=numbers[13],
    )


def pick_weighted(weights: dict[Any, int], number: int) -> Any:
    """Return the key of `weights` that a random 32-bit `number` selects."""
    sums = list(itertools.accumulate(weights.values()))
    return list(weights)[bisect.bisect_right(sums, number % sums[-1])]
