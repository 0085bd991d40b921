"""Runs: the kept history routes of older clients, and `/api/executions` with the whole truth."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.fields import Cursor, Done, Limit, Said
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.errors import Malformed
from tenuto.core.execution import Status
from tenuto.services.executions.reads import Filters, events_page
from tenuto.services.executions.views import (
    EventView,
    ExecutionDetail,
    ExecutionRecord,
    ExecutionSummary,
    KeptExecution,
    NodeDetail,
)

kept = Router("/api/workflows/executions", tag="Executions")
router = Router("/api/executions", tag="Executions")

_longest_kept_list = 200


class KeptAnswer(Done):
    """One run in the kept shape."""

    execution: KeptExecution


class KeptList(Done):
    """Runs in the kept shape, newest first."""

    executions: tuple[KeptExecution, ...]
    total: int = Field(description="How many are in this answer.")


class RecordBody(BaseModel):
    """A run that took place elsewhere."""

    model_config = ConfigDict(frozen=True)

    execution: ExecutionRecord


class RecordAnswer(KeptAnswer):
    """The record as it is kept."""

    message: str


class DeletedAnswer(Said):
    """What was deleted."""

    count: int | None = None


class ExecutionsAnswer(Done):
    """A page of runs."""

    executions: tuple[ExecutionSummary, ...]
    next: str | None = Field(default=None, description="`cursor` of the following page.")


class ExecutionAnswer(Done):
    """One run with its graph and nodes."""

    execution: ExecutionDetail


class EventsAnswer(Done):
    """A part of a log, in order."""

    events: tuple[EventView, ...]
    next: int | None = Field(default=None, description="`after` of the following part.")


class DefinitionAnswer(Done):
    """What a run runs, in today's shape."""

    definition: dict[str, JsonValue]


class NodeAnswer(Done):
    """One node of a run."""

    node: NodeDetail


@kept.get("", permission=Permission.execution_read, response_model_exclude_none=True)
async def history(
    *,
    caller: Caller,
    services: Provided,
    id: str | None = None,
    workflow_id: str | None = None,
    status: str | None = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> KeptAnswer | KeptList:
    """One run by its id, or the newest of all or of one workflow."""
    reads = services.executions.reads
    if id is not None:
        return KeptAnswer(execution=await reads.kept(caller, id))
    found = await reads.kept_list(caller, workflow_id, status, min(limit, _longest_kept_list))
    return KeptList(executions=tuple(found), total=len(found))


@kept.post("", permission=Permission.execution_start, response_model_exclude_none=True)
async def record(body: RecordBody, caller: Caller, services: Provided) -> RecordAnswer:
    """Keep a run that took place elsewhere as a read-only record."""
    found = await services.executions.records.add(caller, body.execution)
    return RecordAnswer(execution=found, message="Execution saved")


@kept.delete("", permission=Permission.execution_delete, response_model_exclude_none=True)
async def forget(caller: Caller, services: Provided, id: str | None = None, workflow_id: str | None = None) -> DeletedAnswer:
    """Delete one ended run, or all ended runs of a workflow."""
    reads = services.executions.reads
    if id is not None:
        await reads.delete(caller, id)
        return DeletedAnswer(message="Execution deleted")
    if workflow_id is None:
        raise Malformed("This needs an id or a workflow_id.", fix="Add ?id= or ?workflow_id=.")
    deleted = await reads.delete_of_workflow(caller, workflow_id)
    left = f"; {deleted.unfinished} have not ended and were left" if deleted.unfinished else ""
    return DeletedAnswer(message=f"{deleted.count} executions deleted{left}", count=deleted.count)


@router.get("", permission=Permission.execution_read)
async def list_executions(
    *,
    caller: Caller,
    services: Provided,
    status: Annotated[tuple[Status, ...], Query(description="Any of these.")] = (),
    workflow_id: str | None = None,
    trigger: str | None = None,
    since: Annotated[AwareDatetime | None, Query(description="Created at this time or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Created before this time.")] = None,
    search: Annotated[
        str | None, Query(max_length=200, description="The beginning of the id or of the workflow's name, or words of keys, in any order.")
    ] = None,
    simulated: Annotated[bool | None, Query(description="Only those in which nothing really happened outside, or only the others.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ExecutionsAnswer:
    """Runs, newest first."""
    filters = Filters(
        statuses=status, workflow_id=workflow_id, trigger=trigger, since=since, until=until, search=search, simulated=simulated
    )
    page = await services.executions.reads.page(caller, filters, limit=limit, cursor=cursor)
    return ExecutionsAnswer(executions=page.items, next=page.next)


# Ids may hold slashes, so the longer paths come first.
@router.get("/{id:path}/events", permission=Permission.execution_read)
async def events(
    id: str,
    caller: Caller,
    services: Provided,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=events_page, description="At most so many.")] = 200,
) -> EventsAnswer:
    """The log of a run after a sequence number."""
    page = await services.executions.reads.events(caller, id, after=after, limit=limit)
    return EventsAnswer(events=page.items, next=int(page.next) if page.next else None)


@router.get("/{id:path}/definition", permission=Permission.execution_read)
async def definition(id: str, caller: Caller, services: Provided) -> DefinitionAnswer:
    """The definition that a run is pinned to, whatever has become of its workflow since."""
    return DefinitionAnswer(definition=await services.executions.reads.definition(caller, id))


@router.get("/{id:path}/nodes/{node:path}", permission=Permission.execution_read)
async def node(id: str, node: str, caller: Caller, services: Provided) -> NodeAnswer:
    """Input, output, attempts and steps of a node that was reached."""
    return NodeAnswer(node=await services.executions.reads.node(caller, id, node))


@router.get("/{id:path}", permission=Permission.execution_read)
async def get_execution(id: str, caller: Caller, services: Provided) -> ExecutionAnswer:
    """A run with its graph and how each node stands."""
    return ExecutionAnswer(execution=await services.executions.reads.detail(caller, id))


@router.delete("/{id:path}", permission=Permission.execution_delete)
async def delete_execution(id: str, caller: Caller, services: Provided) -> Said:
    """Delete an ended run with all that belongs to it."""
    await services.executions.reads.delete(caller, id)
    return Said(message="Execution deleted")
