"""Media are found by their bytes, so that what nobody needs any more can be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEPT = sa.text("blob <> ''")


def upgrade() -> None:
    op.create_index("ix_media_blob", "media", ["blob"], sqlite_where=KEPT, postgresql_where=KEPT)


def downgrade() -> None:
    op.drop_index("ix_media_blob", "media")
