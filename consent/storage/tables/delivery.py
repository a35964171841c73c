"""Tables of deliveries: what systems outside are told of choices, who they are, and what they said.

No row names anybody: who an event is about lies sealed beside it, and only until it was delivered.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class OutboxEvent(Base):
    """One event, written in the transaction of its receipt. `n` is dense for each site and given by the dispatcher.

    `body` is canonical JSON of the event's `data` without `who`. `subject_no` is the number of an account, a visitor, or
    the receipt's own id; `version` that of an account's document, 0 for a browser. `refuses` is whether something was taken
    back. An event with a `receiver_id` is for that receiver alone.
    """

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int]
    time: Mapped[int] = mapped_column(BigInteger)
    receipt_id: Mapped[str | None] = mapped_column(String(32))
    type: Mapped[str] = mapped_column(String(32))
    subject_no: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(BigInteger)
    n: Mapped[int | None] = mapped_column(BigInteger)
    refuses: Mapped[bool]
    body: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    receiver_id: Mapped[str | None] = mapped_column(String(32))

    __table_args__ = (
        # What has no number yet is found by it as well.
        Index("ix_outbox_order", "site_id", "n", unique=True),
        Index("ix_outbox_subject", "site_id", "subject_no", "n"),
    )


class Receiver(Base):
    """A system that hears of choices on a site. All events up to `cursor` were sent, or have a row in `delivery`.

    Its keys are derived from the instance's key folder and `secret_no`; at a change the one before signs too until
    `old_secret_until`. `secret_sealed` holds settings that are secret. `failures` counts failures in a row, since
    `failing_since`. Times are unix seconds.

    Until a second user has approved its address a new one is in the state `proposed`; of another one `proposed` holds the
    change, sealed. `proposed_by` is the opaque id of who asked for it.
    """

    __tablename__ = "receiver"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    public_name: Mapped[str] = mapped_column(String(100))
    adapter: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(Text)
    settings: Mapped[str] = mapped_column(Text)
    secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    groups: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(8))
    cursor: Mapped[int] = mapped_column(BigInteger)
    ack: Mapped[str] = mapped_column(String(8))
    knows_accounts: Mapped[bool]
    signature: Mapped[str] = mapped_column(String(8))
    content_type: Mapped[str] = mapped_column(String(16))
    secret_no: Mapped[int]
    old_secret_until: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[int] = mapped_column(BigInteger)
    heard_at: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int]
    failing_since: Mapped[int | None] = mapped_column(BigInteger)
    next_probe_at: Mapped[int] = mapped_column(BigInteger)
    last_problem: Mapped[str] = mapped_column(String(255))
    proposed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposed_by: Mapped[str | None] = mapped_column(String(32))
    proposed_at: Mapped[int | None] = mapped_column(BigInteger)


class Delivery(Base):
    """An event that did not pass at the first try, or whose acknowledgment is awaited.

    `state` is `waiting` behind an earlier event of its subject, `retry`, `dead` or `done`; `tries` were made, the next is at
    `next_at`; `last` says in words why the last one failed.
    """

    __tablename__ = "delivery"

    receiver_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(32))
    subject_no: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8))
    refuses: Mapped[bool]
    is_replay: Mapped[bool]
    tries: Mapped[int]
    since: Mapped[int] = mapped_column(BigInteger)
    next_at: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[str] = mapped_column(String(255))
    took_ms: Mapped[int]

    __table_args__ = (
        Index("ix_delivery_due", "receiver_id", "state", "next_at", "n"),
        Index("ix_delivery_subject", "receiver_id", "subject_no", "n"),
    )


class Acknowledgment(Base):
    """A state that an event reached at a receiver: `delivered`, `dead`, or what the receiver said itself.

    `at` is the receiver's word for when, `noted_at` when it was written here; unix seconds. `body_sha256` is of the body as
    it was sent.
    """

    __tablename__ = "ack"

    receiver_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    event: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[int] = mapped_column(BigInteger)
    noted_at: Mapped[int] = mapped_column(BigInteger)
    ref: Mapped[str] = mapped_column(String(100))
    body_sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_ack_noted", "receiver_id", "noted_at"), {"sqlite_with_rowid": False})


class UsedAck(Base):
    """The `webhook-id` of an acknowledgment that came: it counts once."""

    __tablename__ = "used_ack"

    receiver_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class Replay(Base):
    """Events that a receiver gets again: those from `next_n` to `to_n`, of which `subjects` are `all` or `refused`.

    With the `subjects` `snapshot` it gets the present state of each account; `account` is the number up to which that is
    written.
    """

    __tablename__ = "replay"

    id: Mapped[int] = mapped_column(primary_key=True)
    receiver_id: Mapped[str] = mapped_column(String(32), index=True)
    next_n: Mapped[int] = mapped_column(BigInteger)
    to_n: Mapped[int] = mapped_column(BigInteger)
    subjects: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[int | None] = mapped_column(BigInteger)
    sent: Mapped[int]
    account: Mapped[str | None] = mapped_column(String(32))


class ExpiryCheck(Base):
    """Up to which day, counted from 1970-01-01, the accounts of a site were looked through for grants that ran out."""

    __tablename__ = "expiry_check"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    checked_until: Mapped[int]


class DeliveryHour(Base):
    """Up to which moment the states that events reached at a receiver are in the log; unix seconds."""

    __tablename__ = "delivery_hour"

    receiver_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    logged_until: Mapped[int] = mapped_column(BigInteger)
