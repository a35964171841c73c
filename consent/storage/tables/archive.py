"""Tables of detached months: the file of each, and an index of its receipts."""

from sqlalchemy import BigInteger, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class DetachedMonth(Base):
    """A month of a site whose receipts are in a file; `month` is as returned by `partitions.month_of`.

    `receipts` is the number of rows in the file, `blank` how many of these are only a leaf hash, `erased` how many
    receipts have been fully erased: if that is more than `blank`, the file must be rewritten.
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
    """A receipt whose signed part is in a file, with what search, proofs, privacy rights and retention need.

    `ends_at` is when its consent expires, or its own time if it has no expiry; `is_ending` marks one that ended an
    earlier consent. Its leaf hash is in the lowest level of the log's tiles; its personal part stays in its table.
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
        # In file order.
        Index("ix_detached_receipt_time", "site_id", "time", "id"),
        {"sqlite_with_rowid": False},
    )
