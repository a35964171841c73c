"""The table of vendors that sites described by themselves."""

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class OwnVendor(Base):
    """A vendor of one site, as JSON of the form that catalogue files have; who changed it last, and when."""

    __tablename__ = "own_vendor"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    vendor: Mapped[str] = mapped_column(String(63))
    document: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("site_id", "vendor"),)
