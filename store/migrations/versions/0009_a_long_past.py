"""find what is open, begun or newest in a room without reading the past"""

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_conversation_state_updated_at', table_name='conversation')
    op.create_index('ix_conversation_dialog_updated_at', 'conversation', ['dialog', 'updated_at'])
    op.create_index('ix_report_status_due_at', 'report', ['status', 'due_at'])
    op.drop_index('ix_staff_card_room_id', table_name='staff_card')
    op.create_index('ix_staff_card_room_id_report_id', 'staff_card', ['room_id', 'report_id'])


def downgrade() -> None:
    op.drop_index('ix_staff_card_room_id_report_id', table_name='staff_card')
    op.create_index('ix_staff_card_room_id', 'staff_card', ['room_id'])
    op.drop_index('ix_report_status_due_at', table_name='report')
    op.drop_index('ix_conversation_dialog_updated_at', table_name='conversation')
    op.create_index('ix_conversation_state_updated_at', 'conversation', ['state', 'updated_at'])
