"""Code nodes in whole runs on a real database: values, calls as steps, sleeps, clock and chance, doubts, and what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue
from tests.engine.rig import Rig, rig

from tenuto.core.events import NodeProgress, Recorded, StepCompleted, StepStarted
from tenuto.core.execution import State, Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database


def workflow(code: str, inputs: dict[str, Any] | None = None, *, limits: dict[str, Any] | None = None, **node: Any) -> WorkflowDefinition:
    config = {"code": code, "inputs": inputs or {}} | ({"limits": limits} if limits else {})
    return WorkflowDefinition.model_validate(
        {"name": "Code", "startNode": "code", "nodes": [{"id": "code", "type": "code", "config": config, **node}]}
    )


async def ran(engine: Rig, definition: WorkflowDefinition, **given: Any) -> tuple[State, list[Recorded]]:
    log = await engine.end((await engine.start(definition, **given)).id)
    return fold(log), log


@pytest.fixture
async def engine(database: Database) -> Any:
    async with rig(database) as made:
        yield made


@pytest.mark.parametrize(
    ("code", "inputs", "value"),
    [
        ("1 + 1", {}, 2),
        ("x = 5", {}, None),
        ("return a['b'][1]\n", {"a": {"b": [1, 2]}}, 2),
        ("'{{ input.message }}' + '{% x %}' + t", {"t": "{{ input.message }}"}, "{{ input.message }}{% x %}hello"),
        ("(1, [2, (3,)])", {}, [1, [2, [3]]]),
        ("import json\njson.loads('{\"a\": null}')", {}, {"a": None}),
        ("def f(n):\n    return 1 if n < 2 else n * f(n - 1)\nf(20)", {}, 2432902008176640000),
        ("async def f(n):\n    return n\nawait asyncio.gather(f(1), f(2))", {}, [1, 2]),
    ],
)
async def test_the_value_of_a_program(engine: Rig, code: str, inputs: dict[str, JsonValue], value: JsonValue) -> None:
    state, _ = await ran(engine, workflow(code, inputs), message="hello")
    assert (state.status, state.output, state.error) == (Status.completed, value, None)


async def test_actions_are_steps(engine: Rig) -> None:
    code = """
