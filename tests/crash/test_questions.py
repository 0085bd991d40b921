"""Done when 2: a map over the 3,080 questions of Banking77 as one run, with a stored workflow inside, survives three kills of its process."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import sys
from pathlib import Path
from uuid import UUID

import pytest
from tests.crash.matrix import bury
from tests.engine.rig import Rig, rig
from tests.engine.test_children import call, store
from tests.engine.test_map import body, each, value, workflow

from tenuto.core.blob import Reference
from tenuto.core.execution import ExecutionId, fold
from tenuto.store.database import Database

pytestmark = [pytest.mark.crash, pytest.mark.slow]

path = Path(__file__).parents[3] / "shared" / "data" / "banking77" / "test.csv"


def questions() -> list[str]:
    """In the order of the file."""
    with path.open(newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


async def _main(dsn: str) -> None:
    """A process that works until it is killed."""
    database = await Database.open(dsn)
    async with rig(database):
        print("up", flush=True)
        await asyncio.Event().wait()


def _memory(pid: int) -> int:
    """Resident kilobytes."""
    return int(next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1])


async def _begun(made: Rig) -> str:
    """The run, started and left to others."""
    short = workflow(value("short", {"text": "{{ input.text }}", "words": "{{ len(input.text.split()) }}"}))
    await store(made, "count-words", short)
    inner = body(call("count-words", input={"text": "{{ item }}"}))
    started = await made.start(workflow(each("{{ input.questions }}", inner, concurrency=50)), input={"questions": questions()})
    return str(started.id.id)


async def _ended(database: Database, run: str) -> tuple[bool, int]:
    row = await database.pool.fetchrow(
        "select (select finished_at is not null from executions where id = $1::text::uuid) as over, "
        "(select count(*) from executions where parent_id = $1::text::uuid and finished_at is not null) as done", run
    )  # fmt: skip
    assert row is not None
    return row["over"], row["done"]


@pytest.mark.skipif(not path.exists(), reason="the shared questions are not beside the project")
async def test_a_map_over_all_questions_survives_three_kills(dsn: str, database: Database) -> None:
    texts = questions()
    assert len(texts) == 3080
    async with rig(database) as made:
        run = await _begun(made)
    seen: list[int] = []
    over, kills = False, 0
    async with asyncio.timeout(600):
        while not over:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.crash.test_questions", dsn, stdout=asyncio.subprocess.PIPE
            )
            assert process.stdout is not None
            await process.stdout.readline()
            over, done = await _ended(database, run)
            goal = (kills + 1) * len(texts) // 4 if kills < 3 else len(texts) + 1
            while not over and done < goal:
                await asyncio.sleep(0.2)
                seen.append(_memory(process.pid))
                over, done = await _ended(database, run)
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            kills += not over
            await bury(dsn)
    assert kills == 3
    async with rig(database) as made:
        state = fold(await made.journal.read(ExecutionId(1, UUID(run))))
        assert state.error is None
        assert isinstance(state.output, Reference), "some 200 KB stay out of the log"
        output = json.loads(await made.journal.blobs.read(ExecutionId(1, UUID(run)), state.output.blob))
    assert output["errors"] == []
    assert output["results"] == [{"text": text, "words": len(text.split())} for text in texts]
    assert state.head < 40, "the parent's log has grown with the number of items"
    print(json.dumps({"least": min(seen), "most": max(seen)}))
    assert max(seen) < 400_000, "kilobytes"


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
