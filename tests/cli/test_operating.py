"""Runs operated from the command line, by id and by filter."""

from __future__ import annotations

import json

import pytest
from tests.cli.conftest import Command

asking = """
name: Asking
startNode: ask
nodes:
  - {id: ask, type: approval, config: {title: May I}}
  - {id: done, type: transform, config: {value: "{{ nodes.ask.output.decision }}"}}
edges:
  - {from: ask, port: approved, to: done}
"""


def ask(tenuto: Command) -> str:
    """A run that waits for an approval; no process works on it any more."""
    tenuto.file("ask.yaml", asking)
    said = tenuto("run", "ask.yaml", "--input", "x", "--json")
    assert said.code == 6, said.err
    return str(said.json["id"])


def test_runs_are_operated_by_id(tenuto: Command) -> None:
    run = ask(tenuto)
    paused = tenuto("executions", "pause", run)
    assert (paused.code, paused.out) == (0, f"{run} waiting (asked for; nobody has reacted yet)\n")
    assert tenuto("executions", "resume", run).code == 1
    assert "is not paused" in tenuto("executions", "resume", run).err
    both = tenuto("executions", "cancel", run, "nobody", "--json")
    assert both.code == 3
    assert [json.loads(line).get("status") for line in both.out.splitlines()] == ["cancelled", None]
    assert tenuto("executions", "retry", run).code == 1
    kept = tenuto("executions", "delete", run)
    assert (kept.code, kept.out) == (4, "")
    assert "--yes" in kept.err
    assert tenuto("executions", "delete", run, "--yes").out == f"{run} deleted\n"
    assert tenuto("executions", "show", run).code == 3


def test_runs_are_operated_by_filter_and_only_when_sure(tenuto: Command) -> None:
    runs = {ask(tenuto), ask(tenuto)}
    looked = tenuto("executions", "cancel", "--status", "waiting", "--dry-run", "--json")
    assert (looked.code, looked.json["matched"], set(map(str, list(looked.json["ids"])))) == (0, 2, runs)  # pyright: ignore[reportArgumentType]  # a list
    unsure = tenuto("executions", "cancel", "--status", "waiting")
    assert (unsure.code, unsure.out) == (4, "")
    assert "cancel 2 runs?" in unsure.err
    done = tenuto("executions", "cancel", "--status", "waiting", "--yes")
    assert (done.code, done.out) == (0, "2 runs match: 2 done, 0 refused.\n")
    refused = tenuto("executions", "pause", "--status", "cancelled", "--yes", "--json")
    assert (refused.code, refused.json["failed"]) == (1, 2)
    none = tenuto("executions", "delete", "--status", "waiting")
    assert (none.code, none.out) == (0, "0 runs match: 0 done, 0 refused.\n")


def test_a_run_is_allowed_more_than_its_budget(tenuto: Command) -> None:
    nodes = "\n".join(f"  - {{id: n{n}, type: agent, config: {{agent: a, message: Well?}}}}" for n in (1, 2))
    text = f"name: Thrifty\nstartNode: n1\nagents: [{{id: a, name: A, agent_id: x}}]\nnodes:\n{nodes}\nedges: [{{from: n1, to: n2}}]\n"
    tenuto.file("thrifty.yaml", text + "settings: {budget: {calls: 1}}\n")
    said = tenuto("run", "thrifty.yaml", "--simulate", "--json")
    assert (said.code, said.json["status"]) == (6, "paused"), said.err
    assert "This run has made 1 of 1 calls" in str(said.json["waiting_for"])
    run = str(said.json["id"])
    assert "1 of 1" in tenuto("executions", "budget", run).out
    assert tenuto("executions", "budget", run, "--calls", "1").code == 1
    assert tenuto("executions", "budget", run, "--calls", "0").code == 2
    assert tenuto("executions", "budget", run, "--calls", "5").code == 0
    assert "1 of 5" in tenuto("executions", "budget", run).out
    assert tenuto("executions", "budget", "nobody").code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("cancel",),
        ("cancel", "x", "--status", "waiting"),
        ("cancel", "--status", "wating"),
        ("pause", "x", "--reason", "why"),
        ("retry", "--status", "failed", "--node", "a"),
        ("decide", "x", "y", "perhaps"),
        ("delete", "--since", "yesterday"),
    ],
)
def test_a_wrong_command_line_is_refused(tenuto: Command, arguments: tuple[str, ...]) -> None:
    said = tenuto("executions", *arguments)
    assert (said.code, said.out) == (2, "")


