"""The live stream of a run: over a real socket, replayed, resumed, bounded, and from one process to another."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import cast

import httpx2
import pytest
import uvicorn
from pydantic import JsonValue
from tests.api.conftest import Api, served, settings_for
from tests.api.runs import asking, document, execute, until, value

from tenuto.api.runs.stream import position, stream
from tenuto.app import house
from tenuto.core.events import NodeProgress
from tenuto.services.executions.watch import ExecutionWatches, Watched
from tenuto.store.runs.feed import Watch

Message = dict[str, JsonValue]


@asynccontextmanager
async def listening(api: Api) -> AsyncGenerator[httpx2.AsyncClient]:
    """An owner's client of the house behind a real socket."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(api.app, log_level="error", lifespan="off", timeout_graceful_shutdown=5))
    task = asyncio.create_task(server.serve([door]))
    headers = {"Authorization": f"Bearer {api.keys['owner']}"}
    base = f"http://127.0.0.1:{door.getsockname()[1]}"
    try:
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        await task
        door.close()


@pytest.fixture
async def client(api: Api) -> AsyncGenerator[httpx2.AsyncClient]:
    async with listening(api) as made:
        yield made


async def messages(lines: AsyncIterator[str]) -> AsyncGenerator[tuple[str | None, Message]]:
    """(id, payload) of each event; a line that is neither data, id, retry nor a comment fails the test."""
    seq: str | None = None
    data: str | None = None
    async for line in lines:
        name, _, rest = line.partition(": ")
        if name == "id":
            seq = rest
        elif name == "data":
            data = rest
        elif not line:
            if data is not None:
                yield seq, cast("Message", json.loads(data))
            seq = data = None
        else:
            assert name in ("", "retry"), f"older clients do not know {line!r}"


@asynccontextmanager
async def watching(
    client: httpx2.AsyncClient, run: object, *, last: str | None = None, **params: str
) -> AsyncGenerator[AsyncGenerator[tuple[str | None, Message]]]:
    headers = {"Last-Event-ID": last} if last is not None else {}
    query = {"execution_id": str(run), **params}
    async with client.stream("GET", "/api/workflows/monitor", params=query, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer.aiter_lines())


async def everything(
    client: httpx2.AsyncClient, run: object, *, last: str | None = None, **params: str
) -> list[tuple[str | None, Message]]:
    """The whole stream, which ends with the run."""
    async with asyncio.timeout(60), watching(client, run, last=last, **params) as events:
        return [event async for event in events]


def kinds(events: list[tuple[str | None, Message]]) -> list[JsonValue]:
    return [payload["type"] for _, payload in events]


async def test_the_six_kept_events_have_exactly_their_fields(client: httpx2.AsyncClient) -> None:
    run = await execute(client, document(value("a", 1)), wait=30, message="hi")
    events = await everything(client, run["id"])
    assert [seq for seq, _ in events] == [None, "1", "2", "3", "4"], "`connected` is no event of the run"
    assert all(isinstance(payload.pop("timestamp"), str) for _, payload in events)
    assert [payload for _, payload in events] == [
        {"type": "connected", "execution_id": run["id"]},
        {"type": "workflow_started", "data": {"workflow_id": "w", "workflow_name": "Test", "message": "hi"}},
        {"type": "node_started", "data": {"node_id": "a", "node_type": "transform"}},
        {"type": "node_completed", "data": {"node_id": "a", "node_type": "transform", "result": 1}},
        {"type": "workflow_completed", "data": {"workflow_id": "w", "results": {"a": 1}}},
    ]


async def test_a_failed_run_ends_with_its_error(client: httpx2.AsyncClient) -> None:
    run = await execute(client, document(value("a", "{{ input.missing }}")), wait=30)
    _, last = (await everything(client, run["id"]))[-1]
    assert last["type"] == "workflow_failed"
    assert isinstance(last["data"], dict)
    assert set(last["data"]) == {"workflow_id", "error"}
    assert "missing" in str(last["data"]["error"])


async def test_a_run_is_followed_from_its_first_event_to_its_end(client: httpx2.AsyncClient) -> None:
    run = await execute(client, asking)
    async with asyncio.timeout(60), watching(client, run["id"]) as events:
        seen: list[tuple[str | None, Message]] = []
        async for event in events:
            seen.append(event)
            if event[1]["type"] == "workflow_waiting":
                answered = await client.post(f"/api/executions/{run['id']}/answers", json={"node": "ask", "data": {"decision": "approve"}})
                assert answered.status_code in (200, 202)
    assert [seq for seq, _ in seen[1:]] == [str(seq) for seq in range(1, len(seen))]
    assert {"node_waiting", "workflow_waiting"} < set(cast("list[str]", kinds(seen)))
    assert seen[-1][1]["type"] == "workflow_completed"
    waiting = next(payload for _, payload in seen if payload["type"] == "node_waiting")
    assert isinstance(waiting["data"], dict)
    assert (waiting["data"]["node_id"], waiting["data"]["reason"]) == ("ask", "approval")


