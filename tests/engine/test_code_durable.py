"""Code that waits, loses its process, is refused or is stopped: what it has done stays done, and it goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue, SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.doubles import Wire, loopback, served
from tests.doubles.limited import LimitedDouble, limited_double
from tests.engine.rig import Rig, rig
from tests.engine.test_code import ran, workflow

from tenuto.core.auth import ApiKey
from tenuto.core.catalog import discover
from tenuto.core.events import Event, NodeProgress, NodeStarted, NodeWaiting, Recorded, StepCompleted, StepStarted, event_data
from tenuto.core.execution import ExecutionId, Status, fold
from tenuto.core.node import Failed
from tenuto.core.program import CodeLimits, Program
from tenuto.core.run import Mail
from tenuto.core.values import JsonObject
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.actions.steps import Step, Steps
from tenuto.engine.code.programs import Programs
from tenuto.engine.large.held import Held
from tenuto.engine.large.payloads import Cache, Payloads
from tenuto.engine.spending.meter import Meter
from tenuto.engine.spending.prices import Prices
from tenuto.store.database import Database
from tenuto.store.runs.identity import new_id
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets


@dataclass
class Outside:
    """An HTTP server that counts, and answers as its path says: /slow, /large, /lost (the first time), /no."""

    url: str
    seen: Counter[str] = field(default_factory=Counter[str])
    now: list[int] = field(default_factory=lambda: [0, 0])
    """How many are being answered, and how many were at most."""
    together: int = 1
    """What is slow is not answered before so many have been there at the same time, and not before it `goes_on`."""
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.seen[path] += 1
        if path.startswith("/slow"):
            self.now[0] += 1
            self.now[1] = max(self.now)
            async with asyncio.timeout(60):
                while self.now[1] < self.together or not self.goes_on.is_set():
                    await asyncio.sleep(0.02)
            self.now[0] -= 1
        if path.startswith("/lost") and self.seen[path] == 1:
            return Wire([], cut=True)
        if path == "/large":
            return JSONResponse({"text": "x" * 300_000})
        return JSONResponse({"n": self.seen[path]}, status_code=403 if path == "/no" else 200)


@pytest.fixture
async def outside() -> AsyncGenerator[Outside]:
    bound = loopback()
    double = Outside(f"http://127.0.0.1:{bound.getsockname()[1]}")
    app = Starlette(routes=[Route("/{rest:path}", double.answer, methods=["GET", "PUT", "POST"])])
    async with served(app, bound, lambda: None):
        yield double


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as door, rig(database, sender=door) as made:
        yield made


def interpreters() -> set[int]:
    """The processes of all sandboxes here."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            with contextlib.suppress(FileNotFoundError):  # it has ended since it was listed
                if b"monty" in Path("/proc", child, "cmdline").read_bytes():
                    found.add(int(child))
    return found


async def slept(engine: Rig, definition: WorkflowDefinition) -> list[Recorded]:
    """The log of a run whose hour of sleep is over when it is parked."""
    started = await engine.start(definition)
    await engine.until(started.id, "workflow_waiting")
    await engine.later(3600)
    return await engine.end(started.id)


def names(log: list[Recorded], kind: type[StepStarted] | type[StepCompleted]) -> list[str]:
    return [recorded.event.step for recorded in log if isinstance(recorded.event, kind)]


