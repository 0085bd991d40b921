"""Past runs tried against other versions, and two runs compared."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field, JsonValue

from tenuto.api.bodies import input_limit
from tenuto.api.fields import Ask, Cursor, Done, Word
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.services.executions.again.comparisons import Compared
from tenuto.services.executions.again.outcomes import Outcomes
from tenuto.services.executions.again.replays import ReplayWanted
from tenuto.services.executions.reads import Filters
from tenuto.services.executions.views import ExecutionSummary

router = Router("/api/executions", tag="Executions")
lists = Router("/api/replays", tag="Executions")


class ReplayBody(Ask):
    """Against what a run is replayed; by default against the newest published version of its workflow."""

    version: Annotated[int, Field(ge=1, lt=2**31)] | Literal["published", "draft", "pinned"] | None = Field(
        default=None, description="A version's number, `published`, `draft`, or `pinned`: what the run itself ran."
    )
    workflow: JsonValue = Field(default=None, description="A whole definition, instead of a version.")
    answers: Literal["recorded", "simulated"] = Field(
        default="recorded",
        description="`recorded`: nodes that are unchanged, and do more than compute, answer as they did. `simulated`: every one is simulated.",
    )

    def read(self) -> ReplayWanted:
        """As the services take it."""
        return ReplayWanted(version=self.version, workflow=self.workflow, answers=self.answers)


class ReplayAnswer(Done):
    """The replay."""

    execution: ExecutionSummary
    difference: Outcomes | None = Field(description="Null while it has not ended: ask again with `GET …/difference`.")


class DifferenceAnswer(Done):
    """Two runs compared."""

    difference: Outcomes


class ReplaysAnswer(Done):
    """A page of replays."""

    replays: tuple[Compared, ...]
    next: str | None = Field(default=None, description="`cursor` of the following page.")


@router.post("/{id:path}/replay", permission=Permission.execution_start, status_code=201, limit=input_limit)
async def replay(
    id: str,
    caller: Caller,
    services: Provided,
    body: ReplayBody | None = None,
    wait: Annotated[float, Query(ge=0, le=300, description="Seconds to wait for its end, and thus for the difference.")] = 0,
) -> ReplayAnswer:
    """Run an ended run once more in simulation, with the same input, against another version. Nothing happens outside."""
    made = await services.executions.replays.replay(caller, id, (body or ReplayBody()).read(), wait=wait)
    return ReplayAnswer(execution=made.run, difference=made.outcomes)


@router.get("/{id:path}/difference", permission=Permission.execution_read)
async def difference(
    id: str,
    caller: Caller,
    services: Provided,
    other: Annotated[
        Word | None, Query(alias="with", description="Another run; by default the one that this is a replay or a fork of.")
    ] = None,
) -> DifferenceAnswer:
    """What is different in this run: status, output, path, and each node. How long it took does not count."""
    return DifferenceAnswer(difference=await services.executions.comparisons.compare(caller, id, other))


@lists.get("", permission=Permission.execution_read)
async def list_replays(
    *,
    caller: Caller,
    services: Provided,
    key: Annotated[Word | None, Query(description="Of replays that were asked for together, or the id of the past run.")] = None,
    workflow_id: Annotated[Word | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="At most so many.")] = 20,
    cursor: Cursor = None,
) -> ReplaysAnswer:
    """Replays, newest first, each compared with its past run."""
    filters = Filters(workflow_id=workflow_id, search=key)
    page = await services.executions.comparisons.page(caller, filters, limit=limit, cursor=cursor)
    return ReplaysAnswer(replays=page.items, next=page.next)
