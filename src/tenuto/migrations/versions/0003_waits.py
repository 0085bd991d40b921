"""Runs that wait for an event or a person, found by what they wait for."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_statements: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
