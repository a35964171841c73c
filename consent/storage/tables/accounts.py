"""Tables of dashboard users for Flask-Security, their passkeys, sessions, roles and site groups."""

import datetime
import uuid

from flask_security import AsaList, RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consent.storage.database.base import Base

SITE_ROLES = ("admin", "marketing", "compliance", "viewer")


class Words(AsaList):
    """A list of words in one column, with SQLAlchemy statement caching enabled."""

    cache_ok = True


user_role = Table(
    "user_role",
    Base.metadata,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Base, RoleMixin):
    """A role in Flask-Security's sense, for the whole instance. Views check `SiteRole` instead."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    description: Mapped[str | None] = mapped_column(String(255))
    permissions: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Words()))


class User(Base, UserMixin):
    """A user who signs in. The audit trail refers to them only by `audit_id`, so that this row can be erased."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[str] = mapped_column(String(32), unique=True, default=lambda: uuid.uuid4().hex)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: uuid.uuid4().hex)
    created_at: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """The time step of the last accepted code: no code is accepted twice."""
    oidc_subject: Mapped[str | None] = mapped_column(String(600), unique=True, index=True)
    """Issuer and subject at the provider from the first sign-in: an email address may be reassigned to someone else."""
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Words()))

    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)  # type: ignore[assignment]
    """The user's random id in passkeys, created with the first one."""
    language: Mapped[str | None] = mapped_column(String(8))
    """The chosen dashboard language; None follows the browser."""
    theme: Mapped[str | None] = mapped_column(String(8))
    """`light` or `dark` if chosen; None follows the browser."""
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """The chosen time zone from the IANA database; None follows the browser."""

    roles: Mapped[list[Role]] = relationship(secondary=user_role)  # type: ignore[assignment]
    webauthn: Mapped[list["Passkey"]] = relationship(  # type: ignore[assignment]
        cascade="all, delete-orphan", order_by="Passkey.id"
    )


class Passkey(Base, WebAuthnMixin):
    """A user's passkey (WebAuthn): its public key; `usage` is `first` instead of a password, `secondary` after one."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Words()))
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    lastuse_datetime: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    usage: Mapped[str] = mapped_column(String(64))


class SiteRole(Base):
    """A user's role on one site or, without a site, on every site."""

    __tablename__ = "site_role"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(20))

    __table_args__ = (
        CheckConstraint("role IN ('admin', 'marketing', 'compliance', 'viewer')", name="known_role"),
        Index("ix_site_role_site", "user_id", "site_id", "role", unique=True),
        # NULL never equals NULL, so the index above would accept a second "every site" row.
        Index(
            "ix_site_role_instance",
            "user_id",
            "role",
            unique=True,
            sqlite_where=text("site_id IS NULL"),
            postgresql_where=text("site_id IS NULL"),
        ),
    )


class SiteGroupMember(Base):
    """A site's membership in a group; a group is just a name."""

    __tablename__ = "site_group_member"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)


class SiteGroup(Base):
    """What a group's sites share: settings as JSON, with a revision that a save must state, and a realm of accounts.

    A group that shares nothing may have no row.
    """

    __tablename__ = "site_group"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    settings: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    realm: Mapped[str | None] = mapped_column(String(63), unique=True)


class GroupRole(Base):
    """A user's role on all sites of a group."""

    __tablename__ = "group_role"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))

    __table_args__ = (
        CheckConstraint("role IN ('admin', 'marketing', 'compliance', 'viewer')", name="known_role"),
        Index("ix_group_role_group", "user_id", "name", "role", unique=True),
    )


class BrowserSession(Base):
    """A browser in which a user is signed in: the SHA-256 of its secret, without an IP address."""

    __tablename__ = "browser_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(60))
    method: Mapped[str] = mapped_column(String(20))
    """How they signed in: `password` or `oidc`."""
    started_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int] = mapped_column(BigInteger)
    authenticated_at: Mapped[int] = mapped_column(BigInteger)
    """When they last entered a password or code: dangerous actions require this to be recent."""
