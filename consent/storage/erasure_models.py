"""The tables of what was erased and when that was tried, and of what may not be erased or used."""

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base

LEVELS = ("unlink", "full")
CAUSES = ("request", "retention", "restore")
MARKS = ("hold", "restriction", "objection")
SUBJECTS = ("receipt", "visitor", "period")


class Erasure(Base):
    """That so many receipts were erased, when, why and by whom, without a word on whose they were.

    `in_files` is true until the files of the database have been rid of what was deleted.
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
    in_files: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    __table_args__ = (
        CheckConstraint(f"level IN {LEVELS}", name="known_level"),
        CheckConstraint(f"cause IN {CAUSES}", name="known_cause"),
    )


class ReceiptMark(Base):
    """A legal hold, a restriction (GDPR art. 18) or an objection (art. 21), on one receipt or on all of one visitor.

    A hold may also be on all receipts of a period, `2025-01-01/2025-03-31`. Few rows, each set by a person: the
    receipts themselves stay as they are.
    """

    __tablename__ = "receipt_mark"

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
    """One time that a site was rid of what had been kept for long enough: asked for, begun, ended.

    `started` and `finished` are None until then; `heard` is when the one at work was last heard of.
    """

    __tablename__ = "retention_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int]
    by: Mapped[str] = mapped_column(String(255))
    months: Mapped[int]
    asked: Mapped[int] = mapped_column(BigInteger)
    started: Mapped[int | None] = mapped_column(BigInteger)
    heard: Mapped[int | None] = mapped_column(BigInteger)
    finished: Mapped[int | None] = mapped_column(BigInteger)
    receipts: Mapped[int] = mapped_column(BigInteger, server_default="0")
    exempt: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (Index("ix_retention_run_site", "site_id", "id"),)
