"""Alembic's entry: runs the migrations on the connection that `migrations.run` hands over."""

from typing import Any

from alembic import context

from models import Base


def include_object(element: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Views are written by hand in the migrations, so comparing leaves them out."""
    return not (kind == "table" and element.info.get("view"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=include_object,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
