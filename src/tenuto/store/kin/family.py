"""The statements of child runs, each one round trip for many.

Whoever locks several kinds of rows locks posts first (and skips those that somebody else has), then groups in the order of their keys,
then runs: so nobody waits in a circle. Held children are locked by nobody but the holder of their group.
"""

open_group = """
with parent as (
    select workspace, id from executions
    where workspace = $1 and id = $2 and epoch = $3 and finished_at is null for share
)
insert into child_groups as g (workspace, parent_id, scope, attempt, total, concurrency, stop_on_failure)
select workspace, id, $4, $5, $6, $7, $8 from parent
on conflict (workspace, parent_id, scope, attempt) do update set total = greatest(g.total, excluded.total)
returning 1
"""
"""Only the owner of the parent opens a group. A group grows where a loop goes round once more."""

insert_held = """
with kin as (
    select g.scope, g.attempt from child_groups g
    where g.workspace = $1 and g.parent_id = $2 and g.scope = $3 and g.attempt = $4 and not g.stopping for share
), x as (
    select * from unnest($10::uuid[], $11::int[], $12::bytea[]) as x(id, item, data)
), inserted as (
    insert into executions (workspace, id, public_id, workflow_id, workflow_name, version_hash, parent_id, scope, attempt, item, depth,
        status, head, format, simulated, run_as, user_id, session_id, priority, trigger)
    select p.workspace, x.id, x.id::text, $5, $6, $7, p.id, kin.scope, kin.attempt, x.item, p.depth + 1,
        'pending', 1, $9, p.simulated, p.run_as, p.user_id, p.session_id, p.priority, $8
    from kin, executions p, x where p.workspace = $1 and p.id = $2
    order by x.id
    on conflict (workspace, public_id) do nothing returning id
), written as (
    insert into execution_events (workspace, execution_id, seq, type, data)
    select $1, x.id, 1, 'workflow_started', x.data from x join inserted i on i.id = x.id
)
select count(*) as inserted from inserted
"""
"""Held children of a group that is not being stopped: whoever stops it waits for the group's row, and then sees them all."""

strangers = """
select e.public_id from executions e join unnest($3::uuid[]) as x(id) on e.public_id = x.id::text
where e.workspace = $1 and e.parent_id is distinct from $2
"""
"""Runs that have taken the public ids of children."""

_moved = """
), moved as (
    update child_groups g set
        released = n.released + n.free, done = n.done, failed = n.failed, cancelled = n.cancelled, stopping = n.stopping or n.stops
    from next n where g.workspace = n.workspace and g.parent_id = n.parent_id and g.scope = n.scope and g.attempt = n.attempt
), picked as (
    select h.workspace, h.id from next n cross join lateral (
        select e.workspace, e.id from executions e
        where e.workspace = n.workspace and e.parent_id = n.parent_id and e.scope = n.scope and e.attempt = n.attempt
            and e.status = 'pending' and e.ready_at is null
        order by e.item limit n.free for no key update
    ) h where n.free > 0
), released as (
    update executions e set ready_at = now() - (e.priority + 1) * interval '10 seconds', started_at = now()
    from picked p where e.workspace = p.workspace and e.id = p.id returning 1
), left_over as (
    insert into outbox (workspace, id, execution_id, kind, data)
    select n.workspace, gen_random_uuid(), n.parent_id, case when n.ended = n.total then 'children_ended' else 'cancel_children' end,
        convert_to(json_build_object('node', n.scope, 'attempt', n.attempt, 'total', n.total)::text, 'UTF8')
    from next n where n.ended = n.total or n.stops
    returning workspace, id, execution_id, kind, data
)
select workspace, id, execution_id, kind, data, (select count(*) from released) as released from left_over
union all
select null, null, null, null, null, (select count(*) from released) where not exists (select 1 from left_over)
"""
"""What follows for groups that have moved: siblings released, and posts where a group is complete or has to be stopped."""

