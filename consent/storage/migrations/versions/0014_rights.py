"""The register of requests, pruning by itself with its runs, holds of a period, objections.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WIDE: dict[str, tuple[str, ...]] = {
    "kind": ("hold", "restriction", "objection"),
    "subject_kind": ("receipt", "visitor", "period"),
}
NARROW: dict[str, tuple[str, ...]] = {"kind": ("hold", "restriction"), "subject_kind": ("receipt", "visitor")}
COPY = (
    "INSERT INTO receipt_mark_anew (site_id, kind, subject_kind, subject, reason, by, time)"
    " SELECT site_id, kind, subject_kind, subject, reason, by, time FROM receipt_mark"
)


def upgrade() -> None:
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=6), nullable=False),
        sa.Column("law", sa.String(length=120), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_rights_request_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_rights_request"),
    )
    op.create_index("ix_rights_request_site", "rights_request", ["site_id", "id"])
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=True),
        sa.Column("heard", sa.BigInteger(), nullable=True),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column("receipts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("exempt", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_run"),
    )
    op.create_index("ix_retention_run_site", "retention_run", ["site_id", "id"])
    op.add_column("site", sa.Column("prunes_itself", sa.Boolean(), server_default=sa.false(), nullable=False))
    _make_marks(WIDE)


def downgrade() -> None:
    marks = sa.table("receipt_mark", sa.column("kind"), sa.column("subject_kind"))
    op.execute(marks.delete().where(sa.or_(marks.c.kind == "objection", marks.c.subject_kind == "period")))
    _make_marks(NARROW)
    op.drop_column("site", "prunes_itself")
    op.drop_table("retention_run")
    op.drop_table("rights_request")


def _make_marks(known: dict[str, tuple[str, ...]]) -> None:
    """Have `receipt_mark` take the values `known`; SQLite cannot change a constraint, so the table is made anew."""
    checks = {f"ck_receipt_mark_known_{name}": f"{name} IN {values}" for name, values in known.items()}
    if op.get_bind().dialect.name == "postgresql":
        for old in sa.inspect(op.get_bind()).get_check_constraints("receipt_mark"):
            op.execute(f"ALTER TABLE receipt_mark DROP CONSTRAINT {old['name']}")
        for name, condition in checks.items():
            op.execute(f"ALTER TABLE receipt_mark ADD CONSTRAINT {name} CHECK ({condition})")
        return
    op.create_table(
        "receipt_mark_anew",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("subject_kind", sa.String(length=7), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        *(sa.CheckConstraint(condition, name=name) for name, condition in checks.items()),
        sa.PrimaryKeyConstraint("site_id", "kind", "subject_kind", "subject", name="pk_receipt_mark"),
    )
    op.execute(COPY)
    op.drop_table("receipt_mark")
    op.rename_table("receipt_mark_anew", "receipt_mark")
