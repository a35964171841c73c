"""Tables of receipts: the signed part, the deletable personal part, and the idempotency keys."""

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base

SEARCHED = (
    *("country", "regime", "action", "method", "functional", "analytics", "advertising", "gpc", "dnt", "language"),
    *("vendors", "erased", "subdivision", "origin_checked"),
)
ENDING = ("withdraw", "reject_all", "opt_out", "object")
"""Actions that end the consent of the previous receipt."""
KNOWN_AGE = "age_band <> 'unknown' AND age_band <> ''"
"""The receipts in the age band index: not blank, and from visitors whose age band the site reported."""
BY_MONTH = {"postgresql_partition_by": "RANGE (time)"}


class Receipt(Base):
    """The signed record of a choice, never changed except by a full erasure, which blanks it.

    It has no foreign keys: checking one would lock the site's row for every receipt written.

    `vendors` is canonical JSON, so that filters can search it for `"hotjar":false` on either database.
    """

    __tablename__ = "receipt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    time: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    site_id: Mapped[int]
    log_index: Mapped[int | None] = mapped_column(BigInteger)
    erased: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    origin_checked: Mapped[bool]
    action: Mapped[str] = mapped_column(String)
    method: Mapped[str] = mapped_column(String)
    country: Mapped[str | None] = mapped_column(String)
    subdivision: Mapped[str | None] = mapped_column(String)
    regime: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    variant: Mapped[str] = mapped_column(String)
    functional: Mapped[bool | None]
    analytics: Mapped[bool | None]
    advertising: Mapped[bool | None]
    gpc: Mapped[bool]
    dnt: Mapped[bool]
    age_band: Mapped[str] = mapped_column(String)
    layer: Mapped[int]
    expires: Mapped[int | None] = mapped_column(BigInteger)
    config: Mapped[str] = mapped_column(String)
    vendors: Mapped[str] = mapped_column(Text)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)
    jws: Mapped[str] = mapped_column(Text)
    """Last, because it is long: searches that read the columns before it need no overflow page on SQLite."""

    __table_args__ = (
        # Scanned backwards, newest first. It contains everything else that searches filter by, so a filter with few
        # matches reads only the index, a tenth of the bytes.
        Index("ix_receipt_search", "site_id", "time", "id", *SEARCHED),
        # Includes the time because PostgreSQL requires the partition key in unique indexes. The sequencer also uses it
        # to find receipts without a log index, oldest first.
        Index("ix_receipt_log", "site_id", "log_index", "time", "id", unique=True),
        Index(
            "ix_receipt_age_band",
            "site_id",
            "age_band",
            "time",
            "id",
            sqlite_where=text(KNOWN_AGE),
            postgresql_where=text(KNOWN_AGE),
        ),
        BY_MONTH,
    )


class ReceiptPersonal(Base):
    """The deletable part of a receipt: who it is about, with the salt that ties it to the signed part.

    The key starts with the time, which queries know from the receipt: rows are then read in index order, while random
    ids would touch a page each.
    """

    __tablename__ = "receipt_personal"

    time: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    receipt_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int]
    visitor: Mapped[str | None] = mapped_column(String)
    previous: Mapped[str | None] = mapped_column(String(32))
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(String(32))
    """The account's number if the visitor was signed in."""

    __table_args__ = (
        Index(
            "ix_receipt_personal_account",
            "site_id",
            "account",
            "time",
            sqlite_where=text("account IS NOT NULL"),
            postgresql_where=text("account IS NOT NULL"),
        ),
        Index(
            "ix_receipt_personal_visitor",
            "site_id",
            "visitor",
            "time",
            sqlite_where=text("visitor IS NOT NULL"),
            postgresql_where=text("visitor IS NOT NULL"),
        ),
        BY_MONTH,
    )


class ReceiptKey(Base):
    """The key of a choice, stored for 60 days; without MAC and salt if its receipt was erased."""

    __tablename__ = "receipt_key"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    receipt_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)
    body_mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = ({"sqlite_with_rowid": False},)
