"""The statements that tell a run that a budget holds one of its own, or none of them any more."""

lock = "select owner from executions where workspace = $1 and id = $2 and finished_at is null for no key update"
"""A statement before the others: what they see is then the newest, and whoever tells the same run comes before or after."""

_held = """
exists (
    select 1 from executions c where c.workspace = $1 and c.parent_id = $2 and c.status = 'paused' and c.waiting_for is not null and (
        select convert_from(p.data, 'UTF8')::json ->> 'by' from execution_events p
        where p.workspace = c.workspace and p.execution_id = c.id and p.type = 'workflow_paused' order by p.seq desc limit 1
    ) = $6
)
"""
"""Whoever is paused by a person may wait for something else."""

_standing_or_about_to = """
(
    exists (select 1 from executions e where e.workspace = $1 and e.id = $2 and e.status = 'paused')
    or exists (select 1 from mailbox m where m.workspace = $1 and m.execution_id = $2 and m.kind = 'pause')
)
"""

_post = """
with posted as (
    insert into mailbox (workspace, execution_id, key, kind, signal, created_at) select $1, $2, $3, $4, $5, clock_timestamp() where {where}
    on conflict do nothing returning 1
)
update executions e set ready_at = now() where e.workspace = $1 and e.id = $2 and exists (select 1 from posted)
returning e.workspace, e.id, e.owner
"""
"""Letters are read in the order of their time, which is not that of the beginning of a transaction that waited for its lock."""

pause = _post.format(where=_held)

resume = _post.format(where=f"not {_held} and {_standing_or_about_to}")
"""Nobody is woken who goes on anyway."""
