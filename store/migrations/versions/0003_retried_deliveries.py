"""find the few deliveries that are tried again without reading all that wait"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

RETRIED = sa.text("state = 'queued' AND attempts > 0")


def upgrade() -> None:
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_retried', ['channel', 'account', 'not_before'], unique=False, sqlite_where=RETRIED, postgresql_where=RETRIED)


def downgrade() -> None:
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_retried', sqlite_where=RETRIED, postgresql_where=RETRIED)