async def test_a_sleep_parks_the_run_and_clock_and_chance_are_what_they_were(engine: Rig, outside: Outside) -> None:
    code = """
import random
from datetime import datetime
before, draw = datetime.now(), random.random()
print(f"drew {draw}")
await http.request(method="POST", url=base + "/once")
await asyncio.sleep(3600)
{"drew": draw, "then": random.random(), "slept": (datetime.now() - before).total_seconds() >= 3600, "at": before.isoformat()}
"""
    started = await engine.start(workflow(code, {"base": outside.url}))
    parked = await engine.until(started.id, "workflow_waiting")
    waiting = next(r for r in parked if isinstance(r.event, NodeWaiting))
    assert isinstance(waiting.event, NodeWaiting)
    assert waiting.event.reason == "delay"
    assert waiting.event.until is not None
    async with asyncio.timeout(30):
        while await engine.database.pool.fetchval("select owner from executions") is not None:
            await asyncio.sleep(0.01)
    await engine.later(3600)
    log = await engine.end(started.id)
    output = fold(log).output
    assert isinstance(output, dict), fold(log).error
    told = [r.event.data for r in log if isinstance(r.event, NodeProgress) and r.event.kind == "print"]
    assert [data["text"] for data in told if isinstance(data, dict)] == [f"drew {output['drew']}\n"]
    assert output["slept"] is True
    assert output["then"] != output["drew"]
    assert names(log, StepStarted) == ["1: http.request", "2: asyncio.sleep"]
    assert names(log, StepCompleted) == ["0: datetime.now", "1: http.request", "2: asyncio.sleep", "3: datetime.now"]
    assert [r.event.resumed for r in log if isinstance(r.event, NodeStarted)] == [None, True]
    assert outside.seen == {"/once": 1}
    again = await slept(engine, workflow(code, {"base": outside.url}))
    assert isinstance(told := fold(again).output, dict)
    assert told["drew"] != output["drew"]


async def test_sleeps_side_by_side_are_over_in_the_order_of_their_ends(engine: Rig) -> None:
    code = """
ended = []
async def nap(seconds):
    await asyncio.sleep(seconds)
    ended.append(seconds)
await asyncio.gather(nap(2.2), nap(0.7), nap(1.5), nap(0))
ended
"""
    state, log = await ran(engine, workflow(code))
    assert state.output == [0, 0.7, 1.5, 2.2]
    steps = [r.event.type for r in log if isinstance(r.event, StepStarted | StepCompleted)]
    assert steps == ["step_started"] * 4 + ["step_completed"] * 4, "all of them have begun before the first is over"


async def test_a_branch_that_fails_does_not_undo_what_another_does(engine: Rig, outside: Outside) -> None:
    code = """
try:
    await asyncio.gather(http.request(url=base + "/no"), http.request(method="POST", url=base + "/slow"))
except Exception as e:
    failed = type(e).__name__
after = await http.request(method="POST", url=base + "/after")
[failed, after["body"]]
"""
    started = await engine.start(workflow(code, {"base": outside.url}))
    await engine.until(started.id, "step_completed")
    outside.goes_on.set()
    state = fold(log := await engine.end(started.id))
    assert isinstance(state.output, list), state.error
    assert state.output[1] == {"n": 1}
    assert outside.seen == {"/no": 1, "/slow": 1, "/after": 1}
    assert sorted(names(log, StepCompleted)) == ["0: http.request", "1: http.request", "2: http.request"]


async def test_another_attempt_keeps_what_has_succeeded(engine: Rig, outside: Outside) -> None:
    code = """
await http.request(method="POST", url=base + "/once")
read = await http.request(url=base + "/lost")
read["body"]["n"]
"""
    node = {"retry": {"attempts": 3, "delay": 0.05}}
    state, log = await ran(engine, workflow(code, {"base": outside.url}, **node))
    assert (state.status, state.output) == (Status.completed, 2), state.error
    assert outside.seen == {"/once": 1, "/lost": 2}
    assert names(log, StepStarted).count("0: http.request") == 1


async def test_a_lost_write_is_asked_about_and_the_code_goes_on_with_the_answer(engine: Rig, outside: Outside) -> None:
    code = """
told = []
for name in ("a", "b", "c"):
    try:
        told.append((await http.request(method="POST", url=f"{base}/lost/{name}"))["body"])
    except RuntimeError as e:
        told.append("failed")
told
"""
    started = await engine.start(workflow(code, {"base": outside.url}))
    decisions: list[dict[str, JsonValue]] = [{"decision": "done", "output": {"body": "seen"}}, {"decision": "retry"}, {"decision": "fail"}]
    for n, decision in enumerate(decisions):
        async with asyncio.timeout(60):
            while len([r for r in await engine.journal.read(started.id) if r.event.type == "node_unknown"]) <= n:
                await asyncio.sleep(0.02)
        await engine.mail(started.id, Mail(f"d{n}", "decide", {"node": "code", "by": "member:Ada", **decision}))
    state = fold(await engine.end(started.id))
    assert state.output == ["seen", {"n": 2}, "failed"], state.error
    assert outside.seen == {"/lost/a": 1, "/lost/b": 2, "/lost/c": 1}


