"""Tools that need a person: when one is asked, what an answer is bound to, and what the agent is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import JsonValue
from tests.nodes.context import Context, noon

from tenuto.core.agent import Agent, Tool, ToolCall
from tenuto.core.consent import Consent, NeedsPerson, answered, refused
from tenuto.core.errors import Conflict, Forbidden
from tenuto.core.node import Again, Answered, Arrived, Suspended, TimeCame

agent = Agent(id="a", name="Ada", approve=("github.create_issue",))
schema: dict[str, JsonValue] = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
tool = Tool(name="github.create_issue", description="", parameters=schema, writes=True)
call = ToolCall(id="1", name=tool.name, arguments={"title": "One"})


async def asked(ctx: Context, consent: Consent | None = None, *, wanted: ToolCall = call) -> NeedsPerson:
    with pytest.raises(NeedsPerson) as needed:
        await refused(ctx, agent, tool, wanted, step="call 1", consent=consent or Consent())
    return needed.value


def waiting(needed: NeedsPerson, **more: object) -> Context:
    return replace(Context(waiting=needed.waiting), **more)  # pyright: ignore[reportArgumentType]  # handed through


def says(decision: str, digest: JsonValue, by: str = "member:Bo", **more: JsonValue) -> Answered:
    return Answered({"decision": decision, "digest": digest, **more}, by)


@pytest.mark.parametrize(
    ("approve", "writes", "needed"),
    [
        ((), True, False),
        (("github.create_issue",), False, True),
        (("*",), True, True),
        (("*",), False, False),
        (("github.*",), True, False),
    ],
)
def test_which_tools_need_a_person(approve: tuple[str, ...], writes: bool, needed: bool) -> None:
    assert Consent(approve).needed(tool.model_copy(update={"writes": writes})) is needed
    assert Consent(approve).of(agent).needed(tool), "what a node says takes nothing away from what the agent says"


async def test_an_answer_is_a_step_that_lets_the_tool_be_used_once_with_these_arguments() -> None:
    needed = await asked(Context())
    assert needed.waiting["arguments"] == {"tool": "github.create_issue", "arguments": {"title": "One"}}
    again = answered(waiting(needed), says("approve", needed.waiting["digest"]), "n")
    assert isinstance(again, Again)
    assert again.step is not None
    kept = Context(finished={again.step: again.output})
    assert await refused(kept, agent, tool, call, step="call 1", consent=Consent()) is None
    other = await asked(Context(finished={again.step: again.output}), wanted=call.model_copy(update={"arguments": {"title": "Two"}}))
    assert other.waiting["step"] != again.step
    await asked_elsewhere(again)


async def asked_elsewhere(again: Again) -> None:
    """An answer that was given to something else is none, also where it stands in the right place."""
    assert again.step is not None
    assert isinstance(again.output, dict)
    forged = Context(finished={again.step: {**again.output, "digest": "sha256:another"}})
    told = await refused(forged, agent, tool, call, step="call 1", consent=Consent())
    assert told is not None
    assert "did not allow" in told


async def test_an_answer_needs_the_digest_and_somebody_who_is_asked() -> None:
    needed = await asked(Context(), Consent(approvers=("role:owner",)))
    digest = needed.waiting["digest"]
    for answer, problem in (
        (says("approve", None), Forbidden),
        (says("approve", digest), Forbidden),
        (replace(says("approve", "sha256:0"), names=("role:owner",)), Conflict),
        (replace(says("approve", None), names=("role:owner",)), Conflict),
        (Arrived({"decision": "approve", "digest": digest}), Conflict),
    ):
        with pytest.raises(problem):
            answered(waiting(needed), answer, "n")
    assert isinstance(answered(waiting(needed), replace(says("reject", digest), names=("role:owner",)), "n"), Again)


async def test_a_form_that_nobody_asked_for_is_not_kept() -> None:
    needed = await asked(Context())
    again = answered(waiting(needed), says("approve", needed.waiting["digest"], form={"x": "y" * 100_000}), "n")
    assert isinstance(again, Again)
    assert "yyy" not in str(again.output)


async def test_time_runs_out() -> None:
    needed = await asked(Context(), Consent(timeout=timedelta(hours=1)))
    assert needed.until == noon + timedelta(hours=1)
    early = answered(waiting(needed), TimeCame(), "n")
    assert isinstance(early, Suspended)
    assert (early.until, early.data) == (needed.until, needed.waiting)
    again = answered(waiting(needed, now=noon + timedelta(hours=1)), TimeCame(), "n")
    assert isinstance(again, Again)
    assert (again.by, isinstance(again.output, dict) and again.output["decision"]) == (None, "expired")
