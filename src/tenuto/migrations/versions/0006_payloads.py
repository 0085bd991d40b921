"""Large values beside the log, and how long runs are kept."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

# A definition's own rule, beside its body, so that nobody has to read bodies to follow it.
# A value knows when it was written: one whose run never came to be is found by that.
_statements: tuple[str, ...] = (
    "alter table definitions add column retention interval",
    "create index definitions_retention on definitions (workspace, hash) where retention is not null",
    "alter table blobs add column at timestamptz not null default now()",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
