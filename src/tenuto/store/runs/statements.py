"""The statements of the log, each one round trip for many runs.

Every one names the workspace of every row it touches, or says why it means all of them.
"""

appending = """
with x as (
    select * from unnest(
        string_to_array($1, ',')::int[], string_to_array($2, ',')::uuid[], string_to_array($3, ',')::int[], string_to_array($4, ',')::int[],
        string_to_array($5, ',')::int[], string_to_array($6, ','), string_to_array($7, e'\\x1f', ''), $8::text[], $9::bytea[],
        string_to_array($10, ',')::bool[], $20::bytea[])
        as x(workspace, id, old, new, epoch, status, node, waiting, error, ended, usage)
), locked as materialized (
    select e.workspace, e.id from executions e join x on e.workspace = x.workspace and e.id = x.id
    order by e.workspace, e.id for no key update of e
), moved as (
    update executions e set
        head = x.new, status = x.status, current_node = coalesce(x.node, e.current_node), waiting_for = x.waiting, error = x.error,
        usage = coalesce(x.usage, e.usage),
        finished_at = case when x.ended then now() end,
        owner = case when x.ended then null else e.owner end,
        ready_at = case when x.ended then null else e.ready_at end
    from x join locked l on l.workspace = x.workspace and l.id = x.id
    where e.workspace = x.workspace and e.id = x.id and e.head = x.old and e.epoch = x.epoch
    returning e.workspace, e.id
), written as (
    insert into execution_events (workspace, execution_id, seq, type, node, data)
    select v.workspace, v.id, v.seq, v.type, v.node, v.data
    from unnest(
        string_to_array($11, ',')::int[], string_to_array($12, ',')::uuid[], string_to_array($13, ',')::int[], string_to_array($14, ','),
        string_to_array($15, e'\\x1f', ''), $16::bytea[]) as v(workspace, id, seq, type, node, data)
    join moved m on m.workspace = v.workspace and m.id = v.id
), consumed as (
    delete from mailbox b
    using unnest(string_to_array($17, ',')::int[], string_to_array($18, ',')::uuid[], $19::text[]) as c(workspace, id, key)
    join moved m on m.workspace = c.workspace and m.id = c.id
    where b.workspace = c.workspace and b.execution_id = c.id and b.key = c.key
)"""
appended = """
select workspace, id, now() as at from moved
"""
"""How appends begin and end, whatever else they change."""

append = appending + appended
"""Rows are locked in the order of their ids, so that two processes never wait for each other in a circle."""

start = """
with x as (
    select * from unnest(
        string_to_array($1, ',')::int[], string_to_array($2, ',')::uuid[], $3::text[], $4::text[], $5::text[], string_to_array($6, ','),
        string_to_array($7, ','), string_to_array($8, ',')::int[], string_to_array($9, ',')::int[], string_to_array($10, ',')::bool[],
        string_to_array($11, ',', '')::uuid[], $12::text[], $13::text[], string_to_array($14, ',')::int[], $15::text[], $16::text[],
        string_to_array($17, e'\\x1f', ''), $18::text[], $19::bytea[], string_to_array($20, ',')::bool[], string_to_array($21, ',')::bool[])
        as x(workspace, id, public_id, workflow_id, workflow_name, version_hash, status, head, format, simulated, run_as,
             user_id, session_id, priority, trigger, keys, current_node, waiting, error, owned, ended)
), inserted as (
    insert into executions (workspace, id, public_id, workflow_id, workflow_name, version_hash, status, head, format, simulated, run_as,
        user_id, session_id, priority, trigger, keys, current_node, waiting_for, error, owner, epoch, ready_at, created_at, started_at, finished_at)
    select workspace, id, public_id, workflow_id, workflow_name, version_hash, status, head, format, simulated, run_as,
        user_id, session_id, priority, trigger, coalesce(string_to_array(keys, e'\\x1f'), '{}'), current_node, waiting, error,
        case when owned and not ended then (select id from processes where id = $22 and beat > now() - $29::interval) end,
        case when owned then 1 else 0 end,
        case when not ended then now() - (priority + 1) * interval '10 seconds' end,
        now(), now(), case when ended then now() end
    from x
    order by workspace, public_id
    on conflict (workspace, public_id) do nothing
    returning workspace, id, owner
), written as (
    insert into execution_events (workspace, execution_id, seq, type, node, data)
    select v.workspace, v.id, v.seq, v.type, v.node, v.data
    from unnest(
        string_to_array($23, ',')::int[], string_to_array($24, ',')::uuid[], string_to_array($25, ',')::int[], string_to_array($26, ','),
        string_to_array($27, e'\\x1f', ''), $28::bytea[]) as v(workspace, id, seq, type, node, data)
    join inserted i on i.workspace = v.workspace and i.id = v.id
)
select workspace, id, owner is not null as owned, now() as at from inserted
"""
"""A run whose public id exists already is not inserted again. A priority counts as ten seconds of waiting a step; nobody's lies in the
future, where it would wait for its time although nobody else is there.

Rows go in by their public ids, so that two processes that start the same runs do not wait for each other in a circle. Whoever is dead
to the others, and does not know it yet, starts runs that it does not own.
"""

