"""Large values: out of the log, shared by reference, loaded when somebody looks into them, swept when nobody names them."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig, rig
from tests.engine.test_run import value, workflow
from tests.vault.loopback import Loopback, loopback, reply

from tenuto.core.blob import Blob, Reference
from tenuto.core.events import NodeCompleted, NodeStarted, Recorded, event_data
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.large.payloads import default_largest
from tenuto.store.database import Database
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

rows: list[JsonValue] = [{"id": n, "name": f"Ünicode {n}", "text": hashlib.sha256(str(n).encode()).hexdigest()} for n in range(20_000)]
image = b"\x89PNG" + bytes(range(256)) * 1000
body = json.dumps({"rows": rows}, ensure_ascii=False).encode()


@asynccontextmanager
async def engine_on(database: Database, largest: int = default_largest) -> AsyncGenerator[Rig]:
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as sender, rig(database, sender=sender, largest=largest) as made:
        yield made


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with engine_on(database) as made:
        yield made


@pytest.fixture
async def outside() -> AsyncGenerator[Loopback]:
    async with loopback() as server:
        server.routes["/big"] = reply(200, body, content_type="application/json")
        server.routes["/image"] = reply(200, image, content_type="image/png")
        server.routes["/text"] = reply(200, ("grüße " * 30_000).encode("latin-1"), content_type="text/plain; charset=latin-1")
        server.routes["/broken"] = reply(200, body[:-1], content_type="application/json")
        server.routes["/nan"] = reply(200, b"[" + b"1," * 40_000 + b"NaN]", content_type="application/json")
        yield server


def chain(outside: Loopback, path: str, *following: dict[str, object]) -> WorkflowDefinition:
    nodes: list[dict[str, object]] = [{"id": "big", "type": "http", "config": {"url": f"{outside.url}{path}"}}, *following]
    edges: list[dict[str, object]] = [{"from": a["id"], "to": b["id"]} for a, b in itertools.pairwise(nodes)]
    return workflow(nodes, edges)


async def stored(database: Database, run: ExecutionId) -> dict[str, int]:
    """The digests of a run's values, and how many parts each has."""
    found = await database.pool.fetch("select sha256, count(*) from blobs where workspace = $1 and execution_id = $2 group by 1", *run)
    return {row[0].hex(): row[1] for row in found}


def output(log: list[Recorded], node: str) -> JsonValue:
    return next(r.event.output for r in log if isinstance(r.event, NodeCompleted) and r.event.node == node)