async def test_a_cancelled_run_ends_its_stream(client: httpx2.AsyncClient) -> None:
    run = await execute(client, asking)
    async with asyncio.timeout(60), watching(client, run["id"]) as events:
        await anext(events)
        await client.post(f"/api/executions/{run['id']}/cancel", json={"reason": "late"})
        last = [payload async for _, payload in events][-1]
    assert last["type"] == "workflow_cancelled"
    assert last["data"] == {"workflow_id": "w", "error": "cancelled by key:owner: late"}


async def test_it_goes_on_after_the_last_event_seen(client: httpx2.AsyncClient) -> None:
    run = await execute(client, document(value("a", 1)), wait=30)
    for given in ({"last": "2"}, {"after": "2"}, {"last": "2", "after": "0"}):
        rest = await everything(client, run["id"], **given)
        assert [seq for seq, _ in rest] == [None, "3", "4"]
        assert rest[-1][1]["data"] == {"workflow_id": "w", "results": {"a": 1}}, "the outputs before are in the results all the same"


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "1.5", "99999999999999", "999", "²", "0x1", " 1"])
async def test_nonsense_replays_everything(client: httpx2.AsyncClient, nonsense: str) -> None:
    run = await execute(client, document(value("a", 1)), wait=30)
    assert [seq for seq, _ in await everything(client, run["id"], after=nonsense)] == [None, "1", "2", "3", "4"]
    assert position(nonsense, "2", 4) == 0, "the header wins, also with nonsense"


async def test_who_comes_back_after_the_end_is_told_to_stay_away(client: httpx2.AsyncClient) -> None:
    run = await execute(client, document(value("a", 1)), wait=30)
    answer = await client.get("/api/workflows/monitor", params={"execution_id": str(run["id"])}, headers={"Last-Event-ID": "4"})
    assert answer.status_code == 204


