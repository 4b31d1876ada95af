"""find reports of the same thing by their words, and remember who reported it too"""

import sqlalchemy as sa
from alembic import op
import store.columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('report_word',
    sa.Column('report_id', KEY, nullable=False),
    sa.Column('word', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_word_report_id_report')),
    sa.PrimaryKeyConstraint('report_id', 'word', name=op.f('pk_report_word'))
    )
    with op.batch_alter_table('report_word', schema=None) as batch_op:
        batch_op.create_index('ix_report_word_word', ['word'], unique=False)

    op.create_table('follower',
    sa.Column('id', KEY, nullable=False),
    sa.Column('report_id', KEY, nullable=False),
    sa.Column('citizen_id', KEY, nullable=False),
    sa.Column('address_key', sa.String(), nullable=False),
    sa.Column('created_at', store.columns.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['citizen_id'], ['citizen.id'], name=op.f('fk_follower_citizen_id_citizen')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_follower_report_id_report')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follower')),
    sa.UniqueConstraint('report_id', 'citizen_id', name=op.f('uq_follower_report_id_citizen_id'))
    )
    with op.batch_alter_table('follower', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_follower_citizen_id'), ['citizen_id'], unique=False)


def downgrade() -> None:
    op.drop_table('follower')
    op.drop_table('report_word')
