"""What each node of a draft answered when it was tried last."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"

_statements: tuple[str, ...] = (
    """
    create table last_tests (
        workspace int not null,
        workflow_id text not null,
        node text not null,
        port text not null,
        value bytea not null,
        simulated bool not null,
        at timestamptz not null default now(),
        primary key (workspace, workflow_id, node),
        foreign key (workspace, workflow_id) references workflows on delete cascade
    )
    """,
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