async def test_a_process_that_is_killed_costs_a_replay(engine: Rig, outside: Outside) -> None:
    code = """
first = await http.request(method="POST", url=base + "/once")
second = await http.request(method="POST", url=base + "/slow")
[first["body"]["n"], second["body"]["n"]]
"""
    before = interpreters()
    started = await engine.start(workflow(code, {"base": outside.url}))
    async with asyncio.timeout(30):
        while not outside.seen["/slow"]:
            await asyncio.sleep(0.01)
    mine = interpreters() - before
    assert mine
    for process in mine:
        os.kill(process, signal.SIGKILL)
    outside.goes_on.set()
    state = fold(await engine.end(started.id))
    assert state.output == [1, 1], state.error
    assert outside.seen == {"/once": 1, "/slow": 1}


async def test_a_cancelled_run_takes_its_process_with_it(engine: Rig) -> None:
    started = await engine.start(workflow("while True: pass", limits={"seconds": 60}))
    async with asyncio.timeout(30):
        while not (busy := [process for process in interpreters() if _computes(process)]):
            await asyncio.sleep(0.05)
        await engine.mail(started.id, Mail("stop", "cancel", {"by": "member:Ada"}))
        assert fold(await engine.end(started.id)).status is Status.cancelled
        while any(process in interpreters() and _computes(process) for process in busy):
            await asyncio.sleep(0.05)
    state, _ = await ran(engine, workflow("1 + 1"))
    assert state.output == 2


async def test_many_programs_wait_at_once_and_few_have_a_process(engine: Rig, outside: Outside) -> None:
    code = 'answer = await http.request(url=f"{base}/slow/{n}")\nsum(range(n)) + answer["body"]["n"]'
    outside.together = 9
    outside.goes_on.set()
    before, most = interpreters(), 0
    runs = [await engine.start(workflow(code, {"base": outside.url, "n": n})) for n in range(24)]
    ends = asyncio.gather(*(engine.end(run.id) for run in runs))
    while not ends.done():
        most = max(most, len(interpreters() - before))
        await asyncio.sleep(0.02)
    assert [fold(log).output for log in await ends] == [sum(range(n)) + 1 for n in range(24)]
    assert most <= 5
    assert outside.now[1] > 8, "a program that only waits gives its process up"


async def test_a_rate_limit_puts_the_program_off_and_it_goes_on(database: Database) -> None:
    code = """
found = []
for n in range(5):
    found.append(len((await github.list_issues(owner="octocat", repo=f"r{n}", limit=1))["issues"]))
found
"""
    credential = Credential(auth=ApiKey(header="authorization", prefix="Bearer "), secret=SecretStr("token-of-the-double-0123456789"))
    secrets = SettingSecrets({"github": Setting(name="GITHUB_TOKEN", credential=credential)})
    async with limited_double(2, 3600) as double, VaultSender(secrets, allow=("127.0.0.0/8",)) as door:
        run: ExecutionId | None = None
        for hours in (0, 2, 4):  # each time another process drives it
            async with rig(database, bases={"github": double.url}, sender=door) as made:
                run = run or (await made.start(workflow(code))).id
                await made.later(hours * 3600)
                log = await (made.end(run) if hours == 4 else _put_off(made, double, hours + 2))
            await double.end_window(database)
    assert fold(log).status is Status.completed, fold(log).error
    assert not double.refused
    assert len(double.arrivals) == 5
    assert any(isinstance(r.event, NodeWaiting) and r.event.held for r in log)
    assert len({r.event.key for r in log if isinstance(r.event, StepStarted)}) == 5


async def _put_off(made: Rig, double: LimitedDouble, asked: int) -> list[Recorded]:
    """Until the only run has asked so often and waits, without a process, for its next turn."""
    waits = "select owner is null and waiting_for like '%rate limit%' from executions"
    async with asyncio.timeout(60):
        while len(double.arrivals) < asked or not await made.database.pool.fetchval(waits):
            await asyncio.sleep(0.02)
    await made.idle()
    return []


