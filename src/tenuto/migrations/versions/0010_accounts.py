"""How each account is signed in to, and what stands in its addresses."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"

_statements: tuple[str, ...] = (
    # `way` is null for what was kept before there were several, and for integrations that are not installed.
    "alter table connections add column way text, add column fields jsonb not null default '{}'",
    "alter table oauth_flows add column fields jsonb not null default '{}', add column tenant text",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
