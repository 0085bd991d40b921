"""How a team works in each mode, what it is asked, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from pydantic import JsonValue, ValidationError
from tests.nodes.context import Context

from tenuto.core.agent import Agent, Reply, ToolCall
from tenuto.core.errors import Invalid, InvalidOutput, NodeFailed, NotFound, Uncertain, VendorFailed
from tenuto.core.node import Completed
from tenuto.nodes.team import TeamConfig, TeamNode
from tenuto.nodes.team.talk import shown_in_all, shown_of_one

lead = Agent(id="lead", name="Lead", type="coordinator")
facts = Agent(id="facts", name="Facts", description="Looks facts up.", capabilities=("search",), tools=("github.list_issues",))
risks = Agent(id="risks", name="Risks", description="Finds risks.")
number: JsonValue = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def node(mode: str, **config: object) -> TeamNode:
    given = {"mode": mode, "agents": ["facts", "risks"], "task": "Why?", **config}
    if mode in ("router", "supervisor"):
        given.setdefault("coordinator", "lead")
    return TeamNode(id="n", config=TeamConfig.model_validate(given))


def context(*replies: Reply | Exception, results: Sequence[JsonValue | Exception] = ()) -> Context:
    return Context(agents=(lead, facts, risks), replies=list(replies), results=list(results))


def decided(**decision: JsonValue) -> Reply:
    return Reply(text="", output=decision)


async def output(of: TeamNode, ctx: Context) -> dict[str, Any]:
    outcome = await of.run(ctx)
    assert isinstance(outcome, Completed)
    return cast("dict[str, Any]", outcome.output)


async def test_a_router_chooses_one_who_answers() -> None:
    asked = context(decided(agent="risks", reason="It is about risk."), Reply(text="Because."))
    found = await output(node("router"), asked)
    assert (found["text"], found["agent"]) == ("Because.", "risks")
    assert [(each["turn"], each["agent"], each["did"]) for each in found["transcript"]] == [(1, "lead", "chose"), (2, "risks", "answered")]
    assert "output" not in found
    choice, answer = asked.turns
    assert "facts (Facts): Looks facts up. Can do: search." in choice.message
    assert choice.output_schema is not None
    assert "Why?" in choice.message
    assert (answer.message, answer.output_schema) == ("Why?", None)
    assert [turn.session_id for turn in asked.turns] == ["run-1:n:lead", "run-1:n:risks"]
    assert [name for name, _ in asked.steps] == ["turn 1: lead", "turn 2: risks"]


async def test_a_wrong_choice_is_told_back_once() -> None:
    asked = context(decided(agent="nobody"), decided(agent="facts"), Reply(text="So."))
    found = await output(node("router"), asked)
    assert found["agent"] == "facts"
    assert "could not be used" in asked.turns[1].message
    assert "nobody" in asked.turns[1].message
    assert asked.steps[1][0] == "turn 2: lead"
    with pytest.raises(InvalidOutput):
        await node("router").run(context(decided(agent="nobody"), Reply(text="I would rather not.")))


async def test_side_by_side_all_answer_in_their_order() -> None:
    asked = context(Reply(text="Facts."), Reply(text="Risks."))
    found = await output(node("parallel"), asked)
    assert found["text"] == "Facts:\nFacts.\n\nRisks:\nRisks."
    assert found["agent"] is None
    assert [turn.message for turn in asked.turns] == ["Why?", "Why?"]
    typed = await output(node("parallel", output_schema=number), context(decided(n=1), decided(n=2)))
    assert typed["output"] == [{"n": 1}, {"n": 2}]


async def test_a_coordinator_merges_what_it_has_heard() -> None:
    asked = context(Reply(text="Facts."), Reply(text="Risks."), decided(n=3))
    found = await output(node("parallel", merge="coordinator", coordinator="lead", output_schema=number), asked)
    assert (found["output"], found["agent"]) == ({"n": 3}, "lead")
    assert [turn.output_schema is not None for turn in asked.turns] == [False, False, True]
    assert "Facts." in asked.turns[2].message
    assert "Risks." in asked.turns[2].message


async def test_the_first_that_succeeds_is_taken_and_a_failure_before_it_is_not() -> None:
    found = await output(node("parallel", merge="first"), context(VendorFailed("No."), Reply(text="Risks.")))
    assert (found["text"], found["agent"]) == ("Risks.", "risks")
    with pytest.raises(VendorFailed, match="No"):
        await node("parallel", merge="first").run(context(VendorFailed("No."), VendorFailed("Neither.")))


async def test_one_who_fails_fails_the_team_but_not_silently_over_what_may_have_happened() -> None:
    with pytest.raises(VendorFailed):
        await node("parallel").run(context(VendorFailed("No."), Reply(text="Risks.")))
    call = ToolCall(id="c", name="github.list_issues", arguments={})
    lost = context(Reply(text="", tool_calls=(call,)), VendorFailed("No."), results=[Uncertain("It left.")])
    with pytest.raises(Uncertain):
        await node("parallel").run(lost)


async def test_a_handover_gives_a_note_to_the_next() -> None:
    asked = context(decided(action="handover", to="risks", note="Look at the fees."), decided(action="answer", answer="Too dear."))
    found = await output(node("handoff"), asked)
    assert (found["text"], found["agent"]) == ("Too dear.", "risks")
    assert [(each["agent"], each["did"], each.get("to")) for each in found["transcript"]] == [
        ("facts", "handed over", "risks"),
        ("risks", "answered", None),
    ]
    assert "Look at the fees." in asked.turns[1].message
    typed = await output(node("handoff", output_schema=number), context(decided(action="answer", answer={"n": 7})))
    assert (typed["output"], typed["agent"], typed["text"]) == ({"n": 7}, "facts", '{"n":7}')


@pytest.mark.parametrize(
    "wrong",
    [
        decided(action="handover"),
        decided(action="answer"),
        decided(action="answer", answer=""),
        decided(action="handover", to="facts"),
        decided(action="dance", answer="x"),
        Reply(text="Never."),
        InvalidOutput("What?"),
    ],
)
async def test_a_decision_that_cannot_be_used_is_told_back(wrong: Reply | Exception) -> None:
    asked = context(wrong, decided(action="answer", answer="Now."))
    assert (await output(node("handoff"), asked))["text"] == "Now."
    with pytest.raises(InvalidOutput):
        await node("handoff").run(context(wrong, wrong))


async def test_a_supervisor_asks_until_it_knows() -> None:
    asked = context(
        decided(action="ask", agent="facts", task="How many?"), Reply(text="Three."),
        decided(action="ask", agent="risks", task="Is that bad?"), Reply(text="No."),
        decided(action="finish", answer="Three, and that is fine."),
    )  # fmt: skip
    found = await output(node("supervisor"), asked)
    assert (found["text"], found["agent"]) == ("Three, and that is fine.", "lead")
    assert "How many?" in asked.turns[1].message
    assert "Three." in asked.turns[3].message, "everybody sees what was said"
    assert "No." in asked.turns[4].message
    assert len(found["transcript"]) == 5


async def test_the_limit_of_turns_is_hard_and_says_what_was_said() -> None:
    to_and_fro = [decided(action="handover", to=name, note=f"Yours, {name}.") for name in ("risks", "facts", "risks", "facts")]
    asked = context(*to_and_fro)
    with pytest.raises(NodeFailed, match="in 3 turns") as failed:
        await node("handoff", max_turns=3).run(asked)
    assert len(asked.turns) == 3
    assert "answer now" in asked.turns[2].message
    assert "Facts handed over: Yours, risks." in (failed.value.data.raw or "")
    assert "max_turns" in (failed.value.data.fix or "")


async def test_the_transcript_that_a_turn_sees_is_bounded() -> None:
    long = "x" * (shown_of_one + 500)
    replies: list[Reply | Exception] = []
    for _ in range(8):
        replies += [decided(action="ask", agent="facts", task="More."), Reply(text=long)]
    asked = context(*replies, decided(action="finish", answer="Enough."))
    found = await output(node("supervisor", max_turns=20), asked)
    last = asked.turns[-1].message
    assert len(last) < shown_in_all + 3_000
    assert "earlier turns were left out" in last
    assert "500 more characters were left out" in last
    assert found["transcript"][1]["text"] == long, "the output has all of it"


async def test_turns_that_are_finished_are_not_asked_again() -> None:
    before = context(decided(agent="risks"), Reply(text="Because."))
    await node("router").run(before)
    after = context()
    after.finished = before.finished
    assert (await output(node("router"), after))["text"] == "Because."
    assert after.turns == []


async def test_an_agent_has_its_own_tools_and_no_others() -> None:
    asks = Reply(text="", tool_calls=(ToolCall(id="c", name="github.list_issues", arguments={"owner": "o"}),))
    asked = context(asks, Reply(text="A."), Reply(text="B."), results=[["i"]])
    await node("parallel").run(asked)
    assert [len(turn.tools) for turn in asked.turns] == [1, 1, 0]
    assert [name for name, _ in asked.steps] == ["turn 1: facts", "turn 1: facts, round 2", "turn 2: risks"]
    greedy = context(Reply(text="A."), asks)
    with pytest.raises(InvalidOutput, match=r"Risks asked for github\.list_issues, and has no tools"):
        await node("parallel").run(greedy)
    assert greedy.calls == []
    none = context(Reply(text="A."), Reply(text="B."))
    await node("parallel", tools=[]).run(none)
    assert [turn.tools for turn in none.turns] == [(), ()]
    with pytest.raises(Invalid, match=r"github\.create_issue"):
        await node("parallel", tools=["github.create_issue"]).run(context())


async def test_an_agent_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="ghost"):
        await node("parallel", agents=["ghost"]).run(context())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mode": "router", "coordinator": None}, "router needs a coordinator"),
        ({"mode": "supervisor", "coordinator": None}, "supervisor needs a coordinator"),
        ({"mode": "parallel", "merge": "coordinator"}, "needs a coordinator"),
        ({"mode": "router", "merge": "list"}, "merge belongs to"),
        ({"mode": "handoff", "agents": ["facts"]}, "two agents"),
        ({"mode": "parallel", "max_turns": 1}, "max_turns is 1"),
        ({"mode": "parallel", "agents": ["facts", "facts"]}, "named twice"),
        ({"mode": "parallel", "agents": []}, "at least 1"),
        ({"mode": "swarm"}, "'router'"),
        ({"mode": "parallel", "max_turns": 0}, "greater than or equal to 1"),
    ],
)
def test_a_team_that_cannot_work_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        node(**cast("Any", wrong))
