"""What an agent node asks, how it loops over tools, and which answers it takes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import JsonValue
from tests.nodes.context import Context

from tenuto.core.agent import Agent, Artifact, Reply, ToolCall
from tenuto.core.asking import max_rounds
from tenuto.core.errors import (
    AuthRejected,
    Invalid,
    InvalidOutput,
    Issue,
    NodeFailed,
    NotFound,
    Problem,
    RateLimited,
    Rejected,
    Uncertain,
    VendorFailed,
)
from tenuto.core.node import Completed
from tenuto.nodes.agent import AgentNode, AgentNodeConfig

triage = Agent(id="triage", name="Triage")
worker = Agent(id="worker", name="Worker", tools=("github.list_issues", "github.create_issue"))
schema: JsonValue = {"type": "object", "properties": {"urgency": {"type": "integer", "maximum": 10}}, "required": ["urgency"]}


def node(agent: str = "triage", **config: JsonValue) -> AgentNode:
    return AgentNode(id="n", config=AgentNodeConfig.model_validate({"agent": agent, **config}))


def context(*replies: Reply | Exception, results: Sequence[JsonValue | Exception] = ()) -> Context:
    return Context(agents=(triage, worker), replies=list(replies), results=list(results))


def wants(name: str = "github.list_issues", number: int = 1, **arguments: JsonValue) -> Reply:
    call = ToolCall(id=f"c{number}", name=name, arguments=arguments)
    return Reply(text="", tool_calls=(call,), transcript=({"round": number},))


async def test_it_asks_the_runs_message_in_a_session_of_its_own() -> None:
    asked = context(Reply(text="Hello", artifacts=(Artifact(id="a", name="r.pdf"),)))
    outcome = await node().run(asked)
    assert outcome == Completed({"text": "Hello", "artifacts": [{"id": "a", "name": "r.pdf", "media": "", "url": None}]})
    [turn] = asked.turns
    assert (turn.message, turn.session_id, turn.user_id, turn.stream) == ("Where is my parcel?", "run-1:n", "ada", False)
    assert asked.steps == []


async def test_message_session_and_stream_may_be_given() -> None:
    asked = context(Reply(text="x"))
    await node(message={"order": 7}, session="shared", stream=True).run(asked)
    assert (asked.turns[0].message, asked.turns[0].session_id, asked.turns[0].stream) == ('{"order":7}', "shared", True)


async def test_an_unknown_agent_or_tool_is_named() -> None:
    with pytest.raises(NotFound, match="ghost"):
        await node("ghost").run(context())
    with pytest.raises(NotFound, match="nobody"):
        await node(tools=["nobody.does"]).run(context())


async def test_with_a_schema_the_output_is_the_object() -> None:
    assert await node(output_schema=schema).run(context(Reply(text="…", output={"urgency": 9}))) == Completed({"urgency": 9})
    assert await node(output_schema=schema).run(context(Reply(text='{"urgency": 8}'))) == Completed({"urgency": 8})


@pytest.mark.parametrize(
    ("reply", "named", "raw"),
    [
        (Reply(text="raw text", output={"urgency": 11}), "/urgency: 11 is greater", "raw text"),
        (Reply(text="t", output={}, raw="as it came"), '"urgency" is a required', "as it came"),
        (Reply(text="Certainly!"), "answered text", "Certainly!"),
        (Reply(text=""), 'null is not of type "object"', None),
    ],
)
async def test_another_object_is_refused_saying_what_is_wrong(reply: Reply, named: str, raw: str | None) -> None:
    with pytest.raises(InvalidOutput) as caught:
        await node(output_schema=schema).run(context(reply))
    assert named in caught.value.data.detail
    assert caught.value.data.raw == raw


async def test_tools_are_called_and_their_results_told_until_it_is_done() -> None:
    asked = context(wants(state="open"), wants("github.create_issue", 2, title="T"), Reply(text="done"), results=[[{"id": 1}], "made"])
    assert await node("worker").run(asked) == Completed({"text": "done", "artifacts": []})
    assert [call[:3] for call in asked.calls] == [("github", "list_issues", {"state": "open"}), ("github", "create_issue", {"title": "T"})]
    first, second, third = asked.turns
    assert [tool.name for tool in first.tools] == ["github.list_issues", "github.create_issue"]
    assert (first.tool_results, first.transcript) == ((), ())
    assert [(result.call.id, result.content) for result in second.tool_results] == [("c1", '[{"id":1}]')]
    assert second.transcript == ({"round": 1},)
    assert [(result.call.id, result.content) for result in third.tool_results] == [("c2", "made")]
    assert asked.steps == [("turn 1", "read"), ("turn 2", "read"), ("turn 3", "read")]


async def test_after_a_crash_finished_turns_are_not_asked_again() -> None:
    asked = context(Reply(text="done"), results=["made"])
    asked.finished["turn 1"] = wants("github.create_issue", title="T").model_dump(mode="json")
    assert await node("worker").run(asked) == Completed({"text": "done", "artifacts": []})
    assert len(asked.turns) == 1
    assert asked.calls[0][:3] == ("github", "create_issue", {"title": "T"})


async def test_an_answer_that_is_refused_is_not_kept_as_a_finished_turn() -> None:
    asked = context(wants(), Reply(text="Certainly!"), results=["found"])
    with pytest.raises(InvalidOutput):
        await node("worker", output_schema=schema).run(asked)
    assert list(asked.finished) == ["turn 1"]


async def test_the_nodes_tools_replace_the_agents() -> None:
    asked = context(Reply(text="x"), Reply(text="y"))
    await node("worker", tools=["slack.send_message"]).run(asked)
    await node("worker", tools=[]).run(asked)
    assert [[tool.name for tool in turn.tools] for turn in asked.turns] == [["slack.send_message"], []]


async def test_a_tool_that_was_not_given_is_not_called() -> None:
    asked = context(wants("slack.send_message", channel="#all"), Reply(text="ok"))
    await node("worker").run(asked)
    assert asked.calls == []
    assert asked.turns[1].tool_results[0].content == (
        "There is no tool 'slack.send_message'. There are: github.create_issue, github.list_issues."
    )


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (Invalid("Wrong.", issues=(Issue(pointer="/title", code="x", message="is missing"),)), "Error: Wrong. /title: is missing"),
        (Rejected("GitHub refused: no.", fix="Ask Ada."), "Error: GitHub refused: no. Ask Ada."),
        (RateLimited("Slow down."), "Error: Slow down."),
    ],
)
async def test_a_tools_refusal_is_told_to_the_agent(problem: Problem, told: str) -> None:
    asked = context(wants(), Reply(text="ok"), results=[problem])
    await node("worker").run(asked)
    assert asked.turns[1].tool_results[0].content == told


@pytest.mark.parametrize("problem", [Uncertain("It left."), AuthRejected("Sign in again.")])
async def test_what_only_a_person_can_mend_is_not_told_but_raised(problem: Problem) -> None:
    with pytest.raises(type(problem)):
        await node("worker").run(context(wants(), results=[problem]))


async def test_it_does_not_loop_for_ever() -> None:
    asked = context(*(wants() for _ in range(max_rounds + 1)), results=["x"] * (max_rounds + 1))
    with pytest.raises(NodeFailed, match="25 times"):
        await node("worker").run(asked)
    assert len(asked.turns) == max_rounds


@pytest.mark.parametrize("agent", ["triage", "worker"])
async def test_a_turn_whose_answer_was_lost_fails_and_says_that_it_may_have_been_billed(agent: str) -> None:
    with pytest.raises(VendorFailed, match="may have been billed"):
        await node(agent).run(context(Uncertain("The stream broke off.")))


def test_its_effect_is_to_read_and_its_calls_are_steps() -> None:
    assert node().effect({}) == "read"
    assert AgentNode.stepped
