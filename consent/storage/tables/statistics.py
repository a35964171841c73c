"""Tables of anonymous counters by day and week: choices, banners, rejected writes."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, bindparam
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base

DEVICES = ("phone", "tablet", "desktop", "unknown")
ARRIVALS = ("prompt", "late", "direct", "unknown")
"""How a receipt came: from a page at once, or after waiting in the browser; from a server or the page of receipts; or before
this was counted."""
SHOWN, CHOSEN, OPENED = "shown", "chosen", "opened"
EVENTS = (SHOWN, CHOSEN, OPENED)
"""What banners report: that they were shown, that a choice was made, whatever becomes of its receipt, and, where a variant
was drawn, that its settings were opened."""

UNREADABLE = "unreadable"
"""What a page reports besides: that a former consent tool has kept a value which cannot be read."""
OLD_TOOL = "old_tool"
"""What a page reports where the former consent tool runs, on sites that have named it."""


SPANS = (1, 7)
"""For how many days one count is: everything is counted by day and by week, so that two years are as quick as two months."""


APART = {"sqlite_with_rowid": False, "postgresql_partition_by": "LIST (span)"}
"""On PostgreSQL days and weeks are tables of their own, weeks by their site too: a question reads one span of one site."""


class OfVisits:
    """What is counted apart: site, span, first day of it (days since 1970-01-01 UTC), what was shown where, and on what.

    An unknown country or subdivision is empty. The key is in the order of the columns: a query reads days of one site, so
    that `sort_order` keeps the columns of the tables behind these.
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
    """How many receipts are alike in all of this, written with them.

    `choice` has a letter for each optional group in their order: 1 granted, 0 refused, - not stated. Receipts know neither
    `device`, `is_bot` nor `arrival`.
    """

    __tablename__ = "choice_count"

    action: Mapped[str] = mapped_column(String, primary_key=True, sort_order=1)
    method: Mapped[str] = mapped_column(String, primary_key=True, sort_order=1)
    choice: Mapped[str] = mapped_column(String(3), primary_key=True, sort_order=1)
    arrival: Mapped[str] = mapped_column(String(10), primary_key=True, sort_order=3)

    __table_args__ = (APART,)


class BannerCount(OfVisits, Base):
    """How many events of banners are alike in all of this."""

    __tablename__ = "banner_count"

    event: Mapped[str] = mapped_column(String(10), primary_key=True, sort_order=3)

    __table_args__ = (APART,)


def start_of(day: int, span: int) -> int:
    """Return the first day of the day or week that `day` is in; weeks begin on Monday."""
    return day - (day + 3) % span


def of_days(
    table: type[ChoiceCount] | type[BannerCount], site_id: int, span: int, first_day: int, last_day: int
) -> list[ColumnElement[bool]]:
    """Return the conditions that counts are of a site and of days or weeks, both included.

    The numbers stand in the statement: PostgreSQL plans one that it was given some times without regard to what is queried
    for, takes a few rows for all of two years then, and sorts them on disk.
    """

    def literal(number: int) -> Any:
        return bindparam(None, number, literal_execute=True)

    period = table.day.between(literal(first_day), literal(last_day))
    return [table.site_id == literal(site_id), table.span == literal(span), period]


class RefusalCount(Base):
    """How many choices of a day were not taken, by the code of the answer."""

    __tablename__ = "refusal_count"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)


STATES = ("not_asked", "refused", "granted", "signal")
"""What a page view's visitor had said when it was sampled: nothing, a refusal of something, all, or by GPC or DNT."""


class ViewCount(Base):
    """How many page views of an hour browsers sampled, and in how many of them something was asked that may not be.

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
    """In how many page views of an hour a vendor was asked that may not be, on the own host or its own, by page.

    `page` is the beginning of a path without numbers and codes.
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
    """A day (since 1970-01-01 UTC) of a site whose counts were signed: any number of nodes may do it, and one does."""

    __tablename__ = "enforcement_day"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)
