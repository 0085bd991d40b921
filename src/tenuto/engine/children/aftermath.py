"""What follows when a run has ended: its children end too, and the workflow that sees to failures starts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid5

import structlog
from pydantic import JsonValue

from tenuto.core.errors import Problem, Unavailable
from tenuto.core.events import Recorded, WorkflowCancelled, WorkflowFailed, WorkflowStarted
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.outbox import Post
from tenuto.core.run import Projection, Start
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.children.allowances import Allowances
from tenuto.engine.children.posts import failure_trigger
from tenuto.engine.desk import Desk
from tenuto.engine.ending import Ender
from tenuto.engine.large.beginning import beginning, input_of

_log = structlog.get_logger(__name__)
_patience = 1.0
"""Seconds that the owner of a child has to react to its cancellation."""
_looks = 20


class Aftermath:
    """Performs the posts of runs that have ended. What is done here may be done again after a crash."""

    def __init__(self, desk: Desk, ender: Ender) -> None:
        self._desk = desk
        self._ender = ender
        desk.outbox.perform_with("cancel_children", self._cancel)
        desk.outbox.perform_with("failure_workflow", self._see_to)
        Allowances(desk)

    async def _cancel(self, posts: Sequence[Post]) -> None:
        await asyncio.gather(*(self._cancel_one(post) for post in posts))
        await self._desk.outbox.done(posts)

    async def _cancel_one(self, post: Post) -> None:
        """Children that never began at once, the others by mail; those that do not react are ended in their stead."""
        children = self._desk.children
        await children.stop(post)
        await children.ask_to_end(post)
        for _ in range(_looks):
            living = await children.living(post)
            if not living:
                return
            await asyncio.sleep(_patience / _looks)
        event = WorkflowCancelled(by="its parent", reason="the run that started it no longer needs it")
        await asyncio.gather(*(self._ender.end(child, event) for child in await children.living(post)))

    async def _see_to(self, posts: Sequence[Post]) -> None:
        for post in posts:
            try:
                await self._see_to_one(post)
            except Unavailable:
                raise
            except Problem as problem:
                _log.warning(
                    "failure_workflow.refused", run=str(post.execution), workflow=post.data["workflow"], reason=problem.data.detail
                )
        await self._desk.outbox.done(posts)

    async def _see_to_one(self, post: Post) -> None:
        """Start the workflow, once: the id of its run follows from that of the one that failed. Raises `NotFound` and `Conflict`."""
        run, workflow = ExecutionId(post.workspace, post.execution), str(post.data["workflow"])
        log = await self._desk.journal.read(run)
        if not log or not isinstance(begin := log[0].event, WorkflowStarted):
            return  # deleted in the meantime
        definition = await self._desk.library.pinned(run.workspace, workflow, None)
        origin = await self._desk.children.origin(run)
        told = _told(log, begin, origin.public_id) | {"input": await input_of(self._desk, run, begin)}
        event = _beginning(begin, told, workflow, definition)
        child = uuid5(run.id, "failure_workflow")
        await self._desk.journal.start(
            Start(
                id=ExecutionId(run.workspace, child),
                public_id=str(child),
                definition=definition,
                events=[await beginning(self._desk, ExecutionId(run.workspace, child), event)],
                projection=Projection(Status.pending),
                simulated=event.simulated,
                workflow_id=event.workflow_id,
                trigger=event.trigger,
                user_id=event.user_id,
                session_id=event.session_id,
                run_as=origin.run_as,
                priority=origin.priority,
            )
        )
        self._desk.wake()


def _told(log: Sequence[Recorded], begin: WorkflowStarted, public_id: str) -> dict[str, JsonValue]:
    """What the workflow is told of the failure: its input."""
    failure = next((one.event for one in reversed(log) if isinstance(one.event, WorkflowFailed)), None)
    return {
        "execution_id": public_id,
        "workflow_id": begin.workflow_id,
        "workflow_name": begin.workflow_name,
        "error": failure.problem.model_dump(mode="json", exclude_none=True) if failure else None,
        "failed_node": failure.failed_node if failure else None,
        "started_at": log[0].at.isoformat(),
        "message": failure.problem.detail if failure else "",
    }


def _beginning(failed: WorkflowStarted, told: dict[str, JsonValue], workflow: str, definition: WorkflowDefinition) -> WorkflowStarted:
    message = str(told["message"])
    return WorkflowStarted(
        workflow_id=workflow,
        workflow_name=definition.name,
        version=definition.version_hash,
        input=told,
        vars={"message": message, "user_id": failed.user_id, "session_id": failed.session_id},
        message=message,
        user_id=failed.user_id,
        session_id=failed.session_id,
        simulated=failed.simulated,
        trigger=failure_trigger,
    )
