"""The tables of where a draft's values come from."""

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class DraftEdit(Base):
    """A part of a draft that somebody changed by hand after the last import."""

    __tablename__ = "draft_edit"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(500), primary_key=True)
    by: Mapped[str] = mapped_column(String(64))
    time: Mapped[int] = mapped_column(BigInteger)


class DraftImport(Base):
    """The file that a site's draft was last imported from."""

    __tablename__ = "draft_import"

    site_id: Mapped[int] = mapped_column(
        ForeignKey("site.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    file: Mapped[str] = mapped_column(String(255))
    by: Mapped[str] = mapped_column(String(64))
    time: Mapped[int] = mapped_column(BigInteger)
