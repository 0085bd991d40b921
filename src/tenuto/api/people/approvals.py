"""The inbox of approvals: `/api/approvals`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import Field, JsonValue, StringConstraints

from tenuto.api.fields import Ask, Cursor, Done, Limit
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.services.people.approvals import ApprovalDetail, ApprovalSummary, Stand, Whose

router = Router("/api/approvals", tag="Approvals")


class ApprovalsAnswer(Done):
    """A page of the inbox."""

    approvals: tuple[ApprovalSummary, ...]
    next: str | None = Field(default=None, description="`cursor` of the following page.")


class ApprovalAnswer(Done):
    """One question."""

    approval: ApprovalDetail


class DecidedAnswer(ApprovalAnswer):
    """The question after the answer."""

    settled: bool = Field(description="Whether the run has reacted already; if not, the answer waits for it and is not lost.")


class DecisionBody(Ask):
    """One person's answer."""

    decision: Literal["approve", "reject"]
    form: dict[str, JsonValue] = Field(default_factory=dict, description="What the question's form asks for; a rejection needs none.")
    comment: Annotated[str, StringConstraints(max_length=10_000)] = ""
    digest: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="The digest of the question as it was seen; demanded where the question has arguments."
    )


@router.get("", permission=Permission.approval_decide)
async def list_approvals(
    *,
    caller: Caller,
    services: Provided,
    whose: Annotated[Whose, Query(description="`mine`: what the caller may decide, or has decided.")] = "mine",
    state: Annotated[Stand, Query(description="Open, or decided and expired.")] = "open",
    search: Annotated[str | None, Query(max_length=200, description="Text of the title or workflow, or how the run's id begins.")] = None,
    workflow_id: str | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ApprovalsAnswer:
    """Questions to people, newest first."""
    page = await services.approvals.page(
        caller, whose=whose, stand=state, search=search, workflow_id=workflow_id, limit=limit, cursor=cursor
    )
    return ApprovalsAnswer(approvals=page.items, next=page.next)


@router.get("/{id:path}", permission=Permission.approval_decide)
async def get_approval(id: str, caller: Caller, services: Provided) -> ApprovalAnswer:
    """One question with all that one has to know to decide."""
    return ApprovalAnswer(approval=await services.approvals.get(caller, id))


@router.post(
    "/{id:path}", permission=Permission.approval_decide, responses={202: {"model": DecidedAnswer, "description": "Waits for the run."}}
)
async def decide_approval(id: str, body: DecisionBody, caller: Caller, services: Provided, response: Response) -> DecidedAnswer:
    """Approve or reject exactly what was shown."""
    approval, settled = await services.approvals.decide(caller, id, body.model_dump(exclude_none=True))
    if not settled:
        response.status_code = 202
    return DecidedAnswer(approval=approval, settled=settled)
