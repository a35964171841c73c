"""Tables shared by equal nodes: nodes, rate limits, alarms, export jobs, erasure list."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class RateLimitAttempt(Base):
    """Times of attempts at a secret, such as an account's password.

    `times` are unix seconds separated by spaces; `key` is a keyed hash of account or address that changes daily.
    """

    __tablename__ = "rate_limit_attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    times: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int] = mapped_column(BigInteger)


class RateLimitCount(Base):
    """How often a network wrote in a minute, as counted by one process; only for networks that write a lot.

    `key` is a keyed hash of network and minute.
    """

    __tablename__ = "rate_limit_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[int] = mapped_column(BigInteger)


class IdempotencyKey(Base):
    """The idempotency key of an API write, and the response that a repeated request gets.

    `key_hash` covers token, method, path and key; `fingerprint` the rest of the request: query, body and If-Match. The
    request `holder` has the key until `claimed_until` (unix seconds), or until `status` is set with the response.
    `body` is sealed with the token, which isn't stored. `created_at` is the time of the first request.
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
    """A problem active since `since` (unix seconds), at most one per kind and site; site 0 is the instance.

    `items` is a JSON list of what is affected. `revision` increases when something is added or the problem recurs;
    `notified` is a JSON object of the last revision sent to each channel. `ended_at` is set when it is over; the row is
    deleted once all channels that got the alarm got its end. `claimed_at` is when a node claimed it for sending.
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
    """An alarm that has ended; times are unix seconds. The newest of a kind shows when it last occurred."""

    __tablename__ = "past_alarm"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ended_at: Mapped[int] = mapped_column(BigInteger)
    sentence: Mapped[str] = mapped_column(Text)


class AlarmChannel(Base):
    """A destination for a site's alarms, set by its users; `kind` is mail, slack, teams or webhook.

    `weekly_since` is when the last weekly summary was sent (unix seconds), None if none is wanted. `label` is the name
    that users gave it, and `language` that of its messages.
    """

    __tablename__ = "alarm_channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(Text)
    alarms: Mapped[bool]
    weekly_since: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8), server_default="en")

    __table_args__ = (UniqueConstraint("site_id", "kind", "address"),)


class Node(Base):
    """A serving process: host, version, keys, and its last heartbeat by the database's clock.

    `clock_offset` is how many seconds its own clock is ahead of that. `secret` is a MAC for comparing the nodes'
    secrets.
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
    """The oldest revision whose code works with this database: a single row, written by each upgrade."""

    __tablename__ = "schema_requirement"

    revision: Mapped[str] = mapped_column(String(32), primary_key=True)


class ExportJob(Base):
    """A requested export as JSON: any node that gets the request for its file can write it."""

    __tablename__ = "export_job"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int]
    time: Mapped[int] = mapped_column(BigInteger)
    request: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_export_job_site", "site_id", "time"),)


class ErasureListLine(Base):
    """A line of the erasure list, of which each node keeps its own copy outside the database."""

    __tablename__ = "erasure_list_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    line: Mapped[str] = mapped_column(Text)
