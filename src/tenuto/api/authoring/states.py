"""What a workflow was: `/api/workflows/{id}/states`, to be listed, compared and gone back to."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field, JsonValue

from tenuto.api.authoring.drafts import DraftAnswer, IfMatch, outdated, settled
from tenuto.api.fields import Done
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.api.workflows import matching
from tenuto.core.errors import Malformed
from tenuto.services.authoring.states import StateView, Which

router = Router("/api/workflows/{id:path}", tag="Drafts")

Name = Annotated[
    str, Query(max_length=20, description="`draft`, `published`, the number of a version, or `p` and the number of a restore point.")
]


class StatesAnswer(Done):
    """The newest versions and the restore points of the draft, newest first."""

    states: tuple[StateView, ...]


class StateAnswer(Done):
    """A state with its document."""

    state: StateView
    definition: dict[str, JsonValue] = Field(
        description="Without what only repeats a default and without agents of the workspace, so that two states can be compared."
    )


@router.get("/states", permission=Permission.workflow_read)
async def list_states(id: str, caller: Caller, services: Provided) -> StatesAnswer:
    """What the workflow was: up to 200 published versions, and every restore point of its draft."""
    return StatesAnswer(states=await services.editing.states.list(caller, id))


@router.get("/state", permission=Permission.workflow_read)
async def get_state(id: str, of: Name, caller: Caller, services: Provided) -> StateAnswer:
    """One of them, as it can be compared with another."""
    view, document = await services.editing.states.get(caller, id, which(of))
    return StateAnswer(state=view, definition=document)


@router.post("/versions/{number}/restore", permission=Permission.workflow_write, responses=outdated, response_model=DraftAnswer)
async def restore_version(
    *, id: str, number: int, caller: Caller, services: Provided, response: Response, if_match: IfMatch = None
) -> DraftAnswer | Response:
    """Make the draft what a version is; what it is now is kept as a restore point. What runs stays the published version."""
    return settled(await services.editing.drafts.take(caller, id, number, matching(if_match)), response)


def which(text: str) -> Which:
    """The state that a text names. Raises `Malformed`."""
    if text == "draft" or text == "published":  # noqa: PLR1714 -- the type checker narrows these only
        return Which(text)
    if found := re.fullmatch(r"(p?)([1-9][0-9]{0,8})", text):
        return Which("point" if found[1] else "version", int(found[2]))
    raise Malformed(
        f'"{text}" names no state of a workflow.', fix="Send draft, published, the number of a version, or p and one of a restore point."
    )