_let_go = """
with x as (
    select * from unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::int[]) as x(workspace, id, parent_id, scope, attempt)
), taken as (
    select o.workspace, o.id from outbox o join x on o.workspace = x.workspace and o.id = x.id for update of o skip locked
), gone as (
    delete from outbox o using taken t where o.workspace = t.workspace and o.id = t.id returning o.workspace, o.id
), wanted as (
    select distinct x.workspace, x.parent_id, x.scope, x.attempt from x join gone g on g.workspace = x.workspace and g.id = x.id
), locked as materialized (
    select g.* from child_groups g join wanted w
        on g.workspace = w.workspace and g.parent_id = w.parent_id and g.scope = w.scope and g.attempt = w.attempt
    order by g.workspace, g.parent_id, g.scope, g.attempt for update of g
), next as (
    select l.*, false as stops, l.done + l.failed + l.cancelled as ended,
        case when l.stopping then 0
            else greatest(0, least(l.total - l.released, l.concurrency - (l.released - l.done - l.failed - l.cancelled))) end as free
    from locked l
"""

release = f"{_let_go}{_moved}"
"""The first of a group go, once their parent's wait for them is committed."""

_counted = """
with x as (
    select * from unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::text[])
        as x(workspace, id, parent_id, scope, attempt, status)
), taken as (
    select o.workspace, o.id from outbox o join x on o.workspace = x.workspace and o.id = x.id for update of o skip locked
), gone as (
    delete from outbox o using taken t where o.workspace = t.workspace and o.id = t.id returning o.workspace, o.id
), sums as (
    select x.workspace, x.parent_id, x.scope, x.attempt,
        count(*) filter (where x.status = 'completed') as done,
        count(*) filter (where x.status = 'failed') as failed,
        count(*) filter (where x.status = 'cancelled') as cancelled
    from x join gone g on g.workspace = x.workspace and g.id = x.id
    group by x.workspace, x.parent_id, x.scope, x.attempt
), locked as materialized (
    select g.* from child_groups g join sums s
        on g.workspace = s.workspace and g.parent_id = s.parent_id and g.scope = s.scope and g.attempt = s.attempt
    order by g.workspace, g.parent_id, g.scope, g.attempt for update of g
), counted as (
    select l.workspace, l.parent_id, l.scope, l.attempt, l.total, l.concurrency, l.released, l.stopping,
        l.done + s.done as done, l.failed + s.failed as failed, l.cancelled + s.cancelled as cancelled,
        l.done + s.done + l.failed + s.failed + l.cancelled + s.cancelled as ended,
        l.stop_on_failure and not l.stopping and s.failed + s.cancelled > 0 as stops
    from locked l join sums s using (workspace, parent_id, scope, attempt)
), next as (
    select c.*,
        case when c.stopping or c.stops then 0
            else greatest(0, least(c.total - c.released, c.concurrency - (c.released - c.ended))) end as free
    from counted c
"""

count = f"{_counted}{_moved}"
"""Children have ended: counted, and siblings let go in their places."""

stop = """
update child_groups set stopping = true
where workspace = $1 and parent_id = $2 and ($3::text is null or scope = $3) and ($4::int is null or attempt = $4) and not stopping
"""
"""A statement of its own: the next one has to see what was inserted by whoever held the group before."""

