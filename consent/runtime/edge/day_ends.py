"""Find when the day changes on which an answer depends: in UTC, and where the site is."""

import datetime
from math import ceil

from consent.runtime.compiled_config import CompiledConfig

DAY_SECONDS = 86400


def day_end(config: CompiledConfig, now: float) -> int:
    """Return the unix second at which the next day begins after `now`, in UTC or in the time zone of the site."""
    end = (int(now // DAY_SECONDS) + 1) * DAY_SECONDS
    if config.zone is None:
        return end
    tomorrow = datetime.datetime.fromtimestamp(now, config.zone).date() + datetime.timedelta(days=1)
    begins = ceil(datetime.datetime.combine(tomorrow, datetime.time(), config.zone).timestamp())
    # Where a zone has left out a day or an hour at midnight, no time of before is an end.
    return min(end, begins) if begins > now else end


def shared_seconds(config: CompiledConfig, now: float, most: int) -> int:
    """Return for how many seconds, at most `most`, an answer of `now` may be kept: not beyond the end of its day.

    Shortly before that it is a power of two, so that few answers differ.
    """
    left = int(min(day_end(config, now), config.law_days.end(now)) - now)
    return most if left >= most else 1 << (left.bit_length() - 1) if left else 0
