"""Tables of anonymous counters by day and week: choices, banners, rejected writes."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, bindparam
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base

DEVICES = ("phone", "tablet", "desktop", "unknown")
SHOWN, CHOSEN, OPENED = "shown", "chosen", "opened"
EVENTS = (SHOWN, CHOSEN, OPENED)
"""What banners report.

That they were shown; that a choice was made, whatever became of its receipt; and, if a variant was drawn, that its
settings were opened.
"""

UNREADABLE = "unreadable"
"""What pages also report: that a former consent tool has stored an unreadable value."""
OLD_TOOL = "old_tool"
"""What pages report when the former consent tool is running, on sites that have named one."""


SPANS = (1, 7)
"""How many days a count covers. Everything is counted by day and by week: two years are as fast as two months."""


APART = {"sqlite_with_rowid": False, "postgresql_partition_by": "LIST (span)"}
"""On PostgreSQL days and weeks are separate tables, weeks also split by site: a query reads one span of one site."""


class OfVisits:
    """What is counted separately: site, span, its first day (since 1970-01-01 UTC), what was shown where and on what.

    An unknown country or subdivision is empty. The primary key follows the column order, because queries read days of
    one site; `sort_order` puts the columns of the tables after these.
    """

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    span: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    config: Mapped[str] = mapped_column(String(71), primary_key=True)
    country: Mapped[str] = mapped_column(String, primary_key=True)
    subdivision: Mapped[str] = mapped_column(String, primary_key=True)
    regime: Mapped[str] = mapped_column(String, primary_key=True)
    language: Mapped[str] = mapped_column(String, primary_key=True)
    variant: Mapped[str] = mapped_column(String, primary_key=True)
    device: Mapped[str] = mapped_column(String(10), primary_key=True, sort_order=2)
    is_bot: Mapped[bool] = mapped_column(primary_key=True, sort_order=2)
    count: Mapped[int] = mapped_column(BigInteger, sort_order=4)


class ChoiceCount(OfVisits, Base):
    """How many receipts are alike in all of these columns; written with the receipts.

    `choice` has a letter for each optional group, in order: 1 granted, 0 refused, - not stated. Receipts don't contain
    `device`, `is_bot` or `arrival`.
    """

    __tablename__ = "choice_count"

    action: Mapped[str] = mapped_column(String, primary_key=True, sort_order=1)
    method: Mapped[str] = mapped_column(String, primary_key=True, sort_order=1)
    choice: Mapped[str] = mapped_column(String(3), primary_key=True, sort_order=1)
    arrival: Mapped[str] = mapped_column(String(10), primary_key=True, sort_order=3)

    __table_args__ = (APART,)


class BannerCount(OfVisits, Base):
    """How many banner events are alike in all of these columns."""

    __tablename__ = "banner_count"

    event: Mapped[str] = mapped_column(String(10), primary_key=True, sort_order=3)

    __table_args__ = (APART,)


def start_of(day: int, span: int) -> int:
    """Return the first day of the day or week that contains `day`; weeks start on Monday."""
    return day - (day + 3) % span


def of_days(
    table: type[ChoiceCount] | type[BannerCount], site_id: int, span: int, first_day: int, last_day: int
) -> list[ColumnElement[bool]]:
    """Return the conditions for a site's counts of days or weeks, both included.

    The numbers are literals: after some executions, PostgreSQL plans a parameterized statement without regard to its
    values, then expects few rows for a whole two years, and sorts them on disk.
    """

    def literal(number: int) -> Any:
        return bindparam(None, number, literal_execute=True)

    period = table.day.between(literal(first_day), literal(last_day))
    return [table.site_id == literal(site_id), table.span == literal(span), period]


class RefusalCount(Base):
    """How many choices per day were rejected, by response code."""

    __tablename__ = "refusal_count"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)


STATES = ("not_asked", "refused", "granted", "signal")
"""What the visitor of a sampled page view had chosen: nothing, a refusal of something, all, or by GPC or DNT."""


class ViewCount(Base):
    """How many page views per hour browsers sampled, and in how many of these a disallowed vendor was contacted.

    `hour` counts from 1970-01-01 00:00 UTC.
    """

    __tablename__ = "view_count"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(10), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)
    asked: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)


class AskedCount(Base):
    """In how many page views per hour a disallowed vendor was contacted, on the site's own host or its own, by page.

    `page` is the beginning of a path, without numbers and codes.
    """

    __tablename__ = "asked_count"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vendor: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), primary_key=True)
    is_own: Mapped[bool] = mapped_column(primary_key=True)
    page: Mapped[str] = mapped_column(String(60), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)


class EnforcementDay(Base):
    """A day (since 1970-01-01 UTC) of a site whose counts were signed: of any number of nodes, one does it."""

    __tablename__ = "enforcement_day"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)
