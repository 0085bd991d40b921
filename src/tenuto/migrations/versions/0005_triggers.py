"""Triggers, their schedules and watermarks, and the deliveries that came in."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

_statements: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
