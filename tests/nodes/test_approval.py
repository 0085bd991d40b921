"""Whom an approval asks, whose answers count, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import JsonValue
from tests.nodes.context import Context, noon

from tenuto.core.errors import Conflict, Forbidden, Invalid
from tenuto.core.node import Answered, Completed, Outcome, Suspended, TimeCame
from tenuto.core.values import encode
from tenuto.nodes.approval import Approval, ApprovalConfig

form: JsonValue = {"type": "object", "properties": {"amount": {"type": "integer", "maximum": 50}}, "required": ["amount"]}


def approval(**config: JsonValue) -> Approval:
    return Approval(id="n", config=ApprovalConfig.model_validate({"title": "Refund?", **config}))


def suspended(outcome: Outcome) -> Suspended:
    assert isinstance(outcome, Suspended)
    return outcome


async def asked(node: Approval) -> Context:
    """The context in which the node is resumed after it has asked."""
    data = suspended(await node.run(Context())).data
    assert data is not None
    return Context(waiting=data)


def says(decision: str, by: str = "member:Ada", **more: JsonValue) -> Answered:
    return Answered({"decision": decision, **more}, by)


async def test_it_waits_for_an_approval_and_shows_the_question() -> None:
    outcome = suspended(await approval(body="Late.", form=form, approvers=["member:Ada"], timeout="PT1H").run(Context()))
    assert (outcome.reason, outcome.until) == ("approval", noon + timedelta(hours=1))
    assert outcome.data is not None
    assert {"title": "Refund?", "body": "Late.", "form": form, "approvers": ["member:Ada"], "required": 1}.items() <= outcome.data.items()
    encode(outcome.data)


async def test_without_a_timeout_it_waits_for_ever() -> None:
    assert suspended(await approval().run(Context())).until is None


async def test_approved() -> None:
    node = approval(form=form)
    outcome = await node.resume(await asked(node), says("approve", form={"amount": 20}, comment="ok"))
    assert isinstance(outcome, Completed)
    assert outcome.port == "approved"
    assert isinstance(outcome.output, dict)
    assert {"decision": "approve", "form": {"amount": 20}, "by": "member:Ada", "comment": "ok"}.items() <= outcome.output.items()


async def test_rejected_needs_no_form() -> None:
    node = approval(form=form)
    outcome = await node.resume(await asked(node), says("reject", comment="no"))
    assert isinstance(outcome, Completed)
    assert outcome.port == "rejected"
    assert isinstance(outcome.output, dict)
    assert (outcome.output["decision"], outcome.output["comment"]) == ("reject", "no")


async def test_expired() -> None:
    node = approval(timeout="PT1H")
    outcome = await node.resume(replace(await asked(node), now=noon + timedelta(hours=1)), TimeCame())
    assert isinstance(outcome, Completed)
    assert outcome.port == "expired"
    assert isinstance(outcome.output, dict)
    assert (outcome.output["decision"], outcome.output["by"]) == ("expired", None)


async def test_a_timer_that_rings_early_changes_nothing() -> None:
    node = approval(timeout="PT1H")
    context = await asked(node)
    assert await node.resume(context, TimeCame()) == Suspended("approval", noon + timedelta(hours=1), context.waiting)


async def test_a_form_that_does_not_fit_is_refused_with_pointers() -> None:
    node = approval(form=form)
    context = await asked(node)
    with pytest.raises(Invalid) as caught:
        await node.resume(context, says("approve", form={"amount": 99}))
    assert [(issue.pointer, issue.code) for issue in caught.value.data.issues] == [("/form/amount", "maximum")]
    with pytest.raises(Invalid) as caught:
        await node.resume(context, says("approve"))
    assert [issue.pointer for issue in caught.value.data.issues] == ["/form"]


@pytest.mark.parametrize("data", [{}, {"decision": "maybe"}, {"decision": "approve", "form": 3}, {"decision": "approve", "x": 1}])
async def test_an_answer_that_cannot_be_read_is_refused(data: dict[str, JsonValue]) -> None:
    node = approval()
    with pytest.raises(Invalid) as caught:
        await node.resume(await asked(node), Answered(data, "member:Ada"))
    assert caught.value.data.issues


async def test_only_those_who_are_asked_may_decide() -> None:
    node = approval(approvers=["member:Grace"])
    context = await asked(node)
    with pytest.raises(Forbidden, match="member:Ada"):
        await node.resume(context, says("approve"))
    assert isinstance(await node.resume(context, says("approve", by="member:Grace")), Completed)


@pytest.mark.parametrize("by", ["ada", "member:ada"])
async def test_the_author_may_be_forbidden(by: str) -> None:
    node = approval(forbid_author=True)
    with pytest.raises(Forbidden):
        await node.resume(await asked(node), says("approve", by=by))


async def test_several_people_have_to_approve_and_one_rejection_is_enough() -> None:
    node = approval(required=2, timeout="PT1H")
    first = suspended(await node.resume(await asked(node), says("approve", by="member:Ada")))
    assert first.until == noon + timedelta(hours=1)
    assert first.data is not None
    context = Context(waiting=first.data)
    with pytest.raises(Conflict, match="already"):
        await node.resume(context, says("approve", by="member:Ada"))
    approved = await node.resume(context, says("approve", by="member:Grace"))
    assert isinstance(approved, Completed)
    assert approved.port == "approved"
    assert isinstance(approved.output, dict)
    answers = approved.output["answers"]
    assert isinstance(answers, list)
    assert [answer["by"] for answer in answers if isinstance(answer, dict)] == ["member:Ada", "member:Grace"]
    rejected = await node.resume(context, says("reject", by="member:Grace"))
    assert isinstance(rejected, Completed)
    assert rejected.port == "rejected"


async def test_it_escalates_once_and_still_expires() -> None:
    node = approval(approvers=["member:Ada"], timeout="PT8H", escalate={"after": "PT4H", "approvers": ["member:Grace"]})
    begun = suspended(await node.run(Context()))
    assert begun.until == noon + timedelta(hours=4)
    assert begun.data is not None
    wider = suspended(await node.resume(Context(now=noon + timedelta(hours=4), waiting=begun.data), TimeCame()))
    assert wider.until == noon + timedelta(hours=8)
    assert wider.data is not None
    assert wider.data["approvers"] == ["member:Ada", "member:Grace"]
    later = Context(now=noon + timedelta(hours=5), waiting=wider.data)
    assert isinstance(await node.resume(later, says("approve", by="member:Grace")), Completed)
    outcome = await node.resume(replace(later, now=noon + timedelta(hours=8)), TimeCame())
    assert isinstance(outcome, Completed)
    assert outcome.port == "expired"
