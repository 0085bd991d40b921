"""Operating a run: cancel, pause, resume, decide about an unknown effect, report progress; all of it is mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import structlog
from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, ProblemData, ReadOnly, problem_from
from tenuto.core.events import (
    NodeProgress,
    Recorded,
    WorkflowCancelled,
    WorkflowPaused,
    WorkflowResumed,
    node_of,
)
from tenuto.core.execution import NodeState, Status
from tenuto.core.run import Mail, MailKind
from tenuto.engine.ending import Ender
from tenuto.services.executions.folds import node_state, summary
from tenuto.services.executions.views import ExecutionSummary
from tenuto.services.executions.watch import ExecutionWatches, ended
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.claims import Claims
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.mailbox import Mailbox

_log = structlog.get_logger(__name__)

Decision: TypeAlias = Literal["done", "retry", "fail"]

longest_told = 10_000
"""Events of a log above which nothing more is told from outside: whoever reads the log reads all of it."""
_patience = 1.0
"""Seconds that the owner of a run has to react before the caller is answered without it."""


@dataclass(frozen=True, slots=True)
class Acted:
    """A run after something was asked of it."""

    run: ExecutionSummary
    settled: bool
    """Whether the run has reacted; if not, the request waits in its mailbox and is not lost."""


class ExecutionOperations:
    """What people and programs may do to runs. Only the owner of a run changes it; a run without one is taken for a cancellation."""

    def __init__(self, database: Database, journal: Journal, mailbox: Mailbox, claims: Claims, watches: ExecutionWatches) -> None:
        self._database = database
        self._mailbox = mailbox
        self._ender = Ender(journal, claims, mailbox)
        self._watches = watches

    async def cancel(self, principal: Principal, public_id: str, reason: str = "") -> Acted:
        """End the run within two seconds, whatever its owner does. Raises `Conflict` for one that ended otherwise."""
        principal.require(Permission.execution_operate)
        run = await self._find(principal, public_id)
        if run.status is Status.cancelled:
            return Acted(summary(run), settled=True)
        await self._send(run, "cancel", {"by": principal.label, "reason": reason})
        if await self._watches.until(run.id, run.head, _patience, ended) is None:
            await self._ender.end(run.id, WorkflowCancelled(by=principal.label, reason=reason))
        return Acted(await self._summary(principal, public_id), settled=True)

    async def pause(self, principal: Principal, public_id: str) -> Acted:
        """Start no further node; what is under way goes on to its end."""
        principal.require(Permission.execution_operate)
        return await self._ask(
            principal, public_id, "pause", {}, seen=lambda recorded: isinstance(recorded.event, WorkflowPaused), already=Status.paused
        )

    async def resume(self, principal: Principal, public_id: str) -> Acted:
        """Let a paused run go on. Raises `Conflict` for one that is not paused."""
        principal.require(Permission.execution_operate)
        run = await self._find(principal, public_id)
        if run.status is not Status.paused:
            raise Conflict(f'The execution "{public_id}" is not paused: it is {run.status.value}.')
        return await self._ask(principal, public_id, "resume", {}, seen=lambda recorded: isinstance(recorded.event, WorkflowResumed))

    async def decide(self, principal: Principal, public_id: str, node: str, decision: Decision, output: JsonValue = None) -> Acted:
        """Say what became of an effect that may or may not have happened: it was `done` (with this output), `retry` it, or `fail`."""
        principal.require(Permission.execution_operate)
        state = await self._node(principal, public_id, node)
        if state.status != "unknown":
            raise Conflict(f'Nothing is unknown about the node "{node}": it is {state.status}.', node=node)
        signal: dict[str, JsonValue] = {"node": node, "decision": decision, "output": output}
        return await self._ask(principal, public_id, "decide", signal, seen=lambda recorded: _about(recorded, node))

    async def report(self, principal: Principal, public_id: str, data: JsonValue) -> None:
        """Tell those who watch something from outside; the run's owner records it. Raises `Conflict` for a run whose log is long already."""
        principal.require(Permission.execution_operate)
        run = await self._find(principal, public_id)
        if run.head >= longest_told:
            raise Conflict(
                f"The log of this execution has {run.head:,} events; nothing more is told to it from outside.",
                fix="Report less often, or start an execution for each part of the work.",
            )
        await self._send(run, "progress", {"by": principal.label, "data": data})

    async def _find(self, principal: Principal, public_id: str) -> Execution:
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
        if run.imported:
            raise ReadOnly(f'The execution "{public_id}" is an imported record.')
        return run

    async def _summary(self, principal: Principal, public_id: str) -> ExecutionSummary:
        return summary(await self._find(principal, public_id))

    async def _node(self, principal: Principal, public_id: str, node: str) -> NodeState:
        run = await self._find(principal, public_id)
        async with self._database.transaction(principal.workspace) as tx:
            log = await Log(tx).of_node(run.id.id, node)
        if run.status.ended or not log:
            raise Conflict(f"The execution has {'ended' if run.status.ended else f'not reached the node {node!r}'}.", node=node)
        return node_state(node, log)

    async def _ask(
        self,
        principal: Principal,
        public_id: str,
        kind: MailKind,
        signal: Mapping[str, JsonValue],
        *,
        seen: Callable[[Recorded], bool],
        already: Status | None = None,
    ) -> Acted:
        """Send mail and wait a moment for what comes of it. Raises the problem of an answer that was refused."""
        run = await self._find(principal, public_id)
        there = already is not None and run.status is already
        if there and not run.waiting_for:
            return Acted(summary(run), settled=True)
        await self._send(run, kind, {**signal, "by": principal.label})
        reaction = await self._watches.until(run.id, run.head, _patience, seen)
        if reaction is not None and (refusal := _refusal(reaction)) is not None:
            raise problem_from(refusal)
        return Acted(await self._summary(principal, public_id), settled=there or reaction is not None)

    async def _send(self, run: Execution, kind: MailKind, signal: Mapping[str, JsonValue]) -> None:
        # The key is new each time: two pauses are two requests, and a repeated one changes nothing.
        if run.status.ended or not await self._mailbox.send(run.id, Mail(f"{kind}:{new_id()}", kind, signal)):
            raise Conflict(f'The execution "{run.public_id}" has ended.')


def _about(recorded: Recorded, node: str) -> bool:
    """Whether this event says what came of a message to a node."""
    event = recorded.event
    if isinstance(event, NodeProgress):
        return event.node == node and event.kind == "answer_refused"
    return node_of(event) == node


def _refusal(recorded: Recorded) -> ProblemData | None:
    match recorded.event:
        case NodeProgress(kind="answer_refused", data=data):
            return ProblemData.model_validate(data)
        case _:
            return None
