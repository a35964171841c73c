"""Tables of scans, findings, screenshots, schedules, site checks and review decisions."""

from sqlalchemy import BigInteger, Boolean, Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class Scan(Base):
    """A scan of a site, from its request on; `diff` is JSON of the changes it found, leaks first."""

    __tablename__ = "scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10))
    url: Mapped[str] = mapped_column(String(600))
    requested_at: Mapped[int] = mapped_column(BigInteger)
    heartbeat_at: Mapped[int] = mapped_column(BigInteger)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    progress: Mapped[str] = mapped_column(Text, default="")
    pages: Mapped[int] = mapped_column(default=0)
    problems: Mapped[str] = mapped_column(Text, default="[]")
    diff: Mapped[str] = mapped_column(Text, default="[]")

    __table_args__ = (Index("ix_scan_site", "site_id", "id"),)


class Screenshot(Base):
    """A screenshot of a page in one state of a scan: a JPEG, deleted with the scan."""

    __tablename__ = "screenshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    scan_id: Mapped[int] = mapped_column(ForeignKey("scan.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    region: Mapped[str] = mapped_column(String(10))
    page: Mapped[str] = mapped_column(String(600))
    is_after_choice: Mapped[bool] = mapped_column(Boolean)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ScanFinding(Base):
    """A cookie, stored item, host or fingerprint of a site, with when it was first and last seen."""

    __tablename__ = "scan_finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    host: Mapped[str] = mapped_column(String(300))
    third_party: Mapped[bool] = mapped_column(Boolean)
    lifetime_s: Mapped[int | None] = mapped_column(BigInteger)
    situations: Mapped[str] = mapped_column(String(100))
    page: Mapped[str] = mapped_column(String(600))
    made_by: Mapped[str] = mapped_column(String(600))
    group: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str | None] = mapped_column(String(60))
    vendor: Mapped[str] = mapped_column(String(255))
    layer: Mapped[str] = mapped_column(String(40))
    confidence: Mapped[float] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(Text)
    suggestion: Mapped[str] = mapped_column(String(20))
    is_leak: Mapped[bool] = mapped_column(Boolean)
    leaks: Mapped[str] = mapped_column(Text, server_default="[]")
    """JSON of the situations, regions and pages in which it leaked when a scan last visited them."""
    first_seen: Mapped[int] = mapped_column(BigInteger)
    last_seen: Mapped[int] = mapped_column(BigInteger)
    gone_at: Mapped[int | None] = mapped_column(BigInteger)
    pages: Mapped[str] = mapped_column(Text, server_default="[]")
    """JSON list of URLs of pages where the last scan found it."""

    __table_args__ = (UniqueConstraint("site_id", "kind", "name", "host"),)


class ScanSchedule(Base):
    """How a site is scanned: start page, number of pages, simulated regions, and interval in days; 0 is never."""

    __tablename__ = "scan_schedule"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str] = mapped_column(String(600))
    pages: Mapped[int]
    regions: Mapped[str] = mapped_column(String(200))
    days: Mapped[int]
    blocks_publishing: Mapped[int] = mapped_column(server_default="0")
    """1 if an open leak blocks publishing the draft."""


class SiteCheck(Base):
    """The latest *Check my site* result for a page of a site; `tags` is JSON with an object for each tag on it."""

    __tablename__ = "site_check"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str] = mapped_column(String(600))
    checked_at: Mapped[int] = mapped_column(BigInteger)
    tags: Mapped[str] = mapped_column(Text)
    accounts: Mapped[str | None] = mapped_column(Text)
    """What is wrong with how the page reports who is signed in, as a sentence; None or empty if nothing is."""
    report: Mapped[str | None] = mapped_column(Text)
    """JSON with the findings and the colors of the page; None for a check by an earlier version."""


class ReviewDecision(Base):
    """A user's decision on a site's cookie, stored item or host: its group, the reason, who and when."""

    __tablename__ = "review_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    host: Mapped[str] = mapped_column(String(300))
    group: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("site_id", "kind", "name", "host"),)


class LanguageModelSuggestion(Base):
    """An operator's language model's suggestion for an unknown finding; an unusable answer has an empty group."""

    __tablename__ = "language_model_suggestion"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    host: Mapped[str] = mapped_column(String(300))
    group: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("site_id", "kind", "name", "host"),)
