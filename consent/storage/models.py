"""The tables of sites and what is published for them, beside those of receipts and people."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.actor_models import Actor
from consent.storage.alarm_models import Alarm, PastAlarm
from consent.storage.base import Base, db
from consent.storage.erasure_models import Erasure, ReceiptMark, RetentionRun
from consent.storage.limit_models import Attempt, WriteCount
from consent.storage.log_models import LogCheckpoint, LogEntry, LogEntryWords, LogTile
from consent.storage.month_models import DetachedMonth, DetachedReceipt
from consent.storage.node_models import AskedExport, ErasureLine, Node, SchemaNeed
from consent.storage.origin_models import DraftEdit, DraftImport
from consent.storage.publish_models import PublishRequest, ScriptSeen
from consent.storage.receipt_models import Receipt, ReceiptKey, ReceiptPersonal
from consent.storage.request_models import RightsRequest
from consent.storage.scan_models import ReviewDecision, Scan, ScanFinding, ScanPicture, ScanSchedule
from consent.storage.statistic_models import BannerCount, ChoiceCount, RefusalCount
from consent.storage.user_models import (
    SITE_ROLES,
    BrowserSession,
    GroupRole,
    Role,
    SiteInGroup,
    SiteRole,
    User,
    user_role,
)
from consent.storage.vendor_models import OwnVendor

SHA256_NAME = String(71)
"""`sha256:` and 64 hex digits."""


class Site(Base):
    """One embedding website, with the draft that marketing works on."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    draft: Mapped[str] = mapped_column(Text)
    draft_revision: Mapped[int] = mapped_column(default=1, server_default="1")
    live_config: Mapped[str | None] = mapped_column(SHA256_NAME)
    created_at: Mapped[int] = mapped_column(BigInteger)
    retention_months: Mapped[int] = mapped_column(server_default="36")
    """How long a receipt is kept after its expiry or withdrawal."""
    second_person: Mapped[bool] = mapped_column(server_default=false())
    """Whether each publish waits for a second person, and not only those that may do harm."""
    previews_ended: Mapped[int] = mapped_column(server_default="0")
    """How many times all links to previews were ended: a link names the number of its time."""
    prunes_itself: Mapped[bool] = mapped_column(server_default=false())
    """Whether the service erases once a day what was kept for so long."""


class Config(Base):
    """One published version of a site: canonical JSON, never changed and never deleted.

    `log_index` is set once, when the sequencer has put it into the site's log.
    """

    __tablename__ = "config"

    sha256: Mapped[str] = mapped_column(SHA256_NAME, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    published_at: Mapped[int] = mapped_column(BigInteger)
    published_by: Mapped[str] = mapped_column(String(255))
    note: Mapped[str] = mapped_column(Text, default="")
    log_index: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("site_id", "version"),
        Index(
            "ix_config_unlogged",
            "site_id",
            "version",
            sqlite_where=text("log_index IS NULL"),
            postgresql_where=text("log_index IS NULL"),
        ),
    )


class Artefact(Base):
    """A rule table, a banner build or a logo that some config names, kept for ever."""

    __tablename__ = "artefact"

    sha256: Mapped[str] = mapped_column(SHA256_NAME, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ApiToken(Base):
    """A token of the public API: only its SHA-256 and a few first letters are kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    prefix: Mapped[str] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    more_sites: Mapped[str | None] = mapped_column(String)
    """Ids of further sites of a token that has a site, with spaces between: a token without any is for every site."""
    scopes: Mapped[str] = mapped_column(String)
    last_used_day: Mapped[int | None] = mapped_column(Integer)
    """The day since 1970 on which it was last good for something."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)


__all__ = [
    "SITE_ROLES",
    "Actor",
    "Alarm",
    "ApiToken",
    "Artefact",
    "AskedExport",
    "Attempt",
    "BannerCount",
    "Base",
    "BrowserSession",
    "ChoiceCount",
    "Config",
    "DetachedMonth",
    "DetachedReceipt",
    "DraftEdit",
    "DraftImport",
    "Erasure",
    "ErasureLine",
    "GroupRole",
    "LogCheckpoint",
    "LogEntry",
    "LogEntryWords",
    "LogTile",
    "Node",
    "OwnVendor",
    "PastAlarm",
    "PublishRequest",
    "Receipt",
    "ReceiptKey",
    "ReceiptMark",
    "ReceiptPersonal",
    "RefusalCount",
    "RetentionRun",
    "ReviewDecision",
    "RightsRequest",
    "Role",
    "Scan",
    "ScanFinding",
    "ScanPicture",
    "ScanSchedule",
    "SchemaNeed",
    "ScriptSeen",
    "Site",
    "SiteInGroup",
    "SiteRole",
    "User",
    "WriteCount",
    "db",
    "user_role",
]
