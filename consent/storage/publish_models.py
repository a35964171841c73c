"""The tables around a publish: who waits for a second person, and where which version was fetched last."""

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class PublishRequest(Base):
    """A draft, at the revision that somebody looked at, which waits for a second person; at most one of a site."""

    __tablename__ = "publish_request"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    asked_by: Mapped[str] = mapped_column(String(255))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text)


class ScriptSeen(Base):
    """When pages of one of a site's hosts last fetched the script, which config they got, and since when that one."""

    __tablename__ = "script_seen"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    origin: Mapped[str] = mapped_column(String(300), primary_key=True)
    config: Mapped[str] = mapped_column(String(71))
    since: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[int] = mapped_column(BigInteger)
