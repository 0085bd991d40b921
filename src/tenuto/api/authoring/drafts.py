"""Drafts as the builder reads and writes them: `/api/workflows/{id}/draft`, and the points one can go back to."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Header, Response
from pydantic import Field, JsonValue

from tenuto.api.bodies import definition_limit
from tenuto.api.fields import Ask, Done
from tenuto.api.problems import ProblemAnswer, answer
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.api.workflows import matching
from tenuto.core.documents.difference import Difference
from tenuto.core.documents.operations import Operation, most_operations
from tenuto.core.errors import Malformed, Outdated
from tenuto.services.authoring.draft_views import DraftView, RestorePointView, RevisionView
from tenuto.services.authoring.drafts import Behind

lists = Router("/api/workflows", tag="Drafts")
router = Router("/api/workflows/{id:path}", tag="Drafts")

_room = 64 * 1024
IfMatch = Annotated[str | None, Header(description='The ETag of the draft that was changed, such as "3".')]


class DraftAnswer(Done):
    """A draft; its ETag is its revision."""

    draft: DraftView


class OutdatedAnswer(ProblemAnswer):
    """Nothing was written: the draft changed since it was read."""

    rev: int = Field(description="The present revision.")
    since: tuple[RevisionView, ...] | None = Field(
        default=None,
        description="What changed since the revision that was named, oldest first; left out where only reading the draft tells.",
    )


class NewDraftBody(Ask):
    """What a new workflow begins with."""

    id: str | None = Field(default=None, description="1 to 128 characters; one is made where none is sent.")
    definition: dict[str, JsonValue] | None = Field(
        default=None, description="Its parts may be wrong; an empty workflow where none is sent."
    )


class EditBody(Ask):
    """Changes to a draft, done in this order, all of them or none."""

    ops: tuple[Operation, ...] = Field(min_length=1, max_length=most_operations)
    rev: int | None = Field(default=None, description="The revision that they are made to, where no If-Match says so.")


class ReplaceBody(Ask):
    """A whole draft."""

    definition: dict[str, JsonValue]
    rev: int | None = Field(default=None, description="The revision that was read, where no If-Match says so.")


class PointBody(Ask):
    """What a restore point is kept before."""

    reason: Literal["paste", "merge", "agent", "hand"] = Field(
        default="hand", description="`agent`: an edit by one. `hand`: somebody asked."
    )
    note: str | None = Field(default=None, max_length=500)


class PointsAnswer(Done):
    """Every restore point, newest first."""

    points: tuple[RestorePointView, ...]


class PointAnswer(Done):
    """A restore point that was just made."""

    point: RestorePointView


class PointDocument(PointAnswer):
    """A restore point with its document."""

    definition: dict[str, JsonValue]
    difference: Difference = Field(description="From it to the draft of now.")


outdated: dict[int | str, dict[str, object]] = {
    412: {"model": OutdatedAnswer, "description": "The draft changed since; nothing was written."}
}


@lists.post("/drafts", permission=Permission.workflow_write, status_code=201, limit=definition_limit + _room)
async def create_draft(caller: Caller, services: Provided, response: Response, body: NewDraftBody | None = None) -> DraftAnswer:
    """Make a workflow to be edited; it may be empty, and its parts may be wrong."""
    asked = body or NewDraftBody()
    return _shown(await services.editing.drafts.create(caller, asked.id, asked.definition), response)


@router.get("/draft", permission=Permission.workflow_read)
async def get_draft(id: str, caller: Caller, services: Provided, response: Response) -> DraftAnswer:
    """The draft as it is edited, with what is wrong with it."""
    return _shown(await services.editing.drafts.get(caller, id), response)


@router.patch(
    "/draft", permission=Permission.workflow_write, limit=definition_limit + _room, responses=outdated, response_model=DraftAnswer
)
async def edit_draft(
    *, id: str, body: EditBody, caller: Caller, services: Provided, response: Response, if_match: IfMatch = None
) -> DraftAnswer | Response:
    """Change the draft by operations on the revision that If-Match names; if it changed since, 412 tells how. Nothing else runs by it."""
    return settled(await services.editing.drafts.edit(caller, id, _named(if_match, body.rev), body.ops), response)


@router.put("/draft", permission=Permission.workflow_write, limit=definition_limit + _room, responses=outdated, response_model=DraftAnswer)
async def replace_draft(
    *, id: str, body: ReplaceBody, caller: Caller, services: Provided, response: Response, if_match: IfMatch = None
) -> DraftAnswer | Response:
    """Replace the whole draft; what it was is kept as a restore point."""
    return settled(await services.editing.drafts.replace(caller, id, _named(if_match, body.rev), body.definition), response)


@router.delete("/draft", permission=Permission.workflow_write, responses=outdated, response_model=DraftAnswer)
async def discard_draft(
    id: str, caller: Caller, services: Provided, response: Response, if_match: IfMatch = None
) -> DraftAnswer | Response:
    """Discard what was edited: the draft is the published version again; what it was is kept as a restore point."""
    return settled(await services.editing.drafts.discard(caller, id, matching(if_match)), response)


@router.get("/restore-points", permission=Permission.workflow_read)
async def list_restore_points(id: str, caller: Caller, services: Provided) -> PointsAnswer:
    """What one can go back to: the draft before it was published, discarded or replaced, and every ten minutes of work."""
    return PointsAnswer(points=await services.editing.drafts.points(caller, id))


@router.post("/restore-points", permission=Permission.workflow_write, status_code=201)
async def keep_restore_point(id: str, caller: Caller, services: Provided, body: PointBody | None = None) -> PointAnswer:
    """Keep the draft as it is, before something that may have to be taken back."""
    asked = body or PointBody()
    return PointAnswer(point=await services.editing.drafts.keep(caller, id, asked.reason, asked.note))


@router.get("/restore-points/{number}", permission=Permission.workflow_read)
async def get_restore_point(id: str, number: int, caller: Caller, services: Provided) -> PointDocument:
    """One restore point: the draft as it was, and what is different now."""
    point, document, difference = await services.editing.drafts.point(caller, id, number)
    return PointDocument(point=point, definition=dict(document), difference=difference)


@router.post("/restore-points/{number}/restore", permission=Permission.workflow_write, responses=outdated, response_model=DraftAnswer)
async def restore(
    *, id: str, number: int, caller: Caller, services: Provided, response: Response, if_match: IfMatch = None
) -> DraftAnswer | Response:
    """Make the draft what it was; what it is now is kept as a restore point."""
    return settled(await services.editing.drafts.restore(caller, id, number, matching(if_match)), response)


def _shown(draft: DraftView, response: Response) -> DraftAnswer:
    response.headers["ETag"] = f'"{draft.rev}"'
    return DraftAnswer(draft=draft)


def settled(found: DraftView | Behind, response: Response) -> DraftAnswer | Response:
    """The draft, or 412 with what changed since."""
    if isinstance(found, DraftView):
        return _shown(found, response)
    last = found.since[-1].by if found.since else None
    problem = Outdated(
        f"The draft is at revision {found.revision} now{f', changed by {last.label}' if last else ''}; nothing was written.",
        fix="Do your change on top of those in `since`, or read the draft again.",
    ).data
    told = {"rev": found.revision, "since": found.since}
    return answer(problem, headers={"ETag": f'"{found.revision}"'}, model=OutdatedAnswer, told=told)


def _named(if_match: str | None, rev: int | None) -> int:
    revision = matching(if_match) or rev
    if revision is None:
        raise Malformed("If-Match is needed: the revision that this change is made to.", fix='Send the ETag of the draft, such as "3".')
    return revision