async def test_a_large_body_passes_from_node_to_node_by_reference(engine: Rig, outside: Loopback, database: Database) -> None:
    definition = chain(
        outside,
        "/big",
        value("next", "{{ nodes.big.output }}"),
        value("both", {"first": "{{ nodes.next.output.body }}", "second": "{{ nodes.big.output.body }}", "n": 1}),
        {"id": "end", "type": "end", "config": {"output": "{{ nodes.both.output.first }}"}},
    )
    started = await engine.start(definition)
    log = await engine.end(started.id)
    state = fold(log)
    assert state.status is Status.completed, state.error
    assert isinstance(state.output, Reference)
    assert state.output.blob == Blob(
        digest=hashlib.sha256(body).hexdigest(), size=len(body), media_type="application/json", preview=body.decode()[:200]
    )
    assert sum(len(event_data(r.event)) for r in log) < 20_000
    assert await stored(database, started.id) == {state.output.blob.digest: -(-len(body) // 2**20)}
    assert await engine.journal.blobs.read(started.id, state.output.blob) == body
    assert [r.event for r in await engine.journal.read(started.id)] == [r.event for r in log]


async def test_a_path_into_a_large_value_loads_it(engine: Rig, outside: Loopback) -> None:
    definition = chain(
        outside,
        "/big",
        value("path", "{{ nodes.big.output.body.rows[19999].name }}"),
        value("optional", "{{ get(nodes.big.output.body, 'rows', None) and get(nodes.big.output.body, 'nothing', 'none') }}"),
        value("text", "{{ nodes.big.output.body.rows[7].id }} of {{ len(nodes.big.output.body.rows) }}"),
        value("computed", "{{ nodes.big.output.body.rows[3].id + nodes.big.output.status }}"),
    )
    state = await engine.run(definition)
    assert state.status is Status.completed, state.error
    assert {name: state.nodes[name].output for name in ("path", "optional", "text", "computed")} == {
        "path": "Ünicode 19999",
        "optional": "none",
        "text": "7 of 20000",
        "computed": 203,
    }


async def test_a_path_that_leads_nowhere_in_a_large_value_says_what_is_there(engine: Rig, outside: Loopback) -> None:
    state = await engine.run(chain(outside, "/big", value("lost", "{{ nodes.big.output.body.rows[99999].id }}")))
    assert state.error is not None
    assert "nodes.big.output.body.rows is a list of 20000 and has no place 99999" in state.error.detail


async def test_a_part_of_a_large_value_is_a_value_of_its_own(engine: Rig, outside: Loopback, database: Database) -> None:
    started = await engine.start(
        chain(outside, "/big", value("part", "{{ nodes.big.output.body.rows }}"), value("same", "{{ nodes.part.output }}"))
    )
    log = await engine.end(started.id)
    part = cast("Reference", output(log, "same"))
    assert json.loads(await engine.journal.blobs.read(started.id, part.blob)) == rows
    assert len(await stored(database, started.id)) == 2
    begun = next(r.event for r in log if isinstance(r.event, NodeStarted) and r.event.node == "same")
    assert begun.input == {"value": part}


async def test_a_node_that_uses_a_large_value_gets_it_whole(engine: Rig, outside: Loopback) -> None:
    post: dict[str, object] = {
        "id": "post",
        "type": "http",
        "config": {"method": "PUT", "url": f"{outside.url}/take", "body": "{{ nodes.big.output.body }}"},
    }
    outside.routes["/take"] = lambda seen: reply(200, {"length": len(json.loads(seen.body)["rows"])}, content_type="application/json")
    state = await engine.run(chain(outside, "/big", post))
    assert state.status is Status.completed, state.error
    assert cast("dict[str, JsonValue]", state.nodes["post"].output)["body"] == {"length": 20_000}
    assert isinstance(cast("dict[str, JsonValue]", cast("dict[str, JsonValue]", state.nodes["post"].input))["body"], Reference)


@pytest.mark.parametrize(
    ("path", "media", "expected", "look", "seen"),
    [
        ("/image", "image/png", image, "{{ nodes.big.output.body.base64[:4] }}", "iVBO"),
        ("/text", "text/plain; charset=utf-8", ("grüße " * 30_000).encode(), "{{ nodes.big.output.body[:5] }}", "grüße"),
    ],
)
async def test_bytes_and_text_are_kept_as_they_are(
    engine: Rig, outside: Loopback, path: str, media: str, expected: bytes, look: str, seen: str
) -> None:
    started = await engine.start(chain(outside, path, value("seen", look)))
    log = await engine.end(started.id)
    kept = cast("dict[str, JsonValue]", output(log, "big"))["body"]
    kept = kept["base64"] if isinstance(kept, dict) else kept
    assert isinstance(kept, Reference)
    assert kept.blob.media_type == media
    assert await engine.journal.blobs.read(started.id, kept.blob) == expected
    assert output(log, "seen") == seen


@pytest.mark.parametrize("path", ["/broken", "/nan"])
async def test_a_large_body_that_is_no_json_is_refused_when_it_comes(engine: Rig, outside: Loopback, path: str) -> None:
    state = await engine.run(chain(outside, path, value("next", 1)))
    assert state.error is not None
    assert state.error.type == "invalid-output"


async def test_an_object_that_looks_like_a_reference_is_none(engine: Rig, outside: Loopback, database: Database) -> None:
    digest = hashlib.sha256(body).hexdigest()
    forged: JsonValue = {"$blob": {"digest": digest, "size": len(body), "media_type": "application/json", "preview": ""}}
    started = await engine.start(
        chain(outside, "/big", value("forged", "{{ input }}"), value("inside", "{{ nodes.forged.output['$blob'].size }}")), input=forged
    )
    log = await engine.end(started.id)
    assert output(log, "forged") == forged
    assert output(log, "inside") == len(body)
    again = [r.event for r in await engine.journal.read(started.id)]
    assert again == [r.event for r in log]
    assert not any(isinstance(getattr(event, "output", None), Reference) for event in again)


async def test_a_large_input_and_what_nodes_compute_leave_the_log(engine: Rig, database: Database) -> None:
    given: JsonValue = {"text": "x" * 100_000}
    definition = workflow(
        [value("a", "{{ input.text + input.text }}"), value("b", {"n": "{{ len(nodes.a.output) }}", "input": "{{ input }}"})],
        [{"from": "a", "to": "b"}],
    )
    started = await engine.start(definition, input=given)
    log = await engine.end(started.id)
    assert sum(len(event_data(r.event)) for r in log) < 10_000
    assert fold(log).nodes["a"].input == {"value": output(log, "a")}
    assert cast("dict[str, JsonValue]", fold(log).output)["n"] == 200_000
    assert len(await stored(database, started.id)) == 2


async def test_what_waits_and_what_is_answered_may_be_large(engine: Rig) -> None:
    form: JsonValue = {"type": "object", "description": "d" * 70_000, "properties": {"text": {"type": "string"}}}
    ask: dict[str, object] = {"id": "ask", "type": "approval", "config": {"title": "May I?", "form": form, "required": 2}}
    after: dict[str, object] = value("after", "{{ len(nodes.ask.output.answers) }}")
    started = await engine.start(workflow([ask, after], [{"from": "ask", "port": "approved", "to": "after"}]))
    data = fold(await engine.until(started.id, "workflow_waiting")).nodes["ask"].data
    assert data is not None
    assert isinstance(data["form"], Reference)
    assert data["title"] == "May I?"
    for name in ("Ada", "Grace"):
        answer: JsonValue = {"decision": "approve", "form": {"text": name * 30_000}}
        assert await engine.mail(started.id, Mail(name, "answer", {"node": "ask", "by": f"member:{name}", "data": answer}))
    log = await engine.end(started.id)
    assert fold(log).output == 2
    assert max(len(event_data(r.event)) for r in log) < 10_000


hold: dict[str, object] = {"id": "hold", "type": "wait", "config": {}}
"""Waits until the test lets it go on."""


async def let_go_on(engine: Rig, run: ExecutionId) -> None:
    assert await engine.mail(run, Mail("on", "answer", {"node": "hold", "by": "member:Ada", "data": None}))


async def test_a_run_that_is_taken_up_again_loads_nothing_it_does_not_need(database: Database, outside: Loopback) -> None:
    definition = chain(outside, "/big", hold, value("next", "{{ nodes.big.output.body }}"))
    async with engine_on(database) as first:
        started = await first.start(definition)
        await first.until(started.id, "node_waiting")
    await database.pool.execute("update blobs set body = '\\x00'")  # whoever reads one of them finds it damaged
    async with engine_on(database) as second:
        await let_go_on(second, started.id)
        log = await second.end(started.id)
    assert fold(log).status is Status.completed, fold(log).error


async def test_a_damaged_value_is_a_clear_problem(database: Database, outside: Loopback) -> None:
    definition = chain(outside, "/big", hold, value("next", "{{ nodes.big.output.body.rows[0].id }}"))
    async with engine_on(database) as engine:
        started = await engine.start(definition)
        await engine.until(started.id, "node_waiting")
        await database.pool.execute("update blobs set body = overlay(body placing '\\x0101' from 1000 for 2) where n = 1")
        await let_go_on(engine, started.id)
        log = await engine.end(started.id)
        error = fold(log).error
        assert error is not None
        assert (error.type, error.node) == ("damaged", "next")
        assert "part 2 of" in error.detail


async def test_what_no_event_names_is_swept_when_the_run_ends(engine: Rig, outside: Loopback, database: Database) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await answered.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        busy: dict[str, object] = {"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"}
        started = await engine.start(chain(outside, "/big", {"id": "busy", "type": "http", "config": busy}))
        async with asyncio.timeout(60):
            await asked.wait()
        run = engine.worker.running(started.id)
        assert run is not None
        orphan = b'"' + b"o" * 70_000 + b'"'
        await run._record.payloads.keep(orphan, "application/json")
        assert len(await stored(database, started.id)) == 2
        answered.set()
        log = await engine.end(started.id)
    run_digest = cast("Reference", cast("dict[str, JsonValue]", output(log, "big"))["body"]).blob.digest
    await engine.idle()
    assert set(await stored(database, started.id)) == {run_digest}


async def test_a_value_above_the_bound_fails_its_node_clearly(database: Database, outside: Loopback) -> None:
    async with engine_on(database, largest=1_000_000) as engine:
        state = await engine.run(chain(outside, "/big", value("next", 1)))
    assert state.error is not None
    assert state.error.type == "too-large"
    assert state.error.node == "big"


async def test_values_loaded_for_one_config_are_bounded_together(database: Database, outside: Loopback) -> None:
    async with engine_on(database, largest=len(body) + 1000) as engine:
        more = {"id": "more", "type": "transform", "config": {"value": "{{ nodes.big.output.body.rows }}"}}
        both = value("both", ["{{ nodes.big.output.body.rows[0].id }}", "{{ nodes.more.output[0].id }}"])
        state = await engine.run(chain(outside, "/big", more, both))
    assert state.error is not None
    assert "TENUTO_LARGEST_VALUE" in (state.error.fix or "")
