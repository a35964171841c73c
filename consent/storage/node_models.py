"""The tables by which equal nodes know of each other: who runs, which code fits, what was asked of any of them."""

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class Node(Base):
    """A process that serves: where, with which code and keys, when it was last heard of by the database's clock.

    `ahead` is how many seconds its own clock is before that. `secret` is a MAC that tells one secret from another.
    """

    __tablename__ = "node"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    version: Mapped[str] = mapped_column(String(50))
    revision: Mapped[str] = mapped_column(String(32))
    receipt_key: Mapped[str] = mapped_column(String(43))
    log_key: Mapped[str] = mapped_column(String(43))
    secret: Mapped[str] = mapped_column(String(43))
    started: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)
    ahead: Mapped[int] = mapped_column(BigInteger)


class SchemaNeed(Base):
    """The oldest revision whose code works on this database: one row, written by each upgrade."""

    __tablename__ = "schema_need"

    revision: Mapped[str] = mapped_column(String(32), primary_key=True)


class AskedExport(Base):
    """An export that was asked for, in JSON: whichever node is asked for its file can write it."""

    __tablename__ = "asked_export"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int]
    time: Mapped[int] = mapped_column(BigInteger)
    asked: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_asked_export_site", "site_id", "time"),)


class ErasureLine(Base):
    """A line of the list of erasures, from which each node keeps its own copy outside the database."""

    __tablename__ = "erasure_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    line: Mapped[str] = mapped_column(Text)
