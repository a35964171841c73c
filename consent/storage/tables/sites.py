"""Tables of sites, configs, custom vendors, draft edits, publish requests and code approvals."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.database.base import Base


class CustomVendor(Base):
    """A vendor of one site, as JSON in the format of catalog files; who last changed it, and when."""

    __tablename__ = "custom_vendor"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    vendor: Mapped[str] = mapped_column(String(63))
    document: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("site_id", "vendor"),)


class DraftEdit(Base):
    """A part of a draft that was changed by hand after the last import."""

    __tablename__ = "draft_edit"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(500), primary_key=True)
    by: Mapped[str] = mapped_column(String(64))
    time: Mapped[int] = mapped_column(BigInteger)


class DraftImport(Base):
    """The file from which a site's draft was last imported."""

    __tablename__ = "draft_import"

    site_id: Mapped[int] = mapped_column(
        ForeignKey("site.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    file: Mapped[str] = mapped_column(String(255))
    by: Mapped[str] = mapped_column(String(64))
    time: Mapped[int] = mapped_column(BigInteger)


class ApprovalRequest(Base):
    """A request for a second user to approve the draft at a revision; at most one per site."""

    __tablename__ = "approval_request"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    requested_by: Mapped[str] = mapped_column(String(255))
    requested_at: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text)


class DraftComment(Base):
    """A user's comment on a draft at a revision; `version` is the config that the draft became, None until then."""

    __tablename__ = "draft_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    by: Mapped[str] = mapped_column(String(64))
    time: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int | None]


class DraftEditor(Base):
    """The page of a site's draft that a user (an opaque id) last had open, and when; kept for some minutes."""

    __tablename__ = "draft_editor"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    by: Mapped[str] = mapped_column(String(64), primary_key=True)
    page: Mapped[str] = mapped_column(String(40))
    time: Mapped[int] = mapped_column(BigInteger)


class CodeApproval(Base):
    """An admin's approval of code, by its hash, and its withdrawal if any; the MAC covers all of it and the site."""

    __tablename__ = "code_approval"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(71), primary_key=True)
    by: Mapped[str] = mapped_column(String(64))
    time: Mapped[int] = mapped_column(BigInteger)
    withdrawn_by: Mapped[str | None] = mapped_column(String(64))
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger)
    mac: Mapped[str] = mapped_column(String(64))


class ScriptFetch(Base):
    """When pages on one of a site's hosts last fetched the script, which config they got, and since when."""

    __tablename__ = "script_fetch"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    origin: Mapped[str] = mapped_column(String(300), primary_key=True)
    config: Mapped[str] = mapped_column(String(71))
    since: Mapped[int] = mapped_column(BigInteger)
    fetched_at: Mapped[int] = mapped_column(BigInteger)


SHA256_NAME = String(71)
"""`sha256:` and 64 hex digits."""


class Site(Base):
    """An embedding website, with the draft that marketing edits."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    draft: Mapped[str] = mapped_column(Text)
    draft_revision: Mapped[int] = mapped_column(default=1, server_default="1")
    live_config: Mapped[str | None] = mapped_column(SHA256_NAME)
    created_at: Mapped[int] = mapped_column(BigInteger)
    retention_months: Mapped[int] = mapped_column(server_default="36")
    """How many months receipts are stored after expiry or withdrawal."""
    requires_approval: Mapped[bool] = mapped_column(server_default=false())
    """Whether every publish requires approval by a second user, not only potentially harmful ones."""
    approval_needs_passkey: Mapped[bool] = mapped_column(server_default=false())
    """Whether approving a publish requires a passkey."""
    preview_generation: Mapped[int] = mapped_column(server_default="0")
    """How many times all preview links were revoked: a link contains the number at its creation."""
    account_months: Mapped[int | None]
    """After how many unseen months an account is deleted; None for never."""
    prunes_automatically: Mapped[bool] = mapped_column(server_default=false())
    """Whether the service daily erases what is past its retention."""
    archived_at: Mapped[int | None] = mapped_column(BigInteger)
    """When it was archived, in unix seconds, or None."""
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)
    """When it was deleted, in unix seconds. Nothing is served for it; its receipts stay until their retention ends."""
    realm: Mapped[str | None] = mapped_column(String(63), index=True)
    """The realm in which it shares its accounts with other sites; None for its own."""


class PublishApproval(Base):
    """The passkey-signed approval of a config: canonical JSON, never changed or deleted."""

    __tablename__ = "publish_approval"

    config: Mapped[str] = mapped_column(SHA256_NAME, ForeignKey("config.sha256"), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class Config(Base):
    """A published version of a site: canonical JSON, never changed or deleted.

    `log_index` is set once, when the sequencer has added it to the site's log.
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


class Artifact(Base):
    """A rule table, a banner build, a logo or a vendor list to which a config refers, stored permanently."""

    __tablename__ = "artifact"

    sha256: Mapped[str] = mapped_column(SHA256_NAME, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class VendorList(Base):
    """A Transparency and Consent Framework file that the operator provided; its content is the artifact `sha256`.

    `language` is empty for a list, and the language of a translation, which belongs to list `version`.
    """

    __tablename__ = "vendor_list"

    sha256: Mapped[str] = mapped_column(SHA256_NAME, primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    updated_on: Mapped[str] = mapped_column(String(10))
    """Its creation date in ISO 8601."""
    added_at: Mapped[int] = mapped_column(BigInteger)
