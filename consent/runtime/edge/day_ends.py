"""Find when the day changes on which a response depends: in UTC and in the site's time zone."""

import datetime
from math import ceil

from consent.core.days import DAY_SECONDS
from consent.runtime.compiled_config import CompiledConfig


def day_end(config: CompiledConfig, now: float) -> int:
    """Return the unix second after `now` at which the next day begins, in UTC or in the site's time zone."""
    end = (int(now // DAY_SECONDS) + 1) * DAY_SECONDS
    if config.zone is None:
        return end
    tomorrow = datetime.datetime.fromtimestamp(now, config.zone).date() + datetime.timedelta(days=1)
    begins = ceil(datetime.datetime.combine(tomorrow, datetime.time(), config.zone).timestamp())
    # If a zone skips a day or an hour at midnight, don't return a time in the past.
    return min(end, begins) if begins > now else end


def shared_seconds(config: CompiledConfig, now: float, most: int) -> int:
    """Return how many seconds, at most `most`, a response of `now` may be cached: not beyond the end of its day.

    Shortly before that, it is a power of two, so that few responses differ.
    """
    left = int(min(day_end(config, now), config.law_days.end(now)) - now)
    return most if left >= most else 1 << (left.bit_length() - 1) if left else 0