async def test_a_budget_pauses_the_program_before_the_call(engine: Rig, outside: Outside) -> None:
    code = 'await http.request(method="POST", url=base + "/a")\nawait http.request(method="POST", url=base + "/b")\n"done"'
    document = workflow(code, {"base": outside.url}).document
    limited = WorkflowDefinition.model_validate({**document, "settings": {"budget": {"calls": 1}}})
    started = await engine.start(limited)
    await engine.until(started.id, "workflow_paused")
    assert outside.seen == {"/a": 1}
    await engine.database.pool.execute("update spending set limit_calls = 5")
    await engine.mail(started.id, Mail("go", "resume", {"by": "member:Ada", "budget": {"calls": 5}}))
    state = fold(await engine.end(started.id))
    assert state.output == "done", state.error
    assert outside.seen == {"/a": 1, "/b": 1}


async def test_large_answers_are_read_again_from_beside_the_log(engine: Rig, outside: Outside) -> None:
    code = """
first = (await http.request(url=base + "/large"))["body"]["text"]
await asyncio.sleep(3600)
second = (await http.request(url=base + "/large"))["body"]["text"]
[len(first), first == second, first + second]
"""
    log = await slept(engine, workflow(code, {"base": outside.url}))
    assert fold(log).status is Status.completed, fold(log).error
    assert outside.seen == {"/large": 2}
    assert max(len(event_data(r.event)) for r in log) < 10_000


async def test_another_process_takes_up_a_program_that_sleeps(database: Database, outside: Outside) -> None:
    code = 'a = await http.request(method="POST", url=base + "/once")\nawait asyncio.sleep(3600)\n[a["body"]["n"]]'
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as door:
        async with rig(database, sender=door) as first:
            run = (await first.start(workflow(code, {"base": outside.url}))).id
            await first.until(run, "workflow_waiting")
            await first.idle()
        async with rig(database, sender=door) as second:
            await second.later(3600)
            assert fold(await second.end(run)).output == [1]
    assert outside.seen == {"/once": 1}


@dataclass(kw_only=True)
class Alone:
    """A host whose log says what it is told to say."""

    steps: Steps
    payloads: Payloads
    execution_id: str = "run"
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    printed: int = 0

    def action_step(self, name: str, connector: str, action: str, params: JsonObject, connection: str | None) -> Step:
        raise AssertionError(f"{name} was made")

    def request_step(self, name: str, config: JsonObject) -> Step:
        raise AssertionError(f"{name} was made")


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        ("0: http.request", "This is call 0 of the code, github.list_issues, and it was http.request when the code ran before"),
        ("0: github.list_issues", "and it had other arguments when the code ran before (line 1, column 7"),
    ],
)
async def test_another_call_than_the_recorded_one_ends_it_before_it_is_made(recorded: str, says: str) -> None:
    known: dict[str, StepStarted | StepCompleted] = {recorded: StepCompleted(node="code", attempt=2, step=recorded, digest="other")}
    payloads = Payloads(Held(), ExecutionId(1, new_id()), Cache())

    async def record(events: Sequence[Event]) -> None:
        raise AssertionError(f"{events} were recorded")

    meter = Meter(Prices(), simulated=False, observe=lambda _: None)
    steps = Steps(node="code", attempt=2, key="k", record=record, meter=meter, payloads=payloads, simulated=False, known=known)
    programs = Programs(workers=1)
    try:
        program = Program('await github.list_issues(owner="a", repo="b")', {}, CodeLimits())
        outcome = await programs.run(program, Alone(steps=steps, payloads=payloads), discover())
    finally:
        await programs.close()
    assert isinstance(outcome, Failed)
    assert (outcome.problem.type, outcome.problem.retryable) == ("non-deterministic-code", False)
    assert says in outcome.problem.detail
    assert outcome.problem.issues[0].line == 1


def _computes(process: int) -> bool:
    """Whether one of its threads is running at the moment."""
    try:
        threads = [(thread / "stat").read_text() for thread in Path("/proc", str(process), "task").iterdir()]
    except OSError:
        return False
    return any(thread.rpartition(") ")[2].startswith("R") for thread in threads)
