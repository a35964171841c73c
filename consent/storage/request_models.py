"""The table of what visitors asked for: kind, law, days and outcome, and nobody's name."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class RightsRequest(Base):
    """One request under a law. `received`, `due`, `extended` and `closed` are days since 1970-01-01 UTC.

    `outcome` is empty while it is open. `reference` is the number under which the site's own letters are filed.
    """

    __tablename__ = "rights_request"

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

    __table_args__ = (Index("ix_rights_request_site", "site_id", "id"),)
