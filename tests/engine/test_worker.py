"""A process that stops: what it claims in its last breath is handed over and not begun."""

from __future__ import annotations

import asyncio

from tests.engine.rig import rig

from tenuto.core.events import WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Projection, Start
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.store.runs.identity import new_id


async def test_what_is_claimed_while_it_stops_is_handed_over(database: Database) -> None:
    definition = WorkflowDefinition.model_validate(
        {"id": "w", "name": "Test", "startNode": "a", "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}
    )
    begin = WorkflowStarted(workflow_id="w", workflow_name="Test", version=definition.version_hash)
    run = ExecutionId(1, new_id())
    start = Start(run, "r", definition, [(begin, event_data(begin))], Projection(Status.pending), simulated=False, workflow_id="w")
    async with rig(database, slots=0) as engine:
        await engine.journal.start(start)
        async with database.pool.acquire() as link, link.transaction():
            # Whoever looks for runs waits until this transaction ends.
            await link.execute("lock table executions in exclusive mode")
            engine.worker.slots = 10
            waiting = "select exists (select 1 from pg_locks where not granted and relation = 'executions'::regclass)"
            async with asyncio.timeout(60):
                while not await link.fetchval(waiting):
                    await asyncio.sleep(0.02)
            await engine.worker.stop()
        for _ in range(100):
            await asyncio.sleep(0.02)
            assert engine.worker.active == 0
    row = await database.pool.fetchrow("select owner, head, status, ready_at <= now() as ready from executions where id = $1", run.id)
    assert row is not None
    assert (row["owner"], row["head"], row["status"], row["ready"]) == (None, 1, "pending", True)
