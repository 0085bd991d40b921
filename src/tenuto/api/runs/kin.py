"""The runs that a run has of its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from tenuto.api.fields import Cursor, Done, Limit
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.execution import Status
from tenuto.core.family import WhichChildren
from tenuto.services.executions.views import ChildRanges, ChildSummary

router = Router("/api/executions", tag="Executions")


_most = 2**31 - 1


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
    attempt: Annotated[int | None, Query(ge=1, le=_most, description="Of this attempt of the node only.")] = None,
    first: Annotated[int, Query(ge=0, le=_most, description="From this item on; 0 is the first.")] = 0,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ChildrenAnswer:
    """The runs of the nodes `map`, `loop` and `subworkflow` of a run, in the order of their items; they are in no other list."""
    which = WhichChildren(node=node, attempt=attempt, first=first, statuses=status)
    page = await services.executions.kin.children(caller, id, which, limit=limit, cursor=cursor)
    return ChildrenAnswer(children=page.items, next=page.next)


class RangesAnswer(Done, ChildRanges):
    """How the children of a node stand, range by range."""


@router.get("/{id:path}/children/ranges", permission=Permission.execution_read)
async def ranges(
    id: str, caller: Caller, services: Provided, node: Annotated[str, Query(description="A `map`, `loop` or `subworkflow` of the run.")]
) -> RangesAnswer:
    """How the children of a node stand, in at most 200 ranges of items: what a picture of ten thousand of them needs."""
    return RangesAnswer(**vars(await services.executions.kin.ranges(caller, id, node)))