cancel_held = """
with locked as materialized (
    select g.* from child_groups g
    where g.workspace = $1 and g.parent_id = $2 and ($3::text is null or g.scope = $3) and ($4::int is null or g.attempt = $4)
    order by g.workspace, g.parent_id, g.scope, g.attempt for update of g
), held as materialized (
    select e.workspace, e.id, e.scope, e.attempt from executions e join locked l
        on e.workspace = l.workspace and e.parent_id = l.parent_id and e.scope = l.scope and e.attempt = l.attempt
    where e.status = 'pending' and e.ready_at is null
    order by e.id for no key update of e
), ended as (
    update executions e set status = 'cancelled', head = e.head + 1, finished_at = now(), error = $6
    from held h where e.workspace = h.workspace and e.id = h.id returning e.workspace, e.id, e.head, e.scope, e.attempt
), written as (
    insert into execution_events (workspace, execution_id, seq, type, data)
    select workspace, id, head, 'workflow_cancelled', $5 from ended
), sums as (
    select scope, attempt, count(*) as n from ended group by scope, attempt
), moved as (
    update child_groups g set cancelled = l.cancelled + s.n, released = l.released + s.n
    from locked l join sums s using (scope, attempt)
    where g.workspace = l.workspace and g.parent_id = l.parent_id and g.scope = l.scope and g.attempt = l.attempt
)
insert into outbox (workspace, id, execution_id, kind, data)
select l.workspace, gen_random_uuid(), l.parent_id, 'children_ended',
    convert_to(json_build_object('node', l.scope, 'attempt', l.attempt, 'total', l.total)::text, 'UTF8')
from locked l join sums s using (scope, attempt) where l.done + l.failed + l.cancelled + s.n = l.total
returning workspace, id, execution_id, kind, data
"""
"""Children that never began end in one statement, however many they are."""

living = """
select id from executions
where workspace = $1 and parent_id = $2 and ($3::text is null or scope = $3) and ($4::int is null or attempt = $4) and finished_at is null
"""

ask_to_end = """
with living as (
    select e.workspace, e.id from executions e
    where e.workspace = $1 and e.parent_id = $2 and ($3::text is null or e.scope = $3) and ($4::int is null or e.attempt = $4)
        and e.finished_at is null
    order by e.id for no key update
), posted as (
    insert into mailbox (workspace, execution_id, key, kind, signal)
    select workspace, id, 'cancel:parent', 'cancel', $5 from living on conflict do nothing
)
update executions e set ready_at = now() from living l where e.workspace = l.workspace and e.id = l.id
returning e.workspace, e.id, e.owner
"""

tell_parents = """
with x as (
    select * from unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[]) as x(workspace, id, parent_id, key, signal)
), taken as (
    select o.workspace, o.id from outbox o join x on o.workspace = x.workspace and o.id = x.id for update of o skip locked
), gone as (
    delete from outbox o using taken t where o.workspace = t.workspace and o.id = t.id returning o.workspace, o.id
), locked as materialized (
    select e.workspace, e.id, x.key, x.signal from executions e
        join x on e.workspace = x.workspace and e.id = x.parent_id join gone g on g.workspace = x.workspace and g.id = x.id
    where e.finished_at is null
    order by e.workspace, e.id for no key update of e
), posted as (
    insert into mailbox (workspace, execution_id, key, kind, signal)
    select workspace, id, key, 'children', signal from locked on conflict do nothing
)
update executions e set ready_at = now() from locked l where e.workspace = l.workspace and e.id = l.id
returning e.workspace, e.id, e.owner
"""
"""The one piece of mail that a parent gets of its children; the post is gone with it."""

origin = "select public_id, run_as, priority from executions where workspace = $1 and id = $2"

finished = """
select distinct item from executions
where workspace = $1 and parent_id = $2 and scope = $3 and status = 'completed' and item between $4 and $5
"""

results = """
select distinct on (e.item) e.id, e.item, e.attempt, e.status, v.type, v.data from executions e
left join execution_events v on v.workspace = e.workspace and v.execution_id = e.id and v.seq = e.head
where e.workspace = $1 and e.parent_id = $2 and e.scope = $3 and e.item >= $4 and e.finished_at is not null
order by e.item, (e.status = 'completed') desc, e.attempt desc limit $5
"""
"""How each item that has ended did so, by its last event (a loop's next round may be there already, held, after a crash): completed by whichever attempt, else as the last attempt left it."""

used = """
select item, usage from executions
where workspace = $1 and parent_id = $2 and scope = $3 and attempt = $4 and item > $5 and usage is not null order by item limit $6
"""
