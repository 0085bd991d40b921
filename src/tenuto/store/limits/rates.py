"""Token buckets that all processes share: one row for each limit, leased in small chunks and fed with what vendors say.

A named exception to one transaction for each use case: a lease is a statement of its own, made while no other is open.

A row may hold a *rate* (tokens that refill steadily), a *window* (so many requests until the vendor counts anew) and a *block*
(a vendor said no): what is leased is allowed by all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from tenuto.core.limits import Lease, LimitKey, Quota, RateLimit, Report
from tenuto.store.database import Database
from tenuto.store.door import reaching_database

# One text for the columns of every answer.
_stands = """
    r.rate, r.tokens, r.remaining, r.round, r.told, r.quota / nullif(r.span, 0) as pace,
    extract(epoch from r.resets_at - now())::float8 as resets_in, extract(epoch from r.blocked_until - now())::float8 as blocked
"""

_lease = f"""
with seen as (
    select *, coalesce(resets_at <= now(), false) as over
    from rate_limits where workspace = $1 and key = $2 for no key update
), turned as (
    select workspace, key, blocked_until, span,
        case when over then quota - late else remaining end as remaining,
        case when over then now() + (span + greatest(1, span / 10)) * interval '1 second' else resets_at end as resets_at,
        told and not over as told, round + over::int as round, case when over then 0 else late end as late,
        least(burst, tokens + rate * extract(epoch from now() - refilled_at)::float8) as tokens
    from seen
), granted as (
    select *, case when blocked_until > now() then 0 else greatest(0, least($3::int, remaining, floor(tokens)::int)) end as n from turned
)
update rate_limits r set
    remaining = g.remaining - g.n, tokens = g.tokens - g.n, refilled_at = now(), resets_at = g.resets_at, told = g.told, round = g.round,
    late = g.late + case when g.resets_at < now() + least(2.5, g.span * 0.4) * interval '1 second' then g.n else 0 end, updated_at = now()
from granted g where r.workspace = g.workspace and r.key = g.key
returning g.n as granted, {_stands}
"""  # noqa: S608 - put together from texts of this file
"""A window that is over begins anew, with an end that is guessed a little too late until an answer tells it.

Vendors tell their windows' ends by the second, so that a request of the last seconds may be counted in the next window already: it is
(`late`). `round` numbers the windows: an answer speaks of the one in which its request was leased.
"""

_report = f"""
insert into rate_limits as r
    (workspace, key, quota, remaining, span, resets_at, told, blocked_until, rate, burst, tokens)
values ($1, $2, $3::int, $4::int - $9::int, $5::float8, now() + $5 * interval '1 second', $5 is not null,
    now() + $6::float8 * interval '1 second', $7::float8, $8::float8, $8)
on conflict (workspace, key) do update set
    quota = coalesce($3, r.quota),
    span = greatest(r.span, $5),
    remaining = case
        when $4 is null or r.round <> coalesce($10::int, r.round) then r.remaining
        when $10 is not null then least(r.remaining, $4)
        when r.resets_at <= now() then $4 - $9
        else least(coalesce(r.remaining, $4) - $9 - 1, $4) end,
    resets_at = case
        when $5 is null or r.round <> coalesce($10, r.round) then r.resets_at
        when r.told and r.resets_at > now() then least(r.resets_at, now() + $5 * interval '1 second')
        else now() + $5 * interval '1 second' end,
    told = r.told or ($5 is not null and r.round = coalesce($10, r.round)),
    round = r.round + (case when $10 is null and $5 is not null and r.resets_at <= now() then 1 else 0 end),
    late = case when $10 is null and $5 is not null and r.resets_at <= now() then 0 else r.late end,
    blocked_until = greatest(r.blocked_until, now() + $6 * interval '1 second'),
    rate = coalesce($7, r.rate), burst = coalesce($8, r.burst), tokens = coalesce(r.tokens, $8), updated_at = now()
