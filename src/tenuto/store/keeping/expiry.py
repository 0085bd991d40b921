"""What has been kept long enough: ended runs by the rule of their workflow, looked for in the order in which they began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from tenuto.store.database import Database
from tenuto.store.door import reaching_database

_looked_at = 500
"""Rows of one look."""

# Runs are looked for by when they began, which has an index for each workflow already: one on their ends would cost every run that ends.
# A run that is not over is passed over, and its row is not locked.
_page = """
with page as (
    select e.workspace, e.id, e.created_at, e.parent_id, e.owner, e.workflow_id, e.version_hash,
        coalesce(e.finished_at, case when e.imported then e.created_at end) as ended_at
    from executions e
    where e.workspace = $1 and e.created_at < now() - $2::interval and (e.created_at, e.id) > ($3::timestamptz, $4::uuid) {which}
    order by e.created_at, e.id limit $5
)
select p.id, p.created_at,
    coalesce(p.parent_id is null and p.owner is null and p.ended_at < now() - {age}
        and not exists (select 1 from outbox o where o.workspace = p.workspace and o.execution_id = p.id)
        and not exists (select 1 from executions c where c.workspace = p.workspace and c.parent_id = p.id and c.finished_at is null), false
    ) as due,
    (select count(*) from executions c where c.workspace = p.workspace and c.parent_id = p.id) as children
from page p {rules} order by p.created_at, p.id
"""
_of_all = _page.format(which="", age="$2::interval", rules="")
_of_workflow = _page.format(which="and e.workflow_id = $6", age="$2::interval", rules="")
_of_others = _page.format(
    which="",
    age="case when r.retention is not null then null when w.id is null then coalesce(d.retention, $6::interval) else $6::interval end",
    rules="""
    left join workflows w on w.workspace = p.workspace and w.id = p.workflow_id
    left join definitions r on r.workspace = w.workspace and r.hash = w.published_hash
    left join definitions d on d.workspace = p.workspace and d.hash = p.version_hash
    """,
)

_of_workflows = """
select w.workspace, w.id, d.retention from workflows w
join definitions d on d.workspace = w.workspace and d.hash = w.published_hash where d.retention is not null
"""
_of_definitions = """
select d.workspace, min(d.retention) as retention from definitions d
where d.retention is not null
    and not exists (select 1 from workflow_versions v where v.workspace = d.workspace and v.hash = d.hash)
group by d.workspace
"""
_workspaces = "select id from workspaces"

_lost = """
with recursive runs as (
    (
        select b.workspace, b.execution_id from blobs b where (b.workspace, b.execution_id) > ($1::int, $2::uuid)
        order by b.workspace, b.execution_id limit 1
    )
    union all
    select n.workspace, n.execution_id from runs r cross join lateral (
        select b.workspace, b.execution_id from blobs b where (b.workspace, b.execution_id) > (r.workspace, r.execution_id)
        order by b.workspace, b.execution_id limit 1
    ) n
), seen as (
    select workspace, execution_id from runs limit $3
), gone as (
    delete from blobs b using seen s
    where b.workspace = s.workspace and b.execution_id = s.execution_id and b.at < now() - $4::interval
        and not exists (select 1 from executions e where e.workspace = s.workspace and e.id = s.execution_id)
    returning 1
)
select workspace, execution_id, (select count(*) from gone) as gone from seen order by workspace desc, execution_id desc limit 1
"""
"""Goes from run to run in the index, whatever the number of their parts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long some runs of a workspace are kept."""

    workspace: int
    age: timedelta
    """After its end a run is kept for so long; of `others` the least that any of them is."""
    workflow: str | None = None
    others: bool = False
    """Whether it is about runs of workflows without a rule of their own, of which definitions that are stored nowhere may have one."""
    default: timedelta | None = None
    """For `others`: of those that have no rule at all."""


class Found(NamedTuple):
    """A run that was looked at."""

    id: UUID
    began: datetime
    due: bool
    children: int


class Place(NamedTuple):
    """How far a look has come."""

    workspace: int
    run: UUID


beginning = Place(0, UUID(int=0))


class Expiry:
    """Looks for what is due, in every workspace. Deleting is the services' business, but for values that belong to no run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rules(self, default: timedelta | None) -> Sequence[Rule]:
        """What workflows say of themselves, and what holds for the others. Raises `Unavailable`."""
        pool = self._database.pool
        with reaching_database():
            own = await pool.fetch(_of_workflows)
            least: dict[int, timedelta] = {row["workspace"]: row["retention"] for row in await pool.fetch(_of_definitions)}
            if default is not None:
                least = {row["id"]: min(default, least.get(row["id"], default)) for row in await pool.fetch(_workspaces)}
        rules = [Rule(row["workspace"], row["retention"], row["id"]) for row in own]
        return rules + [Rule(workspace, age, others=True, default=default) for workspace, age in least.items()]

    async def look(self, rule: Rule, after: Found | None) -> Sequence[Found]:
        """The next runs a rule may be about, due or not, by when they began; none at the end. Raises `Unavailable`."""
        began, run = (after.began, after.id) if after is not None else (datetime.min.replace(tzinfo=UTC), UUID(int=0))
        given = (rule.workspace, rule.age, began, run, _looked_at)
        with reaching_database():
            if rule.others:
                rows = await self._database.pool.fetch(_of_others, *given, rule.default)
            elif rule.workflow is not None:
                rows = await self._database.pool.fetch(_of_workflow, *given, rule.workflow)
            else:
                rows = await self._database.pool.fetch(_of_all, *given)
        return [Found(row["id"], row["created_at"], row["due"], row["children"]) for row in rows]

    async def lost(self, after: Place, runs: int, age: timedelta) -> tuple[Place | None, int]:
        """Delete values older than that which a process wrote for runs that never came to be; where to go on, and how many parts there were.

        Looks at the values of so many runs. Raises `Unavailable`.
        """
        with reaching_database():
            row = await self._database.pool.fetchrow(_lost, after.workspace, after.run, runs, age)
        return (Place(row["workspace"], row["execution_id"]), row["gone"]) if row is not None else (None, 0)
