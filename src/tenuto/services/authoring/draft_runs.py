"""Tests of drafts that are runs: of a part or of everything, with pinned and known answers in the place of nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field, JsonValue

from tenuto.core.access import Principal
from tenuto.core.blob import plain
from tenuto.core.catalog import Catalog
from tenuto.core.documents.inputs import input_schema
from tenuto.core.documents.translate import translate
from tenuto.core.errors import Invalid, TooLarge
from tenuto.core.events import NodeProgress, answer_given, event_data
from tenuto.core.execution import ExecutionId
from tenuto.core.values import Frozen, encode, max_value
from tenuto.services.authoring.parts import How, Origin, Step, Wish, part_of
from tenuto.services.authoring.samples import Known, Sample, Samples, Source, is_whole, test_trigger
from tenuto.services.executions.folds import summary
from tenuto.services.executions.starts import ExecutionStarts, Wanted
from tenuto.services.executions.views import ExecutionSummary
from tenuto.services.executions.wanted import beginning
from tenuto.services.workflows import Workflows
from tenuto.store.database import Database
from tenuto.store.executions import Executions
from tenuto.store.runs.again.replays import Replay, Replays
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal

_largest = 32 * 1024 * 1024
"""Bytes of answers that a test is given, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRun:
    """A test as it is asked for."""

    wish: Wish
    sources: Sequence[Source] | None = None
    """Where answers are taken from. None: what is pinned; of a part also the last test and the last run."""
    input: JsonValue = None
    message: str | None = None
    user_id: str | None = None
    simulated: bool = True


class PlannedStep(Frozen):
    """What a test does with one node."""

    node: str
    how: How = Field(
        description="`run`; `given`: it answers what is known; `passed`: nothing is known, nobody reads it, and it is not run."
    )
    source: Origin | None = Field(description="Where its answer is from.")
    run: str | None = Field(description="The run that it is from.")
    at: datetime | None


class Planned(Frozen):
    """What a test does."""

    simulated: bool
    steps: tuple[PlannedStep, ...] = Field(description="In the order of the graph.")
    input: JsonValue = Field(description="What it is started with.")
    input_schema: dict[str, JsonValue] = Field(description="What its expressions read of that.")


class DraftRuns:
    """Starts them. They read what is pinned; nothing else that runs does."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        replays: Replays,
        catalog: Catalog,
        workflows: Workflows,
        samples: Samples,
        starts: ExecutionStarts,
    ) -> None:
        self._database, self._journal, self._replays = database, journal, replays
        self._catalog, self._workflows, self._samples, self._starts = catalog, workflows, samples, starts

    async def run(
        self, caller: Principal, id: str, asked: DraftRun, document: Mapping[str, JsonValue] | None = None, *, only_plan: bool = False
    ) -> tuple[Planned, ExecutionSummary | None]:
        """Start a test of a draft, or of a document that is being edited; or only say what it would do.

        Raises `NotFound` (workflow, node), `Invalid` and `InvalidDefinition` for what cannot be run, `ConnectionMissing` for a real test
        without an account, `Forbidden`, `TooLarge`.
        """
        whole = document if document is not None else await self._workflows.document(caller, id)
        today = translate({**whole, "id": id}).document
        if not isinstance(today, dict):
            raise Invalid("This is no workflow.", pointer="/workflow")
        known = await self._samples.known(caller, id, today)
        part = part_of(today, asked.wish, lambda name: _usable(known, name, _sources(asked)))
        given = known.input if asked.input is None and asked.message is None else asked.input
        wanted = Wanted(
            workflow=dict(part.document),
            input=given,
            message=asked.message,
            user_id=asked.user_id,
            simulate=asked.simulated,
            trigger=test_trigger,
        )
        foreseen = await self._starts.foresee(caller, wanted)
        event = beginning(caller, wanted, caller.user(asked.user_id), foreseen.definition, self._catalog, simulated=foreseen.simulated)
        told = {name: plain(value) for name, value in (known.begun.trigger_data or {}).items()} if known.begun else None
        event = event.model_copy(update={"workflow_id": id, "trigger_data": told})
        planned = Planned(
            simulated=foreseen.simulated,
            steps=tuple(_planned(step) for step in part.steps),
            input=plain(event.input),
            input_schema=input_schema(foreseen.definition),
        )
        if only_plan:
            return planned, None
        encode([event.input, event.vars], limit=max_value - 4096, what="The input")
        run = ExecutionId(caller.workspace, new_id())
        test = Replay(
            source=run, id=run.id, public_id=str(new_id()), event=event, answers=_answers(part.steps), run_as=caller.id, priority=1, keys=[],
        )  # fmt: skip
        await self._journal.define(caller.workspace, foreseen.definition)
        await self._replays.make(test)
        async with self._database.transaction(caller.workspace) as tx:
            return planned, summary(await Executions(tx).get(test.public_id))


def _sources(asked: DraftRun) -> Sequence[Source]:
    if asked.sources is not None:
        return asked.sources
    partly = asked.wish.begin is not None or asked.wish.until is not None
    return ("pinned", "test", "run") if partly else ("pinned",)


def _usable(known: Known, name: str, sources: Sequence[Source]) -> Sample | None:
    """What is known of a node, unless a part of it is kept beside the log of its run."""
    found = known.best(name, sources)
    return found if found is not None and is_whole(found.value) else None


def _planned(step: Step) -> PlannedStep:
    sample = step.sample
    return PlannedStep(
        node=step.node, how=step.how, source=step.source, run=sample.run if sample else None,
        at=sample.at if sample else None,
    )  # fmt: skip


def _answers(steps: Sequence[Step]) -> tuple[NodeProgress, ...]:
    """What stands at the beginning of the log. Raises `TooLarge`."""
    answers = tuple(
        NodeProgress(
            node=step.node,
            kind=answer_given,
            data={
                "port": step.port,
                "output": step.sample.value if step.sample else None,
                "source": step.source or step.how,
            },
        )
        for step in steps
        if step.how != "run"
    )
    if (size := sum(len(event_data(answer)) for answer in answers)) > _largest:
        raise TooLarge(f"What the test is given has {size:,} bytes; at most {_largest:,} are taken.", fix="Pin smaller values.")
    return answers
