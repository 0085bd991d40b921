"""What runs spend, and what they may spend."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_statements: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
