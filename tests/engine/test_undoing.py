"""Compensation: what a failed run undoes, in which order, what it says of it, and what stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from tests.doubles.moody import Moody, moody
from tests.engine.rig import Rig, rig
from tests.engine.test_decide import Driver, at, broken, definition, final

from tenuto.core.events import NodeSkipped, NodeStarted, Recorded, WorkflowCancelled, WorkflowFailed
from tenuto.core.execution import Status, fold
from tenuto.core.node import Completed, Failed, Finished, Suspended, Unknown
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.rules.signals import Cancelled, DeadlineCame, Decided, Paused, Resumed, Retried
from tenuto.store.database import Database

row = [("a", "out", "b"), ("b", "out", "c")]
names = ["a", "b", "c", "ua", "ub"]


def driver(edges: list[tuple[str, str, str]] | None = None, **options: dict[str, object]) -> Driver:
    return Driver(definition(edges or row, names, **({"a": {"undo": "ua"}, "b": {"undo": "ub"}} | options)))


def end(of: Driver) -> WorkflowFailed:
    event = of.log[-1].event
    assert isinstance(event, WorkflowFailed), event
    return event


def failing(of: Driver) -> Driver:
    """As far as its last node, which fails."""
    of.report("a", Completed("A"))
    of.report("b", Completed("B"))
    of.report("c", Failed(final))
    return of


def test_what_was_completed_is_undone_latest_first_one_after_the_other() -> None:
    of = failing(driver())
    assert (of.course.state.status, list(of.course.running)) == (Status.compensating, ["ub"])
    assert of.course.state.nodes["ub"].undoes == "b"
    of.report("ub", Completed())
    assert list(of.course.running) == ["ua"]
    of.report("ua", Completed())
    assert of.course.state.status is Status.failed
    assert (end(of).problem.detail, end(of).failed_node, end(of).undone, end(of).not_undone) == (final.detail, "c", ("b", "a"), ())


def test_one_that_cannot_be_undone_does_not_keep_the_rest_from_being() -> None:
    of = failing(driver())
    of.report("ub", Failed(final))
    of.report("ua", Completed())
    assert (end(of).undone, end(of).not_undone, end(of).problem.detail) == (("a",), ("b",), final.detail)


def test_what_undoes_has_its_own_retries_and_its_own_unknown() -> None:
    of = failing(driver(ub={"retry": {"attempts": 2}}))
    of.report("ub", Failed(broken))
    assert (of.course.state.status, of.course.next_start, of.course.running) == (Status.compensating, None, {})
    of.course.again("ub")
    of.proceed()
    starts = [r.event for r in of.log if isinstance(r.event, NodeStarted) and r.event.node == "ub"]
    assert [(event.attempt, event.undoes) for event in starts] == [(1, "b"), (2, "b")]
    of.report("ub", Unknown(broken), attempt=2)
    assert of.course.state.status is Status.unknown
    of.hear(Decided("ub", "done", "local", at))
    assert of.course.state.status is Status.compensating
    of.report("ua", Completed())
    assert end(of).undone == ("b", "a")


def test_nothing_is_undone_that_was_skipped_or_failed_or_when_the_run_ends_well() -> None:
    of = driver([("a", "out", "b"), ("a", "other", "c")])
    of.report("a", Completed("A"))
    of.report("b", Failed(final))
    assert list(of.course.running) == ["ua"]
    of.report("ua", Completed())
    assert (end(of).undone, end(of).not_undone) == (("a",), ())
    well = driver()
    for node in ("a", "b", "c"):
        well.report(node, Completed())
    assert well.course.state.status is Status.completed
    assert not {"ua", "ub"} & set(well.course.state.nodes)


def test_a_failure_that_is_handled_undoes_nothing_and_an_end_with_an_error_does() -> None:
    handled = driver(c={"on_error": "continue"})
    failing(handled)
    assert handled.course.state.status is Status.completed
    of = driver()
    of.report("a", Completed())
    of.report("b", Finished(problem=final))
    assert list(of.course.running) == ["ua"]


def test_what_runs_finishes_first_and_what_waits_is_given_up() -> None:
    of = driver([("a", "out", "b"), ("a", "out", "c")])
    of.report("a", Completed())
    of.report("c", Failed(final))
    assert (of.course.state.status, list(of.course.running)) == (Status.running, ["b"])
    of.report("b", Suspended("approval"))
    skipped = [r.event for r in of.log if isinstance(r.event, NodeSkipped)]
    assert [(event.node, event.reason) for event in skipped] == [("b", "failed")]
    assert list(of.course.running) == ["ua"]
    of.report("b", Completed("too late"))
    of.report("ua", Completed())
    assert (end(of).undone, end(of).not_undone) == (("a",), ())


@pytest.mark.parametrize(("decision", "undone"), [("done", ("b", "a")), ("fail", ("a",)), ("retry", ("a",))])
def test_an_effect_that_may_have_happened_is_decided_before_anything_is_undone(decision: str, undone: tuple[str, ...]) -> None:
    of = driver([("a", "out", "b"), ("a", "out", "c")])
    of.report("a", Completed())
    of.report("b", Unknown(broken))
    of.report("c", Failed(final))
    assert (of.course.state.status, of.course.state.waiting_for) == (Status.unknown, ("b: a decision about an unknown effect",))
    of.hear(Decided("b", decision, "local", at))  # pyright: ignore[reportArgumentType]  # one of the three
    for node in [f"u{name}" for name in undone]:
        of.report(node, Completed())
    assert (end(of).undone, end(of).not_undone) == (undone, ())


def test_a_cancellation_ends_at_once_and_says_what_is_left() -> None:
    of = failing(driver())
    of.hear(Cancelled("local", "stop"))
    event = of.log[-1].event
    assert isinstance(event, WorkflowCancelled)
    assert (event.undone, event.not_undone) == ((), ("b", "a"))
    assert of.course.state.ended_by == "cancelled by local: stop (not undone: b, a)"


def test_a_run_that_is_paused_undoes_nothing_until_it_is_resumed() -> None:
    of = driver()
    of.report("a", Completed())
    of.report("b", Completed())
    of.hear(Paused("local"))
    of.report("c", Failed(final))
    assert (of.course.state.status, of.course.running) == (Status.paused, {})
    of.hear(Resumed("local"))
    assert list(of.course.running) == ["ub"]


def test_a_run_whose_time_is_up_undoes_what_it_had_done_and_names_what_was_under_way() -> None:
    plain = definition(row, names, a={"undo": "ua"})
    of = Driver(plain.model_copy(update={"settings": plain.settings.model_copy(update={"timeout": at - at.replace(year=2025)})}))
    of.report("a", Completed())
    of.course.state.nodes["b"].effect = "write"
    of.hear(DeadlineCame())
    assert list(of.course.running) == ["ua"]
    assert of.course.deadline is None
    of.report("b", Completed("too late"))
    of.report("ua", Completed())
    assert (end(of).problem.type, end(of).in_flight, end(of).undone) == ("timed-out", ("b",), ("a",))


def test_a_run_that_was_undone_is_not_taken_up_again() -> None:
    of = failing(driver())
    of.report("ub", Completed())
    of.report("ua", Completed())
    before = len(of.log)
    of.hear(Retried("local"))
    assert len(of.log) == before


@st.composite
def bookings(draw: st.DrawFn) -> WorkflowDefinition:
    """Nodes side by side and one after another, some of which can be undone, and a last one that waits for all of them."""
    size = draw(st.integers(1, 6))
    own = [f"n{i}" for i in range(size)]
    edges = [("s", "out", name) for name in own]
    edges += [(f"n{draw(st.integers(0, i - 1))}", "out", f"n{i}") for i in range(1, size) if draw(st.booleans())]
    edges += [(name, "out", "last") for name in own]
    undone = draw(st.sets(st.sampled_from(own)))
    options: dict[str, dict[str, object]] = {name: {"undo": f"u{name}"} for name in undone}
    return definition(sorted(set(edges)), ["s", *own, "last", *(f"u{name}" for name in sorted(undone))], **options)


@given(of=bookings(), data=st.data())
@settings(max_examples=200, deadline=None)
def test_any_order_undoes_the_same_in_the_reverse_order_of_completion(of: WorkflowDefinition, data: st.DataObject) -> None:
    refuses = data.draw(st.sets(st.sampled_from([node.id for node in of.nodes if node.id.startswith("u")] or ["none"])))

    def finish(shuffled: bool) -> Driver:
        made, past = Driver(of), list[str]()
        while not made.course.state.status.ended:
            running = list(made.course.running)
            node = data.draw(st.sampled_from(running)) if shuffled else running[0]
            made.report(node, Failed(final) if node == "last" or node in refuses else Completed(node))
            past.append(node)
            for again in data.draw(st.lists(st.sampled_from(past), max_size=2)) if shuffled else ():
                made.report(again, Completed("a duplicate that must not count"))
        return made

    plain, shuffled = finish(shuffled=False), finish(shuffled=True)
    assert plain.course.state.view()["nodes"] == shuffled.course.state.view()["nodes"]
    for each in (plain, shuffled):
        completed = [r.event.node for r in each.log if r.event.type == "node_completed" and r.event.node in each.course.graph.undos]
        tried = [r.event.undoes for r in each.log if isinstance(r.event, NodeStarted) and r.event.undoes]
        assert tried == completed[::-1]
        assert set(end(each).undone) == {name for name in completed if f"u{name}" not in refuses}
        assert set(end(each).not_undone) == {name for name in completed if f"u{name}" in refuses}
        assert fold(each.log).view() == each.course.state.view()


@given(of=bookings(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_compensation_that_is_cut_anywhere_goes_on_to_the_same_end(of: WorkflowDefinition, data: st.DataObject) -> None:
    def on(made: Driver) -> Driver:
        while not made.course.state.status.ended:
            node = next(iter(made.course.running))
            made.report(node, Failed(final) if node == "last" else Completed(node), made.course.state.nodes[node].attempt)
        return made

    whole = on(Driver(of))
    cut = data.draw(st.integers(1, len(whole.log)))
    again = on(Driver.resumed(of, whole.log[:cut]))
    assert again.course.state.view() == whole.course.state.view()


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


@pytest.fixture
async def world() -> AsyncGenerator[Moody]:
    async with moody() as made:
        yield made


def trip(world: Moody) -> WorkflowDefinition:
    def call(node: str, path: str | None = None, **more: JsonValue) -> dict[str, JsonValue]:
        return {"id": node, "type": "http", "config": {"method": "PUT", "url": f"{world.address}{path or '/' + node}", "body": "x"}, **more}

    nodes = [
        call("hotel", undo="leave"), call("flight", undo="stay"), call("pay"),
        call("leave", "/leave/{{ nodes.hotel.output.body[1:6] }}"), call("stay", "/stay"),
    ]  # fmt: skip
    edges: list[JsonValue] = [{"from": "hotel", "to": "flight"}, {"from": "flight", "to": "pay"}]
    return WorkflowDefinition.model_validate({"name": "Trip", "startNode": "hotel", "nodes": nodes, "edges": edges})


def paths(world: Moody) -> list[str]:
    return [path for path, _ in world.calls]


async def test_a_real_run_undoes_by_what_its_nodes_had_put_out(engine: Rig, world: Moody) -> None:
    world.failures["/pay"] = 1
    log = await engine.end((await engine.start(trip(world))).id)
    assert paths(world) == ["/hotel", "/flight", "/pay", "/stay", "/leave/hotel"]
    last = log[-1].event
    assert isinstance(last, WorkflowFailed)
    assert (last.undone, last.not_undone, last.failed_node) == (("flight", "hotel"), (), "pay")


async def test_another_process_goes_on_undoing_and_a_cancellation_stops_it(engine: Rig, world: Moody) -> None:
    world.failures["/pay"] = 1
    world.held["/leave/hotel"] = asyncio.Event()
    run = (await engine.start(trip(world))).id
    async with asyncio.timeout(60):
        while "/leave/hotel" not in paths(world):
            await asyncio.sleep(0.02)
    row = await engine.database.pool.fetchrow("select status from executions where workspace = 1 and id = $1", run.id)
    assert row is not None
    assert row["status"] == "compensating"
    await engine.worker.stop(grace=0)
    async with rig(engine.database) as other:
        async with asyncio.timeout(60):
            while paths(world).count("/leave/hotel") < 2:
                await asyncio.sleep(0.02)
        assert paths(world).count("/stay") == 1
        assert await other.mail(run, Mail("c", "cancel", {"by": "local"}))
        log: list[Recorded] = await other.end(run)
    last = log[-1].event
    assert isinstance(last, WorkflowCancelled)
    assert (last.undone, last.not_undone, last.in_flight) == (("flight",), ("hotel",), ("leave",))
