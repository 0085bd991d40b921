"""Child runs, their groups, and what a commit leaves to be done after it."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_statements: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
