"""Two servers and four workers on one PostgreSQL: work is shared, some stop, some are killed, new ones join, and every run ends once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from tests import commands
from tests.commands import Process
from tests.crash.counter import Outside, outside
from tests.e2e.serving import Product, patience, product

pytestmark = [pytest.mark.crash, pytest.mark.slow]

runs = 60


@pytest.fixture
def counted() -> Generator[Outside]:
    with outside() as made:
        yield made


def workflow(counter: str) -> dict[str, Any]:
    """A question, three calls outside under keys, a wait, an answer from a person, and one more call."""
    call = {"method": "PUT", "body": {"run": "{{ execution.id }}"}}
    nodes = [
        {"id": "first", "type": "http", "config": {**call, "url": f"{counter}/effect/first"}},
        {"id": "second", "type": "http", "config": {**call, "url": f"{counter}/effect/second"}},
        {"id": "rest", "type": "delay", "config": {"duration": "PT2S"}},
        {"id": "sure", "type": "approval", "config": {"title": "Go on?"}},
        {"id": "last", "type": "http", "config": {**call, "url": f"{counter}/effect/last"}},
    ]
    ways = [("first", "out", "second"), ("second", "out", "rest"), ("rest", "out", "sure"), ("sure", "approved", "last")]
    edges = [{"from": source, "port": port, "to": target} for source, port, target in ways]
    return {"id": "shared", "name": "Shared", "startNode": "first", "nodes": nodes, "edges": edges}


class Hands:
    """`tenuto worker` processes."""

    def __init__(self, like: Product, stack: ExitStack) -> None:
        self._like = like
        self._stack = stack

    def join(self) -> Process:
        """One more."""
        log = self._stack.enter_context((self._like.folder / "worker.log").open("ab"))
        process = commands.start(["worker"], cwd=self._like.folder, env=self._like.environment, log=log.fileno())
        self._stack.callback(_gone, process)
        return process


def test_they_share_the_work_and_lose_nothing(dsn: str, tmp_path: Path, counted: Outside) -> None:
    given = {
        "DATABASE_URL": dsn,
        "TENUTO_EGRESS_ALLOW": "127.0.0.0/8",
        "TENUTO_CALLS_PER_ADDRESS": "1000000",
        "TENUTO_CALLS_PER_CALLER": "1000000",
        "TENUTO_SLOTS": "20",
    }
    with ExitStack() as stack:
        servers = [product(_folder(tmp_path, name), **given) for name in ("one", "two")]
        for server in servers:
            server.start()
            stack.callback(lambda server=server: _gone(server.process))
        hands = Hands(servers[0], stack)
        workers = [hands.join() for _ in range(4)]
        _until(lambda: _processes(dsn) == 6, servers)  # or they would hear a signal before they have learnt what it means
        client = stack.enter_context(servers[0].client())
        other = stack.enter_context(servers[1].client())
        _ok(client.post("/api/workflows", json=workflow(counted.addresses.counter)))
        _ok(client.post("/api/workflows/shared/publish"))

        names = [f"shared-{number:03}" for number in range(runs)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: _start((client, other)[hash(name) % 2], name), names))
        # While they are under way: two hands stop politely, one is killed, one server goes, and others come.
        workers[0].send_signal(signal.SIGTERM)
        workers[1].kill()
        servers[1].end(signal.SIGTERM)
        hands.join()
        workers[2].send_signal(signal.SIGINT)
        assert workers[0].wait(patience) == 0
        assert workers[2].wait(patience) in (0, 130)
        servers[1].start()

        _until(lambda: len(_in(client, "waiting", at="sure")) == runs, servers)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: _ok(client.post(f"/api/executions/{name}/answers", json=_yes)), names))
        hands.join()
        _until(lambda: len(_in(client, "completed")) == runs, servers)
        for name in names[::10]:
            events = _ok(client.get(f"/api/executions/{name}/events", params={"limit": 200}))["events"]
            assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
            completed = [event["node"] for event in events if event["type"] == "node_completed"]
            assert sorted(completed) == ["first", "last", "rest", "second", "sure"]

    for name in names:
        calls = counted.counts(name)["http"]
        # Under one key each: what was done again after a kill was done under the same key, which a vendor that takes keys does once.
        assert sorted({call[1] for call in calls}) == ["/effect/first", "/effect/last", "/effect/second"], name
        assert len({call[2] for call in calls}) == 3, (name, calls)


def test_a_polite_stop_hands_over_at_once(dsn: str, tmp_path: Path) -> None:
    """A run that a stopping worker held goes on elsewhere without the ten seconds that a dead one would cost."""
    with ExitStack() as stack:
        server = product(_folder(tmp_path, "one"), DATABASE_URL=dsn)
        server.start()
        stack.callback(lambda: _gone(server.process))
        nodes = [
            {"id": "rest", "type": "delay", "config": {"duration": "PT0.4S"}},
            {"id": "end", "type": "transform", "config": {"value": 1}},
        ]
        body = {"workflow": {"name": "Rest", "startNode": "rest", "nodes": nodes, "edges": [{"from": "rest", "to": "end"}]}, "message": "x"}
        with server.client() as client:
            started = _ok(client.post("/api/workflow/execute", json=body))["execution"]["id"]
        assert server.end(signal.SIGTERM) == 0
        server.start()
        with server.client() as client:
            _until(lambda: _ok(client.get(f"/api/executions/{started}"))["execution"]["status"] == "completed", [server])
            owners = _ok(client.get(f"/api/executions/{started}/events"))["events"]
        began, ended = owners[0]["at"], owners[-1]["at"]
        assert began < ended


_yes = {"node": "sure", "data": {"decision": "approve"}}


def _processes(dsn: str) -> int:
    async def count() -> int:
        link = await asyncpg.connect(dsn)
        try:
            return await link.fetchval("select count(*) from processes")
        finally:
            await link.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(count())).result()


def _folder(above: Path, name: str) -> Path:
    made = above / name
    made.mkdir()
    return made


def _start(client: httpx2.Client, name: str) -> None:
    _ok(client.post("/api/workflow/execute", json={"workflow_id": "shared", "message": name, "execution_id": name}))


def _in(client: httpx2.Client, status: str, at: str | None = None) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"status": status, "workflow_id": "shared", "limit": 200} | ({"cursor": cursor} if cursor else {})
        page = _ok(client.get("/api/executions", params=query))
        found += [run["id"] for run in page["executions"] if at is None or run["current_node"] == at]
        cursor = page["next"]
        if cursor is None:
            return found


def _ok(answer: httpx2.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


def _until(true: Callable[[], bool], servers: list[Product]) -> None:
    limit = time.monotonic() + patience
    while not true():
        assert time.monotonic() < limit, "\n".join((server.folder / "serve.log").read_text()[-2000:] for server in servers)
        time.sleep(0.2)


def _gone(process: Process | None) -> None:
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()
