"""The inbox: who sees which question, what an answer is bound to, and what of it stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import JsonValue
from tests.api.conftest import settings_for
from tests.services.patience import Patient

from tenuto.app import House, house
from tenuto.core.access import Principal, Role
from tenuto.core.errors import Conflict, Forbidden, Invalid, NotFound
from tenuto.core.execution import Status
from tenuto.services.executions.answers import ExecutionAnswers
from tenuto.services.executions.starts import Wanted
from tenuto.services.people.approvals import ApprovalDetail, Approvals

ada = Principal(1, "member", UUID(int=7), "Ada", Role.owner)
grace = Principal(1, "member", UUID(int=8), "Grace", Role.editor)
bo = Principal(1, "member", UUID(int=9), "Bo", Role.operator)
stranger = Principal(2, "member", UUID(int=7), "Ada", Role.owner)
viewer = Principal(1, "member", UUID(int=10), "Vi", Role.viewer)


@pytest.fixture
async def home(dsn: str, tmp_path: Path) -> AsyncGenerator[House]:
    async with house(settings_for(dsn, tmp_path)) as built:
        yield built


@pytest.fixture
def inbox(home: House) -> Approvals:
    """The inbox, which hears what comes of an answer."""
    watches = Patient(home.database, home.engine.journal, home.engine.feed, home.worker, home.services.executions.values)
    return Approvals(home.database, ExecutionAnswers(home.database, home.engine.mailbox, watches))


async def ask(home: House, run: str = "r", by: Principal = ada, *, input: JsonValue = None, **config: JsonValue) -> str:
    """Start a run that asks, and answer the question's id once it is put."""
    workflow: JsonValue = {
        "name": "Refunds",
        "startNode": "ask",
        "nodes": [
            {"id": "ask", "type": "approval", "config": {"title": f"Refund {run}?", **config}},
            {"id": "pay", "type": "transform", "config": {"value": "{{ nodes.ask.output.arguments }}"}},
        ],
        "edges": [{"from": "ask", "port": "approved", "to": "pay"}],
    }
    await home.services.executions.starts.start(by, Wanted(workflow=workflow, execution_id=run, input=input))
    await put(home, run)
    return f"{run}/ask"


async def put(home: House, run: str) -> ApprovalDetail:
    async with asyncio.timeout(60):
        while True:
            try:
                return await home.services.approvals.get(ada, f"{run}/ask")
            except NotFound:
                await asyncio.sleep(0.02)


async def ids(inbox: Approvals, who: Principal, **filters: str) -> list[str]:
    return [one.id for one in (await inbox.page(who, **filters)).items]  # pyright: ignore[reportArgumentType]  # handed through


async def test_a_question_is_in_the_inbox_of_those_who_are_asked(home: House, inbox: Approvals) -> None:
    await ask(home, "all")
    await ask(home, "grace", approvers=["member:Grace"])
    await ask(home, "editors", approvers=["role:editor"])
    await ask(home, "by-id", approvers=[f"member:{bo.id}"])
    assert await ids(inbox, grace) == ["editors/ask", "grace/ask", "all/ask"]
    assert await ids(inbox, bo) == ["by-id/ask", "all/ask"]
    assert await ids(inbox, ada) == ["all/ask"]
    assert len(await ids(inbox, bo, whose="all")) == 4
    assert [one.may_decide for one in (await inbox.page(bo, whose="all")).items] == [True, False, False, True]
    assert await ids(inbox, bo, whose="all", search="REFUND GR") == ["grace/ask"]
    assert await ids(inbox, bo, whose="all", search="%") == []
    with pytest.raises(Forbidden):
        await inbox.page(viewer)
    assert await ids(inbox, stranger, whose="all") == []
    with pytest.raises(NotFound):
        await inbox.get(stranger, "all/ask")


