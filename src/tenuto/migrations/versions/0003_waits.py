"""Runs that wait for an event or a person, found by what they wait for.

A row is written and ended by the statement that commits the event it follows from, so that it says what the log says. It has no
foreign key to its run, like everything on that path. Decided approvals stay until their run is deleted: they are the inbox's history.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_waits = """
create table waits (
    workspace int not null,
    execution_id uuid not null,
    node text not null,
    attempt int not null,
    kind text not null,
    event text,
    title text not null default '',
    digest text not null default '',
    approvers text[] not null default '{}',
    barred text[] not null default '{}',
    answered text[] not null default '{}',
    required int not null default 1,
    until timestamptz,
    public_id text collate "C" not null,
    workflow_id text,
    workflow_name text not null,
    created_at timestamptz not null default now(),
    over_at timestamptz,
    outcome text,
    primary key (workspace, execution_id, node)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)
"""

_statements: tuple[str, ...] = (
    _waits,
    "create index waits_open on waits (workspace, created_at desc, execution_id desc, node desc) where kind = 'approval' and over_at is null",
    "create index waits_over on waits (workspace, over_at desc, execution_id desc, node desc) where kind = 'approval' and over_at is not null",
    "create index waits_by_run on waits (workspace, public_id)",
    "create index waits_for_event on waits (workspace, event) where kind = 'event'",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
