"""Every operation on runs in every state, one by one and all at once: refused with a sentence or done, and the log stays whole."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api, local
from tests.api.runs import asking, document, execute, until, value
from tests.doubles.moody import Moody, moody

from tenuto.core.execution import fold
from tenuto.store.executions import Execution, Executions

numbers = itertools.count(1)


@pytest.fixture
async def world() -> AsyncGenerator[Moody]:
    async with moody() as made:
        yield made


def call(world: Moody, path: str, node: str = "a", **more: JsonValue) -> dict[str, JsonValue]:
    config: dict[str, JsonValue] = {"method": "POST", "url": f"{world.address}/{path}", "body": "x"}
    return {"id": node, "type": "http", "config": config, **more}


@dataclass
class Hostile:
    """A house, and runs in any state."""

    api: Api
    client: httpx2.AsyncClient
    world: Moody
    made: list[str] = field(default_factory=list[str])

    async def start(self, workflow: JsonValue, *, wait: int = 0, **more: JsonValue) -> str:
        run = f"run-{next(numbers)}"
        self.made.append(run)
        await execute(self.client, workflow, wait=wait, execution_id=run, input={"n": 1}, **more)
        return run

    async def completed(self) -> str:
        return await self.start(document(value("a", 1)), wait=30)

    async def simulated(self) -> str:
        return await self.start(document(call(self.world, "never")), wait=30, simulate=True)

    async def failed(self) -> str:
        return await self.start(document(value("a", "{{ input.missing }}")), wait=30)

    async def undone(self) -> str:
        workflow = document(call(self.world, "ok", undo="back"), value("b", "{{ input.missing }}"))
        workflow["nodes"] = [*_list(workflow["nodes"]), call(self.world, "ok", "back")]
        return await self.start(workflow, wait=30)

    async def waiting(self) -> str:
        run = await self.start({**asking, "id": "asks"})
        await until(self.client, run, "waiting")
        return run

    async def sleeping(self) -> str:
        run = await self.start(document({"id": "a", "type": "delay", "config": {"duration": "P30D"}}))
        await until(self.client, run, "waiting")
        return run

    async def called(self) -> str:
        run = await self.start(document({"id": "a", "type": "wait", "config": {}}))
        await until(self.client, run, "waiting")
        return run

    async def cancelled(self) -> str:
        run = await self.waiting()
        assert (await self.client.post(f"/api/executions/{run}/cancel")).status_code == 200
        return run

    async def paused(self) -> str:
        run = await self.waiting()
        await self.client.post(f"/api/executions/{run}/pause")
        await until(self.client, run, "paused")
        return run

    async def running(self) -> str:
        self.world.held.setdefault("/held", asyncio.Event())
        run = await self.start(document(call(self.world, "held")))
        await until(self.client, run, "running")
        return run

    async def unknown(self) -> str:
        self.world.lost.add("/lost")
        run = await self.start(document(call(self.world, "lost")))
        await until(self.client, run, "unknown")
        return run

    async def compensating(self) -> str:
        self.world.held.setdefault("/held", asyncio.Event())
        workflow = document(call(self.world, "ok", undo="back"), value("b", "{{ input.missing }}"))
        workflow["nodes"] = [*_list(workflow["nodes"]), call(self.world, "held", "back")]
        run = await self.start(workflow)
        await until(self.client, run, "compensating")
        return run

    async def parent(self) -> str:
        run = await self.start(mapping({"startNode": "ask", "nodes": asking["nodes"], "edges": asking["edges"]}))
        await until(self.client, run, "waiting")
        return run

    async def child(self) -> str:
        return await self._child(await self.parent(), "waiting")

    async def ended_child(self) -> str:
        run = await self.start(mapping({"startNode": "a", "nodes": [value("a", 1)]}), wait=30)
        return await self._child(run, "completed")

    async def imported(self) -> str:
        run = f"run-{next(numbers)}"
        record = {"id": run, "workflow_id": "w", "status": "completed", "started": "2026-01-01T00:00:00Z", "results": {"a": 1}}
        assert (await self.client.post("/api/workflows/executions", json={"execution": record})).status_code == 200
        return run

    async def deleted(self) -> str:
        run = await self.completed()
        assert (await self.client.delete(f"/api/executions/{run}")).status_code == 200
        return run

    async def replayed(self) -> str:
        answer = await self.client.post(f"/api/executions/{await self.completed()}/replay?wait=30", json={"version": "pinned"})
        self.made.append(answer.json()["execution"]["id"])
        return self.made[-1]

    async def forked(self) -> str:
        answer = await self.client.post(f"/api/executions/{await self.completed()}/fork", json={"node": "a"})
        self.made.append(answer.json()["execution"]["id"])
        return self.made[-1]

    async def _child(self, parent: str, status: str) -> str:
        for _ in range(600):
            found = (await self.client.get(f"/api/executions/{parent}/children")).json()["children"]
            if found and found[0]["status"] == status:
                self.made.append(found[0]["id"])
                return found[0]["id"]
            await asyncio.sleep(0.05)
        raise AssertionError(f"no child of {parent} is {status}")

    async def ask(self, operation: str, run: str) -> httpx2.Response:
        method, path, body = operations[operation]
        if isinstance(body, dict) and "execution_id" in body:
            body = {**body, "execution_id": run}
        async with asyncio.timeout(60):
            return await self.client.request(method, path.format(run), json=body)

    async def whole(self, run: str) -> None:
        """Its log has no gap, and its row says what the log says."""
        row = await self._row(run)
        if row is None or row.imported:
            return None
        log = await self.api.house.engine.journal.read(row.id)
        again = await self._row(run)
        if again is None or again.head != row.head:
            return await self.whole(run)
        assert [recorded.seq for recorded in log] == list(range(1, len(log) + 1)), run
        assert row.head == len(log), run
        if len(log) > 1:
            assert fold(log).status is row.status, (run, row.status)
        return None

    async def _row(self, run: str) -> Execution | None:
        async with self.api.house.database.transaction(1) as tx:
            return await Executions(tx).find(run)


def mapping(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return document({"id": "each", "type": "map", "config": {"items": [1, 2], "body": body}})


def _list(given: JsonValue) -> list[JsonValue]:
    assert isinstance(given, list)
    return given


operations: dict[str, tuple[str, str, JsonValue]] = {
    "show": ("GET", "/api/executions/{}", None),
    "events": ("GET", "/api/executions/{}/events", None),
    "definition": ("GET", "/api/executions/{}/definition", None),
    "node": ("GET", "/api/executions/{}/nodes/a", None),
    "children": ("GET", "/api/executions/{}/children", None),
    "addresses": ("GET", "/api/executions/{}/urls", None),
    "difference": ("GET", "/api/executions/{}/difference", None),
    "budget shown": ("GET", "/api/executions/{}/budget", None),
    "kept": ("GET", "/api/workflows/executions?id={}", None),
    "tell": ("POST", "/api/workflows/monitor", {"execution_id": "%", "type": "x", "data": 1}),
    "pause": ("POST", "/api/executions/{}/pause", None),
    "resume": ("POST", "/api/executions/{}/resume", None),
    "answer": ("POST", "/api/executions/{}/answers", {"node": "ask", "data": {"decision": "approve"}}),
    "decide": ("POST", "/api/executions/{}/decide", {"node": "a", "decision": "done", "output": 1}),
    "budget": ("POST", "/api/executions/{}/budget", {"calls": 9}),
    "retry": ("POST", "/api/executions/{}/retry", None),
    "retry a node": ("POST", "/api/executions/{}/retry", {"node": "a"}),
    "fork": ("POST", "/api/executions/{}/fork", {"node": "a"}),
    "fork newest": ("POST", "/api/executions/{}/fork", {"node": "a", "version": "published"}),
    "replay": ("POST", "/api/executions/{}/replay", {"version": "pinned"}),
    "replay newest": ("POST", "/api/executions/{}/replay", None),
    "cancel": ("POST", "/api/executions/{}/cancel", None),
    "delete": ("DELETE", "/api/executions/{}", None),
}

states: dict[str, Callable[[Hostile], Awaitable[str]]] = {
    each.__name__: each
    for each in (
        Hostile.completed, Hostile.simulated, Hostile.failed, Hostile.undone, Hostile.waiting, Hostile.sleeping, Hostile.called,
        Hostile.cancelled, Hostile.paused, Hostile.running, Hostile.unknown, Hostile.compensating, Hostile.parent, Hostile.child,
        Hostile.ended_child, Hostile.imported, Hostile.deleted, Hostile.replayed, Hostile.forked,
    )
}  # fmt: skip


@pytest.fixture
def hostile(api: Api, world: Moody) -> Hostile:
    return Hostile(api, api.as_role("owner"), world)


@pytest.mark.parametrize("state", states)
async def test_every_operation_twice(hostile: Hostile, state: str) -> None:
    async def one(operation: str) -> None:
        run = await states[state](hostile)
        first = await hostile.ask(operation, run)
        second = await hostile.ask(operation, run)
        for answer in (first, second):
            assert answer.status_code < 500, (state, operation, answer.text)
            if answer.status_code >= 400:
                assert answer.json()["error"].endswith("."), (state, operation, answer.text)
        await hostile.whole(run)

    for operation in operations:
        await one(operation)
    for run in hostile.made:
        await hostile.whole(run)


@pytest.mark.parametrize("state", states)
async def test_all_operations_at_once(hostile: Hostile, state: str) -> None:
    run = await states[state](hostile)
    answers = await asyncio.gather(*(hostile.ask(operation, run) for operation in (*operations, *reversed(operations))))
    for operation, answer in zip((*operations, *reversed(operations)), answers, strict=True):
        assert answer.status_code < 500, (state, operation, answer.text)
    await hostile.whole(run)


async def test_a_body_of_another_shape_is_no_bug(hostile: Hostile) -> None:
    run = await hostile.waiting()
    for operation, (method, path, _) in operations.items():
        for body in ("null", "[]", '"text"', "1", '{"node": null}', '{"node": 1}', "{}", "") if method == "POST" else ():
            answer = await hostile.client.request(
                method, path.format(run), content=body.encode(), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code < 500, (operation, body, answer.text)
    await hostile.whole(run)


async def test_a_wait_that_is_no_time_is_refused(hostile: Hostile) -> None:
    run = await hostile.completed()
    for wait in ("nan", "-1", "inf", "1e400", "301", "x", ""):
        answer = await hostile.client.post(f"/api/executions/{run}/replay?wait={wait}", json={"version": "pinned"})
        assert answer.status_code == 422, (wait, answer.text)


async def test_who_watches_a_run_that_is_deleted_meanwhile_is_let_go(hostile: Hostile) -> None:
    run = await hostile.waiting()
    watches = hostile.api.house.services.executions.watches
    found, begun = await watches.find(local(), run), asyncio.Event()

    async def follow() -> int:
        seen = 0
        async with watches.follow(found) as watch:
            while not watch.closed:
                events, _ = await watch.next(1)
                seen += len(events)
                begun.set()
                if any(recorded.event.type == "workflow_cancelled" for recorded in events):
                    return seen
        return seen

    watching = asyncio.create_task(follow())
    await asyncio.wait_for(begun.wait(), 60)
    await hostile.ask("cancel", run)
    await hostile.ask("delete", run)
    assert await asyncio.wait_for(watching, 60) >= 4


async def test_replays_and_their_run_are_deleted_in_any_order(hostile: Hostile) -> None:
    """While they run, and all at once: none is left half."""
    run = await hostile.completed()
    replays = await asyncio.gather(*(hostile.client.post(f"/api/executions/{run}/replay", json={"version": "pinned"}) for _ in range(10)))
    ids = [answer.json()["execution"]["id"] for answer in replays]
    gone = await asyncio.gather(hostile.ask("delete", run), *(hostile.ask("cancel", each) for each in ids))
    assert gone[0].status_code == 200
    for each in ids:
        async with asyncio.timeout(60):
            while (await hostile.ask("show", each)).json()["execution"]["finished_at"] is None:
                await asyncio.sleep(0.05)
        await hostile.whole(each)
        assert (await hostile.ask("difference", each)).status_code == 404
        assert (await hostile.ask("delete", each)).status_code == 200
    listed = await hostile.client.get("/api/replays", params={"key": run})
    assert listed.json()["replays"] == []
