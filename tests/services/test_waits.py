"""Runs that wait for calls and events: what lets them go on, once, whenever it comes, and what does not."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import JsonValue
from tests.api.conftest import settings_for
from tests.api.runs import value
from tests.services.patience import Patient

from tenuto.app import House, house
from tenuto.app.secrecy import local_keys
from tenuto.core.access import Principal, Role
from tenuto.core.errors import Forbidden, Invalid, InvalidDefinition, NotFound
from tenuto.core.execution import Status
from tenuto.engine.outside.addresses import Addresses
from tenuto.services.executions.starts import Wanted
from tenuto.services.people.waits import Waits

ada = Principal(1, "member", UUID(int=7), "Ada", Role.owner)
viewer = Principal(1, "member", UUID(int=8), "Vi", Role.viewer)


@pytest.fixture
async def home(dsn: str, tmp_path: Path) -> AsyncGenerator[House]:
    async with house(settings_for(dsn, tmp_path)) as built:
        yield built


@pytest.fixture
def waits(home: House) -> Waits:
    """Calls and events from outside, of which one hears what came of them."""
    engine, addresses = home.engine, Addresses(home.settings.origin, local_keys(home.settings).signatures)
    watches = Patient(home.database, engine.journal, engine.feed, home.worker, home.services.executions.values)
    return Waits(home.database, engine.journal, engine.mailbox, watches, addresses)


def chain(*nodes: dict[str, JsonValue]) -> dict[str, JsonValue]:
    edges: list[JsonValue] = [{"from": a["id"], "to": b["id"]} for a, b in itertools.pairwise(nodes)]
    return {"name": "Waiting", "startNode": nodes[0]["id"], "nodes": list(nodes), "edges": edges}


def wait(node: str = "hold", **config: JsonValue) -> dict[str, JsonValue]:
    return {"id": node, "type": "wait", "config": config}


async def begin(home: House, workflow: JsonValue, run: str = "r", *, until: str = "waiting", **more: JsonValue) -> None:
    await home.services.executions.starts.start(ada, Wanted(workflow=workflow, execution_id=run, input=more or None))
    async with asyncio.timeout(60):
        while (await home.services.executions.reads.detail(ada, run)).status.value != until:
            await asyncio.sleep(0.02)


async def output(home: House, run: str = "r") -> JsonValue:
    await home.services.executions.watches.end(ada, run, 60)
    shown = await home.services.executions.reads.detail(ada, run)
    assert shown.status is Status.completed, shown.error
    return shown.output


def token(url: str) -> str:
    return url.rpartition("/")[2]


async def progress(home: House, run: str = "r") -> list[str]:
    page = await home.services.executions.reads.events(ada, run)
    return [str(event.data["kind"]) for event in page.items if event.type == "node_progress" and isinstance(event.data, dict)]


async def test_a_call_lets_the_run_go_on_once(home: House, waits: Waits) -> None:
    await begin(home, chain(wait(), value("done", "{{ nodes.hold.output.data.n }}")))
    address = token((await waits.addresses(ada, "r"))["hold"])
    assert await waits.call(address, {"n": 7})
    assert await output(home) == 7
    with pytest.raises(NotFound, match="not good"):
        await waits.call(address, {"n": 8})
    assert await waits.addresses(ada, "r") == {}


async def test_an_address_is_known_before_and_a_call_that_comes_early_is_kept(home: House, waits: Waits) -> None:
    await begin(home, chain(wait("before"), wait(), value("done", "{{ nodes.hold.output.data }}")))
    addresses = await waits.addresses(ada, "r")
    assert await waits.call(token(addresses["hold"]), "early")
    with pytest.raises(NotFound):
        await waits.call(token(addresses["hold"]), "twice")
    assert await waits.addresses(ada, "r") == {"before": addresses["before"]}
    assert (await home.services.executions.reads.detail(ada, "r")).nodes["before"].status == "waiting", "it waits on"
    assert await _parked(home)
    assert await waits.call(token(addresses["before"]), None)
    assert await output(home) == "early"
    assert await progress(home) == ["called"]


async def _parked(home: House) -> bool:
    async with asyncio.timeout(60):
        while await home.database.pool.fetchval("select owner from executions where workspace = 1 and public_id = 'r'") is not None:
            await asyncio.sleep(0.01)
    return True


async def test_many_calls_at_once_count_once(home: House, waits: Waits) -> None:
    await begin(home, chain(wait(), value("done", "{{ nodes.hold.output.data }}")))
    address = token((await waits.addresses(ada, "r"))["hold"])
    answers = await asyncio.gather(*(waits.call(address, n) for n in range(8)), return_exceptions=True)
    good = [n for n, answer in enumerate(answers) if answer is True]
    assert len(good) == 1, answers
    assert await output(home) == good[0]


async def test_an_address_that_expired_is_not_good(home: House, waits: Waits) -> None:
    graph = chain(wait("before"), wait(timeout="PT0.2S"), value("done", 1), value("late", 2))
    graph["edges"] = [
        {"from": "before", "to": "hold"}, {"from": "hold", "to": "done"}, {"from": "hold", "port": "expired", "to": "late"},
    ]  # fmt: skip
    await begin(home, graph)
    addresses = await waits.addresses(ada, "r")
    assert await waits.call(token(addresses["before"]), None)
    assert await output(home) == 2
    with pytest.raises(NotFound, match="not good"):
        await waits.call(token(addresses["hold"]), None)


async def test_an_event_lets_those_go_on_whom_it_concerns(home: House, waits: Waits) -> None:
    graph = chain(wait(event="order.paid", match="{{ event.id == input.id }}"), value("done", "{{ nodes.hold.output.data.by }}"))
    for n in (1, 2, 3):
        await begin(home, graph, f"r{n}", id=n)
    assert await waits.offer(1, "order.cancelled", {"id": 2}, "d0") == 0
    assert await waits.offer(2, "order.paid", {"id": 2}, "d0") == 0, "another workspace's event"
    assert await waits.offer(1, "order.paid", {"id": 2, "by": "card"}, "d1") == 3
    assert await output(home, "r2") == "card"
    assert await waits.publish(ada, "order.paid", {"id": 3, "by": "cash"}, "mine") == 2
    assert await output(home, "r3") == "cash"
    assert (await home.services.executions.reads.detail(ada, "r1")).status is Status.waiting


async def test_misses_leave_a_bounded_trace_and_say_why(home: House, waits: Waits) -> None:
    await begin(home, chain(wait(event="e", match="{{ event.a.b == 1 }}"), value("done", 1)))
    for n in range(12):
        assert await waits.offer(1, "e", {"a": {"b": 2}} if n else {"x": 1}, f"d{n}") == 1
    async with asyncio.timeout(60):
        while await home.database.pool.fetchval("select count(*) from mailbox"):
            await asyncio.sleep(0.02)
    assert await progress(home) == ["event_missed"] * 5
    page = await home.services.executions.reads.events(ada, "r")
    first = next(event.data for event in page.items if event.type == "node_progress")
    assert isinstance(first, dict)
    assert "event has x, not a" in str(first["data"])
    assert await waits.offer(1, "e", {"a": {"b": 1}}, "last") == 1
    assert await output(home) == 1


async def test_one_delivery_lets_one_node_of_a_run_go_on(home: House, waits: Waits) -> None:
    await begin(home, chain(wait("one", event="e"), wait("two", event="e"), value("done", "{{ nodes.two.output.data }}")))
    assert await waits.offer(1, "e", "a", "d1") == 1
    async with asyncio.timeout(60):
        while getattr((await home.services.executions.reads.detail(ada, "r")).nodes.get("two"), "status", None) != "waiting":
            await asyncio.sleep(0.02)
    await waits.offer(1, "e", "a again", "d1")
    async with asyncio.timeout(60):
        while await home.database.pool.fetchval("select count(*) from mailbox"):
            await asyncio.sleep(0.02)
    assert (await home.services.executions.reads.detail(ada, "r")).status in (Status.waiting, Status.running)
    await waits.offer(1, "e", "b", "d2")
    assert await output(home) == "b"


async def test_what_is_wrong_is_said_before_it_runs(home: House) -> None:
    for text, problem in (
        ("{{ execution.urls.nobody }}", "no node that waits"),
        ("{{ execution.urls.done }}", "no node that waits"),
        ('{{ execution.urls["told"] }}', "no node that waits"),
    ):
        graph = chain(value("say", text), wait(), wait("told", event="e"), value("done", 1))
        with pytest.raises(InvalidDefinition, match=problem):
            await home.services.executions.starts.start(ada, Wanted(workflow=graph))


async def test_who_may_not_gets_nothing(home: House, waits: Waits) -> None:
    await begin(home, chain(wait()))
    with pytest.raises(Forbidden):
        await waits.addresses(viewer, "r")
    with pytest.raises(Forbidden):
        await waits.publish(viewer, "e", None)
    with pytest.raises(NotFound):
        await waits.addresses(ada._replace(workspace=2), "r")
    with pytest.raises(Invalid):
        await waits.offer(1, "a\0b", None, "d")
    assert await progress(home) == []
