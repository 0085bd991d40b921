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
update executions e set finished_at = null, ready_at = now(), status = 'running', error = null, lane = null, queued_at = null
from locked l where e.workspace = l.workspace and e.id = l.id and exists (select 1 from posted)
returning e.id
"""
"""The mail that says why, and the row that is ready again, in one. The place it had in its lane is gone: it stands in line again."""

countable = """
select count(*) from execution_events
where workspace = $1 and execution_id = $2 and seq <= $3 and node = any($4::text[]) and type in ('node_started', 'step_started', 'step_completed',
        'node_waiting', 'node_retrying', 'node_unknown', 'node_completed', 'node_skipped', 'node_failed')
"""
"""How many events of a log tell what happened to these nodes."""

fork = """
with kept as (
    select row_number() over (order by seq) + 1 as seq, at, type, node, data from execution_events
    where workspace = $1 and execution_id = $2 and seq <= $3 and node = any($4::text[]) and type in ('node_started', 'step_started', 'step_completed',
        'node_waiting', 'node_retrying', 'node_unknown', 'node_completed', 'node_skipped', 'node_failed')
), inserted as (
    insert into executions (workspace, id, public_id, workflow_id, workflow_name, version_hash, status, head, format, simulated, run_as,
        user_id, session_id, priority, trigger, keys, current_node, owner, epoch, ready_at, created_at, started_at)
    select $1::int, $5::uuid, $6, $7, $8, $9, 'pending', $10::int, $11, $12, $13, $14, $15, $16, $17, $18::text[], null, null, 0,
        now() - ($16::int + 1) * interval '10 seconds', now(), now()
    where (select count(*) from kept) + 1 = $10::int
    on conflict (workspace, public_id) do nothing
    returning id
), begun as (
    insert into execution_events (workspace, execution_id, seq, type, node, data)
    select $1, i.id, 1, 'workflow_started', null, $19::bytea from inserted i
), copied as (
    insert into execution_events (workspace, execution_id, seq, at, type, node, data)
    select $1, i.id, k.seq, k.at, k.type, k.node, k.data from kept k, inserted i
), large as (
    insert into blobs (workspace, execution_id, sha256, n, body)
    select $1, i.id, b.sha256, b.n, b.body from blobs b, inserted i where b.workspace = $1 and b.execution_id = $2
)
select id from inserted
"""
"""A run whose log begins with a part of another one's: copied here, and never through a process."""

replay = """
with inserted as (
    insert into executions (workspace, id, public_id, workflow_id, workflow_name, version_hash, status, head, format, simulated, run_as,
        user_id, session_id, priority, trigger, keys, current_node, owner, epoch, ready_at, created_at, started_at)
    select $1::int, $3::uuid, $4, $5, $6, $7, 'pending', $8::int, $9, $10, $11, $12, $13, $14, $15, $16::text[], null, null, 0,
        now() - ($14::int + 1) * interval '10 seconds', now(), now()
    on conflict (workspace, public_id) do nothing
    returning id
), begun as (
    insert into execution_events (workspace, execution_id, seq, type, node, data)
    select $1, i.id, e.seq, e.type, e.node, e.data
    from inserted i, unnest($17::text[], $18::text[], $19::bytea[]) with ordinality as e(type, node, data, seq)
), large as (
    insert into blobs (workspace, execution_id, sha256, n, body)
    select $1, i.id, b.sha256, b.n, b.body from blobs b, inserted i where b.workspace = $1 and b.execution_id = $2 and b.sha256 = any($20::bytea[])
)
select id from inserted
"""
"""A run whose log begins with what another one came to."""
