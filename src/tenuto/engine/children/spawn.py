"""A node's runs of its own: made deterministically, so that making them again after a crash changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid5

from pydantic import JsonValue

from tenuto.core.blob import threshold
from tenuto.core.errors import Conflict, Invalid, Problem, Unavailable
from tenuto.core.events import WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.family import Brood, Group, Within, deepest
from tenuto.core.node import Called, Completed, Failed, NodeKind, Outcome, Settled, Spawned, Suspended
from tenuto.core.run import Claim, Projection, Start
from tenuto.core.usage import Usage
from tenuto.core.workflow import NodeSpec, WorkflowDefinition
from tenuto.engine.context import Context
from tenuto.engine.course import Course
from tenuto.engine.desk import Desk
from tenuto.engine.large.beginning import beginning
from tenuto.engine.perform import gather
from tenuto.engine.plan import Plan
from tenuto.engine.prepare import large_message, looking, scope_of
from tenuto.engine.spending.purse import handed_down
from tenuto.engine.steady import steady

_at_once = 250


class _Pattern(NamedTuple):
    """What all children of a node have in common: what they run, and how they begin but for their place and item."""

    definition: WorkflowDefinition
    begin: WorkflowStarted
    within: Within


@dataclass(frozen=True)
class Nest:
    """Where a node's children are made."""

    desk: Desk
    claim: Claim
    plan: Plan
    course: Course

    async def settled(self, kind: NodeKind, spec: NodeSpec, ctx: Context, outcome: Outcome) -> Settled:
        """The same; what cannot be spawned fails the node. Raises `Fenced` and `Unavailable`."""
        try:
            return await self.settle(kind, spec, ctx, outcome)
        except Unavailable:
            raise
        except Problem as problem:
            return Failed(problem.at(node=spec.id).data)

    async def settle(self, kind: NodeKind, spec: NodeSpec, ctx: Context, outcome: Outcome) -> Settled:
        """The outcome itself; or, where it is to have runs, that the node waits for them. Those that were completed before are not repeated.

        Raises `Fenced`, and the problems of what cannot be spawned.
        """
        while isinstance(outcome, Spawned):
            if outcome.called is not None and not outcome.called.wait:
                return Completed(await self._detach(spec, ctx, outcome))
            pattern = await self._pattern(spec, ctx, outcome)
            if count := await self._spawn(spec, ctx, outcome, pattern):
                return self._waits(spec, ctx, outcome, count)
            outcome = await gather(kind, spec, ctx)
        return outcome

    async def used(self, node: str, attempt: int) -> Usage:
        """What the runs of one attempt have used, their own runs included."""
        return await steady(lambda: self.desk.children.used(self.claim.id, node, attempt))

    def _waits(self, spec: NodeSpec, ctx: Context, spawned: Spawned, count: int) -> Suspended:
        state = self.course.state.nodes[spec.id]
        until = state.until if state.status == "waiting" else ctx.now + spec.timeout if spec.timeout else None
        return Suspended("children", until, {"attempt": ctx.attempt, "count": count, "items": spawned.first + len(spawned.items)})

    async def _spawn(self, spec: NodeSpec, ctx: Context, spawned: Spawned, pattern: _Pattern) -> int:
        """Insert the children that are still to be run; answers how many this attempt has had by then, 0 if none is left."""
        children, run, last = self.desk.children, self.claim.id, spawned.first + len(spawned.items) - 1
        done = await steady(lambda: children.finished(run, spec.id, spawned.first, last)) if ctx.attempt > 1 else ()
        missing = [index for index in range(spawned.first, last + 1) if index not in done]
        if not missing:
            return 0
        group = Group(
            workspace=run.workspace,
            parent=run.id,
            epoch=self.claim.epoch,
            node=spec.id,
            attempt=ctx.attempt,
            total=self._before(spec, ctx) + len(missing),
            concurrency=spawned.concurrency,
            stop_on_failure=spawned.stop_on_failure,
        )
        await self.desk.journal.define(run.workspace, pattern.definition)
        await steady(lambda: children.open(group))
        for start in range(0, len(missing), _at_once):
            brood = await self._brood(spec, ctx, spawned, pattern, missing[start : start + _at_once])
            await steady(partial(children.insert, group, brood))
        return group.total

    def _before(self, spec: NodeSpec, ctx: Context) -> int:
        """How many children this attempt has had already: a loop's rounds are one group, which grows."""
        count = ctx.waiting.get("count") if self.course.state.nodes[spec.id].status == "waiting" else None
        return count if isinstance(count, int) else 0

    async def _brood(self, spec: NodeSpec, ctx: Context, spawned: Spawned, pattern: _Pattern, indices: Sequence[int]) -> Brood:
        made: list[tuple[UUID, int, bytes]] = []
        for index in indices:
            item = await ctx.payloads.opened(spawned.items[index - spawned.first])
            within = pattern.within.model_copy(update={"index": index, "item": item})
            begin = pattern.begin.model_copy(update={"within": within})
            child, data = self._id(spec, ctx, index), event_data(begin, limit=self.desk.largest)
            if len(data) > threshold:
                _, data = await beginning(self.desk, ExecutionId(self.claim.id.workspace, child), begin)
            made.append((child, index, data))
        return Brood(pattern.begin.workflow_id, pattern.definition.name, pattern.definition.version_hash, pattern.begin.trigger, made)

    def _id(self, spec: NodeSpec, ctx: Context, index: int) -> UUID:
        return uuid5(self.claim.id.id, f"{spec.id}\x1f{ctx.attempt}\x1f{index}")

    async def _pattern(self, spec: NodeSpec, ctx: Context, spawned: Spawned) -> _Pattern:
        """Raises `Invalid` for runs that stand too deep within one another, `TooLarge`, `NotFound` and `Conflict`."""
        begin = self.course.started
        if begin is None:
            raise ValueError("a run without a beginning has no children")
        depth = begin.within.depth + 1 if begin.within is not None else 1
        if depth > deepest:
            raise Invalid(
                f"More than {deepest} executions stand within one another.", fix="See that a workflow does not call itself for ever."
            )
        within = Within(parent=self.claim.id.id, execution=self.claim.public_id, node=spec.id, attempt=ctx.attempt, index=0, depth=depth)
        begin = begin.model_copy(update=handed_down(self.course, self.claim.id))
        if spawned.called is not None:
            return await self._calling(spawned.called, begin, within)
        body = self.plan.body(spec.id)
        scope = scope_of(self.course, self.claim.public_id, ctx.now)

        async def captured() -> tuple[JsonValue, dict[str, JsonValue], dict[str, JsonValue]]:
            return body.captured(scope)

        given, variables, outer = await looking(captured, scope, ctx.payloads)
        update = {
            "workflow_name": body.definition.name,
            "version": body.definition.version_hash,
            "input": given,
            "vars": variables,
            "message": await large_message(self.course, ctx.payloads) or begin.message,
            "refs": (),
        }
        return _Pattern(body.definition, begin.model_copy(update=update), within.model_copy(update={"outer": outer}))

    async def _calling(self, called: Called, begin: WorkflowStarted, within: Within) -> _Pattern:
        """The stored workflow, pinned now."""
        definition = await steady(lambda: self.desk.library.pinned(self.claim.id.workspace, called.workflow, called.version))
        said = called.input.get("message") if isinstance(called.input, dict) else None
        message = said if isinstance(said, str) else ""
        update = {
            "workflow_id": called.workflow,
            "workflow_name": definition.name,
            "version": definition.version_hash,
            "input": called.input,
            "vars": {"message": message, "user_id": begin.user_id, "session_id": begin.session_id},
            "message": message,
            "trigger": "workflow",
            "refs": (),
        }
        return _Pattern(definition, begin.model_copy(update=update), within.model_copy(update={"body": False, "detached": not called.wait}))

    async def _detach(self, spec: NodeSpec, ctx: Context, spawned: Spawned) -> JsonValue:
        """Start a run for which nobody waits; its id is the same after a crash, so that it starts once. Answers what the node gives."""
        definition, begin, within = await self._pattern(spec, ctx, spawned)
        begin = begin.model_copy(update={"within": within})
        child, origin = self._id(spec, ctx, 0), await steady(lambda: self.desk.children.origin(self.claim.id))
        started = await self.desk.journal.start(
            Start(
                id=ExecutionId(self.claim.id.workspace, child),
                public_id=str(child),
                definition=definition,
                events=[await beginning(self.desk, ExecutionId(self.claim.id.workspace, child), begin)],
                projection=Projection(Status.pending),
                simulated=begin.simulated,
                workflow_id=begin.workflow_id,
                trigger=begin.trigger,
                user_id=begin.user_id,
                session_id=begin.session_id,
                run_as=origin.run_as,
                priority=origin.priority,
            )
        )
        if started.id.id != child:
            raise Conflict(f'Another execution has the id "{child}", which this one needs.')
        self.desk.wake()
        return {"execution_id": str(child)}