existing = """
select e.workspace, e.public_id, e.id, e.created_at as at, e.version_hash, e.owner
from executions e join unnest($1::int[], $2::text[]) as x(workspace, public_id) on e.workspace = x.workspace and e.public_id = x.public_id
"""

heads = """
select e.workspace, e.id, e.head, e.epoch, now() as at
from executions e join unnest($1::int[], $2::uuid[]) as x(workspace, id) on e.workspace = x.workspace and e.id = x.id
"""

read = """
select seq, at, type, node, data from execution_events
where workspace = $1 and execution_id = $2 and seq > $3 order by seq limit $4
"""

define = "insert into definitions (workspace, hash, body, retention) values ($1, $2, $3, $4) on conflict do nothing"

definition = "select body from definitions where workspace = $1 and hash = $2"

claim = """
with ready as (
    select workspace, id from executions
    where owner is null and ready_at <= now() and format = any($3::int[])
        and exists (select 1 from processes where id = $2 and beat > now() - $4::interval)
    order by ready_at limit $1 for no key update skip locked
)
update executions e set owner = $2, epoch = e.epoch + 1
from ready r where e.workspace = r.workspace and e.id = r.id
returning e.workspace, e.id, e.public_id, e.epoch, e.head, e.version_hash, e.format, e.lane is not null and e.queued_at is null as placed
"""
"""Whoever is dead to the others, and does not know it yet, gets nothing."""

owned = """
select workspace, id, public_id, epoch, head, version_hash, format, lane is not null and queued_at is null as placed
from executions where owner = $1
"""

lock_owned = """
select e.workspace, e.id, e.epoch
from executions e join unnest($1::int[], $2::uuid[], $3::int[]) as x(workspace, id, epoch)
    on e.workspace = x.workspace and e.id = x.id and e.epoch = x.epoch
where e.owner = $4
order by e.workspace, e.id for no key update of e
"""

park = """
update executions e set owner = null, ready_at = x.until
from unnest($1::int[], $2::uuid[], $3::timestamptz[]) as x(workspace, id, until)
where e.workspace = x.workspace and e.id = x.id
    and not exists (select 1 from mailbox m where m.workspace = e.workspace and m.execution_id = e.id)
returning e.workspace, e.id
"""

release = """
update executions e set owner = null, ready_at = now()
from unnest($1::int[], $2::uuid[], $3::int[]) as x(workspace, id, epoch)
where e.workspace = x.workspace and e.id = x.id and e.epoch = x.epoch and e.owner = $4
"""

seize = """
update executions e set owner = null, ready_at = now() + interval '5 seconds', epoch = e.epoch + 1
where e.workspace = $1 and e.id = $2 and e.finished_at is null and not e.imported
returning e.workspace, e.id, e.public_id, e.epoch, e.head, e.version_hash, e.format, e.lane is not null and e.queued_at is null as placed
"""
"""Nobody's for as long as ending it takes: a worker that found it among its own would hand it over, and another would go on with it.
Should whoever seized it die, it is ready again in five seconds, with the mail that asks for its end.
"""

beat = "update processes set beat = now() where id = $1 and beat > now() - $2::interval returning (select count(*) from processes) as processes, now() as at"

register = "insert into processes (id, beat, started_at, host, pid, formats) values ($1, now(), now(), $2, $3, $4) returning now() as at"

take_over = """
with dead as (
    select id from processes where beat < now() - $1::interval for update skip locked
), orphans as (
    select e.workspace, e.id from executions e join dead d on e.owner = d.id
    for no key update of e skip locked
)
update executions e set owner = null, ready_at = coalesce(e.ready_at, now())
from orphans o where e.workspace = o.workspace and e.id = o.id
returning e.id
"""

strangers = """
select distinct e.owner from executions e
where e.owner is not null and not exists (select 1 from processes p where p.id = e.owner)
"""
"""Owners that nobody knows: a claim or start that was committed just after its process had been buried, or had left."""

free = "update executions set owner = null, ready_at = coalesce(ready_at, now()) where owner = any($1::uuid[]) returning id"

bury = """
delete from processes p where p.beat < now() - $1::interval
    and not exists (select 1 from executions e where e.owner = p.id)
"""

depart = """
with handed as (
    update executions set owner = null, ready_at = now() where owner = $1
)
delete from processes where id = $1
"""

post = """
with locked as (
    select e.workspace, e.id from executions e
    where e.workspace = $1 and e.id = $2 and e.finished_at is null and not e.imported
    for no key update
), posted as (
    insert into mailbox (workspace, execution_id, key, kind, signal)
    select workspace, id, $3, $4, $5 from locked
    on conflict do nothing returning 1
)
update executions e set ready_at = now()
from locked l where e.workspace = l.workspace and e.id = l.id and exists (select 1 from posted)
returning e.owner
"""
"""The row is locked before the mail is there: whoever parks the run locks the same row first and then looks."""

mail = """
select key, kind, signal from mailbox where workspace = $1 and execution_id = $2 order by created_at, key
"""

mail_of_process = """
select distinct m.workspace, m.execution_id as id
from mailbox m join executions e on e.workspace = m.workspace and e.id = m.execution_id
where e.owner = $1
"""
