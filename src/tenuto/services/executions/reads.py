"""Looking at runs: lists, one run in either shape, its events and its nodes; and deleting what is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, Invalid, NotFound
from tenuto.core.events import NodeCompleted
from tenuto.core.execution import Status
from tenuto.services.executions.folds import detail, event_view, kept, node_detail, summary
from tenuto.services.executions.keeping.values import ExecutionValues, link
from tenuto.services.executions.kin import counted
from tenuto.services.executions.views import EventView, ExecutionDetail, ExecutionSummary, KeptExecution, NodeDetail, ParentView
from tenuto.store.authoring.drawings import Drawings
from tenuto.store.database import Database, Transaction
from tenuto.store.execution_log import Log, erase
from tenuto.store.executions import Execution, Executions, Filters
from tenuto.store.kin.families import Families
from tenuto.store.repository import Page
from tenuto.store.runs.journal import Journal

events_page = 1_000
"""Events that are read at once, at most."""
_deleted_at_once = 500


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of a request to delete many."""

    count: int
    unfinished: int
    """Runs that were left alone because they have not ended."""


class ExecutionReads:
    """The past and present of runs."""

    def __init__(self, database: Database, journal: Journal, values: ExecutionValues) -> None:
        self._values = values
        self._database = database
        self._journal = journal

    async def page(self, principal: Principal, filters: Filters, *, limit: int = 50, cursor: str | None = None) -> Page[ExecutionSummary]:
        """Newest first. Raises `Malformed` for a cursor that is none of ours."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            page = await Executions(tx).page(filters, limit=limit, cursor=cursor)
        return Page(tuple(summary(run) for run in page.items), page.next)

    async def kept_list(self, principal: Principal, workflow_id: str | None, status: str | None, limit: int) -> Sequence[KeptExecution]:
        """The newest runs in the kept shape; `status` is one of the four kept words or a true one."""
        principal.require(Permission.execution_read)
        filters = Filters(workflow_id=workflow_id, statuses=statuses(status) if status else ())
        async with self._database.transaction(principal.workspace) as tx:
            page = await Executions(tx).page(filters, limit=limit)
            results = await Log(tx).results([run.id.id for run in page.items])
        whole = await self._values.whole_of([(run.id, run.public_id, results[run.id.id]) for run in page.items])
        return [kept(run, given) for run, given in zip(page.items, whole, strict=True)]

    async def kept(self, principal: Principal, public_id: str) -> KeptExecution:
        """One run in the kept shape. Raises `NotFound`."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            results = await Log(tx).results([run.id.id])
        return kept(run, await self._values.whole(run.id, public_id, results[run.id.id]))

    async def detail(self, principal: Principal, public_id: str) -> ExecutionDetail:
        """One run with its graph and nodes. Raises `NotFound`."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            log = await Log(tx).of(run.id.id)
            children, parent = await counted(tx, run), await Families(tx).parent_of(run)
            layout = await Drawings(tx).of(run.workflow_id or "", run.version_hash)
            again = {"forks": await _made_of(tx, public_id, "fork"), "replays": await _made_of(tx, public_id, "replay")}
        definition = await self._journal.definition(principal.workspace, run.version_hash) if run.version_hash else None
        given = {each.event.node: each.event.given for each in log if isinstance(each.event, NodeCompleted) and each.event.given}
        found = detail(run, log, definition).model_copy(update={"children": children, "given": given, **again})
        if found.graph is not None and layout:
            found = found.model_copy(update={"graph": found.graph.model_copy(update={"layout": dict(layout)})})
        if parent is None:
            return found
        return found.model_copy(update={"parent": ParentView(id=parent.public_id, node=run.scope or "", index=run.item or 0)})

    async def events(self, principal: Principal, public_id: str, *, after: int = 0, limit: int = 200) -> Page[EventView]:
        """A part of the log; `next` is the sequence number to go on after."""
        principal.require(Permission.execution_read)
        limit = max(1, min(limit, events_page))
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            log = await Log(tx).of(run.id.id, after=after, limit=limit + 1)
        more = str(log[limit - 1].seq) if len(log) > limit else None
        return Page(tuple(event_view(recorded, link(public_id)) for recorded in log[:limit]), more)

    async def definition(self, principal: Principal, public_id: str) -> dict[str, JsonValue]:
        """What the run runs, in today's shape. Raises `NotFound`, also for an imported record, which runs nothing."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
        if not run.version_hash:
            raise NotFound(f'The execution "{public_id}" is a record from elsewhere; it has no definition.')
        return (await self._journal.definition(principal.workspace, run.version_hash)).document

    async def node(self, principal: Principal, public_id: str, node: str) -> NodeDetail:
        """One node with its input, output, attempts and steps. Raises `NotFound` also for a node that was never reached."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            log = await Log(tx).of_node(run.id.id, node)
        if not log:
            raise NotFound(f'The node "{node}" has not been reached in this execution.', node=node)
        return node_detail(node, log, link(public_id))

    async def delete(self, principal: Principal, public_id: str) -> None:
        """Delete an ended run with all that belongs to it. Raises `NotFound` and `Conflict`."""
        principal.require(Permission.execution_delete)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id, lock=True)
            if run.parent_id is not None:
                raise Conflict(f'The execution "{public_id}" belongs to another one.', fix="Delete that one; its own go with it.")
            gone = await Executions(tx).remove([run.id.id])
            if not gone:
                raise Conflict(f'The execution "{public_id}" has not ended.', fix="Cancel it first.")
            await erase(tx, gone)

    async def delete_of_workflow(self, principal: Principal, workflow_id: str) -> Deleted:
        """Delete the ended runs of a workflow, some hundred in each transaction, so that nobody waits long for a lock."""
        principal.require(Permission.execution_delete)
        count = 0
        while runs := await self._delete_some(principal.workspace, workflow_id):
            count += runs
        async with self._database.transaction(principal.workspace) as tx:
            return Deleted(count, await Executions(tx).unfinished(workflow_id))

    async def _delete_some(self, workspace: int, workflow_id: str) -> int:
        async with self._database.transaction(workspace) as tx:
            runs: Sequence[Execution] = await Executions(tx).ended(workflow_id, _deleted_at_once)
            gone = await Executions(tx).remove([run.id.id for run in runs])
            await erase(tx, gone)
            return len(gone)


async def _made_of(tx: Transaction, public_id: str, trigger: str) -> tuple[str, ...]:
    found = (await Executions(tx).page(Filters(trigger=trigger, search=public_id[:200]))).items
    return tuple(run.public_id for run in found if public_id in run.keys)


def statuses(word: str) -> frozenset[Status]:
    """The true statuses that a word means; a kept word means all that are shown as it. Raises `Invalid`."""
    found = frozenset(status for status in Status if word in (status.kept, status.value))
    if not found:
        raise Invalid(f'There is no status "{word}".', pointer="/status", fix=f"Known: {', '.join(Status)}.")
    return found
