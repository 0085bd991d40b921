"""The statements of accounts with a budget; every one names the workspace of the rows it touches."""

open_accounts = """
insert into spending (workspace, period, key, workflow_id)
select $1, x.period, x.key, x.workflow_id from unnest($2::text[], $3::text[], $4::text[]) as x(period, key, workflow_id)
order by x.period, x.key
on conflict do nothing
"""

lock_accounts = """
select s.key from spending s join unnest($2::text[], $3::text[]) as x(period, key) on s.period = x.period and s.key = x.key
where s.workspace = $1
order by s.period, s.key for update of s
"""
"""In one order, so that two processes never wait for each other in a circle."""

adopt = """
update spending_holds h set process = $3 where h.workspace = $1 and h.hold = $2 returning true
"""
"""A call that was under way when its process died is made again by another one, under the same key."""

balances = """
select s.period, s.key, s.usd, s.tokens, s.calls, s.turns, s.largest_usd, s.largest_tokens, s.limit_usd, s.limit_tokens, s.limit_calls,
    h.usd as held_usd, h.tokens as held_tokens, h.calls as held_calls, h.turns as held_turns
from spending s join unnest($2::text[], $3::text[]) as x(period, key) on s.period = x.period and s.key = x.key
cross join lateral (
    select coalesce(sum(h.usd), 0)::bigint as usd, coalesce(sum(h.tokens), 0)::bigint as tokens, count(*)::bigint as calls,
        coalesce(sum(h.turns), 0)::bigint as turns
    from spending_holds h where h.workspace = s.workspace and h.period = s.period and h.key = s.key
) h
where s.workspace = $1
"""

hold = """
insert into spending_holds (workspace, period, key, hold, execution_id, process, usd, tokens, turns)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

settle = """
with gone as (
    delete from spending_holds h where h.workspace = $1 and h.hold = $2 returning h.period, h.key
), locked as materialized (
    select s.period, s.key from spending s join gone g on s.period = g.period and s.key = g.key
    where s.workspace = $1 order by s.period, s.key for update of s
)
update spending s set usd = s.usd + $3, tokens = s.tokens + $4, calls = s.calls + $5, turns = s.turns + $6,
    largest_usd = greatest(s.largest_usd, $3), largest_tokens = greatest(s.largest_tokens, $4), updated_at = now()
from locked l where s.workspace = $1 and s.period = l.period and s.key = l.key
"""

release = "delete from spending_holds h where h.workspace = $1 and h.hold = $2 and h.process = $3"

clear = """
with gone as (
    delete from spending_holds h
    using unnest($2::text[], $3::text[]) as x(period, key)
    where h.workspace = $1 and h.period = x.period and h.key = x.key and (
        not exists (select 1 from processes p where p.id = h.process and p.beat > now() - $4::interval)
        or not exists (select 1 from executions e where e.workspace = h.workspace and e.id = h.execution_id and e.finished_at is null)
    )
    returning h.period, h.key, h.usd, h.tokens, h.turns
), summed as (
    select period, key, sum(usd)::bigint as usd, sum(tokens)::bigint as tokens, count(*)::bigint as calls, sum(turns)::bigint as turns
    from gone group by period, key
)
update spending s set usd = s.usd + g.usd, tokens = s.tokens + g.tokens, calls = s.calls + g.calls, turns = s.turns + g.turns,
    updated_at = now()
from summed g where s.workspace = $1 and s.period = g.period and s.key = g.key
returning s.key
"""
"""What is held by the dead, or for runs that have ended, may have been billed: it counts as spent."""

lifted = "select 1 from spending where workspace = $1 and period = 'run' and key = $2 and lifted"
"""Whether somebody let a run, with all that belongs to it, go on without a budget."""
