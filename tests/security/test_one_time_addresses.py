"""Threat 9 and 15, for addresses that let a run go on: a secret that no record holds, that opens one node once, and that nobody can make."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api, served
from tests.api.runs import execute, until, value
from tests.vault.loopback import Loopback, loopback, reply

from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.execution import ExecutionId
from tenuto.engine.outside.addresses import Addresses, Revealing
from tenuto.store.runs.identity import new_id
from tenuto.vault.crypto import Keyring

token = re.compile(r"tnw_[\w-]+\.[\w-]{32}")


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> AsyncGenerator[Api]:
    async with served(dsn, tmp_path) as made:
        yield made


@pytest.fixture
async def outside() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


def telling(url: str) -> dict[str, JsonValue]:
    """A workflow that tells its address to somebody outside, who echoes it, and waits."""
    tell: JsonValue = {
        "id": "tell",
        "type": "http",
        "config": {"method": "POST", "url": url, "body": {"link": "{{ execution.urls.hold }}?x"}},
    }
    nodes: list[JsonValue] = [tell, {"id": "hold", "type": "wait", "config": {}}, value("done", "{{ nodes.hold.output.data }}")]
    edges: list[JsonValue] = [{"from": "tell", "to": "hold"}, {"from": "hold", "to": "done"}]
    return {"name": "Telling", "startNode": "tell", "nodes": nodes, "edges": edges}


async def test_what_leaves_opens_and_what_is_recorded_does_not(api: Api, outside: Loopback) -> None:
    outside.routes["/"] = lambda seen: reply(200, outside.seen[-1].body, content_type="application/json")
    owner, viewer, stranger = api.as_role("owner"), api.as_role("viewer"), api.client()
    run = await execute(owner, telling(outside.url))
    await until(owner, str(run["id"]), "waiting")
    sent = str(json.loads(outside.seen[-1].body)["link"])
    assert sent.endswith("?x")
    true = sent.removesuffix("?x").rpartition("/")[2]
    shown: set[str] = set()
    for path in ("", "/events?limit=200", "/nodes/tell", "/nodes/hold"):
        text = (await viewer.get(f"/api/executions/{run['id']}{path}")).text
        assert true not in text, path
        shown |= set(token.findall(text))
    rows = await api.house.database.pool.fetch("select data from execution_events")
    assert rows
    assert not any(true.encode() in row["data"] for row in rows)
    assert len(shown) == 1
    assert (await viewer.get(f"/api/executions/{run['id']}/urls")).status_code == 403
    assert (await owner.get(f"/api/executions/{run['id']}/urls")).json()["urls"]["hold"].endswith(true)
    refusals = [await stranger.post(f"/api/waits/{bad}", json=1) for bad in (*shown, "tnw_", "x", true[:-1], true + "A", f"{true[:-2]}AA")]
    good = await stranger.post(f"/api/waits/{true}", json={"ok": True})
    used = await stranger.post(f"/api/waits/{true}", json={"ok": True})
    assert good.status_code == 200, good.text
    assert {answer.status_code for answer in (*refusals, used)} == {404}
    assert len({answer.json()["error"] for answer in (*refusals, used)}) == 1, "nobody learns which it was"
    assert (await until(owner, str(run["id"]), "completed"))["output"] == {"ok": True}


@pytest.mark.parametrize("media", ["application/json", "text/plain", "application/octet-stream"])
async def test_a_large_value_is_kept_without_it(api: Api, outside: Loopback, media: str) -> None:
    outside.routes["/"] = lambda seen: reply(200, outside.seen[-1].body[:-1] + b',"more":"%b"}' % (b"x" * 100_000), content_type=media)
    owner = api.as_role("owner")
    run = await execute(owner, telling(outside.url))
    await until(owner, str(run["id"]), "waiting")
    true = str(json.loads(outside.seen[-1].body)["link"]).removesuffix("?x").rpartition("/")[2]
    node = (await owner.get(f"/api/executions/{run['id']}/nodes/tell")).text
    urls = set(re.findall(r"/api/executions/[^\"]+/blobs/[0-9a-f]{64}", node))
    kept = [(await owner.get(url)).text for url in urls]
    assert kept
    assert all(token.search(text) or "tnw_" not in text for text in kept)
    assert any("x" * 1000 in text or "eHh4" in text for text in kept)
    assert true not in node + "".join(kept)


async def test_no_link_is_followed_by_looking(api: Api) -> None:
    owner = api.as_role("owner")
    run = await execute(owner, {"name": "W", "startNode": "hold", "nodes": [{"id": "hold", "type": "wait", "config": {}}]})
    await until(owner, str(run["id"]), "waiting")
    url = (await owner.get(f"/api/executions/{run['id']}/urls")).json()["urls"]["hold"]
    stranger = api.client()
    for method in ("GET", "HEAD"):
        assert (await stranger.request(method, url)).status_code in (404, 405)
    too_much = await stranger.post(url, content=b'"' + b"x" * 300_000 + b'"', headers={"content-type": "application/json"})
    assert too_much.status_code == 413
    for bad in (b"{", b'{"a":1,"a":2}', b"NaN"):
        assert (await stranger.post(url, content=bad, headers={"content-type": "application/json"})).status_code == 400
    assert (await stranger.post(url, content=b"a=1", headers={"content-type": "application/x-www-form-urlencoded"})).status_code == 400
    await until(owner, str(run["id"]), "waiting")
    assert (await stranger.post(url)).status_code == 200


async def test_guessing_is_counted(api: Api) -> None:
    stranger = api.client()
    answers = await asyncio.gather(*(stranger.post(f"/api/waits/tnw_{n:040d}.{'a' * 32}") for n in range(80)))
    assert {answer.status_code for answer in answers} == {404, 429}
    assert (await stranger.post("/api/waits/x")).status_code == 429
    assert (await api.as_role("owner").get("/api/executions")).status_code == 200, "and nothing else is closed"


def addresses(key: bytes | None = None, *more: bytes) -> Addresses:
    return Addresses("https://house.example", Keyring([key or os.urandom(32), *more]).signatures)


def test_an_address_opens_one_node_of_one_run_of_one_workspace() -> None:
    made, run = addresses(), ExecutionId(1, new_id())
    true = made.true(run, "höld/1").rpartition("/")[2]
    found = made.called(true)
    assert found is not None
    assert (found.run, found.node) == (run, "höld/1")
    others = {made.true(ExecutionId(2, run.id), "höld/1"), made.true(run, "hold"), made.true(ExecutionId(1, new_id()), "höld/1")}
    assert len({true, *(other.rpartition("/")[2] for other in others)}) == 4
    assert made.called(made.shown(run, "höld/1").rpartition("/")[2]) is None
    assert addresses().called(true) is None


def test_an_address_outlives_a_new_key_and_not_the_removal_of_its_own() -> None:
    old, new = os.urandom(32), os.urandom(32)
    run = ExecutionId(1, new_id())
    true = addresses(old).true(run, "n").rpartition("/")[2]
    assert addresses(new, old).called(true) is not None
    assert addresses(new).called(true) is None


class _Door:
    """A sender that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Outbound] = []

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        self.sent.append(request)
        return Answer(200, {}, b"")

    async def stream(self, request: Outbound, ticket: Ticket) -> AsyncGenerator[bytes | Answer]:
        self.sent.append(request)
        yield b""


