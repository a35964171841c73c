"""Tables of receipts: the signed part, the deletable personal part, and the idempotency keys."""

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base

SEARCHED = (
    *("country", "regime", "action", "method", "functional", "analytics", "advertising", "gpc", "dnt", "language"),
    *("vendors", "erased", "subdivision", "origin_checked"),
)
ENDING = ("withdraw", "reject_all", "opt_out", "object")
"""Actions that end the consent of the receipt before."""
KNOWN_AGE = "age_band <> 'unknown' AND age_band <> ''"
"""Which receipts an index of age bands has: those of visitors of whom the site said one, and that are not blank."""
BY_MONTH = {"postgresql_partition_by": "RANGE (time)"}


class Receipt(Base):
    """The signed record of one choice, never changed but by a full erasure, which blanks it.

    No foreign keys here: checking one locks the row of the site for every receipt written.
    `vendors` is canonical JSON, so that a filter can search for `"hotjar":false` in it on either database.
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
    """Last, since it is long: a search that reads the columns before it needs no overflow page on SQLite."""

    __table_args__ = (
        # Read backwards, newest first. It holds whatever else a search may filter by: a filter that few receipts meet
        # then reads the index alone, a tenth of the bytes.
        Index("ix_receipt_search", "site_id", "time", "id", *SEARCHED),
        # The time is in it because PostgreSQL wants the partition key in each unique index; it also hands the
        # sequencer what has no index yet, oldest first.
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
    """The deletable part of a receipt: who, with the salt that ties it to the signed part.

    The key begins with the time, which every query for it knows from the receipt: rows then come in the order
    of the index, where random ids would touch one page each.
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
    """The number of the account that it is of, where somebody was signed in."""

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
    """The key of one choice, stored for 60 days; without MAC and salt where its receipt was erased."""

    __tablename__ = "receipt_key"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    receipt_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)
    body_mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = ({"sqlite_with_rowid": False},)
