"""Tables for delivery: events for other systems, the systems that receive them, and their acknowledgments.

No row identifies anyone: the subject of an event is stored sealed, and only until it is delivered.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class OutboxEvent(Base):
    """An event, written in its receipt's transaction. The dispatcher assigns `n`, without gaps within each site.

    `body` is canonical JSON of the event's `data` without `who`. `subject_no` is the number of an account, a visitor
    id, or the receipt's own id; `version` is that of the account's document, 0 for a browser. `refuses` is whether
    something was taken back. An event with a `receiver_id` is for that receiver only. An erased event that had the
    site's last number is kept blank, for no receiver, so that the number isn't assigned again.
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
        # Also finds events without a number.
        Index("ix_outbox_order", "site_id", "n", unique=True),
        Index("ix_outbox_subject", "site_id", "subject_no", "n"),
    )


class Receiver(Base):
    """A system that is notified of a site's choices. Events up to `cursor` were sent, or have a row in `delivery`.

    Its keys are derived from the instance's key folder and `secret_no`; after a change, the previous key also signs
    until `old_secret_until`. `secret_sealed` holds secret settings. `failures` counts consecutive failures since
    `failing_since`. Times are unix seconds.

    Until a second user approves its address, a new receiver is in the state `proposed`; for an existing one, `proposed`
    holds the sealed change. `proposed_by` is the requester's opaque id.
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
    """An event that wasn't delivered at the first try, or whose acknowledgment is awaited.

    `state` is `waiting` (behind an earlier event of its subject), `retry`, `dead` or `done`; `tries` have been made,
    the next is due at `next_at`; `last` says why the last one failed.
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
    """A state that an event reached at a receiver: `delivered`, `dead`, or one that the receiver reported.

    `at` is the time that the receiver reported, `noted_at` when it was recorded here; unix seconds. `body_sha256` is
    the hash of the body as sent.
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
    """The `webhook-id` of an acknowledgment received, so that it counts only once."""

    __tablename__ = "used_ack"

    receiver_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class Replay(Base):
    """Events to be sent to a receiver again: from `next_n` to `to_n`, with `subjects` `all` or `refused`.

    With `subjects` `snapshot`, the present state of each account is sent; `account` is the number up to which that has
    been written.
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
    """The day (since 1970-01-01) through which a site's accounts were checked for expired grants."""

    __tablename__ = "expiry_check"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    checked_until: Mapped[int]


class DeliveryHour(Base):
    """The unix time up to which a receiver's event states are in the log."""

    __tablename__ = "delivery_hour"

    receiver_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    logged_until: Mapped[int] = mapped_column(BigInteger)
