"""Convert dates to days since 1970-01-01 UTC, the only unit of time in a decision, and add months."""

import datetime
from functools import lru_cache

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
DAY_SECONDS = 86400
"""Every day of unix time has this length: it leaves leap seconds out."""
_EPOCH = datetime.date(1970, 1, 1).toordinal()


def day_of(date: datetime.date) -> int:
    """Return the number of days between 1970-01-01 and `date`."""
    return date.toordinal() - _EPOCH


def day_of_iso(date: str) -> int:
    """Return the number of days between 1970-01-01 and a date in ISO 8601."""
    return day_of(datetime.date.fromisoformat(date))


def date_of(day: int) -> datetime.date:
    """Return the date `day` days after 1970-01-01."""
    return datetime.date.fromordinal(_EPOCH + day)


@lru_cache(1024)
def add_months(day: int, months: int) -> int:
    """Return the day `months` calendar months after `day`, or the last of the month if that month is shorter."""
    date = date_of(day)
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    first = datetime.date(year, month + 1, 1)
    last = (datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1) - first).days
    return day_of(first.replace(day=min(date.day, last)))
