"""The statements of deliveries, each one round trip for many of them; a delivery names its workspace by its trigger."""

find = """
select t.*, s.sealed from triggers t
left join trigger_secrets s on s.workspace = t.workspace and s.name = t.secret
where t.path = $1 and t.installed and t.enabled and t.type = 'webhook'
"""

keep = """
insert into deliveries (workspace, id, trigger_id, delivery, event, headers, body, verdict, status, execution_id, error, replay_of, due_at)
select workspace, id, trigger_id, delivery, event, headers, body, 'verified', status, execution_id, error, replay_of,
    case when status = 'received' then now() + interval '5 seconds' end
from unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::bytea[],
    $11::uuid[]) as x(workspace, id, trigger_id, delivery, event, headers, body, status, execution_id, error, replay_of)
order by workspace, id
on conflict do nothing returning workspace, id
"""
"""In the order of their ids, so that two processes which are sent the same deliveries do not wait for each other in a circle."""

existing = """
select d.workspace, d.id, d.status, d.execution_id
from deliveries d join unnest($1::int[], $2::uuid[]) as x(workspace, id) on d.workspace = x.workspace and d.id = x.id
"""

mark = """
with x as (
    select * from unnest($1::int[], $2::uuid[], $3::text[], $4::bytea[]) as x(workspace, id, status, error)
), locked as materialized (
    select d.workspace, d.id from deliveries d join x on d.workspace = x.workspace and d.id = x.id
    order by d.workspace, d.id for no key update of d
)
update deliveries d set status = x.status, error = x.error, due_at = null, attempts = d.attempts + 1
from x join locked l on l.workspace = x.workspace and l.id = x.id
where d.workspace = x.workspace and d.id = x.id and d.status = 'received'
"""

left = """
with due as (
    select workspace, id from deliveries where due_at <= now() order by due_at limit $1 for no key update skip locked
)
update deliveries d set attempts = d.attempts + 1, due_at = now() + least(power(2, d.attempts), 64) * interval '5 seconds'
from due where d.workspace = due.workspace and d.id = due.id
returning d.workspace, d.id, d.trigger_id, d.delivery, d.event, d.headers, d.body, d.attempts, d.replay_of
"""

refuse = """
with counted as (
    update triggers set refused = refused + $3, refused_at = now() where workspace = $1 and id = $2 returning refused
), last as (
    select v.verdict, v.headers, (c.refused - v.n) % $6 as slot
    from counted c, unnest($4::text[], $5::bytea[]) with ordinality as v(verdict, headers, n)
)
insert into deliveries (workspace, id, trigger_id, delivery, headers, body, verdict, status)
select $1, md5($2::text || ':refused:' || slot)::uuid, $2, 'refused ' || slot, headers, '', verdict, 'refused' from last
on conflict (workspace, id) do update set headers = excluded.headers, verdict = excluded.verdict, received_at = now()
"""
"""Their ids are twenty places in a ring: a storm of forgeries fills no disk. Their bodies are not kept."""

expire = """
delete from deliveries where (workspace, id) in (
    select workspace, id from deliveries where received_at < now() - $1::interval and due_at is null limit $2
)
"""
