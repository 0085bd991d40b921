"""Triggers, their schedules and watermarks, and the deliveries that came in."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

# A row stays when a new version leaves its trigger out (`installed`), so that its address and secret are the same when it comes back.
_triggers = """
create table triggers (
    workspace int not null references workspaces,
    id uuid not null,
    workflow_id text not null,
    key text not null,
    type text not null,
    spec bytea not null,
    version_hash text not null,
    installed bool not null default true,
    enabled bool not null default true,
    path text,
    secret text,
    slot_at timestamptz,
    next_at timestamptz,
    leased_until timestamptz,
    watermark bytea,
    last_at timestamptz,
    last_execution text,
    note text,
    error bytea,
    failures int not null default 0,
    fired bigint not null default 0,
    skipped bigint not null default 0,
    refused bigint not null default 0,
    refused_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace, id),
    unique (workspace, workflow_id, key)
) with (fillfactor = 70)
"""

_statements: tuple[str, ...] = (
    _triggers,
    "create unique index triggers_path on triggers (path) where path is not null",
    "create index triggers_due on triggers (next_at) where next_at is not null",
    "create index triggers_newest on triggers (workspace, created_at desc, id desc)",
    """
    create table trigger_secrets (
        workspace int not null references workspaces,
        name text not null,
        sealed bytea not null,
        updated_at timestamptz not null default now(),
        primary key (workspace, name)
    )
    """,
    # The id is made of the trigger and the sender's id of the delivery, and is the run's public id as well: what comes twice is one row
    # and one run. `due_at` is set while its run is still to be started.
    """
    create table deliveries (
        workspace int not null references workspaces,
        id uuid not null,
        trigger_id uuid not null,
        delivery text not null,
        event text,
        headers bytea not null,
        body bytea not null,
        verdict text not null,
        status text not null,
        execution_id text,
        error bytea,
        attempts int not null default 0,
        due_at timestamptz,
        replay_of uuid,
        received_at timestamptz not null default now(),
        primary key (workspace, id)
    ) with (fillfactor = 80)
    """,
    "alter table deliveries alter column body set storage external",
    "create index deliveries_newest on deliveries (workspace, received_at desc, id desc)",
    "create index deliveries_of_trigger on deliveries (workspace, trigger_id, received_at desc, id desc)",
    "create index deliveries_due on deliveries (due_at) where due_at is not null",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
