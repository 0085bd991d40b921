"""Workflows as they are being written: `/api/workflows`, as older clients know it, and checking and importing beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from fastapi import Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tenuto.api.bodies import definition_limit
from tenuto.api.fields import Ask, Cursor, Done, Limit, Said
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.errors import Issue, Malformed
from tenuto.services.workflow_views import Drafted

router = Router("/api/workflows", tag="Workflows")

_room = 64 * 1024
Id = Annotated[str | None, Query(max_length=128, description="The workflow's id.")]


class WorkflowBody(BaseModel):
    """A workflow in any accepted shape; a field that is none of a workflow's is an issue of the draft."""

    model_config = ConfigDict(
        frozen=True, extra="allow", json_schema_extra={"required": ["name", "nodes", "startNode"]}, populate_by_name=True
    )

    id: JsonValue = Field(default=None, description="Text of 1 to 128 characters; one is made where none is sent.")
    name: JsonValue = Field(default=None, description="For people, at most 200 characters.")
    description: JsonValue = None
    agents: JsonValue = None
    nodes: JsonValue = Field(default=None, description="See /api/catalog for the kinds.")
    edges: JsonValue = Field(default=None, description="`{from, port, to}`; older clients send `nextNodes` in each node instead.")
    startNode: JsonValue = Field(default=None, description="The id of the node that starts.")  # noqa: N815 - the name on the wire

    def given(self) -> dict[str, JsonValue]:
        """The fields that were sent."""
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if value is not None}


class WorkflowChange(WorkflowBody):
    """Fields that are to be others; those left out stay as they are."""

    model_config = ConfigDict(frozen=True, extra="allow", json_schema_extra={"required": ["id"]})

    revision: int | None = Field(default=None, description="Only if the draft is still at it; the header If-Match says the same.")


class WorkflowAnswer(Done):
    """A draft."""

    workflow: dict[str, JsonValue] = Field(
        description="The definition, with `created`, `updated` and, for older clients, `nextNodes`, `agent` and older names in `config`."
    )
    revision: int
    version: int | None = Field(description="The number of the published version.")
    issues: tuple[Issue, ...] = Field(description="What is still wrong; errors keep it from being published.")


class ChangedAnswer(WorkflowAnswer):
    """A draft that was just written."""

    message: str


class WorkflowsAnswer(Done):
    """A page of drafts."""

    workflows: tuple[dict[str, JsonValue], ...]
    total: int
    next: str | None = None
    revisions: dict[str, int]
    versions: dict[str, int] = Field(description="The published version of each workflow that has one.")


class CheckBody(Ask):
    """A document that need not be stored: as data or as the text of a file."""

    workflow: JsonValue = None
    text: str | None = None


class PlacedIssue(Issue):
    """An issue; of a text, `line` and `column` are the place in that text."""


class CheckAnswer(Done):
    """What was found."""

    valid: bool
    issues: tuple[PlacedIssue, ...]


class ImportBody(Ask):
    """A workflow file, as its text or as data."""

    text: str | None = Field(default=None, description="YAML or JSON, at most 2 MB.")
    workflow: dict[str, JsonValue] | None = None
    format: Literal["yaml", "json"] | None = Field(default=None, description="Of `text`; seen from how it begins where it is left out.")
    id: str | None = Field(default=None, description="Instead of the id in the file.")


@router.get("", permission=Permission.workflow_read)
async def get_workflows(
    *, caller: Caller, services: Provided, response: Response, id: Id = None, limit: Limit = 200, cursor: Cursor = None
) -> WorkflowAnswer | WorkflowsAnswer:
    """One draft, by `id`; or all of them, those changed last first."""
    if id is not None:
        return WorkflowAnswer(**_shown(await services.workflows.get(caller, id), response))
    page = await services.workflows.list(caller, limit=limit, cursor=cursor)
    return WorkflowsAnswer(
        workflows=tuple(item.workflow for item in page.items),
        total=page.total,
        next=page.next,
        revisions={str(item.workflow["id"]): item.revision for item in page.items},
        versions={str(item.workflow["id"]): item.version for item in page.items if item.version is not None},
    )


