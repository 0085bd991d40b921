"""Applications that act for members over MCP: who registered, what was allowed, and the tokens of that, as hashes."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"

_statements: tuple[str, ...] = (
    # Who registers does so before anybody of a workspace is known: kept in the first one, and forgotten unless somebody allows it something.
    """
    create table oauth_clients (
        workspace int not null references workspaces,
        id text not null,
        name text not null,
        redirect_uris text[] not null,
        renewable bool not null,
        created_at timestamptz not null default now(),
        used_at timestamptz,
        primary key (workspace, id)
    )
    """,
    "create index oauth_clients_unused on oauth_clients (workspace, created_at) where used_at is null",
    # A grant begins as a code, good once and for a minute; it is listed once that was exchanged.
    """
    create table oauth_grants (
        workspace int not null references workspaces,
        id uuid not null,
        member uuid not null,
        client text not null,
        name text not null,
        scopes text[] not null,
        renewable bool not null,
        code bytea not null unique,
        code_expires_at timestamptz not null,
        code_used_at timestamptz,
        redirect_uri text not null,
        challenge text not null,
        resource text not null,
        created_at timestamptz not null default now(),
        used_at timestamptz,
        ended_at timestamptz,
        ended_because text,
        primary key (workspace, id),
        foreign key (workspace, member) references members
    )
    """,
    "create index oauth_grants_member on oauth_grants (workspace, member, created_at)",
    # Refresh tokens that were used stay until they run out: one that comes again was stolen.
    """
    create table oauth_tokens (
        hash bytea primary key,
        workspace int not null references workspaces,
        grant_id uuid not null,
        kind text not null check (kind in ('access', 'refresh')),
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        used_at timestamptz,
        foreign key (workspace, grant_id) references oauth_grants on delete cascade
    )
    """,
    "create index oauth_tokens_grant on oauth_tokens (workspace, grant_id)",
    "create index oauth_tokens_end on oauth_tokens (workspace, expires_at)",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
