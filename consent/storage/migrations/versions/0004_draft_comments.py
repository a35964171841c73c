"""Comments on drafts, the draft pages that users have open, and the pages of findings.

Revision ID: 0004_draft_comments
Revises: 0003_subjects
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_draft_comments"
down_revision = "0003_subjects"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.add_column("scan_finding", sa.Column("pages", sa.Text(), server_default="[]", nullable=False))
    op.create_table(
        "draft_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_draft_comment_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_draft_comment"),
    )
    op.create_index("ix_draft_comment_site_id", "draft_comment", ["site_id"])
    op.create_table(
        "draft_editor",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_draft_editor_site_id_site", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "by", name="pk_draft_editor"),
    )


def downgrade() -> None:
    op.drop_table("draft_editor")
    op.drop_table("draft_comment")
    op.drop_column("scan_finding", "pages")
