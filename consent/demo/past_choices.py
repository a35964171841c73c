"""Generate reproducible random choices of past visitors from a seed, time slice by time slice.

Everything about a choice comes from a hash of the seed, the slice and a number. So a later slice can look up a
visitor of an earlier one: visitors come back after a month and change their minds.
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
"""What a demo begins with: enough for rates by day, and signed within seconds."""
BACK_SECONDS = 30 * DAY_SECONDS
"""After so long visitors come back,"""
RETURNING = 0.3
"""and of a slice so many."""
NOT_ASKED = {"US", "CA", "CH", "JP", "AU"}
"""Countries where, by most of their rules, nobody has to be asked; the others are those whose visitors come back."""

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
"""By country; elsewhere English."""
ASKED = {"accept_all": 47, "reject_all": 33, "save": 20}
"""What is chosen where consent is asked for,"""
NOTIFIED = {"opt_out": 62, "save": 20, "opt_in": 18}
"""and where it is not."""
AGAIN = {"withdraw": 45, "save": 35, "reject_all": 20}
"""And by who had agreed, on coming back."""
BROWSERS = {"Chrome": 52, "Safari": 26, "Firefox": 9, "Edge": 9, "Opera": 2, "other": 2}
DEVICES = {"phone": 62, "desktop": 33, "tablet": 5}
AGES = {"unknown": 96, "adult": 3, "16_17": 1}
LATE = {False: 249, True: 1}
"""Choices that waited in the browser,"""
LATE_SECONDS = 6 * 3600
"""so long."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How much of the past is drawn: unix seconds from `start` to `end`, sites by weight.

    Where `is_optional`, a database that has sites already is left as it is.
    """

    seed: int
    receipts: int
    start: int
    end: int
    sites: int = 3
    is_optional: bool = False

    @property
    def days(self) -> int:
        """Return of how many days the choices are."""
        return (self.end - self.start) // DAY_SECONDS

    @property
    def slices(self) -> int:
        """Return how many slices there are."""
        return -(-self.receipts // SLICE)

    def count(self, number: int) -> int:
        """Return how many choices the slice `number` has."""
        first, last = (self.receipts * step // self.slices for step in (number, number + 1))
        return last - first


def last_two_years(receipts: int, seed: int, now: float) -> Drawing:
    """Return the drawing of so many receipts in the two years that end with the last midnight (UTC) before `now`."""
    end = int(now) // DAY_SECONDS * DAY_SECONDS
    return Drawing(seed, receipts, end - DAYS * DAY_SECONDS, end)


def recent_visitors(seed: int, now: float) -> Drawing:
    """Return the drawing of the demo's shop alone: two periods of 30 days up to `now`, so that they can be compared."""
    return Drawing(seed, RECENT_RECEIPTS, int(now) - RECENT_DAYS * DAY_SECONDS, int(now), sites=1, is_optional=True)


class DrawnChoice(NamedTuple):
    """One choice: what a visitor did, and the random bytes that a server would have made for it."""

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
        """Return when it was chosen, in unix seconds; `time` is when it came."""
        return self.time - LATE_SECONDS * self.is_late

    @property
    def has_agreed(self) -> bool:
        """Return whether the visitor agreed when prompted: only then there is an id by which to recognize them."""
        return self.asked == "accept_all" and self.country not in NOT_ASKED


def draw_slice(drawing: Drawing, number: int) -> list[DrawnChoice]:
    """Return the choices of a slice in the order of time."""
    return sorted(_choices(drawing, number), key=lambda drawn: (drawn.time, drawn.id))


def _choices(drawing: Drawing, number: int) -> Iterator[DrawnChoice]:
    length = (drawing.end - drawing.start) / drawing.slices
    back = number - max(round(BACK_SECONDS / length), 1)
    count, last = drawing.count(number), drawing.count(back) - 1
    for place in range(count):
        # Those at the end of a slice are never visitors who come back.
        earlier = _draw(drawing, back, last - place, "first") if back >= 0 and place < count * RETURNING else None
        if earlier is not None and earlier.has_agreed:
            yield _come_back(_draw(drawing, number, place, "again"), earlier)
        else:
            yield _draw(drawing, number, place, "first")


def _come_back(now: DrawnChoice, earlier: DrawnChoice) -> DrawnChoice:
    """Return a later choice of the visitor of `earlier`, in the same place and with the same browser."""
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
    again = weigh(AGAIN, now.pick)
    return now._replace(asked=again, notified=again, previous=earlier.id, **known)


def _draw(drawing: Drawing, number: int, place: int, kind: str) -> DrawnChoice:
    """Return the choice `place` of the slice `number` as its hash has it."""
    text = f"{drawing.seed} {number} {place} {kind}".encode()
    data = hashlib.shake_128(text).digest(152)
    numbers = [int.from_bytes(data[start : start + 4], "big") for start in range(96, 152, 4)]
    length = (drawing.end - drawing.start) / drawing.slices
    country, subdivision = weigh(PLACES, numbers[0])
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
        age_band=weigh(AGES, numbers[5]),
        browser=weigh(BROWSERS, numbers[6]),
        device=weigh(DEVICES, numbers[10]),
        is_bot=numbers[11] % 50 == 0,
        is_late=weigh(LATE, numbers[12]),
        asked=weigh(ASKED, numbers[7]),
        notified=weigh(NOTIFIED, numbers[8]),
        pick=numbers[9],
        shown=numbers[13],
    )


def weigh(weights: dict[Any, int], number: int) -> Any:
    """Return a key of `weights` by its weight, for a number of 32 bits."""
    sums = list(itertools.accumulate(weights.values()))
    return list(weights)[bisect.bisect_right(sums, number % sums[-1])]
