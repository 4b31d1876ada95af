"""remember which reports look alike, for the officers' cards"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('lookalike',
    sa.Column('report_id', KEY, nullable=False),
    sa.Column('other_id', KEY, nullable=False),
    sa.ForeignKeyConstraint(['other_id'], ['report.id'], name=op.f('fk_lookalike_other_id_report')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_lookalike_report_id_report')),
    sa.PrimaryKeyConstraint('report_id', 'other_id', name=op.f('pk_lookalike'))
    )
    with op.batch_alter_table('lookalike', schema=None) as batch_op:
        batch_op.create_index('ix_lookalike_other_id', ['other_id'], unique=False)


def downgrade() -> None:
    op.drop_table('lookalike')
