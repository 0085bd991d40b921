"""The statements about runs that a budget holds: the runs around them are told, and all that belong together are let go on."""

from __future__ import annotations

lock = "select owner from executions where workspace = $1 and id = $2 and finished_at is null for no key update"
"""A statement before the others: what they see is then the newest, and whoever tells the same run comes before or after."""

_by_budget = """
{run}.status = 'paused' and {run}.waiting_for is not null and (
    select convert_from(p.data, 'UTF8')::json ->> 'by' from execution_events p
    where p.workspace = {run}.workspace and p.execution_id = {run}.id and p.type = 'workflow_paused' order by p.seq desc limit 1
) = $6
"""
"""Whoever is paused by a person may wait for something else."""

_child = "exists (select 1 from executions c where c.workspace = $1 and c.parent_id = $2 and {held})"
_held_child = _child.format(held=_by_budget.format(run="c"))

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

pause = _post.format(where=_held_child)

resume = _post.format(where=f"{_standing_or_about_to} and not {_held_child}")
"""Nobody is woken who goes on anyway."""

_let_go_on = """
with recursive held as (
    select e.id from executions e
    where e.workspace = $1 and {held} and (e.id::text = $7 or e.parent_id = $2 or exists (
        select 1 from execution_events b
        where b.workspace = e.workspace and b.execution_id = e.id and b.seq = 1 and convert_from(b.data, 'UTF8')::json ->> 'root' = $7
    ))
    union
    select c.id from held h join executions c on c.workspace = $1 and c.parent_id = h.id and {held_child}
), locked as materialized (
    select e.workspace, e.id from executions e join held h on e.id = h.id
    where e.workspace = $1 and e.id <> $2 and e.finished_at is null
    order by e.workspace, e.id for no key update of e
), posted as (
    insert into mailbox (workspace, execution_id, key, kind, signal, created_at)
    select workspace, id, $3, $4, $5, clock_timestamp() from locked on conflict do nothing
)
update executions e set ready_at = now() from locked l where e.workspace = l.workspace and e.id = l.id
returning e.workspace, e.id, e.owner
"""
let_go_on = _let_go_on.format(held=_by_budget.format(run="e"), held_child=_by_budget.format(run="c"))
"""Those that count on the same accounts, wherever they stand, also where nobody waits for them; and those that hold the run or one of these."""
