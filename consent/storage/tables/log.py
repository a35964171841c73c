"""Tables of the consent log: tiles, newest checkpoint, and leaves other than receipts."""

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class Actor(Base):
    """The name of a user or a token that audit entries call by an opaque id; a row that is deleted is forgotten."""

    __tablename__ = "actor"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))


KINDS = ("config", "key", "erasure", "audit")
"""What may stand in a log beside receipts. SQLite could not widen the constraint later."""

INSTANCE = 0
"""The `site_id` of the log named `instance`, in which stands what concerns no single site."""
INSTANCE_KEY = "instance"


class LogTile(Base):
    """Up to 256 hashes of a site's Merkle tree, one after another; only the last tile of a level still grows."""

    __tablename__ = "log_tile"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class LogCheckpoint(Base):
    """The newest signed checkpoint of a site's log; `size` is also the index that the next leaf gets."""

    __tablename__ = "log_checkpoint"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str] = mapped_column(Text)
    time: Mapped[int] = mapped_column(BigInteger)


class WitnessedCheckpoint(Base):
    """A checkpoint that witnesses are asked to cosign; `is_cosigned` once a quorum of them has."""

    __tablename__ = "witnessed_checkpoint"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str] = mapped_column(Text)
    time: Mapped[int] = mapped_column(BigInteger)
    is_cosigned: Mapped[bool]


class Cosignature(Base):
    """The signature line of a witness under such a checkpoint; `witness` is its name and key id."""

    __tablename__ = "cosignature"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(String(255), primary_key=True)
    line: Mapped[str] = mapped_column(Text)


class WitnessStatus(Base):
    """How far a witness has cosigned a log, when, since when it does not, and why; it is asked again at `due_at`.

    `is_refusal`: it was reached, and says that the log is not the one that it has cosigned.
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
    """A leaf that is no receipt, with its signed text: written together with what it records, put into the log later.

    `subject` is what it is about, such as the name of a config; `actor` the opaque id of who did it, where somebody did.
    `log_index` is set once. A receipt carries its index itself: a row for each here would double what is written.
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
        # What has no index yet is found by it as well, in the order of ids.
        Index("ix_log_entry_place", "site_id", "log_index", unique=True),
        Index("ix_log_entry_kind", "site_id", "kind", "id"),
        Index("ix_log_entry_order", "site_id", "id"),
        Index("ix_log_entry_time", "site_id", "time", "id"),
        Index("ix_log_entry_subject", "site_id", "subject", "id"),
        Index("ix_log_entry_actor", "site_id", "actor", "id"),
    )


class LogEntrySearch(Base):
    """What an entry is found by: the words of its signed text, in the order of entries of a site.

    `actor` is the opaque id of who did it, `target` that of the user or token that something was done to: their names are
    no words of the log.
    """

    __tablename__ = "log_entry_search"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    actor: Mapped[str | None] = mapped_column(String(32))
    target: Mapped[str | None] = mapped_column(String(32))
    words: Mapped[str] = mapped_column(Text)

    # A search reads this table from its newest row on: without row ids SQLite keeps it in this order.
    __table_args__ = ({"sqlite_with_rowid": False},)