def test_a_waiting_node_is_answered_and_a_wrong_answer_is_told(tenuto: Command) -> None:
    run = ask(tenuto)
    assert tenuto("executions", "answer", run, "ask", "{nonsense").code == 1
    assert tenuto("executions", "answer", run, "done", '{"decision": "approve"}').code == 1
    said = tenuto("executions", "answer", run, "ask", '{"decision": "approve"}', "--json")
    assert (said.code, said.json["settled"]) == (0, False), "nobody works; the answer waits in the mailbox"
    assert tenuto("executions", "decide", run, "ask", "done").code == 1


def test_a_run_is_forked_and_left_for_whoever_works(tenuto: Command) -> None:
    run = ask(tenuto)
    made = tenuto("executions", "fork", run, "ask", "--input", '{"n": 2}', "--json")
    assert (made.code, made.json["forked_from"]) == (0, {"execution": run, "node": "ask"}), made.err
    shown = tenuto("executions", "show", str(made.json["id"]), "--json").json
    assert (shown["status"], shown["input"]) == ("pending", {"n": 2})
    assert tenuto("executions", "fork", run, "nobody").code == 3
    assert tenuto("executions", "fork", run, "ask", "--vars", "[1]").code == 1


halving = """
id: halving
name: Halving
startNode: a
nodes:
  - {id: a, type: transform, config: {value: "{{ input.n / 2 }}"}}
  - {id: b, type: transform, config: {value: {"half": "{{ nodes.a.output }}", "of": "{{ input.n }}"}}}
edges:
  - {from: a, to: b}
"""


def test_a_run_is_replayed_and_the_difference_shown(tenuto: Command) -> None:
    tenuto.file("halving.yaml", halving)
    run = str(tenuto("run", "halving.yaml", "--input", '{"n": 8}', "--json").json["id"])
    same = tenuto("executions", "replay", run, "--pinned")
    assert (same.code, "2 nodes the same." in same.out) == (0, True), same.err
    thirds = tenuto.file("thirds.yaml", halving.replace("/ 2", "/ 4"))
    other = tenuto("executions", "replay", run, "--file", thirds)
    assert other.code == 1
    assert "/half: 4.0 → 2.0" in other.out
    found = tenuto("executions", "replay", run, "--file", thirds, "--json")
    difference = found.json["difference"]
    assert isinstance(difference, dict)
    assert (found.code, found.json["replay_of"], difference["differs"]) == (1, run, ["output", "nodes"])
    refused = tenuto("executions", "replay", run, "--draft")
    assert (refused.code, "There is no workflow" in refused.err) == (3, True)
    assert tenuto("executions", "replay", "nobody", "--pinned").code == 3


def test_many_runs_are_replayed_together(tenuto: Command) -> None:
    tenuto.file("halving.yaml", halving)
    runs = [str(tenuto("run", "halving.yaml", "--input", f'{{"n": {n}}}', "--json").json["id"]) for n in (8, 0)]
    thirds = tenuto.file("thirds.yaml", halving.replace("/ 2", "/ 4"))
    looked = tenuto("executions", "replay", "--workflow", "halving", "--file", thirds, "--dry-run")
    assert (looked.code, looked.out) == (0, "2 runs would be replayed.\n")
    assert tenuto("executions", "replay", "--workflow", "halving", "--file", thirds).code == 4
    done = tenuto("executions", "replay", "--workflow", "halving", "--file", thirds, "--yes", "--json")
    replays = done.json["replays"]
    assert isinstance(replays, list)
    assert (done.code, done.json["matched"], len(replays), done.json["refused"]) == (1, 2, 2, []), done.err
    assert {str(each["of"]): each["same"] for each in replays if isinstance(each, dict)} == {runs[0]: False, runs[1]: True}
    shown = tenuto("executions", "replay", *runs, "--file", thirds)
    assert (shown.code, shown.out.splitlines()[-1]) == (1, "2 runs: 1 came to the same, 1 did not, 0 could not be replayed.")
    again = tenuto("executions", "replay", "--workflow", "halving", "--pinned", "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "2 runs: 2 came to the same, 0 did not, 0 could not be replayed."), again.err


@pytest.mark.parametrize(
    "arguments",
    [("replay",), ("replay", "x", "--draft", "--pinned"), ("replay", "x", "--workflow", "w"), ("replay", "x", "--version", "0")],
)
def test_a_replay_against_two_things_or_of_nothing_is_refused(tenuto: Command, arguments: tuple[str, ...]) -> None:
    said = tenuto("executions", *arguments)
    assert (said.code, said.out) == (2, "")