async def test_pages_follow_each_other_without_gap_or_repetition(home: House, inbox: Approvals) -> None:
    wanted = [await ask(home, f"r{n}") for n in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await inbox.page(ada, limit=2, cursor=cursor)
        seen += [one.id for one in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == wanted[::-1]


async def test_a_decision_moves_the_question_from_open_to_decided(home: House, inbox: Approvals) -> None:
    question = await ask(home, required=2, approvers=["member:Grace", "role:operator", "role:owner"])
    shown = await inbox.get(grace, question)
    assert (shown.required, shown.answered, shown.may_decide, shown.decided_at) == (2, (), True, None)
    after, settled = await inbox.decide(grace, question, {"decision": "approve", "comment": "fine", "digest": shown.digest})
    assert settled
    assert (after.answered, after.may_decide, after.outcome) == (("member:Grace",), False, None)
    assert [(one.by, one.comment, one.at is not None) for one in after.answers] == [("member:Grace", "fine", True)]
    assert await ids(inbox, grace) == []
    assert await ids(inbox, bo) == [question]
    with pytest.raises(Conflict, match="already"):
        await inbox.decide(grace, question, {"decision": "approve"})
    done, _ = await inbox.decide(bo, question, {"decision": "approve"})
    assert (done.outcome, done.answered) == ("approved", ("member:Grace", "member:Bo"))
    assert done.decided_at is not None
    assert await ids(inbox, ada, whose="all") == []
    assert await ids(inbox, grace, stand="decided") == [question]
    assert await ids(inbox, ada, stand="decided") == []
    assert await ids(inbox, ada, stand="decided", whose="all") == [question]
    with pytest.raises(Conflict, match="decided already: approve by member:Bo"):
        await inbox.decide(ada, question, {"decision": "reject"})


async def test_a_key_acts_for_the_member_who_made_it(home: House, inbox: Approvals) -> None:
    helper = Principal(1, "key", UUID(int=77), "ci", Role.operator, behind=ada.id)
    question = await ask(home, required=2)
    await inbox.decide(ada, question, {"decision": "approve"})
    assert await ids(inbox, helper) == []
    with pytest.raises(Conflict, match="already"):
        await inbox.decide(helper, question, {"decision": "approve"})
    mine = await ask(home, "own", by=helper, forbid_author=True)
    assert await ids(inbox, ada) == []
    with pytest.raises(Forbidden, match="started"):
        await inbox.decide(ada, mine, {"decision": "approve"})
    assert (await inbox.decide(bo, mine, {"decision": "approve"}))[0].outcome == "approved"


async def test_who_started_it_may_be_barred_by_name_and_by_whom_it_acts_for(home: House, inbox: Approvals) -> None:
    mine = await ask(home, "mine", by=bo, forbid_author=True)
    renamed = bo._replace(name="Robert")
    for author in (bo, renamed):
        assert await ids(inbox, author) == []
        with pytest.raises(Forbidden, match="started"):
            await inbox.decide(author, mine, {"decision": "approve"})
    assert await ids(inbox, grace) == [mine]


async def test_a_rejection_needs_no_form_and_an_approval_does(home: House, inbox: Approvals) -> None:
    form: JsonValue = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer"}}}
    question = await ask(home, form=form)
    with pytest.raises(Invalid) as caught:
        await inbox.decide(ada, question, {"decision": "approve"})
    assert caught.value.data.issues
    assert (await inbox.decide(ada, question, {"decision": "reject"}))[0].outcome == "rejected"


async def test_a_run_that_ends_takes_its_questions_back(home: House, inbox: Approvals) -> None:
    question = await ask(home)
    await home.services.executions.operations.cancel(ada, "r")
    assert await ids(inbox, ada) == []
    assert (await inbox.get(ada, question)).outcome == "withdrawn"
    with pytest.raises(Conflict, match="ended"):
        await inbox.decide(ada, question, {"decision": "approve"})
    await home.services.executions.reads.delete(ada, "r")
    with pytest.raises(NotFound):
        await inbox.get(ada, question)


async def test_an_expired_question_says_so(home: House, inbox: Approvals) -> None:
    question = await ask(home, timeout="PT0.7S")
    await home.services.executions.watches.end(ada, "r", 60)
    assert (await inbox.get(ada, question)).outcome == "expired"
    with pytest.raises(Conflict, match="over"):
        await inbox.decide(ada, question, {"decision": "approve"})


async def test_names_with_slashes_are_found(home: House, inbox: Approvals) -> None:
    question = await ask(home, "order/7")
    assert (await inbox.decide(ada, question, {"decision": "approve"}))[0].outcome == "approved"


async def test_two_answers_at_once_are_both_told_the_truth(home: House, inbox: Approvals) -> None:
    question = await ask(home)
    answers = await asyncio.gather(
        *(inbox.decide(who, question, {"decision": "approve"}) for who in (ada, grace, bo)), return_exceptions=True
    )
    refusals = [answer for answer in answers if isinstance(answer, Conflict)]
    assert len(refusals) == 2, answers
    await home.services.executions.watches.end(ada, "r", 60)
    end = await home.services.executions.reads.detail(ada, "r")
    assert end.status is Status.completed


async def test_a_title_that_no_column_holds_does_no_harm(home: House, inbox: Approvals) -> None:
    question = await ask(home, input={"x": "a\0b"}, body="{{ input.x }}", title="{{ input.x }}")
    assert (await inbox.get(ada, question)).title == "ab"
