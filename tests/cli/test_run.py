"""run: one and many, on the real engine; stopped and killed on the way, and started again."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import asyncpg
import pytest
from pydantic import JsonValue
from tests.cli.conftest import Command, banking, echo, ended, examples
from tests.commands import Process
from tests.doubles.moody import moody

asking_echo = echo.replace("- {id: yes,", '- {id: pause, type: http, config: {url: "ADDRESS/{{ input.n }}"}}\n  - {id: yes,').replace(
    'port: "true", to: yes}', 'port: "true", to: pause}\n  - {from: pause, to: yes}'
)


def lines(path: Path) -> list[dict[str, JsonValue]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def log_counts(dsn: str) -> dict[str, int]:
    """How many events of each type there are, and how many of them are one node's or run's second."""
    link = await asyncpg.connect(dsn)
    try:
        rows = await link.fetch("select type, count(*) as n from execution_events group by type")
        twice = await link.fetchval(
            "select count(*) from (select 1 from execution_events where type in ('workflow_started', 'node_completed', 'workflow_completed')"
            " group by execution_id, type, node having count(*) > 1) as repeated"
        )
    finally:
        await link.close()
    return {**{row["type"]: row["n"] for row in rows}, "repeated": twice}


async def ends(dsn: str) -> set[tuple[str, str]]:
    """The runs that have ended, with the moment."""
    link = await asyncpg.connect(dsn)
    try:
        rows = await link.fetch("select public_id, finished_at::text as at from executions where finished_at is not null")
    finally:
        await link.close()
    return {(row["public_id"], row["at"]) for row in rows}


def test_one_run_tells_each_event_and_leaves_its_output_alone_on_stdout(tenuto: Command) -> None:
    tenuto.file("echo.yaml", echo)
    said = tenuto("run", "echo.yaml", "--input", "hello there")
    assert (said.code, said.out) == (0, "HELLO THERE\n")
    assert "node_completed" in said.err
    assert "→ true" in said.err


def test_one_run_as_json_and_its_failure(tenuto: Command) -> None:
    tenuto.file("echo.yaml", echo)
    good = tenuto("run", "echo.yaml", "--input", '{"message": "hello there"}', "--json")
    assert (good.code, good.err) == (0, "")
    assert {"status": "completed", "output": "HELLO THERE", "error": None}.items() <= good.json.items()
    bad = tenuto("run", "echo.yaml", "--input", "hi")
    assert (bad.code, bad.out) == (1, "")
    assert "hi is too short" in bad.err
    shown = tenuto("executions", "show", str(good.json["id"]), "--json").json
    assert (shown["id"], shown["output"]) == (good.json["id"], "HELLO THERE")
    listed = tenuto("executions", "list", "--status", "failed", "--json").json["executions"]
    assert isinstance(listed, list)
    assert len(listed) == 1


def test_nothing_that_a_run_puts_out_moves_the_cursor(tenuto: Command) -> None:
    tenuto.file("echo.yaml", echo)
    said = tenuto("run", "echo.yaml", "--input", json.dumps({"message": "hello \u001b[2J\u001b]0;x\u0007 there"}))
    assert (said.code, said.out) == (0, "HELLO [2J]0;X THERE\n")
    assert "\x1b" not in said.err


def test_a_run_that_waits_for_somebody_says_how_to_go_on_and_can_be_cancelled(tenuto: Command) -> None:
    waiting = tenuto("simulate", examples / "approval-before-email.yaml", "--input", '{"message": "m", "to": "a@example.com"}')
    assert waiting.code == 6
    assert "tenuto executions watch" in waiting.err
    found = tenuto("executions", "list", "--status", "waiting", "--json").json["executions"]
    assert isinstance(found, list)
    assert isinstance(found[0], dict)
    public_id = str(found[0]["id"])
    assert f"tenuto approvals decide {public_id}/approve approve" in waiting.err
    assert tenuto("executions", "cancel", public_id, "--reason", "test").out == f"{public_id} cancelled\n"
    watched = tenuto("executions", "watch", public_id, "--json")
    assert watched.code == 1
    assert json.loads(watched.out.splitlines()[-1])["type"] == "workflow_cancelled"
    assert tenuto("executions", "show", "nobody").code == 3


def test_bad_rows_are_told_by_line_and_the_rest_runs(tenuto: Command) -> None:
    tenuto.file("echo.yaml", echo)
    tenuto.file("in.csv", b"text,n\nhello one,1\nlonely\n\xff\xfe,2\nhi,3\nhello two,4\n")
    said = tenuto("run", "echo.yaml", "--input-file", "in.csv", "--out", "out.jsonl")
    assert said.code == 1
    assert "line 3: it has 1 columns" in said.err
    assert "line 4: it holds bytes that are not UTF-8" in said.err
    assert "Traceback" not in said.err
    found = lines(tenuto.folder / "out.jsonl")
    assert [(line["line"], line["status"]) for line in found] == [
        (2, "completed"),
        (3, "invalid"),
        (4, "invalid"),
        (5, "failed"),
        (6, "completed"),
    ]
    assert [line["output"] for line in found if line["status"] == "completed"] == ["HELLO ONE", "HELLO TWO"]
    assert "branch  long → true" in said.out
    before = (tenuto.folder / "out.jsonl").read_bytes()
    again = tenuto("run", "echo.yaml", "--input-file", "in.csv", "--out", "out.jsonl", "--json").json
    assert (again["started_here"], again["found"]) == (0, 3)
    assert again["branches"] == {"long": {"true": 2, "false": 1}}
    assert (tenuto.folder / "out.jsonl").read_bytes() == before
    other = tenuto("run", "echo.yaml", "--input-file", "in.csv", "--label", "again", "--json").json
    assert other["started_here"] == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_a_stopped_command_goes_on_where_it_was(tenuto: Command, dsn: str, number: signal.Signals) -> None:
    rows, arguments = 120, ("run", "slow.yaml", "--input-file", "in.csv", "--concurrency", "8", "--out", "out.jsonl")
    tenuto.environment["TENUTO_EGRESS_ALLOW"] = "127.0.0.0/8"
    tenuto.file("in.csv", "text,n\n" + "".join(f"question {n},{n}\n" for n in range(rows)))
    async with moody() as outside:
        tenuto.file("slow.yaml", asking_echo.replace("ADDRESS", outside.address))
        others = asyncio.Event()
        outside.held = {f"/{n}": others for n in range(24, rows)}
        child = tenuto.start(*arguments)
        async with asyncio.timeout(60):
            while len(await ends(dsn)) < 20:
                assert child.poll() is None, child.communicate()
                await asyncio.sleep(0.05)
        assert (tenuto.folder / "out.jsonl.part").exists(), "what is to come grows beside its file"
        child.send_signal(number)
        if number is signal.SIGINT:
            await asyncio.to_thread(_heard, child, "Stopping;")
            others.set()
        stopped = await asyncio.to_thread(ended, child)
        others.set()
        assert stopped.code == (130 if number is signal.SIGINT else -signal.SIGKILL)
        assert not (tenuto.folder / "out.jsonl").exists()
        before = await ends(dsn)
        assert 20 <= len(before) < rows
        again = await asyncio.to_thread(tenuto, *arguments, "--json")
    assert again.code == 0, again.err
    assert again.json["statuses"] == {"completed": rows}
    assert int(str(again.json["started_here"])) + int(str(again.json["found"])) == rows
    assert before <= await ends(dsn)
    counts = await log_counts(dsn)
    assert (counts["workflow_started"], counts["workflow_completed"], counts["node_completed"]) == (rows, rows, 3 * rows)
    assert counts["repeated"] == 0
    found = lines(tenuto.folder / "out.jsonl")
    assert [line["line"] for line in found] == list(range(2, rows + 2))
    assert [line["output"] for line in found] == [f"QUESTION {n}" for n in range(rows)]


async def test_real_questions_through_the_support_example(tenuto: Command, dsn: str) -> None:
    if not banking.exists():
        pytest.skip(f"the banking questions are not at {banking}")
    tenuto.file("questions.csv", b"\n".join(banking.read_bytes().split(b"\n")[:101]))
    said = await asyncio.to_thread(tenuto, "run", examples / "support-triage.yaml", "--input-file", "questions.csv", "--json")
    assert said.code == 0, said.err
    assert (said.json["rows"], said.json["statuses"], said.json["simulated"]) == (100, {"completed": 100}, True)
    branches = said.json["branches"]
    assert isinstance(branches, dict)
    assert branches.keys() == {"urgent"}
    assert (await log_counts(dsn))["workflow_completed"] == 100


def test_production_without_a_key_is_refused_and_names_it(tenuto: Command) -> None:
    said = tenuto("run", examples / "support-triage.yaml", "--input", "hello", TENUTO_ENV="production")
    assert said.code == 4
    assert "Lyzr" in said.err
    assert "Traceback" not in said.err


def test_an_invalid_workflow_is_not_run(tenuto: Command) -> None:
    tenuto.file("bad.yaml", "name: x\nstartNode: a\nnodes:\n  - {id: a, type: agnt}\n")
    said = tenuto("run", "bad.yaml", "--input", "x", "--json")
    assert said.code == 1
    problem = said.json["problem"]
    assert isinstance(problem, dict)
    assert problem["type"] == "invalid-definition"


def _heard(child: Process, words: str) -> None:
    """Wait until the command says so."""
    assert child.stderr is not None
    while words not in (line := child.stderr.readline()):
        assert line, f"it has ended without {words}"


each = """
name: Each
startNode: each
nodes:
  - id: each
    type: map
    config:
      items: [1, 2, 3]
      concurrency: 2
      body: {startNode: a, nodes: [NODE]}
"""


def test_a_run_with_runs_of_its_own_is_followed_to_its_end(tenuto: Command) -> None:
    tenuto.file("each.yaml", each.replace("NODE", "{id: a, type: delay, config: {duration: PT0.5S}}"))
    said = tenuto("run", "each.yaml", "--json")
    assert (said.code, said.json["status"]) == (0, "completed")


def test_a_run_whose_own_runs_wait_for_somebody_says_so(tenuto: Command) -> None:
    tenuto.file("each.yaml", each.replace("NODE", '{id: a, type: approval, config: {title: "Go on?"}}'))
    said = tenuto("run", "each.yaml")
    assert said.code == 6
    assert "waits: each: children" in said.err
