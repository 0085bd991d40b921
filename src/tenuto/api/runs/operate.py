"""What may be asked of runs: cancel, pause, resume, retry, answer, decide; and of many at once."""

from __future__ import annotations

from typing import Literal

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.fields import Ask, Done, Word
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.api.runs.replays import ReplayBody
from tenuto.core.errors import Invalid, ProblemData
from tenuto.core.execution import Status
from tenuto.services.executions.again.forks import ForkWanted
from tenuto.services.executions.bulk import BulkAction, longest_bulk
from tenuto.services.executions.operations import Acted, Decision
from tenuto.services.executions.reads import Filters
from tenuto.services.executions.spending.budgets import Allowance, SpendingView
from tenuto.services.executions.views import ExecutionSummary

router = Router("/api/executions", tag="Executions")


class ActedAnswer(Done):
    """A run after something was asked of it."""

    execution: ExecutionSummary
    settled: bool = Field(description="Whether the run has reacted already; if not, the request waits for it and is not lost.")


class CancelBody(Ask):
    """Why a run is cancelled."""

    reason: str = Field(default="", max_length=1_000)


class AnswerBody(Ask):
    """Somebody's answer to a waiting node."""

    node: str
    data: dict[str, JsonValue] = Field(description='For an approval `{"decision": "approve", "form": {…}, "comment": "…", "digest": "…"}`.')


class DecideBody(Ask):
    """What became of an effect that may or may not have happened."""

    node: str
    decision: Decision
    output: JsonValue = Field(default=None, description="The node's output, where it was `done`.")


class RetryBody(Ask):
    """What is taken up again."""

    node: str | None = Field(default=None, description="Only this one of several nodes that failed.")


class BudgetsAnswer(Done):
    """What a run may spend."""

    budgets: tuple[SpendingView, ...]


class ForkBody(Ask):
    """Where a fork begins, and what is edited. `input` is the run's, for everything that follows; `config` is the one node's."""

    node: str = Field(description="A node that was started; it and what depends on it begin anew.")
    input: JsonValue = Field(default=None, description="In place of the run's input; null keeps it.")
    vars: dict[str, JsonValue] = Field(default_factory=dict, description="In place of these variables, as they are when the fork begins.")
    config: dict[str, JsonValue] = Field(
        default_factory=dict, description="In place of these fields of the node's config, as values: expressions in them are not evaluated."
    )
    version: Literal["pinned", "published"] = Field(
        default="pinned", description="`published`: the newest version, in which what is kept has to be unchanged."
    )
    simulate: bool | None = Field(default=None, description="Null: as the other run was.")


class ForkAnswer(Done):
    """The new run."""

    execution: ExecutionSummary


class FilterBody(Ask):
    """Which runs: the fields of the list."""

    status: tuple[Status, ...] = Field(default=(), description="Any of these.")
    workflow_id: Word | None = None
    trigger: Word | None = None
    since: AwareDatetime | None = Field(default=None, description="Created at this time or later.")
    until: AwareDatetime | None = Field(default=None, description="Created before this time.")
    search: Word | None = Field(
        default=None, description="The beginning of the id or of the workflow's name, or words of keys, in any order."
    )
    simulated: bool | None = Field(default=None, description="Only those in which nothing really happened outside, or only the others.")

    def read(self) -> Filters:
        """As the services take it."""
        fields = {name: value for name, value in self if name != "status"}
        return Filters(statuses=self.status, **fields)


class BulkBody(Ask):
    """One thing to be done to many runs."""

    action: BulkAction
    filter: FilterBody = Field(description="An empty one means every run.")
    limit: int = Field(default=100, ge=1, le=longest_bulk, description="Runs that are looked at in this call, at most.")
    cursor: str | None = Field(default=None, max_length=2000, description="`next` of the call before.")
    dry_run: bool = Field(default=False, description="Only look which runs match.")
    replay: ReplayBody | None = Field(default=None, description="Of `replay`: against what. Replays are not replayed themselves.")
    key: Word | None = Field(
        default=None, description="Of `replay`: what the replays are found by (`GET /api/replays?key=`); made up by default."
    )


class BulkFailure(BaseModel):
    """A run to which it could not be done."""

    model_config = ConfigDict(frozen=True)

    id: str
    problem: ProblemData


class BulkAnswer(Done):
    """What became of them."""

    matched: int = Field(description="Runs that this call looked at.")
    done: int = Field(description="Runs to which it was done, or would be.")
    failed: int
    failures: tuple[BulkFailure, ...] = Field(description="The first twenty that failed, and why.")
    ids: tuple[str, ...] = Field(description="The first twenty to which it was done, or would be.")
    next: str | None = Field(default=None, description="`cursor` with which to go on; null if all were looked at.")
    key: str | None = Field(default=None, description="Of `replay`: what the replays are found by.")


