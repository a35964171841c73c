"""Tables of detached months: the file of each, and an index of its receipts."""

from sqlalchemy import BigInteger, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class DetachedMonth(Base):
    """A month of a site whose receipts lie in a file; `month` counts as `partitions.month_of` does.

    `receipts` is the number of rows in the file, `blank` how many of them are a hash alone, `erased` how many receipts were
    erased in full: where that is more, the file is to be written anew.
    """

    __tablename__ = "detached_month"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    file: Mapped[str] = mapped_column(String)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    receipts: Mapped[int] = mapped_column(BigInteger)
    blank: Mapped[int] = mapped_column(BigInteger)
    erased: Mapped[int] = mapped_column(BigInteger)
    detached_at: Mapped[int] = mapped_column(BigInteger)


class DetachedReceipt(Base):
    """A receipt whose signed part lies in a file: what search, proof, rights and retention need of it.

    `ends_at` is when its consent expires, or its own time where it has no expiry; `is_ending` is of one that took an
    earlier one back. Its leaf hash stands in the lowest tile of the log, its personal part where it was.
    """

    __tablename__ = "detached_receipt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    time: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int] = mapped_column(BigInteger)
    site_id: Mapped[int]
    erased: Mapped[bool] = mapped_column(server_default=text("false"))
    is_ending: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        # In the order of the file.
        Index("ix_detached_receipt_time", "site_id", "time", "id"),
        {"sqlite_with_rowid": False},
    )
