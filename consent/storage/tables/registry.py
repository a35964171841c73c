"""Import all tables, for migrations and the app; other modules import the tables that they need directly."""

from consent.storage.database.base import Base, db
from consent.storage.tables.accounts import (
    SITE_ROLES,
    BrowserSession,
    GroupRole,
    Role,
    SiteGroupMember,
    SiteRole,
    User,
    user_role,
)
from consent.storage.tables.api_tokens import ApiToken
from consent.storage.tables.archive import DetachedMonth, DetachedReceipt
from consent.storage.tables.log import Actor, LogCheckpoint, LogEntry, LogEntrySearch, LogTile
from consent.storage.tables.operations import (
    Alarm,
    ErasureListLine,
    ExportJob,
    Node,
    PastAlarm,
    RateLimitAttempt,
    RateLimitCount,
    SchemaRequirement,
)
from consent.storage.tables.privacy import Erasure, PrivacyMark, PrivacyRequest, RetentionRun
from consent.storage.tables.receipts import Receipt, ReceiptKey, ReceiptPersonal
from consent.storage.tables.scans import ReviewDecision, Scan, ScanFinding, ScanSchedule, Screenshot, SiteCheck
from consent.storage.tables.sites import (
    ApprovalRequest,
    Artifact,
    Config,
    CustomVendor,
    DraftEdit,
    DraftImport,
    ScriptFetch,
    Site,
)
from consent.storage.tables.statistics import BannerCount, ChoiceCount, RefusalCount
from consent.storage.tables.subjects import (
    SubjectAccount,
    SubjectAlias,
    SubjectKey,
    SubjectName,
    SubjectSecret,
    SubjectUsed,
)

__all__ = [
    "SITE_ROLES",
    "Actor",
    "Alarm",
    "ApiToken",
    "ApprovalRequest",
    "Artifact",
    "BannerCount",
    "Base",
    "BrowserSession",
    "ChoiceCount",
    "Config",
    "CustomVendor",
    "DetachedMonth",
    "DetachedReceipt",
    "DraftEdit",
    "DraftImport",
    "Erasure",
    "ErasureListLine",
    "ExportJob",
    "GroupRole",
    "LogCheckpoint",
    "LogEntry",
    "LogEntrySearch",
    "LogTile",
    "Node",
    "PastAlarm",
    "PrivacyMark",
    "PrivacyRequest",
    "RateLimitAttempt",
    "RateLimitCount",
    "Receipt",
    "ReceiptKey",
    "ReceiptPersonal",
    "RefusalCount",
    "RetentionRun",
    "ReviewDecision",
    "Role",
    "Scan",
    "ScanFinding",
    "ScanSchedule",
    "SchemaRequirement",
    "Screenshot",
    "ScriptFetch",
    "Site",
    "SiteCheck",
    "SiteGroupMember",
    "SiteRole",
    "SubjectAccount",
    "SubjectAlias",
    "SubjectKey",
    "SubjectName",
    "SubjectSecret",
    "SubjectUsed",
    "User",
    "db",
    "user_role",
]
