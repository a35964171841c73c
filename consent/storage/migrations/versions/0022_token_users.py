"""The users who are responsible for an API token; those of existing tokens come from the audit trail.

Revision ID: 0022_token_users
Revises: 0021_alarm_channel_language
"""

import base64
import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0022_token_users"
down_revision = "0021_alarm_channel_language"
branch_labels = None
depends_on = None
works_with = "0001_schema"


def upgrade() -> None:
    op.add_column("api_token", sa.Column("created_by", sa.String(32), nullable=True))
    op.add_column("api_token", sa.Column("taken_over_by", sa.String(32), nullable=True))
    save_creators(op.get_bind())


def save_creators(connection: sa.Connection) -> None:
    """Set the creator of each token whose audit entry names a user; programs have no opaque id."""
    tokens = connection.execute(sa.text("SELECT hash, id FROM api_token")).all()
    if not tokens:
        return
    by_audit_id = {hashlib.sha256(b"audit\0" + known.encode()).hexdigest()[:32]: id for known, id in tokens}
    # Entries are indexed by site; those of the instance have site 0.
    entries = sa.text(
        "SELECT actor, jws FROM log_entry WHERE kind = 'audit' AND subject = 'token.created' AND length(actor) = 32"
        " AND site_id IN (SELECT 0 UNION SELECT id FROM site)"
    )
    for actor, jws in connection.execute(entries).all():
        payload = jws.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if token := by_audit_id.get(claims["subject"]):
            change = sa.text("UPDATE api_token SET created_by = :actor WHERE id = :token")
            connection.execute(change, {"actor": actor, "token": token})


def downgrade() -> None:
    with op.batch_alter_table("api_token") as table:
        table.drop_column("taken_over_by")
        table.drop_column("created_by")
