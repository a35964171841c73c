"""Tables shared by equal nodes: nodes, rate limits, alarms, export jobs, erasure list."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class RateLimitAttempt(Base):
    """When somebody attempted something secret, such as the password of an account.

    `times` are unix seconds, separated by spaces; `key` is a keyed hash of account or address, another one each day.
    """

    __tablename__ = "rate_limit_attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    times: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int] = mapped_column(BigInteger)


class RateLimitCount(Base):
    """How often a network wrote in a minute, as one process counts; only of networks that write much.

    `key` is a keyed hash of network and minute.
    """

    __tablename__ = "rate_limit_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[int] = mapped_column(BigInteger)


class IdempotencyKey(Base):
    """A key with which a client names a write by API, and the answer that a repeated request gets.

    `key_hash` is of token, method, path and key, `fingerprint` of what else makes the request: query, body and If-Match.
    The request `holder` has the key until `claimed_until` (unix seconds), or until `status` says that it is answered.
    `body` is sealed with the token, which is not stored. `created_at` is of the first request.
    """

    __tablename__ = "idempotency_key"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    holder: Mapped[str] = mapped_column(String(32))
    claimed_until: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    etag: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)


class Alarm(Base):
    """A problem that lasts since `since` (unix seconds), at most one of a kind and site; site 0 is the instance.

    `items` names what it concerns, as a list in JSON. `revision` grows with what joins it and when it comes back;
    `notified` has, as an object in JSON, the last revision that was sent to each channel. `ended_at` is set once it is
    over, and the row is deleted when all channels that got it got that too. The node that sends it has claimed it at
    `claimed_at`.
    """

    __tablename__ = "alarm"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger)
    sentence: Mapped[str] = mapped_column(Text)
    items: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(server_default="0")
    notified: Mapped[str] = mapped_column(Text, server_default="{}")
    claimed_at: Mapped[int | None] = mapped_column(BigInteger)


class PastAlarm(Base):
    """An alarm that is over; times are unix seconds. The newest of a kind has when it was there last."""

    __tablename__ = "past_alarm"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ended_at: Mapped[int] = mapped_column(BigInteger)
    sentence: Mapped[str] = mapped_column(Text)


class AlarmChannel(Base):
    """Where alarms of a site go that its users have set: `kind` is mail, slack, teams or webhook.

    `weekly_since` is when the last weekly summary was sent (unix seconds), None where none is wanted.
    """

    __tablename__ = "alarm_channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(Text)
    alarms: Mapped[bool]
    weekly_since: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("site_id", "kind", "address"),)


class Node(Base):
    """A process that serves: where, with which code and keys, when its last heartbeat was by the database's clock.

    `clock_offset` is how many seconds its own clock is before that. `secret` is a MAC that differs where the secrets differ.
    """

    __tablename__ = "node"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    version: Mapped[str] = mapped_column(String(50))
    revision: Mapped[str] = mapped_column(String(32))
    receipt_key: Mapped[str] = mapped_column(String(43))
    log_key: Mapped[str] = mapped_column(String(43))
    secret: Mapped[str] = mapped_column(String(43))
    started_at: Mapped[int] = mapped_column(BigInteger)
    heartbeat_at: Mapped[int] = mapped_column(BigInteger)
    clock_offset: Mapped[int] = mapped_column(BigInteger)


class SchemaRequirement(Base):
    """The oldest revision whose code works on this database: one row, written by each upgrade."""

    __tablename__ = "schema_requirement"

    revision: Mapped[str] = mapped_column(String(32), primary_key=True)


class ExportJob(Base):
    """An export that was requested, in JSON: whichever node gets the request for its file can write it."""

    __tablename__ = "export_job"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int]
    time: Mapped[int] = mapped_column(BigInteger)
    request: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_export_job_site", "site_id", "time"),)


class ErasureListLine(Base):
    """A line of the list of erasures, from which each node has its own copy outside the database."""

    __tablename__ = "erasure_list_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    line: Mapped[str] = mapped_column(Text)
