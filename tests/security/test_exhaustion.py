"""Threat 23, exhaustion: what has no end of its own is given one, and what one caller uses up the others do not miss.

Sub-workflows that call themselves are in `test_recursion.py`; endless programs and patterns in the tests of sandbox and expressions.
"""

from __future__ import annotations

import asyncio
import gzip
import resource
import tracemalloc
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
from pydantic import JsonValue
from tests.api.conftest import Api, served
from tests.api.runs import asking, document, execute, until, value
from tests.api.test_stream import listening
from tests.vault.loopback import Script, loopback, reply

from tenuto.api.runs.stream import stream
from tenuto.core.events import NodeProgress
from tenuto.core.execution import ExecutionId
from tenuto.services.executions.operations import longest_told
from tenuto.store.runs.identity import new_id

megabyte = 1024 * 1024


async def opened(stack: AsyncExitStack, client: httpx2.AsyncClient, run: object) -> int:
    answer = await stack.enter_async_context(client.stream("GET", "/api/workflows/monitor", params={"execution_id": str(run)}))
    return answer.status_code


async def test_nobody_holds_all_streams_and_each_is_given_back(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, TENUTO_STREAMS_PER_CALLER="3") as api, listening(api) as client:
        run = (await execute(client, asking))["id"]
        await until(client, str(run), "waiting")
        other = {"Authorization": f"Bearer {api.keys['viewer']}"}
        for _ in range(3):  # what was given back is there again
            async with AsyncExitStack() as stack:
                assert [await opened(stack, client, run) for _ in range(3)] == [200] * 3
                refused = await client.get("/api/workflows/monitor", params={"execution_id": str(run)})
                assert refused.status_code == 429
                assert int(refused.headers["retry-after"]) > 0
                assert (await client.get(f"/api/executions/{run}")).status_code == 200
                async with client.stream("GET", "/api/workflows/monitor", params={"execution_id": str(run)}, headers=other) as answer:
                    assert answer.status_code == 200
            await _all_closed(api)
        for _ in range(5):  # nor does one that is refused for another reason hold any
            assert (await client.get("/api/workflows/monitor", params={"execution_id": "nobody"})).status_code == 404
        async with AsyncExitStack() as stack:
            assert [await opened(stack, client, run) for _ in range(3)] == [200] * 3


async def test_all_streams_together_have_a_bound(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, TENUTO_STREAMS="2") as api, listening(api) as client:
        run = (await execute(client, asking))["id"]
        await until(client, str(run), "waiting")
        async with AsyncExitStack() as stack:
            assert [await opened(stack, client, run) for _ in range(2)] == [200] * 2
            other = {"Authorization": f"Bearer {api.keys['viewer']}"}
            full = await client.get("/api/workflows/monitor", params={"execution_id": str(run)}, headers=other)
            assert (full.status_code, full.json()["type"].rpartition("/")[2]) == (503, "unavailable")
            assert int(full.headers["retry-after"]) > 0
            assert (await client.get(f"/api/executions/{run}")).status_code == 200
        await _all_closed(api)
        async with AsyncExitStack() as stack:
            assert await opened(stack, client, run) == 200


async def _all_closed(api: Api) -> None:
    async with asyncio.timeout(30):
        while api.house.engine.feed.watched or api.app.state.gate.limits.open_streams:
            await asyncio.sleep(0.02)


async def test_thousands_of_streams_leave_room_for_others(api: Api) -> None:
    """Two thousand watchers of one run: calls are answered meanwhile, each watcher hears the end, and nothing of them is left."""
    owner = api.as_role("owner")
    run = (await execute(owner, asking))["id"]
    await until(owner, str(run), "waiting")
    watches, caller = api.house.services.executions.watches, await api.house.services.keys.identify(api.keys["owner"])
    found = await watches.find(caller, str(run))

    async def watcher() -> bytes:
        last = b""
        async for piece in stream(watches, found, 0):
            last = piece
        return last

    tasks = [asyncio.create_task(watcher()) for _ in range(2_000)]
    async with asyncio.timeout(120):
        while len(api.house.engine.feed._watches.get(found.id, ())) < 2_000:  # pyright: ignore[reportPrivateUsage]  # how many there are, is told to nobody
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        async with asyncio.timeout(30):
            assert (await owner.get(f"/api/executions/{run}")).status_code == 200
        assert not any(task.done() for task in tasks), "answered while all of them watch"
        assert (await owner.post(f"/api/executions/{run}/cancel")).status_code == 200
        ends = await asyncio.gather(*tasks)
    assert all(b"workflow_" in end for end in ends)
    assert api.house.engine.feed.watched == []


