"""Drafts that several people edit: who changed what since when, ways back, drawings, and values pinned to nodes."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

_statements: tuple[str, ...] = (
    "alter table workflows add column draft_by text, add column draft_by_id uuid, add column base_version int",
    # The drawing is beside the definition, whose hash says what runs.
    "alter table workflow_versions add column layout bytea",
    # What each revision of a draft changed: whoever edited an older one is told what happened since. The oldest rows go.
    """
    create table workflow_changes (
        workspace int not null,
        workflow_id text not null,
        revision int not null,
        at timestamptz not null default now(),
        by text,
        by_id uuid,
        operations bytea not null,
        primary key (workspace, workflow_id, revision),
        foreign key (workspace, workflow_id) references workflows on delete cascade
    )
    """,
    """
    create table restore_points (
        workspace int not null,
        workflow_id text not null,
        number int not null,
        revision int not null,
        at timestamptz not null default now(),
        by text,
        by_id uuid,
        reason text not null,
        note text,
        document bytea not null,
        primary key (workspace, workflow_id, number),
        foreign key (workspace, workflow_id) references workflows on delete cascade
    )
    """,
    # Values that tests of a draft use instead of what its nodes would answer. Nothing that runs reads this table.
    """
    create table pins (
        workspace int not null,
        workflow_id text not null,
        node text not null,
        port text not null,
        value bytea not null,
        source text not null,
        at timestamptz not null default now(),
        by text,
        primary key (workspace, workflow_id, node, port),
        foreign key (workspace, workflow_id) references workflows on delete cascade
    )
    """,
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
