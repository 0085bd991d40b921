"""Accounts that people connected, their tokens sealed, and the consents that are under way."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

_statements: tuple[str, ...] = (
    # `generation` is one more with every change of the tokens: who was refused with an older one need not renew again.
    """
    alter table connections
        drop column meta,
        add column made_by text not null,
        add column shared_with text[] not null default '{}',
        add column scopes text[] not null default '{}',
        add column lifetime int,
        add column expires_at timestamptz,
        add column refreshable bool not null default false,
        add column refresh_expires_at timestamptz,
        add column account text,
        add column base_url text,
        add column attention text,
        add column generation int not null default 1,
        add column refreshed_at timestamptz
    """,
    "create index connections_user on connections (workspace, user_id, integration)",
    # A consent under way: found by the hash of its state, used up by whoever brings the browser that began it. `sealed` is PKCE's verifier.
    """
    create table oauth_flows (
        workspace int not null references workspaces,
        hash bytea not null,
        browser bytea not null,
        integration text not null,
        name text not null,
        user_id text,
        member uuid,
        made_by text not null,
        shared_with text[] not null default '{}',
        scopes text[] not null,
        sealed bytea not null,
        expires_at timestamptz not null,
        primary key (workspace, hash)
    )
    """,
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
