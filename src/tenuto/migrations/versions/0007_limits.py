"""Rate limits that all workers share, and how many runs of a workflow go on at once."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_rate_limits = """
create table rate_limits (
    workspace int not null references workspaces,
    key text not null,
    rate double precision,
    burst double precision,
    tokens double precision,
    refilled_at timestamptz not null default now(),
    quota int,
    remaining int,
    span double precision,
    resets_at timestamptz,
    told bool not null default false,
    round int not null default 1,
    late int not null default 0,
    blocked_until timestamptz,
    updated_at timestamptz not null default now(),
    primary key (workspace, key)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500)
"""

# Runs of a workflow that are limited in number stand in its lane until they are let in; one with a lane and no `queued_at` has a place.
# Who has no lane costs nothing: the indexes leave it out. The row of a lane is its lock, and its limit.
_lanes = (
    "alter table executions add column lane text, add column queued_at timestamptz",
    "create index executions_lane on executions (workspace, lane, queued_at, id) where lane is not null and finished_at is null",
    """
    create index executions_lane_children on executions (workspace, lane)
    where queued_at is not null and finished_at is null and parent_id is not null
    """,
    """
    create table lanes (
        workspace int not null references workspaces,
        lane text not null,
        most int not null,
        since timestamptz not null,
        primary key (workspace, lane)
    ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500)
    """,
)

_statements: tuple[str, ...] = (_rate_limits, *_lanes)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