async def test_only_addresses_of_the_same_workspace_are_put_in_and_in_every_part() -> None:
    made, door = addresses(), _Door()
    run = ExecutionId(1, new_id())
    shown, true = made.shown(run, "n"), made.true(run, "n")
    revealing = Revealing(door, made)
    request = Outbound(
        method="POST", url=f"https://a.example/?u={shown}", headers={"x": shown}, query={"q": shown}, json={"a": [{"b": f"<{shown}>"}]}
    )
    form = Outbound(method="POST", url="https://a.example", form={"f": shown})
    raw = Outbound(method="POST", url="https://a.example", content=shown.encode() + b"\xff")
    for each in (request, form, raw):
        await revealing.send(each, Ticket(workspace=1))
        await revealing.send(each, Ticket(workspace=2))
    for mine, foreign in zip(door.sent[::2], door.sent[1::2], strict=True):
        assert shown not in str(mine)
        assert true in str(mine)
        assert true not in str(foreign)
    assert made.params({"body": f"Call {shown}", "n": 1}, 1) == {"body": f"Call {true}", "n": 1}
    assert made.params({"body": f"Call {shown}"}, 2) == {"body": f"Call {shown}"}


async def test_what_only_looks_like_one_is_left_alone() -> None:
    made, door = addresses(), _Door()
    fake = f"tnw_{'A' * 40}.{'B' * 32}"
    await Revealing(door, made).send(Outbound(method="POST", url="https://a.example", json={"a": fake}), Ticket(workspace=1))
    assert door.sent[0].json == {"a": fake}


async def test_a_key_of_another_workspace_finds_no_addresses(api: Api) -> None:
    owner = api.as_role("owner")
    run = await execute(owner, {"name": "W", "startNode": "hold", "nodes": [{"id": "hold", "type": "wait", "config": {}}]})
    await until(owner, str(run["id"]), "waiting")
    foreign: httpx2.AsyncClient = api.client(api.foreign)
    assert (await foreign.get(f"/api/executions/{run['id']}/urls")).status_code == 404
