"""The table of names that stand beside the log."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class Actor(Base):
    """The name of a person or a token that audit entries call by an opaque id; a row that is deleted is forgotten."""

    __tablename__ = "actor"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))
