"""The inbox: what people are asked, what they were asked, and deciding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from pydantic import Field, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Conflict, NotFound
from tenuto.core.events import NodeWaiting, Recorded, StepCompleted
from tenuto.core.values import Frozen, JsonObject
from tenuto.services.executions.answers import ExecutionAnswers
from tenuto.services.executions.folds import node_state
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Executions
from tenuto.store.people.waits import Question, Questions
from tenuto.store.repository import Page

Whose: TypeAlias = Literal["mine", "all"]
Stand: TypeAlias = Literal["open", "decided"]


class ApprovalSummary(Frozen):
    """A question to people as a list shows it."""

    id: str = Field(description="`execution/node`.")
    execution: str
    node: str
    attempt: int
    workflow_id: str | None
    workflow_name: str
    title: str
    digest: str = Field(description="Of exactly this question; an answer carries it.")
    approvers: tuple[str, ...] = Field(description="Who is asked; empty: whoever has the permission.")
    required: int = Field(description="How many different people have to approve.")
    answered: tuple[str, ...] = Field(description="Who has answered so far.")
    expires: datetime | None = Field(description="When it expires; before that others may be asked as well.")
    created_at: datetime
    decided_at: datetime | None
    outcome: str | None = Field(description="`approved`, `rejected`, `expired`; `withdrawn` or `failed` where nobody decided.")
    may_decide: bool = Field(description="Whether the caller may decide it now.")
    simulated: bool = Field(description="Whether it is asked in a simulated run: nothing real follows from the answer.")


class Given(Frozen):
    """One person's answer."""

    decision: str
    by: str
    at: datetime | None
    comment: str
    form: JsonValue


class ApprovalDetail(ApprovalSummary):
    """A question with all that was shown and answered."""

    body: str
    form: JsonValue = Field(description="JSON schema of what is to be filled in.")
    arguments: JsonValue = Field(description="Exactly what will be done with the approval.")
    escalates: datetime | None = Field(description="When others are asked as well.")
    answers: tuple[Given, ...]


class Approvals:
    """The use cases of the inbox."""

    def __init__(self, database: Database, answers: ExecutionAnswers) -> None:
        self._database = database
        self._answers = answers

    async def page(
        self,
        principal: Principal,
        *,
        whose: Whose = "mine",
        stand: Stand = "open",
        search: str | None = None,
        workflow_id: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[ApprovalSummary]:
        """Newest first. `mine` is what the caller may decide or has decided; `all` is for those who may read executions."""
        principal.require(Permission.approval_decide)
        if whose == "all":
            principal.require(Permission.execution_read)
        names = _names(principal) if whose == "mine" else None
        async with self._database.transaction(principal.workspace) as tx:
            page = await Questions(tx).page(
                decided=stand == "decided", names=names, search=search, workflow_id=workflow_id, limit=limit, cursor=cursor
            )
            simulated = await Executions(tx).simulated([question.run.id for question in page.items])
        found = (_summary(question, principal, simulated=question.run.id in simulated) for question in page.items)
        return Page(tuple(ApprovalSummary.model_validate(each) for each in found), page.next)

    async def get(self, principal: Principal, id: str) -> ApprovalDetail:
        """One question. Raises `NotFound`, also for one that is neither the caller's nor open to readers of executions."""
        principal.require(Permission.approval_decide)
        question = await self._find(principal, id)
        async with self._database.transaction(principal.workspace) as tx:
            log = await Log(tx).of_node(question.run.id, question.node)
            simulated = bool(await Executions(tx).simulated([question.run.id]))
        return _detail(question, _shown(question, log), principal, simulated=simulated)

    async def decide(self, principal: Principal, id: str, answer: JsonObject, *, patience: float = 1.0) -> tuple[ApprovalDetail, bool]:
        """Answer a question; and whether the run has reacted already, for which it has `patience` seconds.

        Raises `Conflict` where it is decided, was put anew or is not what was seen, `Forbidden` for who is not asked, and `Invalid`.
        """
        principal.require(Permission.approval_decide)
        question = await self._find(principal, id)
        acted = await self._answers.give(principal, question.public_id, question.node, answer, patience=patience)
        return await self.get(principal, id), acted.settled

    async def _find(self, principal: Principal, id: str) -> Question:
        async with self._database.transaction(principal.workspace) as tx:
            found = await Questions(tx).named(id)
        names = set(_names(principal))
        if not principal.may(Permission.execution_read):
            found = [each for each in found if each.open_to(names) or not names.isdisjoint(each.answered)]
        if not found:
            raise NotFound(f'There is no approval "{id[:300]}".')
        if len(found) > 1:
            raise Conflict("Two approvals are called that.", fix="Answer at /api/executions/{id}/answers, which takes the node by itself.")
        return found[0]


def _names(principal: Principal) -> tuple[str, ...]:
    """Everything by which the caller may be asked, barred or known to have answered."""
    return tuple(dict.fromkeys((*principal.names, principal.person)))


def _summary(question: Question, principal: Principal, *, simulated: bool) -> dict[str, object]:
    may = principal.may(Permission.approval_decide) and question.open_to(_names(principal))
    return {
        "id": f"{question.public_id}/{question.node}",
        "execution": question.public_id,
        "node": question.node,
        "attempt": question.attempt,
        "workflow_id": question.workflow_id,
        "workflow_name": question.workflow_name,
        "title": question.title,
        "digest": question.digest,
        "approvers": question.approvers,
        "required": question.required,
        "answered": question.answered,
        "expires": question.until,
        "created_at": question.created_at,
        "decided_at": question.over_at,
        "outcome": question.outcome,
        "may_decide": may,
        "simulated": simulated,
    }


class _Shown(NamedTuple):
    """What was shown of a question, and everybody's answers."""

    data: JsonObject
    answers: JsonValue


def _shown(question: Question, log: Sequence[Recorded]) -> _Shown:
    """As the log has it. A node may ask several questions one after the other, each of them a step that its answer has done."""
    node = node_state(question.node, log)
    result = node.output if isinstance(node.output, dict) else {}
    shown, answers = node.data or {}, result.get("answers")
    for recorded in log:
        match recorded.event:
            case NodeWaiting(reason="approval", data=data) if data.get("digest") == question.digest:
                shown, answers = data, data.get("answers") if "step" in data else answers
            case StepCompleted(output={"answers": found, "digest": question.digest}):
                answers = found
            case _:
                continue
    return _Shown(shown, answers or shown.get("answers"))


def _detail(question: Question, found: _Shown, principal: Principal, *, simulated: bool) -> ApprovalDetail:
    shown, answers = found
    given = [_given(each) for each in answers if isinstance(each, dict)] if isinstance(answers, list) else []
    return ApprovalDetail.model_validate(
        {
            **_summary(question, principal, simulated=simulated),
            "body": shown.get("body") or "",
            "form": shown.get("form"),
            "arguments": shown.get("arguments"),
            "escalates": shown.get("escalates"),
            "answers": tuple(given),
        }
    )


def _given(answer: JsonObject) -> Given:
    return Given.model_validate({name: answer.get(name) for name in ("decision", "by", "at", "comment", "form")})
