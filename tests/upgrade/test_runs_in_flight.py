"""A run that an older program left in flight goes on under this one, from wherever it stood; one of a newer program is left alone."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.engine.rig import Rig, rig

from tenuto.core.events import NodeCompleted, NodeStarted, Recorded, format_version
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database

_records = sorted((Path(__file__).parents[1] / "fixtures" / "upgrade").glob("*.json"))
_taken = [(record.stem, place) for record in _records for place in json.loads(record.read_text())]
_other = WorkflowDefinition.model_validate(
    {"name": "Other", "startNode": "a", "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}
)
_types = {"uuid": UUID, "timestamptz": datetime.fromisoformat, "bytea": str.encode}


@pytest.mark.parametrize(("version", "place"), _taken, ids=[f"{version}, head {place['execution']['head']}" for version, place in _taken])
async def test_it_goes_on_to_the_same_end(database: Database, version: str, place: dict[str, Any]) -> None:
    run = await _left(database, place)
    async with rig(database) as made:
        approval = asyncio.create_task(_approve(made, run))
        log = await made.end(run)
        approval.cancel()
    assert [recorded.seq for recorded in log] == list(range(1, len(log) + 1))
    state = fold(log)
    assert (state.status, state.output) == (Status.completed, {"n": 42, "by": "member:Ada"})
    assert _started_after_completion(log) == []


async def test_a_run_of_a_newer_program_waits_for_one(database: Database) -> None:
    place = json.loads(_records[0].read_text())[0]
    place["execution"]["format"] = format_version + 1
    run = await _left(database, place)
    async with rig(database) as made:
        done = await made.run(_other, simulated=True)
        assert done.status.ended
        row = await database.pool.fetchrow("select owner, head from executions where workspace = 1 and id = $1", run.id)
    assert row is not None
    assert (row["owner"], row["head"]) == (None, place["execution"]["head"])


def test_the_records_hold_every_place() -> None:
    """One for each commit of a run, and where it waits: fewer would mean that the recorder was stopped."""
    assert len(_taken) >= 10
    assert {place["events"][-1]["type"] for _, place in _taken} >= {"node_started", "workflow_waiting"}
    assert any(place["mail"] for _, place in _taken)


async def _left(database: Database, place: dict[str, Any]) -> ExecutionId:
    """Put the run there as its program left it, its process dead."""
    run = {**place["execution"], "ready_at": place["execution"].get("ready_at", place["execution"]["created_at"])}
    async with database.pool.acquire() as link:
        await link.execute(
            "insert into definitions (workspace, hash, body) values (1, $1, $2)",
            run["version_hash"], json.dumps(place["definition"], ensure_ascii=False).encode(),
        )  # fmt: skip
        await _insert(link, "executions", run)
        for event in place["events"]:
            await _insert(link, "execution_events", {**event, "workspace": 1, "execution_id": run["id"]})
        for mail in place["mail"]:
            await _insert(link, "mailbox", {**mail, "workspace": 1, "execution_id": run["id"]})
    return ExecutionId(1, UUID(run["id"]))


async def _insert(link: Any, table: str, row: dict[str, Any]) -> None:
    columns = {
        found["column_name"]: found["udt_name"]
        for found in await link.fetch("select column_name, udt_name from information_schema.columns where table_name = $1", table)
    }
    values = [_types.get(columns[name], lambda value: value)(value) if value is not None else None for name, value in row.items()]
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await link.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *values)


async def _approve(made: Rig, run: ExecutionId) -> None:
    await made.until(run, "node_waiting", node="sure")
    await made.mail(run, Mail("answer", "answer", {"node": "sure", "by": "member:Ada", "data": {"decision": "approve"}}))


def _started_after_completion(log: list[Recorded]) -> list[str]:
    done: set[str] = set()
    again: list[str] = []
    for recorded in log:
        match recorded.event:
            case NodeCompleted(node=node):
                done.add(node)
            case NodeStarted(node=node) if node in done:
                again.append(node)
            case _:
                pass
    return again
