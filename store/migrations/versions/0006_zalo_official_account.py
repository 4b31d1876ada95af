"""Zalo OA: the pair of tokens, chats in which an officer is talking, messages that wait for the person's next word."""

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAITS = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        "zalo_token",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("refresh", sa.String(), nullable=False),
        sa.Column("expires_at", store.columns.UtcTime(timezone=True), nullable=False),
        sa.Column("renewing_until", store.columns.UtcTime(timezone=True), nullable=True),
        sa.Column("spent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_zalo_token")),
    )
    op.create_table(
        "by_hand",
        sa.Column("conversation_key", sa.String(), nullable=False),
        sa.Column("until", store.columns.UtcTime(timezone=True), nullable=False),
        sa.Column("report_id", store.columns.BigKey, nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_by_hand_report_id_report")),
        sa.PrimaryKeyConstraint("conversation_key", name=op.f("pk_by_hand")),
    )
    op.create_index(
        "ix_outbox_pending", "outbox", ["address_key"], sqlite_where=WAITS, postgresql_where=WAITS
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_pending", "outbox")
    op.drop_table("by_hand")
    op.drop_table("zalo_token")