first = await github.create_issue(owner="a", repo="b", title="One")
both = await asyncio.gather(github.list_issues(owner="a", repo="b"), slack.send_message(channel="#x", text=first["title"]))
{"title": first["title"], "number": first["number"], "channel": both[1]["channel"]}
"""
    state, log = await ran(engine, workflow(code), simulated=True)
    assert state.status is Status.completed, state.error
    assert isinstance(state.output, dict)
    assert (state.output["title"], state.output["channel"]) == ("One", "#x")
    started = [r.event for r in log if isinstance(r.event, StepStarted)]
    assert [(e.step, e.effect) for e in started] == [
        ("0: github.create_issue", "write"),
        ("1: github.list_issues", "read"),
        ("2: slack.send_message", "write"),
    ]
    assert all(e.key.endswith(f":code:1:{e.step.partition(':')[0]}") for e in started)
    assert len([r for r in log if isinstance(r.event, StepCompleted)]) == 3


@pytest.mark.parametrize(
    ("code", "kind", "sentence", "line"),
    [
        ("def f(x):\n    return 1 / x\nf(0)", "code-failed", "ZeroDivisionError: division by zero (line 2, column 12: return 1 / x).", 2),
        ("x = 1\nx = = 2", "code-failed", "SyntaxError", 2),
        ("class A(dict): pass", "code-failed", "class inheritance", 1),
        ("1\nnope", "code-failed", "NameError", 2),
        ("await gitlab.list()", "code-failed", "NameError", 1),
        ("await github.delete_everything()", "code-failed", "has no attribute 'delete_everything'", 1),
        ("import uuid", "code-failed", "No module named 'uuid'", 1),
        ("import time\ntime.sleep(1)", "code-failed", "await asyncio.sleep", 2),
        ("open('/etc/passwd')", "code-failed", "PermissionError", 1),
        ("x = github.list_issues(owner='a', repo='b')\n5", "code-failed", "github.list_issues is not awaited (line 1, column 5", 1),
        ("x = github.list_issues(owner='a', repo='b')\nx['total']", "code-failed", "not subscriptable", 2),
        ("await github.list_issues('a', 'b')", "code-failed", "give each value by its name", 1),
        ("await github.list_issues(owner='a', repo={1, 2})", "code-failed", "no JSON value", 1),
        ("await github.list_issues(owner='a', repo=5)", "invalid", "cannot be done with these parameters", 1),
        ("await http.request(url='ftp://x')", "invalid", "url", 1),
        ("{1, 2}", "code-failed", "The result cannot be kept", None),
        ("x = []\nfor i in range(50): x = [x]\nx", "code-failed", "levels deep", None),
        ("['x' * 1_000_000] * 20", "code-failed", "larger than", None),
        ("while True:\n    pass", "code-failed", "computed for longer than 0.5 seconds", None),
        ("x = [0]\nwhile True:\n    x = x + x", "code-failed", "MB of memory", None),
        ("def f(n): return f(n + 1)\nf(0)", "code-failed", "RecursionError", 1),
        ("for i in range(6):\n    await asyncio.sleep(0)", "code-failed", "more than 5 calls", 2),
        ("raise ValueError('x' * 10_000)", "code-failed", "ValueError: xxx", 1),
    ],
)
async def test_a_failure_says_what_and_where(engine: Rig, code: str, kind: str, sentence: str, line: int | None) -> None:
    seconds = 0.5 if "computed for longer" in sentence else 60
    state, _ = await ran(engine, workflow(code, limits={"seconds": seconds, "memory_mb": 16, "calls": 5}), simulated=True)
    assert state.status is Status.failed
    error = state.error
    assert error is not None
    assert (error.type, sentence in error.detail) == (kind, True), error.detail
    assert len(error.detail) < 900
    if kind == "code-failed":
        assert [issue.pointer for issue in error.issues] == ["/config/code"]
        assert line is None or error.issues[0].line == line


async def test_a_refused_action_is_an_exception_of_the_code(engine: Rig) -> None:
    code = """
told = []
for repo in (5, "b"):
    try:
        await github.list_issues(owner="a", repo=repo)
        told.append("fine")
    except ValueError as e:
        told.append(str(e))
told
"""
    state, log = await ran(engine, workflow(code), simulated=True)
    assert isinstance(state.output, list)
    assert str(state.output[0]).startswith("invalid: list_issues cannot be done")
    assert state.output[1] == "fine"
    assert [r.event.problem is not None for r in log if isinstance(r.event, StepCompleted)] == [True, False]


async def test_what_is_printed_is_recorded_without_escape_sequences(engine: Rig) -> None:
    code = "print('one')\nawait asyncio.sleep(0)\nprint('\\x1b[31mtwo\\x1b[0m', end='')\nprint('x' * 200_000)\n1"
    _, log = await ran(engine, workflow(code))
    printed = [r.event.data for r in log if isinstance(r.event, NodeProgress) and r.event.kind == "print"]
    assert len(printed) == 2
    texts = [data["text"] for data in printed if isinstance(data, dict)]
    assert texts[0] == "one\n"
    assert str(texts[1]).startswith("twoxxx")
    assert len(str(texts[1])) < 33_000
    assert str(texts[1]).endswith("is not kept)")


async def test_a_program_that_computes_keeps_nobody_waiting(engine: Rig) -> None:
    slow = [engine.start(workflow("while True: pass", limits={"seconds": 60})) for _ in range(5)]
    started = [await each for each in slow]
    quick = WorkflowDefinition.model_validate(
        {
            "name": "Q",
            "startNode": "c",
            "nodes": [{"id": "c", "type": "condition", "config": {"condition": "{{ len(input.message) > 1 }}"}}],
        }
    )
    state, _ = await ran(engine, quick, message="hello")
    assert state.status is Status.completed
    running = await engine.database.pool.fetchval("select count(*) from executions where finished_at is null")
    assert running == 5
    for each in started:
        await engine.mail(each.id, Mail("stop", "cancel", {"by": "member:Ada"}))
        assert fold(await engine.end(each.id)).status is Status.cancelled