async def test_a_flood_of_whispers_does_not_pile_up_before_who_does_not_listen(api: Api) -> None:
    feed = api.house.engine.feed
    run = ExecutionId(1, new_id())
    tracemalloc.start()
    try:
        async with feed.watch(run, 0, api.house.engine.journal.read) as watch:
            before = tracemalloc.get_traced_memory()[0]
            for number in range(100_000):
                watch.whisper(NodeProgress(node="a", kind="token", data={"text": f"{number:0100}"}))
            grown = tracemalloc.get_traced_memory()[0] - before
            _, whispers = await watch.next(0)
    finally:
        tracemalloc.stop()
    assert len(whispers) == 10_000
    assert grown < 30 * megabyte, f"{grown / megabyte:.0f} MB"


async def test_a_loop_without_end_ends(api: Api) -> None:
    body: JsonValue = {"startNode": "go", "nodes": [value("go", 1)]}
    loop: dict[str, JsonValue] = {"id": "again", "type": "loop", "config": {"until": "{{ False }}", "body": body, "max_iterations": 5}}
    run = await execute(api.as_role("owner"), document(loop), wait=30)
    assert (run["status"], run["results"]["again"]["iterations"]) == ("completed", 5)
    for most in (0, -1, 10_001, 10**30):
        wrong: dict[str, JsonValue] = {**loop, "config": {"until": "{{ False }}", "body": body, "max_iterations": most}}
        answer = await api.as_role("owner").post("/api/workflow/execute", json={"workflow": document(wrong)})
        assert answer.status_code == 422, answer.text


async def test_a_program_that_prints_without_end_does_not_flood_the_log(api: Api) -> None:
    code: dict[str, JsonValue] = {"id": "shout", "type": "code", "config": {"code": "for n in range(200000):\n    print('x' * 200)\n1"}}
    run = await execute(api.as_role("owner"), document(code), wait=30)
    async with asyncio.timeout(60):
        while (await api.as_role("owner").get(f"/api/executions/{run['id']}")).json()["execution"]["status"] in ("pending", "running"):
            await asyncio.sleep(0.1)
    question = "select count(*), coalesce(sum(length(data)), 0) from execution_events"
    row = await api.house.engine.database.pool.fetchrow(question)
    assert row is not None
    events, size = row
    assert events < 100
    assert size < megabyte, "forty megabytes were printed"


async def test_a_bomb_in_an_answer_fails_its_node_and_costs_no_memory(dsn: str, tmp_path: Path) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * (300 * megabyte)))
    async with loopback() as server, served(dsn, tmp_path, TENUTO_LARGEST_VALUE=str(megabyte), TENUTO_ENV="production") as api:
        server.routes["/bomb"] = reply(200, bomb, content_encoding="gzip, gzip", content_type="text/plain")
        server.routes["/endless"] = Script(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", pieces=(b"y" * 65536,), endless=True)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path in ("bomb", "endless"):
            node: dict[str, JsonValue] = {"id": "get", "type": "http", "config": {"url": f"{server.url}/{path}"}}
            run = await execute(api.as_role("owner"), document(node), wait=30)
            assert run["status"] == "failed", run
            assert "1,048,576 bytes" in str(run["error"])
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 100, f"{grown:.0f} MB"


async def test_a_list_of_a_million_items_does_not_become_a_million_runs_at_once(api: Api) -> None:
    body: JsonValue = {"startNode": "go", "nodes": [value("go", 1)]}
    node: dict[str, JsonValue] = {"id": "all", "type": "map", "config": {"items": "{{ list(range(1000000)) }}", "body": body}}
    run = await execute(api.as_role("owner"), document(node), wait=30)
    assert run["status"] == "failed", run
    assert await api.house.engine.database.pool.fetchval("select count(*) from executions") == 1


async def test_reports_from_outside_stop_at_a_bound_and_the_run_goes_on(api: Api) -> None:
    client = api.as_role("owner")
    run = (await execute(client, asking))["id"]
    await until(client, str(run), "waiting")
    report = {"execution_id": run, "type": "note", "data": {"text": "still here"}}
    assert (await client.post("/api/workflows/monitor", json=report)).status_code == 200
    await _grown(api, longest_told)
    refused = await client.post("/api/workflows/monitor", json=report)
    assert refused.status_code == 409, refused.text
    assert "Report less often" in refused.json()["fix"]
    answered = await client.post(f"/api/executions/{run}/answers", json={"node": "ask", "data": {"decision": "approve"}})
    assert answered.status_code in (200, 202), "with 10,000 events to read first, the answer may be heard later than it is waited for"
    await until(client, str(run), "completed")


async def _grown(api: Api, events: int) -> None:
    """The parked run has told so much already."""
    pool = api.house.database.pool
    async with asyncio.timeout(30):
        while await pool.fetchval("select (select count(*) from executions where owner is not null) + (select count(*) from mailbox)"):
            await asyncio.sleep(0.05)
    progress = """
        insert into execution_events (workspace, execution_id, seq, type, data)
        select e.workspace, e.id, e.head + n, 'node_progress', '{"v":1,"data":{"text":"again"}}'
        from executions e, generate_series(1, $1) n where e.workflow_name = 'Asking'
    """
    await pool.execute(progress, events)
    await pool.execute("update executions set head = head + $1 where workflow_name = 'Asking'", events)
