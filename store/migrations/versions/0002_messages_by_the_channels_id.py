"""Messages are found by the channel's own id; a column that nothing read is gone."""

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHOWN = sa.text("external_id <> ''")


def upgrade() -> None:
    op.create_index(
        "ix_message_external_id",
        "message",
        ["conversation_key", "external_id"],
        sqlite_where=SHOWN,
        postgresql_where=SHOWN,
    )
    op.drop_column("report", "rating_asked_at")


def downgrade() -> None:
    op.add_column("report", sa.Column("rating_asked_at", store.columns.UtcTime(timezone=True), nullable=True))
    op.drop_index("ix_message_external_id", "message")