@router.post("", permission=Permission.workflow_write, limit=definition_limit + _room)
async def create_workflow(body: WorkflowBody, caller: Caller, services: Provided, response: Response) -> ChangedAnswer:
    """Make a draft. Parts that are still wrong are listed as issues; what has not even the shape of a workflow is refused."""
    made = await services.workflows.create(caller, body.given())
    return ChangedAnswer(message="Workflow created successfully", **_shown(made, response))


@router.put("", permission=Permission.workflow_write, limit=definition_limit + _room)
async def change_workflow(
    body: WorkflowChange, caller: Caller, services: Provided, response: Response, if_match: Annotated[str | None, Header()] = None
) -> ChangedAnswer:
    """Change a draft. With a revision that is not the present one nothing is written (409); without one the last write wins."""
    if not isinstance(body.id, str) or not body.id:
        raise Malformed("id is needed.", pointer="/id", fix="Send the id of the workflow that changes.")
    changes = {name: value for name, value in body.given().items() if name not in {"id", "revision"}}
    revision = body.revision if body.revision is not None else matching(if_match)
    changed = await services.workflows.change(caller, body.id, changes, revision=revision)
    return ChangedAnswer(message="Workflow updated successfully", **_shown(changed, response))


@router.delete("", permission=Permission.workflow_write)
async def delete_workflow(caller: Caller, services: Provided, id: Id = None) -> Said:
    """Delete a workflow. Runs go on and stay readable."""
    if not id:
        raise Malformed("id is needed.", fix="Send ?id=…")
    await services.workflows.delete(caller, id)
    return Said(message="Workflow deleted successfully")


@router.post("/validate", permission=Permission.workflow_read, limit=definition_limit + _room)
async def check_workflow(body: CheckBody, caller: Caller, services: Provided) -> CheckAnswer:
    """Everything that is wrong with a document, all at once; nothing is run, fetched or stored."""
    if body.text is not None:
        return checked(await services.workflows.check_text(caller, body.text))
    return checked([(issue, None) for issue in await services.workflows.check(caller, body.workflow)])


@router.post("/import", permission=Permission.workflow_write, status_code=201, limit=2 * definition_limit + _room)
async def import_workflow(body: ImportBody, caller: Caller, services: Provided, response: Response) -> ChangedAnswer:
    """Make a draft of a file. It is read as data: no tag builds anything, nothing it names is fetched."""
    if (body.text is None) == (body.workflow is None):
        raise Malformed("Either text or workflow is needed.", fix="Send exactly one of them.")
    if body.text is not None:
        made = await services.workflows.import_text(caller, body.text, form=body.format, id=body.id)
    else:
        own = {"id": body.id} if body.id is not None else {}
        made = await services.workflows.create(caller, {**(body.workflow or {}), **own})
    return ChangedAnswer(message="Workflow imported", **_shown(made, response))


def checked(found: Sequence[tuple[Issue, tuple[int, int] | None]]) -> CheckAnswer:
    """The answer to a check."""
    placed = [issue.model_copy(update={"line": place[0], "column": place[1]}) if place else issue for issue, place in found]
    issues = tuple(PlacedIssue.model_validate(issue.model_dump()) for issue in placed)
    return CheckAnswer(valid=not any(issue.severity == "error" for issue in issues), issues=issues)


class _Shown(TypedDict):
    workflow: dict[str, JsonValue]
    revision: int
    version: int | None
    issues: tuple[Issue, ...]


def _shown(drafted: Drafted, response: Response) -> _Shown:
    response.headers["ETag"] = f'"{drafted.revision}"'
    return {"workflow": drafted.workflow, "revision": drafted.revision, "version": drafted.version, "issues": drafted.issues}


def matching(header: str | None) -> int | None:
    """The revision of an `If-Match`; None without one and for `*`."""
    if header is None or header.strip() == "*":
        return None
    found = re.fullmatch(r'\s*(?:W/)?"(\d{1,9})"\s*', header)
    if found is None:
        raise Malformed("If-Match names no revision of a workflow.", fix='Send the ETag of an answer, such as "3".')
    return int(found[1])