returning 0 as granted, {_stands}
"""  # noqa: S608 - put together from texts of this file
"""What a process sent before it knew of the limit, this request and $9 more, nobody has leased: it is taken off once."""

_declare = """
insert into rate_limits as r (workspace, key, rate, burst, tokens) values ($1, $2, $3, $4, $4)
on conflict (workspace, key) do update set rate = $3, burst = $4, tokens = coalesce(r.tokens, $4)
where (r.rate, r.burst) is distinct from ($3, $4)
"""

_give_back = """
update rate_limits set remaining = case when round = $3 then least(quota, remaining + 1) else remaining end,
    tokens = least(burst, tokens + 1), updated_at = now()
where workspace = $1 and key = $2
"""

_known = """
select workspace, key from rate_limits where quota is not null or rate is not null or blocked_until > now()
"""


class RateLimits:
    """The shared buckets. Satisfies the engine's port of the same name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(self, key: LimitKey, wanted: int) -> Lease:
        """At most `wanted` requests, now; all of them where nothing is known of a limit. Raises `Unavailable`."""
        with reaching_database():
            row = await self._database.pool.fetchrow(_lease, *key, wanted)
        return _read(row, wanted) if row is not None else Lease(granted=wanted, governed=False)

    async def report(self, key: LimitKey, report: Report) -> Lease:
        """Take in what an answer said; nothing is leased. Raises `Unavailable`."""
        told = _told(report.quota)
        with reaching_database():
            row = await self._database.pool.fetchrow(
                _report, *key, told.limit, told.remaining, told.resets_in, report.quota.refused, told.rate, told.burst, report.unleased,
                report.round,
            )  # fmt: skip
        return _read(row, 0) if row is not None else Lease(granted=0)

    async def declare(self, key: LimitKey, limit: RateLimit) -> None:
        """Keep to a limit that is known beforehand. Raises `Unavailable`."""
        burst = float(max(1, limit.requests if limit.burst is None else limit.burst))
        with reaching_database():
            await self._database.pool.execute(_declare, *key, limit.requests / limit.seconds, burst)

    async def give_back(self, key: LimitKey, round: int | None) -> None:
        """Let another one send in place of a request that was leased in that window and never left. Raises `Unavailable`."""
        with reaching_database():
            await self._database.pool.execute(_give_back, *key, round)

    async def known(self) -> Sequence[LimitKey]:
        """Every limit that somebody has to keep to. Raises `Unavailable`."""
        with reaching_database():
            return [LimitKey(row["workspace"], row["key"]) for row in await self._database.pool.fetch(_known)]


class _Told(NamedTuple):
    limit: int | None = None
    remaining: int | None = None
    resets_in: float | None = None
    rate: float | None = None
    burst: float | None = None


def _told(quota: Quota) -> _Told:
    """A window, or for a limit on any span of time a rate of which no span can hold more than the limit: burst + rate x span."""
    if quota.limit and quota.rolling:
        burst = max(1, quota.limit // 10)
        return _Told(rate=max(1, quota.limit - burst) / quota.rolling, burst=burst)
    if quota.resets_in is None:
        return _Told()
    return _Told(quota.limit, quota.remaining, quota.resets_in)


def _read(row: asyncpg.Record, wanted: int) -> Lease:
    blocked, resets_in = row["blocked"] or 0.0, row["resets_in"]
    wait = max(0.0, blocked)
    if row["granted"] < wanted:
        if row["remaining"] is not None and row["remaining"] <= 0:
            wait = max(wait, resets_in or 0.0)
        if row["tokens"] is not None and row["tokens"] < 1:
            wait = max(wait, (1 - row["tokens"]) / row["rate"])
    return Lease(
        granted=row["granted"],
        governed=row["remaining"] is not None or row["rate"] is not None or blocked > 0,
        wait=wait,
        pace=min((pace for pace in (row["rate"], row["pace"]) if pace is not None), default=None),
        round=row["round"],
        remaining=row["remaining"],
        resets_in=resets_in,
        told=row["told"],
    )
