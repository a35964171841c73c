"""All tables; that of the tokens stands here. Who reads some takes them from where they stand, without those of people."""

from sqlalchemy import BigInteger, ForeignKey, Integer, String
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
from consent.storage.scan_models import ReviewDecision, Scan, ScanFinding, ScanPicture, ScanSchedule, SiteCheck
from consent.storage.site_models import Artefact, Config, Site
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
    "SiteCheck",
    "SiteInGroup",
    "SiteRole",
    "User",
    "WriteCount",
    "db",
    "user_role",
]