@router.post("/{id:path}/cancel", permission=Permission.execution_operate)
async def cancel(id: str, caller: Caller, services: Provided, body: CancelBody | None = None) -> ActedAnswer:
    """End a run within two seconds, whatever it is doing."""
    return _acted(await services.executions.operations.cancel(caller, id, body.reason if body else ""))


@router.post(
    "/{id:path}/pause", permission=Permission.execution_operate, responses={202: {"model": ActedAnswer, "description": "Asked for."}}
)
async def pause(id: str, caller: Caller, services: Provided, response: Response) -> ActedAnswer:
    """Start no further node until the run is resumed."""
    return _acted(await services.executions.operations.pause(caller, id), response)


@router.post(
    "/{id:path}/resume", permission=Permission.execution_operate, responses={202: {"model": ActedAnswer, "description": "Asked for."}}
)
async def resume(id: str, caller: Caller, services: Provided, response: Response) -> ActedAnswer:
    """Let a paused run go on."""
    return _acted(await services.executions.operations.resume(caller, id), response)


@router.post(
    "/{id:path}/answers", permission=Permission.approval_decide, responses={202: {"model": ActedAnswer, "description": "Asked for."}}
)
async def answer(id: str, body: AnswerBody, caller: Caller, services: Provided, response: Response) -> ActedAnswer:
    """Answer a node that waits for somebody; what it refuses is told and changes nothing."""
    return _acted(await services.executions.answers.give(caller, id, body.node, body.data), response)


@router.post(
    "/{id:path}/decide", permission=Permission.execution_operate, responses={202: {"model": ActedAnswer, "description": "Asked for."}}
)
async def decide(id: str, body: DecideBody, caller: Caller, services: Provided, response: Response) -> ActedAnswer:
    """Say what became of an effect that may or may not have happened."""
    return _acted(await services.executions.operations.decide(caller, id, body.node, body.decision, body.output), response)


@router.post(
    "/{id:path}/retry", permission=Permission.execution_operate, responses={202: {"model": ActedAnswer, "description": "Asked for."}}
)
async def retry(id: str, caller: Caller, services: Provided, response: Response, body: RetryBody | None = None) -> ActedAnswer:
    """Take a failed run up again where it failed: the same run, with the outputs of everything that had succeeded."""
    return _acted(await services.executions.retries.retry(caller, id, body.node if body else None), response)


@router.post("/{id:path}/fork", permission=Permission.execution_start, status_code=201)
async def fork(id: str, body: ForkBody, caller: Caller, services: Provided) -> ForkAnswer:
    """Start a new run in the middle of this one: what does not depend on the node keeps its output, the rest begins anew."""
    wanted = ForkWanted(node=body.node, input=body.input, vars=body.vars, config=body.config, version=body.version, simulate=body.simulate)
    return ForkAnswer(execution=await services.executions.forks.fork(caller, id, wanted))


@router.get("/{id:path}/budget", permission=Permission.execution_read)
async def budgets(id: str, caller: Caller, services: Provided) -> BudgetsAnswer:
    """The budgets that a run counts on, its own or that of the run it belongs to first, and what was spent of each."""
    return BudgetsAnswer(budgets=tuple(await services.executions.budgets.of_run(caller, id)))


@router.post(
    "/{id:path}/budget", permission=Permission.execution_operate, responses={202: {"model": ActedAnswer, "description": "Asked for."}}
)
async def budget(id: str, body: Allowance, caller: Caller, services: Provided, response: Response) -> ActedAnswer:
    """Allow a run more than its budget, or all it needs, and let it go on with everything that belongs to it."""
    return _acted(await services.executions.budgets.allow(caller, id, body), response)


@router.post("/bulk", permission=Permission.execution_operate)
async def bulk(body: BulkBody, caller: Caller, services: Provided) -> BulkAnswer:
    """Do one thing to all runs that match, at most `limit` in one call; go on with `cursor`. Deleting needs its own permission."""
    if body.action != "replay" and (body.replay is not None or body.key is not None):
        raise Invalid("`replay` and `key` go with the action replay.", pointer="/action")
    found = await services.executions.bulk.act(
        caller, body.action, body.filter.read(), limit=body.limit, cursor=body.cursor, dry_run=body.dry_run,
        replay=body.replay.read() if body.replay else None, key=body.key,
    )  # fmt: skip
    failures = tuple(BulkFailure(id=each.id, problem=each.problem) for each in found.failures)
    return BulkAnswer(
        matched=found.matched, done=found.done, failed=found.failed, failures=failures, ids=found.ids, next=found.next, key=found.key
    )


def _acted(acted: Acted, response: Response | None = None) -> ActedAnswer:
    if response is not None and not acted.settled:
        response.status_code = 202
    return ActedAnswer(execution=acted.run, settled=acted.settled)
