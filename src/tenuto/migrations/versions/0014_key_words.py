"""Runs are found by a word of a business key, and those that are simulated by themselves."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"

_statements: tuple[str, ...] = (
    # Whole keys are words too, so that what was found before is found still. Only letters of ASCII have their case taken away:
    # what is immutable must not depend on the rules of a language, which change with the system's libraries.
    r"""
    create function words_of_keys(keys text[]) returns text[] language sql immutable strict parallel safe return (
        select coalesce(array_agg(distinct left(word, 200)), '{}')
        from unnest(keys) as given(key), lateral (
            select lower(key collate "C") union select regexp_split_to_table(lower(key collate "C"), '[\s\-_/:.,;#@|=]+')
        ) as found(word)
        where word <> ''
    )
    """,
    "drop index executions_by_key",
    # A column and no expression in the index: reading on by time, a run in hand is compared without its words being made once more, and
    # there are statistics of how common a word is, without which a common one would be looked up in the index first.
    """
    alter table executions add column key_words text[]
    generated always as (case when keys <> '{}' then words_of_keys(keys) end) stored
    """,
    "create index executions_by_key_word on executions using gin (key_words) where key_words is not null",
    "create index executions_simulated on executions (workspace, created_at desc, id desc) where simulated",
)


def upgrade() -> None:
    """Add what this version needs."""
    for statement in _statements:
        op.execute(statement)
