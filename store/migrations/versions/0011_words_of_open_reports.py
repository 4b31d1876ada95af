"""the words of open reports alone, by field: what looks for the same thing reads only the newest reports of each"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.execute(
        "CREATE TEMPORARY TABLE kept_word AS SELECT category || ' ' || word AS term, report_id FROM report_word"
        " JOIN report ON report.id = report_word.report_id"
        " WHERE status IN ('received', 'assigned', 'in_progress', 'need_info') AND NOT sensitive"
    )
    op.drop_table("report_word")
    op.create_table(
        "report_word",
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("report_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_word_report_id_report")),
        sa.PrimaryKeyConstraint("term", "report_id", name=op.f("pk_report_word")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_word_report_id", "report_word", ["report_id"])
    op.execute("INSERT INTO report_word (term, report_id) SELECT term, report_id FROM kept_word")
    op.execute("DROP TABLE kept_word")


def downgrade() -> None:
    op.drop_table("report_word")
    op.create_table(
        "report_word",
        sa.Column("report_id", KEY, nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_word_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "word", name=op.f("pk_report_word")),
    )
    op.create_index("ix_report_word_word", "report_word", ["word"])
