"""Tables of signed-in visitors' accounts; none contains an account id, email address or `sub`."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class SubjectSecret(Base):
    """A subject key in use, by number and fingerprint; a node that has a different one doesn't accept accounts."""

    __tablename__ = "subject_secret"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[int] = mapped_column(BigInteger)


class SubjectKey(Base):
    """A key with which a site's server signs tokens; derived from subject key `key_no`, and so not stored.

    Times are unix seconds. A leaked key (`is_leaked`) is invalid from `retired_at` on; other retired keys still carry
    refusals.
    """

    __tablename__ = "subject_key"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    kid: Mapped[str] = mapped_column(String(8), primary_key=True)
    key_no: Mapped[int]
    made_at: Mapped[int] = mapped_column(BigInteger)
    retired_at: Mapped[int | None] = mapped_column(BigInteger)
    is_leaked: Mapped[bool] = mapped_column(default=False)
    used_on: Mapped[int | None]


class SubjectUsed(Base):
    """A token that has granted something and can't again; `expires_at` is when this no longer matters."""

    __tablename__ = "subject_used"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    jti: Mapped[str] = mapped_column(String(32), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class HandoverUsed(Base):
    """A hand-over code that has granted something: the hash of its nonce, and when this no longer matters."""

    __tablename__ = "handover_used"

    nonce_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class SubjectAccount(Base):
    """An account's choice document, under a random number; `seen_month` counts months since 1970."""

    __tablename__ = "subject_account"

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    realm: Mapped[str] = mapped_column(String(63))
    version: Mapped[int] = mapped_column(BigInteger)
    gpc: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[str] = mapped_column(Text)
    seen_month: Mapped[int]
    sub_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The `sub`, encrypted with a key that is in no dump; only on sites with a receiver that knows accounts."""

    earlier: Mapped[str | None] = mapped_column(String(32))
    """The same visitor's number in a shared realm that the site has left: receipts until then refer to it."""

    __table_args__ = (Index("ix_subject_account_realm", "realm", "seen_month"),)


class SubjectName(Base):
    """A name that leads to an account: a keyed hash of `sub`, and the number of the subject key used."""

    __tablename__ = "subject_name"

    realm: Mapped[str] = mapped_column(String(63), primary_key=True)
    key_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), index=True)
    seen_month: Mapped[int]


class SubjectAlias(Base):
    """An account number that was merged into `number`; older receipts still refer to it."""

    __tablename__ = "subject_alias"

    alias: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), index=True)


class FormerRealm(Base):
    """A realm that a site left on a day (since 1970-01-01); refusals until then still apply on the site."""

    __tablename__ = "former_realm"

    site_id: Mapped[int] = mapped_column(
        ForeignKey("site.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    realm: Mapped[str] = mapped_column(String(63), primary_key=True)
    left_on: Mapped[int]
