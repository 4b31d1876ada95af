"""Alembic's door: migrations run on the connection that store/database.py hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from store.tables.base import Base


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write plain SQLAlchemy types into new revisions, so that they outlive SQLModel's own names."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
    transaction_per_migration=True,
    transactional_ddl=True,  # SQLite can, though Alembic thinks not; store/database.py sees to it
)
with context.begin_transaction():
    context.run_migrations()
