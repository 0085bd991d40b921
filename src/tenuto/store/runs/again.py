"""The statements by which runs are run again: an ended one opened, a part of one copied."""

reopen = """
with locked as (
    select e.workspace, e.id from executions e
    where e.workspace = $1 and e.id = $2 and e.status = 'failed' and e.finished_at is not null and e.head = $3 and not e.imported
    for no key update
), posted as (
    insert into mailbox (workspace, execution_id, key, kind, signal)
    select workspace, id, $4, $5, $6 from locked
    on conflict do nothing returning 1
)
update executions e set finished_at = null, ready_at = now(), status = 'running', error = null
from locked l where e.workspace = l.workspace and e.id = l.id and exists (select 1 from posted)
returning e.id
"""
"""The mail that says why, and the row that is ready again, in one."""
