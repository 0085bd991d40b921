"""Child runs, their groups, and what a commit leaves to be done after it."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

# A child is a run like any other; `scope` is the node of its parent, `attempt` that node's attempt, `item` its place among its siblings.
# One that is held has never been ready: it waits until a sibling ends.
_children = (
    "alter table executions add column depth int not null default 0",
    "alter table executions add column attempt int",
    """
    create index executions_held on executions (workspace, parent_id, scope, attempt, item)
    where parent_id is not null and status = 'pending' and ready_at is null
    """,
)

# How far the children of one attempt of a node have come. They run side by side up to `concurrency`; with `stopping` none is released.
_groups = """
create table child_groups (
    workspace int not null,
    parent_id uuid not null,
    scope text not null,
    attempt int not null,
    total int not null,
    concurrency int not null,
    released int not null default 0,
    done int not null default 0,
    failed int not null default 0,
    cancelled int not null default 0,
    stop_on_failure bool not null,
    stopping bool not null default false,
    primary key (workspace, parent_id, scope, attempt)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)
"""

# What has to be done after a commit, written with it; whoever does it deletes the row.
_outbox = (
    """
    create table outbox (
        workspace int not null,
        id uuid not null,
        execution_id uuid not null,
        kind text not null,
        data bytea not null,
        created_at timestamptz not null default now(),
        primary key (workspace, id)
    ) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)
    """,
    "create index outbox_oldest on outbox (created_at)",
)

_statements: tuple[str, ...] = (*_children, _groups, *_outbox)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
