"""The table of choices in numbers: nobody is in it, and it is written with the receipts that it counts."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base

DEVICES = ("phone", "tablet", "desktop", "unknown")
ARRIVALS = ("prompt", "late", "direct", "unknown")
"""How a receipt came: from a page at once, or after waiting in the browser; from a server or the page of receipts; or before
this was counted."""


class ChoiceCount(Base):
    """How many receipts a day (days since 1970-01-01 UTC) brought that are alike in all of this.

    An unknown country or subdivision is empty. `choice` has a letter for each optional group in their order: 1 granted,
    0 refused, - not said. Receipts know neither `device`, `is_bot` nor `arrival`.
    """

    __tablename__ = "choice_count"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    config: Mapped[str] = mapped_column(String(71), primary_key=True)
    country: Mapped[str] = mapped_column(String, primary_key=True)
    subdivision: Mapped[str] = mapped_column(String, primary_key=True)
    regime: Mapped[str] = mapped_column(String, primary_key=True)
    language: Mapped[str] = mapped_column(String, primary_key=True)
    variant: Mapped[str] = mapped_column(String, primary_key=True)
    action: Mapped[str] = mapped_column(String, primary_key=True)
    method: Mapped[str] = mapped_column(String, primary_key=True)
    choice: Mapped[str] = mapped_column(String(3), primary_key=True)
    device: Mapped[str] = mapped_column(String(10), primary_key=True)
    is_bot: Mapped[bool] = mapped_column(primary_key=True)
    arrival: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)
