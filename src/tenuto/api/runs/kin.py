"""The runs that a run has of its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from tenuto.api.fields import Cursor, Done, Limit
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.execution import Status
from tenuto.services.executions.views import ChildSummary

router = Router("/api/executions", tag="Executions")


class ChildrenAnswer(Done):
    """A page of children, by node and item."""

    children: tuple[ChildSummary, ...]
    next: str | None = Field(default=None, description="`cursor` of the following page.")


@router.get("/{id:path}/children", permission=Permission.execution_read)
async def children(
    *,
    id: str,
    caller: Caller,
    services: Provided,
    node: Annotated[str | None, Query(description="Of this node only.")] = None,
    status: Annotated[tuple[Status, ...], Query(description="Any of these.")] = (),
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ChildrenAnswer:
    """The runs of the nodes `map`, `loop` and `subworkflow` of a run, in the order of their items; they are in no other list."""
    page = await services.executions.kin.children(caller, id, node=node, statuses=status, limit=limit, cursor=cursor)
    return ChildrenAnswer(children=page.items, next=page.next)
