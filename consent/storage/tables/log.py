"""Tables for the consent log: tiles, newest checkpoint, and leaves other than receipts."""

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class Actor(Base):
    """The name behind an opaque id of a user or token in audit entries; deleting the row erases it for good."""

    __tablename__ = "actor"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))


KINDS = ("config", "key", "erasure", "audit")
"""Kinds of log entries other than receipts. SQLite couldn't widen the constraint later."""

INSTANCE = 0
"""The `site_id` of the log named `instance`, for entries that don't concern a single site."""
INSTANCE_KEY = "instance"


class LogTile(Base):
    """Up to 256 concatenated hashes of a site's Merkle tree; only the last tile of each level still grows."""

    __tablename__ = "log_tile"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class LogCheckpoint(Base):
    """The newest signed checkpoint of a site's log; `size` is also the index of the next leaf."""

    __tablename__ = "log_checkpoint"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str] = mapped_column(Text)
    time: Mapped[int] = mapped_column(BigInteger)


class WitnessedCheckpoint(Base):
    """A checkpoint submitted to witnesses; `is_cosigned` once a quorum has cosigned it."""

    __tablename__ = "witnessed_checkpoint"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str] = mapped_column(Text)
    time: Mapped[int] = mapped_column(BigInteger)
    is_cosigned: Mapped[bool]


class Cosignature(Base):
    """A witness's signature line for such a checkpoint; `witness` is its name and key id."""

    __tablename__ = "cosignature"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(String(255), primary_key=True)
    line: Mapped[str] = mapped_column(Text)


class WitnessStatus(Base):
    """How far a witness has cosigned a log and when, since when and why it fails, and when it is asked next (`due_at`).

    `is_refusal`: it was reached, and says that this isn't the log that it has cosigned.
    """

    __tablename__ = "witness_status"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(String(255), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    cosigned_at: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int] = mapped_column(BigInteger)
    failing_since: Mapped[int | None] = mapped_column(BigInteger)
    problem: Mapped[str] = mapped_column(Text)
    is_refusal: Mapped[bool]


class LogEntry(Base):
    """A leaf that isn't a receipt, with its signed text; written with what it records, added to the log later.

    `subject` is what it is about, such as a config's name; `actor` is the author's opaque id, if there is one.
    `log_index` is set once. Receipts have their own index column: a row here for each would double what is written.
    """

    __tablename__ = "log_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int]
    log_index: Mapped[int | None] = mapped_column(BigInteger)
    time: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(255))
    actor: Mapped[str | None] = mapped_column(String(32))
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)
    jws: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="known_kind"),
        # Also finds entries without an index, ordered by id.
        Index("ix_log_entry_place", "site_id", "log_index", unique=True),
        Index("ix_log_entry_kind", "site_id", "kind", "id"),
        Index("ix_log_entry_order", "site_id", "id"),
        Index("ix_log_entry_time", "site_id", "time", "id"),
        Index("ix_log_entry_subject", "site_id", "subject", "id"),
        Index("ix_log_entry_actor", "site_id", "actor", "id"),
    )


class LogEntrySearch(Base):
    """Search index of entries: the words of each signed text, in the order of a site's entries.

    `actor` is the author's opaque id, `target` that of the user or token affected; their names aren't among the words.
    """

    __tablename__ = "log_entry_search"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    actor: Mapped[str | None] = mapped_column(String(32))
    target: Mapped[str | None] = mapped_column(String(32))
    words: Mapped[str] = mapped_column(Text)

    # Searches read this table from its newest row: without row ids, SQLite stores it in that order.
    __table_args__ = ({"sqlite_with_rowid": False},)
