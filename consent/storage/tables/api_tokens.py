"""Table of API tokens."""

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class ApiToken(Base):
    """A token for the public API; only its SHA-256 and first few characters are stored."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    prefix: Mapped[str] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    additional_sites: Mapped[str | None] = mapped_column(String)
    """Space-separated ids of further sites if the token has a site; a token without a site is valid for all."""
    scopes: Mapped[str] = mapped_column(String)
    last_used_day: Mapped[int | None] = mapped_column(Integer)
    """The day (since 1970-01-01) on which it was last used successfully."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    created_by: Mapped[str | None] = mapped_column(String(32))
    """The opaque id of the user who made it, even after that user is erased; None if it was made on the command line."""
    taken_over_by: Mapped[str | None] = mapped_column(String(32))
    """The opaque id of the user who took it over last."""
