"""Privacy tables: data subject requests, data that visitors sent, erasures, marks on receipts, retention runs."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class PrivacyRequest(Base):
    """A request under a law. `received`, `due`, `extended` and `closed` are days since 1970-01-01 UTC.

    `outcome` is empty while it is open. `reference` is the number of the site's own correspondence.
    """

    __tablename__ = "privacy_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(6))
    law: Mapped[str] = mapped_column(String(120))
    received: Mapped[int]
    due: Mapped[int]
    extended: Mapped[int | None]
    extension_reason: Mapped[str] = mapped_column(Text, default="")
    closed: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(String(60), default="")
    added_at: Mapped[int] = mapped_column(BigInteger)
    added_by: Mapped[str] = mapped_column(String(32))

    __table_args__ = (Index("ix_privacy_request_site", "site_id", "id"),)


PROOFS = ("browser", "account", "mail", "none")


class VisitorRequest(Base):
    """Data that a visitor sent with a request, sealed, so that database dumps don't reveal who it was.

    `proof` is how the visitor was recognized. Until the link in the email is clicked, `request_id` is None and
    `expires_at` is set. Only hashes of both links are stored. `address_hash` is keyed, and deleted on confirmation.
    """

    __tablename__ = "visitor_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("privacy_request.id", ondelete="CASCADE"), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(6))
    proof: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    confirm_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    follow_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    address_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(f"proof IN {PROOFS}", name="known_proof"),
        Index("ix_visitor_request_site", "site_id", "expires_at"),
        Index("ix_visitor_request_address", "address_hash"),
    )


LEVELS = ("unlink", "full")
CAUSES = ("request", "retention", "restore")
MARKS = ("hold", "restriction", "objection")
SUBJECTS = ("receipt", "visitor", "account", "period")


class Erasure(Base):
    """How many receipts were erased, when, why and by whom, but not whose they were.

    `is_purge_pending` is true until the deleted data has been purged from the database files.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int]
    time: Mapped[int] = mapped_column(BigInteger)
    level: Mapped[str] = mapped_column(String(10))
    cause: Mapped[str] = mapped_column(String(10))
    count: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(255))
    is_purge_pending: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    __table_args__ = (
        CheckConstraint(f"level IN {LEVELS}", name="known_level"),
        CheckConstraint(f"cause IN {CAUSES}", name="known_cause"),
    )


class PrivacyMark(Base):
    """A legal hold, a restriction (GDPR art. 18) or an objection (art. 21) on a receipt or all of a visitor or account.

    A hold can also cover all receipts of a period, `2025-01-01/2025-03-31`. There are few rows, each set by a user; the
    receipts themselves aren't changed.
    """

    __tablename__ = "privacy_mark"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(11), primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(7), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(255))
    time: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(f"kind IN {MARKS}", name="known_kind"),
        CheckConstraint(f"subject_kind IN {SUBJECTS}", name="known_subject_kind"),
    )


class RetentionRun(Base):
    """A run that erases receipts past their retention: requested, started, finished.

    `started_at` and `finished_at` are None until then; `heartbeat_at` is the last sign of life of the executing node.
    """

    __tablename__ = "retention_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int]
    by: Mapped[str] = mapped_column(String(255))
    months: Mapped[int]
    requested_at: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[int | None] = mapped_column(BigInteger)
    heartbeat_at: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    receipts: Mapped[int] = mapped_column(BigInteger, server_default="0")
    exempt: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (Index("ix_retention_run_site", "site_id", "id"),)
