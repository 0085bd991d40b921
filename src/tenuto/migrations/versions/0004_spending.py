"""What runs spend, and what they may spend."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

# An account is a row only where a budget was set. A run's account has its root's id as its key; one of a period has the period before
# the workflow's. What calls under way will use is held beside it, so that a crash leaves a trace that can be resolved.
_statements: tuple[str, ...] = (
    """
    create table spending (
        workspace int not null,
        period text not null,
        key text not null,
        workflow_id text,
        usd bigint not null default 0,
        tokens bigint not null default 0,
        calls bigint not null default 0,
        turns bigint not null default 0,
        largest_usd bigint not null default 0,
        largest_tokens bigint not null default 0,
        limit_usd bigint,
        limit_tokens bigint,
        limit_calls bigint,
        lifted bool not null default false,
        updated_at timestamptz not null default now(),
        primary key (workspace, period, key)
    ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000)
    """,
    "create index spending_of_workflow on spending (workspace, workflow_id, period, key) where workflow_id is not null",
    """
    create table spending_holds (
        workspace int not null,
        hold text not null,
        period text not null,
        key text not null,
        execution_id uuid not null,
        process uuid not null,
        usd bigint not null,
        tokens bigint not null,
        turns int not null,
        created_at timestamptz not null default now(),
        primary key (workspace, hold, period, key)
    ) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000)
    """,
    "create index spending_holds_of_account on spending_holds (workspace, period, key)",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
