"""The rules, without any clock or database: any order and any duplication of what is reported ends in one state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.core.errors import ProblemData
from tenuto.core.events import NodeStarted, Recorded, WorkflowStarted
from tenuto.core.execution import Status
from tenuto.core.graph import compile_graph
from tenuto.core.node import Completed, Failed, Finished, Outcome, Suspended, Unknown
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.course import Course, jittered
from tenuto.engine.decide import conclude, decide, overtaken
from tenuto.engine.rules.signals import Cancelled, Decided, Paused, Reported, Resumed, Signal

at = datetime(2026, 1, 1, tzinfo=UTC)
broken = ProblemData(type="vendor-failed", status=502, detail="It failed.", retryable=True)
final = ProblemData(type="rejected", status=502, detail="No.")


def definition(edges: Sequence[tuple[str, str, str]], names: Sequence[str], **options: dict[str, object]) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate(
        {
            "name": "T",
            "startNode": names[0],
            "nodes": [{"id": name, "type": "transform", "config": {"value": 1}, **options.get(name, {})} for name in names],
            "edges": [{"from": source, "port": port, "to": target} for source, port, target in edges],
        }
    )


class Driver:
    """What run.py does, without its world: reports come when the test says so."""

    def __init__(self, of: WorkflowDefinition) -> None:
        self.course = Course(compile_graph(of))
        self.log: list[Recorded] = []
        self._take([WorkflowStarted(workflow_name=of.name, version=of.version_hash)])
        self.proceed()

    @classmethod
    def resumed(cls, of: WorkflowDefinition, log: Sequence[Recorded]) -> Driver:
        """Another process, with what the log holds."""
        driver = cls.__new__(cls)
        driver.course, driver.log = Course(compile_graph(of)), list(log)
        for recorded in log:
            driver.course.take(recorded)
        driver.proceed()
        return driver

    def _take(self, events: Sequence[object]) -> None:
        for event in events:
            recorded = Recorded(len(self.log) + 1, at, event)  # pyright: ignore[reportArgumentType]  # events of decide
            self.log.append(recorded)
            self.course.take(recorded)

    def proceed(self) -> None:
        while not self.course.state.status.ended:
            if (node := self.course.next_start) is not None:
                before = self.course.state.nodes.get(node)
                self._take(
                    [
                        NodeStarted(
                            node=node, node_type="transform", attempt=before.attempt + 1 if before else 1, undoes=self.course.undoes(node)
                        )
                    ]
                )
                self._take(overtaken(self.course, node))
            elif events := conclude(self.course):
                self._take(events)
            else:
                break

    def hear(self, signal: Signal) -> None:
        self._take(decide(self.course, signal))
        self.proceed()

    def report(self, node: str, outcome: Outcome, attempt: int = 1) -> None:
        self.hear(Reported(node, attempt, outcome, at, chance=0.5))


@st.composite
def dags(draw: st.DrawFn) -> WorkflowDefinition:
    size = draw(st.integers(1, 9))
    names = [f"n{i}" for i in range(size)]
    edges: list[tuple[str, str, str]] = []
    for i in range(1, size):
        for j in sorted(draw(st.sets(st.integers(0, i - 1), min_size=1, max_size=3))):
            edges.append((f"n{j}", draw(st.sampled_from(["out", "other"])), f"n{i}"))  # noqa: PERF401 a draw per edge reads better alone
    return definition(sorted(set(edges)), names)


@given(of=dags(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_order_and_duplication_of_reports_ends_in_one_state(of: WorkflowDefinition, data: st.DataObject) -> None:
    outcomes = {
        node.id: data.draw(st.sampled_from([Completed(node.id), Completed(node.id, "other")]), label=f"outcome of {node.id}")
        for node in of.nodes
    }

    def finish(shuffled: bool) -> Driver:
        driver = Driver(of)
        past: list[str] = []
        while not driver.course.state.status.ended:
            running = list(driver.course.running)
            node = data.draw(st.sampled_from(running)) if shuffled else running[0]
            driver.report(node, outcomes[node])
            past.append(node)
            if shuffled:
                for again in data.draw(st.lists(st.sampled_from(past), max_size=2)):
                    driver.report(again, Completed("a duplicate that must not count"))
        return driver

    plain, shuffled = finish(shuffled=False), finish(shuffled=True)
    first, second = plain.course.state.view(), shuffled.course.state.view()
    assert first["nodes"] == second["nodes"]
    assert (first["status"], first["output"], first["error"]) == (second["status"], second["output"], second["error"])
    assert [recorded.seq for recorded in shuffled.log] == list(range(1, len(shuffled.log) + 1))
    assert set(plain.course.state.nodes) == {node.id for node in of.nodes}


@given(of=dags(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_log_cut_anywhere_folds_to_a_course_that_goes_on_to_the_same_end(of: WorkflowDefinition, data: st.DataObject) -> None:
    whole = Driver(of)
    while not whole.course.state.status.ended:
        whole.report(next(iter(whole.course.running)), Completed(1, data.draw(st.sampled_from(["out", "other"]))))
    cut = data.draw(st.integers(1, len(whole.log)))
    again = Driver.resumed(of, whole.log[:cut])
    ports = {r.event.node: r.event.port for r in whole.log if r.event.type == "node_completed"}
    while not again.course.state.status.ended:
        node = next(iter(again.course.running))
        again.report(node, Completed(1, ports[node]), again.course.state.nodes[node].attempt)
    assert again.course.state.view()["nodes"] == whole.course.state.view()["nodes"]
    assert again.course.state.view()["output"] == whole.course.state.view()["output"]


def test_a_retryable_failure_is_tried_again_as_often_as_asked() -> None:
    driver = Driver(definition([], ["a"], a={"retry": {"attempts": 2, "delay": "PT10S"}}))
    driver.report("a", Failed(broken))
    assert driver.course.state.nodes["a"].status == "retrying"
    assert driver.course.timed["a"] == at + timedelta(seconds=5)
    driver.course.again("a")
    driver.proceed()
    driver.report("a", Failed(broken), attempt=2)
    assert driver.course.state.status is Status.failed
    assert driver.course.state.error is not None
    assert driver.course.state.error.node == "a"


def test_a_failure_that_cannot_be_mended_is_not_tried_again() -> None:
    driver = Driver(definition([], ["a"], a={"retry": {"attempts": 5}}))
    driver.report("a", Failed(final))
    assert driver.course.state.status is Status.failed


def test_the_vendors_wait_wins_over_ours() -> None:
    driver = Driver(definition([], ["a"], a={"retry": {"attempts": 2, "delay": "PT1S"}}))
    driver.report("a", Failed(broken.model_copy(update={"retry_after": 60.0})))
    assert driver.course.timed["a"] == at + timedelta(seconds=60)


def test_a_failed_run_lets_what_runs_finish_so_that_nothing_is_unknown() -> None:
    driver = Driver(definition([("s", "out", "a"), ("s", "out", "b"), ("b", "out", "c")], ["s", "a", "b", "c"]))
    driver.report("s", Completed())
    driver.report("a", Failed(final))
    assert driver.course.state.status is Status.running
    driver.report("b", Completed(2))
    assert driver.course.state.status is Status.failed
    assert "c" not in driver.course.state.nodes
    assert driver.course.state.nodes["b"].status == "completed"


def test_on_error_port_goes_on_by_the_error_port() -> None:
    driver = Driver(definition([("a", "out", "b"), ("a", "error", "c")], ["a", "b", "c"], a={"on_error": "port"}))
    driver.report("a", Failed(final))
    driver.report("c", Completed("mended"))
    assert driver.course.state.status is Status.completed
    assert driver.course.state.nodes["b"].status == "skipped"
    assert driver.course.state.output == "mended"


def test_an_unknown_effect_waits_for_a_person_and_never_for_a_retry_policy() -> None:
    driver = Driver(definition([("a", "out", "b")], ["a", "b"], a={"retry": {"attempts": 5}}))
    driver.report("a", Unknown(broken))
    assert driver.course.state.status is Status.unknown
    driver.hear(Decided("a", "done", "member:Ada", at, {"id": 7}))
    assert driver.course.state.nodes["a"].output == {"id": 7}
    driver.report("b", Completed())
    assert driver.course.state.status is Status.completed


def test_an_unknown_effect_may_be_done_again_or_failed() -> None:
    again = Driver(definition([], ["a"]))
    again.report("a", Unknown(broken))
    again.hear(Decided("a", "retry", "local", at))
    again.course.again("a")
    again.proceed()
    again.report("a", Completed(1), attempt=2)
    assert again.course.state.status is Status.completed
    failed = Driver(definition([], ["a"]))
    failed.report("a", Unknown(broken))
    failed.hear(Decided("a", "fail", "local", at))
    assert failed.course.state.status is Status.failed


def test_what_was_in_flight_when_a_run_was_cancelled_is_said() -> None:
    driver = Driver(definition([], ["a"]))
    driver.course.state.nodes["a"].effect = "write"
    driver.hear(Cancelled("local", "enough"))
    assert driver.log[-1].event.model_dump(include={"in_flight", "by"}) == {"in_flight": ("a",), "by": "local"}
    before = len(driver.log)
    driver.report("a", Completed("too late"))
    driver.hear(Cancelled("local"))
    assert len(driver.log) == before


def test_nothing_starts_while_paused() -> None:
    driver = Driver(definition([("a", "out", "b")], ["a", "b"]))
    driver.hear(Paused("local"))
    driver.report("a", Completed())
    assert not driver.course.running
    driver.hear(Paused("local"))
    driver.hear(Resumed("local"))
    assert list(driver.course.running) == ["b"]


def test_an_end_ends_the_run_whatever_could_follow() -> None:
    driver = Driver(definition([("s", "out", "end"), ("s", "out", "b"), ("b", "out", "c")], ["s", "end", "b", "c"]))
    driver.report("s", Completed())
    driver.report("end", Finished("done"))
    driver.report("b", Completed())
    assert (driver.course.state.status, driver.course.state.output) == (Status.completed, "done")
    assert "c" not in driver.course.state.nodes


def test_a_waiting_node_lets_the_others_go_on() -> None:
    driver = Driver(definition([("s", "out", "w"), ("s", "out", "b")], ["s", "w", "b"]))
    driver.report("s", Completed())
    driver.report("w", Suspended("approval"))
    assert driver.course.state.status is Status.running
    driver.report("b", Completed())
    assert driver.course.state.status is Status.waiting
    assert driver.course.state.waiting_for == ("w: approval",)


@given(attempt=st.integers(1, 60), chance=st.floats(0, 1, exclude_max=True))
def test_the_wait_is_jittered_in_full_and_bounded(attempt: int, chance: float) -> None:
    spec = definition([], ["a"], a={"retry": {"attempts": 100, "delay": "PT2S", "factor": 3, "max_delay": "PT1M"}}).nodes[0]
    wait = jittered(spec, attempt, chance)
    assert timedelta(0) <= wait <= timedelta(seconds=min(60, 2 * 3 ** (attempt - 1)))
