"""Runs are found by a word of a business key, and those that are simulated by themselves."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"

_statements: tuple[str, ...] = (
    # Whole keys are words too, so that what was found before is found still. Only letters of ASCII have their case taken away:
    # what is immutable must not depend on the rules of a language, which change with the system's libraries.
    r"""
    create function key_words(keys text[]) returns text[] language sql immutable strict parallel safe return (
        select coalesce(array_agg(distinct left(word, 200)), '{}')
        from unnest(keys) as given(key), lateral (
            select lower(key collate "C") union select regexp_split_to_table(lower(key collate "C"), '[\s\-_/:.,;#@|=]+')
        ) as found(word)
        where word <> ''
    )
    """,
    "drop index executions_by_key",
    "create index executions_by_key_word on executions using gin (key_words(keys)) where keys <> '{}'",
    "create index executions_simulated on executions (workspace, created_at desc, id desc) where simulated",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
