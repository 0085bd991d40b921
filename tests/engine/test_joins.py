"""Joins and handled failures: what starts at the first arrival, who goes on, who is stopped, and what a failure leaves to be seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from tests.engine.rig import Rig, rig
from tests.engine.test_decide import Driver, at, broken, dags, definition, final

from tenuto.core.events import NodeCompleted, NodeSkipped, NodeStarted, StepStarted
from tenuto.core.execution import Status, fold
from tenuto.core.graph import compile_graph
from tenuto.core.node import Completed, Failed, Suspended, Unknown
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database

two_ways = [("s", "out", "a"), ("s", "out", "b"), ("a", "out", "j"), ("b", "out", "j"), ("j", "out", "z")]
first: dict[str, object] = {"join": "first"}


def lost(driver: Driver) -> dict[str, bool]:
    """The nodes that were stopped, and whether something of them was under way."""
    skips = [r.event for r in driver.log if isinstance(r.event, NodeSkipped) and r.event.reason == "lost"]
    return {event.node: event.in_flight for event in skips}


def test_any_starts_at_the_first_arrival_once_and_the_others_go_on() -> None:
    driver = Driver(definition(two_ways, ["s", "a", "b", "j", "z"], j={"join": "any"}))
    driver.report("s", Completed())
    driver.report("b", Completed("b"))
    assert set(driver.course.running) == {"a", "j"}
    driver.report("j", Completed("j"))
    driver.report("a", Completed("late"))
    assert driver.course.state.nodes["a"].output == "late"
    assert driver.course.state.nodes["j"].attempt == 1
    driver.report("z", Completed("z"))
    assert (driver.course.state.status, driver.course.state.output) == (Status.completed, "z")


def test_any_is_skipped_only_when_no_way_into_it_can_fire() -> None:
    edges = [("s", "out", "a"), ("s", "out", "b"), ("a", "other", "j"), ("b", "other", "j")]
    driver = Driver(definition(edges, ["s", "a", "b", "j"], j={"join": "any"}))
    driver.report("s", Completed())
    driver.report("a", Completed())
    assert "j" not in driver.course.state.nodes
    driver.report("b", Completed())
    assert driver.course.state.nodes["j"].status == "skipped"


def test_first_stops_those_that_run_wait_and_try_again_and_skips_those_that_were_not_begun() -> None:
    names = ["s", "a", "run", "wait", "again", "doubt", "next", "j"]
    edges = [("s", "out", name) for name in names[1:6]] + [("run", "out", "next")]
    edges += [(name, "out", "j") for name in ("a", "wait", "again", "doubt", "next")]
    driver = Driver(definition(edges, names, j=first, again={"retry": {"attempts": 9}}))
    driver.report("s", Completed())
    driver.course.state.nodes["run"].effect = "write"
    driver.report("wait", Suspended("approval"))
    driver.report("again", Failed(broken))
    driver.report("doubt", Unknown(broken))
    driver.report("a", Completed("a"))
    assert lost(driver) == {"run": True, "wait": False, "again": False, "doubt": True, "next": False}
    assert list(driver.course.running) == ["j"]
    assert driver.course.timed == {}
    driver.report("run", Completed("too late"))
    driver.report("j", Completed("done"))
    assert (driver.course.state.status, driver.course.state.output) == (Status.completed, "done")
    assert driver.course.state.nodes["run"].output is None


def test_a_step_that_is_under_way_outside_is_named_as_in_flight() -> None:
    driver = Driver(definition(two_ways, ["s", "a", "b", "j", "z"], j=first))
    driver.report("s", Completed())
    driver._take([StepStarted(node="b", attempt=1, step="pay", key="k", effect="write")])
    driver.report("a", Completed())
    assert lost(driver) == {"b": True}


def test_those_that_lose_and_feed_something_else_go_on() -> None:
    edges = [*two_ways, ("b", "out", "other"), ("s", "out", "c"), ("c", "out", "d"), ("d", "out", "j"), ("c", "error", "other")]
    of = definition(edges, ["s", "a", "b", "c", "d", "j", "z", "other"], j=first)
    assert set(compile_graph(of).rivals["j"]) == {"a", "d"}
    driver = Driver(of)
    driver.report("s", Completed())
    driver.report("a", Completed())
    assert lost(driver) == {"d": False}
    for node in ("b", "c", "j", "other", "z"):
        driver.report(node, Completed(node))
    assert driver.course.state.status is Status.completed
    assert {name for name, node in driver.course.state.nodes.items() if node.status == "completed"} == {
        "s",
        "a",
        "b",
        "c",
        "j",
        "other",
        "z",
    }


def test_a_condition_that_takes_the_other_way_does_not_start_the_join() -> None:
    edges = [("s", "out", "a"), ("s", "out", "b"), ("a", "true", "j"), ("b", "out", "j")]
    driver = Driver(definition(edges, ["s", "a", "b", "j"], j=first))
    driver.report("s", Completed())
    driver.report("a", Completed(False, "false"))
    assert list(driver.course.running) == ["b"]
    driver.report("b", Completed("b"))
    assert lost(driver) == {}
    driver.report("j", Completed(1))
    assert driver.course.state.status is Status.completed


def test_a_join_within_the_ways_into_another_one_loses_with_them() -> None:
    edges = [("s", "out", n) for n in "abc"] + [("a", "out", "i"), ("b", "out", "i"), ("i", "out", "j"), ("c", "out", "j")]
    driver = Driver(definition(edges, ["s", "a", "b", "c", "i", "j"], i=first, j=first))
    driver.report("s", Completed())
    driver.report("c", Completed())
    assert list(lost(driver)) == [name for name in driver.course.graph.order if name in {"a", "b", "i"}]
    assert not driver.course.ready
    assert not driver.course.blocked


def test_two_joins_of_the_same_ways_stop_nobody() -> None:
    edges = [("s", "out", "a"), ("s", "out", "b"), *((a, "out", j) for a in "ab" for j in "ij")]
    assert compile_graph(definition(edges, ["s", "a", "b", "i", "j"], i=first, j=first)).rivals == {"i": [], "j": []}


def test_a_join_starts_before_anything_that_it_would_stop() -> None:
    edges = [("s", "out", "a"), ("s", "out", "b"), ("a", "out", "c"), ("a", "out", "j"), ("b", "out", "j"), ("c", "out", "j")]
    driver = Driver(definition(edges, ["s", "a", "b", "c", "j"], j=first))
    driver.report("s", Completed())
    driver.report("a", Completed())
    assert list(driver.course.running) == ["j"]
    assert lost(driver) == {"b": False, "c": False}


@st.composite
def raced(draw: st.DrawFn) -> WorkflowDefinition:
    of = draw(dags())
    joins = {node.id: draw(st.sampled_from(["all", "any", "first"])) for node in of.nodes}
    return of.model_copy(update={"nodes": tuple(node.model_copy(update={"join": joins[node.id]}) for node in of.nodes)})


@given(of=raced(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_comes_first_every_node_is_settled_once_and_no_loser_starts(of: WorkflowDefinition, data: st.DataObject) -> None:
    driver = Driver(of)
    past: list[str] = []
    while not driver.course.state.status.ended:
        node = data.draw(st.sampled_from(list(driver.course.running)))
        driver.report(node, Completed(node, data.draw(st.sampled_from(["out", "other"]))))
        past.append(node)
        for again in data.draw(st.lists(st.sampled_from(past), max_size=2)):
            driver.report(again, Completed("a duplicate that must not count"))
    assert driver.course.state.status is Status.completed
    assert set(driver.course.state.nodes) == {node.id for node in of.nodes}
    assert all(node.settled for node in driver.course.state.nodes.values())
    settled: set[str] = set()
    for recorded in driver.log:
        node = getattr(recorded.event, "node", None)
        assert node not in settled, f"{node} went on at {recorded.seq}"
        if recorded.event.type in ("node_completed", "node_skipped"):
            settled.add(str(node))
    assert fold(driver.log).view() == driver.course.state.view()


@given(of=raced(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_race_that_is_cut_anywhere_goes_on_to_the_same_end(of: WorkflowDefinition, data: st.DataObject) -> None:
    whole = Driver(of)
    while not whole.course.state.status.ended:
        whole.report(data.draw(st.sampled_from(list(whole.course.running))), Completed(1, data.draw(st.sampled_from(["out", "other"]))))
    order = [r.event for r in whole.log if isinstance(r.event, NodeCompleted)]
    commits = [r.seq for r in whole.log if r.event.type != "node_skipped"]
    cut = data.draw(st.sampled_from([*commits[1:], len(whole.log) + 1])) - 1
    again = Driver.resumed(of, whole.log[:cut])
    for event in order:
        again.report(event.node, Completed(1, event.port))
    assert again.course.state.view()["nodes"] == whole.course.state.view()["nodes"]


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


@asynccontextmanager
async def deaf() -> AsyncGenerator[tuple[str, asyncio.Event, asyncio.Event]]:
    """A server that takes a request and never answers: its address, whether one came, and whether its caller went away."""
    came, gone = asyncio.Event(), asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        came.set()
        with suppress(ConnectionError):
            while await reader.read(1024):
                pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", came, gone
    finally:
        server.close()


def race(address: str, **more: JsonValue) -> WorkflowDefinition:
    nodes: list[dict[str, JsonValue]] = [
        {"id": "s", "type": "transform", "config": {"value": 1}},
        {"id": "slow", "type": "http", "config": {"method": "POST", "url": address, "body": "x"}},
        {"id": "person", "type": "approval", "config": {"title": "Who is faster?"}},
        {"id": "fast", "type": "wait", "config": {}},
        {"id": "pick", "type": "transform", "config": {"value": "picked"}, "join": "first", **more},
    ]
    edges: list[JsonValue] = [{"from": "s", "to": name} for name in ("slow", "person", "fast")]
    edges += [{"from": "slow", "to": "pick"}, {"from": "fast", "to": "pick"}, {"from": "person", "port": "approved", "to": "pick"}]
    return WorkflowDefinition.model_validate({"name": "Race", "startNode": "s", "nodes": nodes, "edges": edges})


async def test_the_request_of_a_loser_is_let_go_of_and_named_and_the_run_does_not_wait_for_it(engine: Rig) -> None:
    async with deaf() as (address, came, gone):
        started = await engine.start(race(address))
        async with asyncio.timeout(60):
            await came.wait()
        await engine.until(started.id, "node_waiting", node="fast")
        assert await engine.mail(started.id, Mail("on", "answer", {"node": "fast", "by": "member:Ada", "data": None}))
        log = await engine.end(started.id)
        state = fold(log)
        assert (state.status, state.output) == (Status.completed, "picked"), state.error
        skips = {r.event.node: r.event for r in log if isinstance(r.event, NodeSkipped)}
        assert {name: (event.reason, event.join, event.in_flight) for name, event in skips.items()} == {
            "slow": ("lost", "pick", True),
            "person": ("lost", "pick", False),
        }
        begin = next(r for r in log if isinstance(r.event, NodeStarted) and r.event.node == "pick")
        assert {log[begin.seq].event, log[begin.seq + 1].event} == set(skips.values())
        assert len({r.at for r in log if r.seq in (begin.seq, begin.seq + 1, begin.seq + 2)}) == 1, "one commit"
        async with asyncio.timeout(30):
            await gone.wait()


async def test_in_a_simulation_nothing_is_in_flight(engine: Rig) -> None:
    log = await engine.end((await engine.start(race("https://example.com"), simulated=True)).id)
    assert fold(log).status is Status.completed
    assert not any(r.event.in_flight for r in log if isinstance(r.event, NodeSkipped))


def handled(on_error: str, port: str, *, attempts: int = 1) -> WorkflowDefinition:
    nodes: list[dict[str, JsonValue]] = [
        {"id": "call", "type": "http", "config": {"url": "http://127.0.0.1:1/"}, "on_error": on_error,
         "retry": {"attempts": attempts, "delay": "PT0.01S"}},
        {"id": "mend", "type": "transform", "config": {"value": {
            "type": "{{ nodes.call.error.type }}", "node": "{{ nodes.call.error.node }}", "output": "{{ get(nodes.call.output, 'x', 'none') }}"}}},
    ]  # fmt: skip
    edges: list[JsonValue] = [{"from": "call", "port": port, "to": "mend"}]
    return WorkflowDefinition.model_validate({"name": "Handled", "startNode": "call", "nodes": nodes, "edges": edges})


@pytest.mark.parametrize(("on_error", "port"), [("continue", "out"), ("port", "error")])
async def test_a_handled_failure_goes_on_after_its_retries_and_is_seen_by_what_follows(engine: Rig, on_error: str, port: str) -> None:
    log = await engine.end((await engine.start(handled(on_error, port, attempts=3))).id)
    state = fold(log)
    assert state.status is Status.completed, state.error
    assert state.output == {"type": "unreachable", "node": "call", "output": "none"}
    assert [r.event.type for r in log if getattr(r.event, "node", "") == "call"] == [
        "node_started", "node_retrying", "node_started", "node_retrying", "node_started", "node_failed",
    ]  # fmt: skip
    assert (state.nodes["call"].status, state.nodes["call"].port, state.nodes["call"].attempt) == ("failed", port, 3)


async def test_a_failure_that_nobody_handles_fails_the_run_after_its_retries(engine: Rig) -> None:
    state = await engine.run(handled("fail", "out", attempts=2))
    assert state.status is Status.failed
    assert state.error is not None
    assert (state.error.type, state.error.node, state.nodes["call"].attempt) == ("unreachable", "call", 2)
    assert "mend" not in state.nodes


def test_a_handled_failure_takes_its_way_into_joins() -> None:
    edges = [("s", "out", "a"), ("s", "out", "b"), ("a", "error", "j"), ("b", "out", "j"), ("a", "out", "n")]
    driver = Driver(definition(edges, ["s", "a", "b", "j", "n"], a={"on_error": "port"}, j=first))
    driver.report("s", Completed())
    driver.report("a", Failed(final))
    assert lost(driver) == {"b": False}
    driver.report("j", Completed("mended"))
    assert driver.course.state.nodes["n"].status == "skipped"
    assert (driver.course.state.status, driver.course.state.output) == (Status.completed, "mended")


def test_a_failure_after_a_join_has_started_changes_nothing_of_it() -> None:
    driver = Driver(definition(two_ways, ["s", "a", "b", "j", "z"], j={"join": "any"}, b={"on_error": "continue"}))
    driver.report("s", Completed())
    driver.report("a", Completed())
    driver.report("b", Failed(final))
    driver.report("j", Completed())
    driver.report("z", Completed("z"))
    assert (driver.course.state.status, driver.course.state.output) == (Status.completed, "z")
    assert driver.course.state.nodes["j"].started_at == at
