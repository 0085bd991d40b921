"""Data keys: each workspace has one of its own that seals its secrets, and the master key seals that one alone."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

# `master` names the master key that sealed the data key. One key of a workspace seals (`current`); former ones stay until nothing needs them.
_statements: tuple[str, ...] = (
    """
    create table data_keys (
        workspace int not null references workspaces,
        id text not null,
        current bool not null,
        master text not null,
        sealed bytea not null,
        created_at timestamptz not null default now(),
        primary key (workspace, id)
    )
    """,
    "create unique index data_keys_current on data_keys (workspace) where current",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
