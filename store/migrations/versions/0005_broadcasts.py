"""People ask to be told of announcements; an announcement goes to all of them."""

import sqlalchemy as sa
from alembic import op

import store.columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OURS = sa.text("broadcast_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", KEY, nullable=False),
        sa.Column("locality_id", sa.String(), nullable=False),
        sa.Column("citizen_id", KEY, nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("created_at", store.columns.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_subscription_citizen_id_citizen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint(
            "address_key", "commune", "category", name=op.f("uq_subscription_address_key_commune_category")
        ),
    )
    op.create_index(op.f("ix_subscription_citizen_id"), "subscription", ["citizen_id"])
    op.create_table(
        "broadcast",
        sa.Column("id", KEY, nullable=False),
        sa.Column("locality_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("last_identity_id", KEY, nullable=False),
        sa.Column("created_at", store.columns.UtcTime(timezone=True), nullable=False),
        sa.Column("finished_at", store.columns.UtcTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    op.add_column("outbox", sa.Column("broadcast_id", KEY, nullable=True))
    op.create_index(
        "ix_outbox_broadcast", "outbox", ["broadcast_id", "state"], sqlite_where=OURS, postgresql_where=OURS
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_broadcast", "outbox")
    op.drop_column("outbox", "broadcast_id")
    op.drop_table("broadcast")
    op.drop_table("subscription")
