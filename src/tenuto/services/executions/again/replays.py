"""Replaying: a past run once more, in simulation, against another version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.blob import references
from tenuto.core.catalog import Catalog
from tenuto.core.documents.validation import validate
from tenuto.core.errors import Conflict, Invalid, TooLarge
from tenuto.core.events import NodeProgress, Recorded, Replayed, WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId
from tenuto.core.values import encode, max_value
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.plan import Plan
from tenuto.engine.replaying import taken_over
from tenuto.services.executions.again.comparisons import ExecutionComparisons
from tenuto.services.executions.again.outcomes import Outcomes
from tenuto.services.executions.folds import summary
from tenuto.services.executions.needs import Definitions
from tenuto.services.executions.starts import ExecutionStarts, Wanted
from tenuto.services.executions.views import ExecutionSummary
from tenuto.services.executions.watch import ExecutionWatches, ended, longest_wait
from tenuto.store.database import Database
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.again.replays import Replay, Replays
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal

Version: TypeAlias = int | Literal["published", "draft", "pinned"]

_largest = 32 * 1024 * 1024
"""Bytes of answers that a replay takes over, at most."""
_urgency = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWanted:
    """A replay as it is asked for: against a version of the run's own workflow, or against a whole `workflow`."""

    version: Version | None = None
    """None: the newest published one. `pinned` is what the past run ran."""
    workflow: JsonValue = None
    answers: Literal["recorded", "simulated"] = "recorded"


newest = ReplayWanted()
"""Against the newest published version."""


@dataclass(frozen=True, slots=True)
class Replaying:
    """A replay, and how it compares if it has ended within the time that was waited."""

    run: ExecutionSummary
    outcomes: Outcomes | None


class ExecutionReplays:
    """Past runs tried against other versions."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        replays: Replays,
        catalog: Catalog,
        definitions: Definitions,
        starts: ExecutionStarts,
        watches: ExecutionWatches,
        comparisons: ExecutionComparisons,
    ) -> None:
        self._database = database
        self._journal = journal
        self._replays = replays
        self._catalog = catalog
        self._definitions = definitions
        self._starts = starts
        self._watches = watches
        self._comparisons = comparisons

    async def replay(
        self, principal: Principal, public_id: str, wanted: ReplayWanted = newest, *, wait: float = 0, keys: Sequence[str] = ()
    ) -> Replaying:
        """Start the replay of an ended run, and wait for its end for so many seconds. Nothing happens outside.

        Raises `NotFound` (no such run, workflow or version), `ReadOnly`, `Conflict` (it has not ended, belongs to another run, or nothing is
        published), `Invalid` and `InvalidDefinition` for what is to be run, `Forbidden` to act for the run's user, `TooLarge`.
        """
        principal.require(Permission.execution_start)
        run, log, begin = await self._past(principal, public_id)
        principal.user(begin.user_id)
        definition = await self._definition(principal, run, begin, wanted)
        answers: Sequence[NodeProgress] = ()
        if wanted.answers == "recorded":
            answers = tuple(taken_over(log, Plan(await self._journal.definition(principal.workspace, run.version_hash)), definition))
        event = _beginning(principal, run, begin, wanted, definition, at=log[0].at)
        _measure(event, answers)
        replay = Replay(
            source=run.id, id=new_id(), public_id=str(new_id()), event=event, answers=answers, run_as=principal.id, priority=_urgency,
            keys=[public_id, *keys],
        )  # fmt: skip
        await self._journal.define(principal.workspace, definition)
        if not await self._replays.make(replay):
            raise Conflict("The replay could not be begun.", fix="Try again.")
        made = ExecutionId(principal.workspace, replay.id)
        over = wait > 0 and await self._watches.until(made, 0, min(wait, longest_wait), ended) is not None
        async with self._database.transaction(principal.workspace) as tx:
            shown = summary(await Executions(tx).get(replay.public_id))
        return Replaying(shown, await self._comparisons.compare(principal, replay.public_id, public_id) if over else None)

    async def _past(self, principal: Principal, public_id: str) -> tuple[Execution, Sequence[Recorded], WorkflowStarted]:
        run = await self._comparisons.find(principal, public_id)
        if not run.status.ended:
            raise Conflict(f'The execution "{public_id}" has not ended: it is {run.status.value}.', fix="Wait for its end, or cancel it.")
        log, begin = await self._comparisons.log(run)
        if begin.within is not None and not begin.within.detached:
            raise Conflict("This execution is a part of another one.", fix="Replay that one.")
        return run, log, begin

    async def _definition(self, principal: Principal, run: Execution, begin: WorkflowStarted, wanted: ReplayWanted) -> WorkflowDefinition:
        """What is to be run, as valid as what is started anew."""
        if wanted.workflow is not None:
            if wanted.version is not None:
                raise Invalid("A run is replayed against a version or against a workflow.", pointer="/version", fix="Send one of them.")
            return await self._given(principal, begin, wanted.workflow)
        if wanted.version == "pinned":
            return self._valid(await self._journal.definition(principal.workspace, run.version_hash))
        if run.workflow_id is None:
            raise Conflict("This execution is of no stored workflow.", fix="Send a workflow, or version: pinned.")
        if wanted.version == "draft":
            return await self._given(principal, begin, dict(await self._definitions.draft(principal.workspace, run.workflow_id)))
        number = None if wanted.version == "published" else wanted.version
        return self._valid(await self._definitions.pinned(principal.workspace, run.workflow_id, number))

    async def _given(self, principal: Principal, begin: WorkflowStarted, document: JsonValue) -> WorkflowDefinition:
        asked = Wanted(workflow=document, user_id=begin.user_id, simulate=True)
        return (await self._starts.foresee(principal, asked)).definition

    def _valid(self, definition: WorkflowDefinition) -> WorkflowDefinition:
        """A version that was valid when it was published may name what is no longer installed."""
        validate(definition.document, self._catalog).require()
        return definition


def _beginning(
    by: Principal, run: Execution, begin: WorkflowStarted, wanted: ReplayWanted, definition: WorkflowDefinition, *, at: datetime
) -> WorkflowStarted:
    against = "given" if wanted.workflow is not None else wanted.version or "published"
    earlier, variables = begin.replayed, begin.vars | (begin.forked.vars if begin.forked else {})
    replayed = Replayed(
        execution=run.public_id,
        against=f"version {against}" if isinstance(against, int) else against,
        at=earlier.at if earlier else at,
        trigger=earlier.trigger if earlier else begin.trigger,
        answers=wanted.answers,
    )
    return WorkflowStarted(
        workflow_id=run.workflow_id,
        workflow_name=definition.name,
        version=definition.version_hash,
        input=begin.input,
        vars=variables,
        message=begin.message,
        user_id=begin.user_id,
        session_id=begin.session_id,
        simulated=True,
        trigger="replay",
        started_by=(by.label, by.person),
        refs=tuple(steps for name, value in (("input", begin.input), ("vars", variables)) for steps, _ in references(value, (name,))),
        trigger_data=begin.trigger_data,
        replayed=replayed,
    )


def _measure(event: WorkflowStarted, answers: Sequence[NodeProgress]) -> None:
    """Raises `TooLarge` for more than one statement should carry."""
    encode([event.input, event.vars], limit=max_value - 4096, what="The input")
    size = sum(len(event_data(answer)) for answer in answers)
    if size > _largest:
        raise TooLarge(
            f"What the nodes of the past run answered has {size:,} bytes; at most {_largest:,} are taken over.",
            fix="Replay it with answers: simulated.",
        )