async def test_without_an_execution_id_the_answer_is_plain_text(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/workflows/monitor")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert (await client.get("/api/workflows/monitor", params={"execution_id": "nobody"})).status_code == 404


async def test_an_imported_record_is_replayed_and_ends(client: httpx2.AsyncClient) -> None:
    record = {"id": "old", "workflow_id": "w", "status": "running", "results": {"a": 1}, "started": "2025-03-01T09:00:00Z"}
    await client.post("/api/workflows/executions", json={"execution": record})
    assert kinds(await everything(client, "old")) == ["connected", "workflow_started", "node_completed"]


async def test_an_update_from_outside_reaches_those_who_watch(client: httpx2.AsyncClient) -> None:
    run = await execute(client, asking)
    async with asyncio.timeout(60), watching(client, run["id"]) as events:
        await anext(events)
        told = await client.post("/api/workflows/monitor", json={"execution_id": run["id"], "type": "note", "data": {"n": 1}})
        assert told.json() == {"success": True, "message": "Update broadcasted"}
        async for seq, payload in events:
            if payload["type"] == "node_progress":
                assert seq is not None, "it is part of the log"
                assert isinstance(payload["data"], dict)
                assert payload["data"]["data"] == {"type": "note", "data": {"n": 1}}
                break


async def test_tokens_pass_by_without_an_id(api: Api, client: httpx2.AsyncClient) -> None:
    run = await execute(client, asking)
    await until(client, str(run["id"]), "waiting")
    row = await api.house.database.pool.fetchrow("select id from executions")
    assert row is not None
    async with asyncio.timeout(60), watching(client, run["id"]) as events:
        async for seq, payload in events:
            if payload["type"] == "workflow_waiting":
                (watched,) = api.house.engine.feed.watched
                api.house.engine.feed.whisper(watched, NodeProgress(node="ask", kind="token", data={"text": "Hel"}))
            if payload["type"] == "node_progress":
                assert seq is None
                assert payload["data"] == {"node_id": "ask", "data": {"text": "Hel"}, "kind": "token"}
                break


async def test_closing_the_streams_erases_nothing(client: httpx2.AsyncClient) -> None:
    run = await execute(client, asking)
    async with asyncio.timeout(60), watching(client, run["id"]) as events:
        await anext(events)
        closed = await client.delete("/api/workflows/monitor", params={"execution_id": str(run["id"])})
        assert closed.json() == {"success": True, "message": "1 streams closed"}
        assert [payload async for _, payload in events][:0] == []
    assert (await client.get(f"/api/executions/{run['id']}")).status_code == 200
    assert (await client.delete("/api/workflows/monitor")).status_code == 400


async def test_another_process_shows_the_same_run_and_a_new_one_goes_on(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path) as one:
        async with served_again(dsn, tmp_path, one) as two, listening(one) as here, listening(two) as there:
            run = await execute(here, asking)
            async with asyncio.timeout(60), watching(there, run["id"]) as events:
                seen = [await anext(events) for _ in range(2)]
                await here.post("/api/workflows/monitor", json={"execution_id": run["id"], "type": "note"})
                async for event in events:
                    seen.append(event)
                    if event[1]["type"] == "node_progress":
                        break
        last = seen[-1][0]
    async with served_again(dsn, tmp_path, one) as three, listening(three) as later:
        await later.post(f"/api/executions/{run['id']}/answers", json={"node": "ask", "data": {"decision": "approve"}})
        rest = await everything(later, run["id"], last=last)
    ids = [seq for seq, _ in [*seen[1:], *rest[1:]]]
    assert ids == [str(seq) for seq in range(1, len(ids) + 1)], "nothing lost, doubled or reordered through the restart"
    assert rest[-1][1]["type"] == "workflow_completed"


async def test_silence_is_broken_and_a_stream_has_an_end(api: Api, client: httpx2.AsyncClient) -> None:
    run = await execute(client, asking)
    await until(client, str(run["id"]), "waiting")
    watches, caller = api.house.services.executions.watches, await api.house.services.keys.identify(api.keys["owner"])
    found = await watches.find(caller, str(run["id"]))
    async with asyncio.timeout(60):
        async with aclosing(stream(watches, found, 0, beat=0.1)) as silent:
            pieces = [await anext(silent) for _ in range(4)]
        short = [piece async for piece in stream(watches, found, 0, life=0.3)]
    assert b"retry: 2000" in pieces[0]
    assert b"workflow_waiting" in pieces[1]
    assert pieces[2:] == [b": ping\n\n"] * 2
    assert b"workflow_completed" not in short[-1], "it has ended before its run"


class Held:
    """The watches of a house whose reading of results waits for a word; counts the looks."""

    def __init__(self, watches: ExecutionWatches) -> None:
        self._watches = watches
        self.followers = 0
        self.looked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.looks = 0

    async def results(self, run: Watched) -> dict[str, JsonValue]:
        self.looks += 1
        self.looked.set()
        await self.go_on.wait()
        return await self._watches.results(run)

    @asynccontextmanager
    async def follow(self, run: Watched, after: int = 0) -> AsyncGenerator[Watch]:
        async with self._watches.follow(run, after) as watch:
            self.followers += 1
            yield watch


async def test_a_crowd_at_the_end_of_a_run_makes_one_look_and_who_hangs_up_takes_nothing_from_the_others(
    api: Api, client: httpx2.AsyncClient
) -> None:
    run = await execute(client, document(value("a", 1)), wait=30)
    watches, caller = api.house.services.executions.watches, await api.house.services.keys.identify(api.keys["owner"])
    found, held = await watches.find(caller, str(run["id"])), Held(watches)

    async def follow() -> bytes:
        return b"".join([piece async for piece in stream(cast("ExecutionWatches", held), found, 0)])

    async with asyncio.timeout(60):
        crowd = [asyncio.create_task(follow()) for _ in range(5)]
        while held.followers < len(crowd):  # whoever is still reading the log would come when the look is over
            await asyncio.sleep(0.01)
        await held.looked.wait()
        crowd[0].cancel()
        await asyncio.wait(crowd[:1])
        held.go_on.set()
        told = [whole.partition(b"id: 1\n")[2] for whole in await asyncio.gather(*crowd[1:])]
    assert held.looks == 1
    assert len(set(told)) == 1
    assert b'"results":{"a":1}' in told[0]


@asynccontextmanager
async def served_again(dsn: str, folder: Path, first: Api) -> AsyncGenerator[Api]:
    """Another process's house on the same database, with the keys of the first."""
    async with house(settings_for(dsn, folder)) as built:
        yield Api(built, first.keys, first.foreign)
