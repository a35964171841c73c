"""The tables of sites, and of what is published for them."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base

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
