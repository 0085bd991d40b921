"""Records of runs that took place elsewhere: taken in once as a read-only log, and shown like any other run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import ProblemData, ReadOnly
from tenuto.core.events import Event, NodeCompleted, WorkflowCompleted, WorkflowFailed, WorkflowStarted
from tenuto.core.execution import ExecutionId, Status
from tenuto.services.executions.folds import kept
from tenuto.services.executions.keys import text_id
from tenuto.services.executions.views import ExecutionRecord, KeptExecution
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.identity import new_id


class ExecutionRecords:
    """The import of records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, principal: Principal, record: ExecutionRecord) -> KeptExecution:
        """Keep a record; the same one again changes nothing. Raises `ReadOnly` where its id stands for something else."""
        principal.require(Permission.execution_start)
        run, log = _as_run(principal.workspace, record)
        async with self._database.transaction(principal.workspace) as tx:
            if await Executions(tx).record(run):
                await Log(tx).write(run.id.id, log)
            there = await Executions(tx).get(record.id)
            found = kept(there, (await Log(tx).results([there.id.id]))[there.id.id])
        if not there.imported or found != kept(run, record.results):
            raise ReadOnly(
                f'There is an execution "{record.id}" already, and it is not what this record says.',
                fix="Runs record themselves; delete the old record to replace it.",
            )
        return found


def _as_run(workspace: int, record: ExecutionRecord) -> tuple[Execution, Sequence[tuple[datetime, Event]]]:
    for name, value in (("id", record.id), ("workflow_id", record.workflow_id), ("current_node", record.current_node)):
        if value:
            text_id(value, name)
    error = ProblemData(type="imported", status=500, detail=record.error) if record.error is not None else None
    log = _log(record, error)
    run = Execution(
        id=ExecutionId(workspace, new_id()),
        public_id=text_id(record.id, "id"),
        workflow_id=record.workflow_id,
        workflow_name=record.workflow_id,
        version_hash="",
        status=Status(record.status),
        head=len(log),
        simulated=False,
        imported=True,
        user_id=None,
        session_id=None,
        priority=0,
        trigger="import",
        keys=(),
        waiting_for=None,
        current_node=record.current_node,
        error=error,
        created_at=record.started,
        started_at=record.started,
        finished_at=record.completed,
    )
    return run, log


def _log(record: ExecutionRecord, error: ProblemData | None) -> Sequence[tuple[datetime, Event]]:
    """What can be said of a run of which only results are known: that it began, which nodes completed, how it ended."""
    last = record.completed or record.started
    log: list[tuple[datetime, Event]] = [
        (record.started, WorkflowStarted(workflow_id=record.workflow_id, workflow_name=record.workflow_id, version="", trigger="import"))
    ]
    for node, output in record.results.items():
        log.append((last, NodeCompleted(node=text_id(node, "results"), node_type="", output=output)))
    match record.status:
        case "completed":
            log.append((last, WorkflowCompleted()))
        case "failed":
            log.append((last, WorkflowFailed(problem=error or ProblemData(type="imported", status=500, detail="It failed."))))
        case "pending" | "running":
            pass
    return log
