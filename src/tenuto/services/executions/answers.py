"""Answers of people to nodes that wait for them: checked, sent as mail, and told what the node made of them."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, ProblemData, ReadOnly, problem_from
from tenuto.core.events import NodeProgress, Recorded
from tenuto.core.execution import NodeState
from tenuto.core.run import Mail
from tenuto.core.values import JsonObject
from tenuto.engine.outside.mail import too_late
from tenuto.services.executions.folds import node_state, summary
from tenuto.services.executions.operations import Acted
from tenuto.services.executions.watch import ExecutionWatches
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.mailbox import Mailbox

_patience = 1.0
"""Seconds that the owner of a run has to react before the caller is answered without it, who may have more of it."""


class ExecutionAnswers:
    """What people say to runs that wait for them."""

    def __init__(self, database: Database, mailbox: Mailbox, watches: ExecutionWatches) -> None:
        self._database = database
        self._mailbox = mailbox
        self._watches = watches

    async def give(self, principal: Principal, public_id: str, node: str, data: JsonObject, *, patience: float = _patience) -> Acted:
        """Answer a node that waits for somebody. What its kind refuses is raised as it says it; the node goes on waiting then.

        Raises `Conflict` for an answer that comes too late, also where the node's owner only sees that afterwards.
        """
        principal.require(Permission.approval_decide)
        run, state = await self._waiting(principal, public_id, node)
        key = f"answer:{new_id()}"
        signal: dict[str, JsonValue] = {
            "node": node,
            "data": dict(data),
            "by": principal.label,
            "names": list(principal.names),
            "person": principal.person,
            "attempt": state.attempt,
        }
        if not await self._mailbox.send(run.id, Mail(key, "answer", signal)):
            raise _over(public_id)
        reaction = await self._watches.until(run.id, run.head, patience, lambda recorded: told_of(recorded) == key)
        if reaction is not None:
            if told_of(reaction) != key:
                raise _over(public_id)
            if (refusal := refused(reaction)) is not None:
                raise problem_from(refusal)
        async with self._database.transaction(principal.workspace) as tx:
            return Acted(summary(await Executions(tx).get(public_id)), settled=reaction is not None)

    async def _waiting(self, principal: Principal, public_id: str, node: str) -> tuple[Execution, NodeState]:
        """The run, and its node that waits for an answer. Raises `NotFound` and `Conflict`."""
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            log = await Log(tx).of_node(run.id.id, node)
        if run.imported:
            raise ReadOnly(f'The execution "{public_id}" is an imported record.')
        state = node_state(node, log)
        if log and (state.status == "completed" or (state.status == "waiting" and state.reason == "delay")):
            raise too_late(node, state)
        if run.over:
            raise _over(public_id)
        if not log or state.status != "waiting":
            raise too_late(node, state if log else None)
        return run, state


def told_of(recorded: Recorded) -> str | None:
    """The mail of which an event tells what came of it."""
    return getattr(recorded.event, "answers", None)


def refused(recorded: Recorded) -> ProblemData | None:
    """The problem with which a node refused what it was told, if it did."""
    match recorded.event:
        case NodeProgress(kind="answer_refused", data=data):
            return ProblemData.model_validate(data)
        case _:
            return None


def _over(public_id: str) -> Conflict:
    return Conflict(f'The execution "{public_id}" has ended.')
