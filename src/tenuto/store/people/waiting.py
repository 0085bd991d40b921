"""The statements by which waiting runs are found: what they wait for changes with their logs, and events are offered to them."""

from __future__ import annotations

from tenuto.store.runs.statements import appended, appending

_waited = """, asked as (
    insert into waits (workspace, execution_id, node, attempt, kind, event, title, digest, approvers, barred, answered, required, until,
        public_id, workflow_id, workflow_name)
    select w.workspace, w.id, w.node, w.attempt, w.kind, w.event, w.title, w.digest, w.approvers, w.barred, w.answered, w.required, w.until,
        e.public_id, e.workflow_id, e.workflow_name
    from json_to_recordset($21::json) as w(workspace int, id uuid, node text, attempt int, kind text, event text, title text, digest text,
        approvers text[], barred text[], answered text[], required int, until timestamptz)
    join moved m on m.workspace = w.workspace and m.id = w.id
    join executions e on e.workspace = w.workspace and e.id = w.id
    on conflict (workspace, execution_id, node) do update set
        attempt = excluded.attempt, kind = excluded.kind, event = excluded.event, title = excluded.title, digest = excluded.digest,
        approvers = excluded.approvers, barred = excluded.barred, answered = excluded.answered, required = excluded.required,
        until = excluded.until, over_at = null, outcome = null,
        created_at = case when waits.attempt = excluded.attempt then waits.created_at else now() end
), over as (
    select w.* from json_to_recordset($22::json) as w(workspace int, id uuid, node text, outcome text, answered text[])
    join moved m on m.workspace = w.workspace and m.id = w.id
), decided as (
    update waits w set over_at = now(), outcome = o.outcome, answered = case when o.answered = '{}' then w.answered else o.answered end
    from over o
    where w.workspace = o.workspace and w.execution_id = o.id and w.node = o.node and w.kind = 'approval' and w.over_at is null
), forgotten as (
    delete from waits w using over o
    where w.workspace = o.workspace and w.execution_id = o.id and w.node = o.node and w.kind <> 'approval'
)"""

append = appending + _waited + appended
"""As `statements.append`, where what runs wait for changes: batches without such a change do not pay for it.

Decided questions stay for the inbox.
"""

offer = """
with waiting as (
    select w.workspace, w.execution_id as id, w.node from waits w
    where w.workspace = $1 and w.kind = 'event' and w.event = $2 and (w.execution_id, w.node) > ($5, $6)
    order by w.execution_id, w.node limit $7
), locked as (
    select e.workspace, e.id, e.owner from executions e
    where e.workspace = $1 and e.id in (select id from waiting) and e.finished_at is null
    order by e.id for no key update
), posted as (
    insert into mailbox (workspace, execution_id, key, kind, signal)
    select w.workspace, w.id, 'event:' || $3 || ':' || w.node, 'event',
        convert_to('{"node":' || to_json(w.node)::text || ',', 'UTF8') || $4::bytea
    from waiting w join locked l on l.workspace = w.workspace and l.id = w.id
    on conflict do nothing returning workspace, execution_id as id, key
), woken as (
    update executions e set ready_at = now()
    where e.workspace = $1 and e.id in (select id from posted)
)
select w.id, w.node, l.owner, p.id is not null as told
from waiting w
left join locked l on l.id = w.id
left join posted p on p.id = w.id and p.key = 'event:' || $3 || ':' || w.node
order by w.id, w.node
"""
"""The rows are locked before the mail is there, as in `post`."""
