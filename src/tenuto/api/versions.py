"""One workflow by its id: versions, publishing, comparing, checking, trying a node, files, and figures about its runs."""

from __future__ import annotations

import re
from typing import Annotated, Literal, cast

from fastapi import Query, Response
from pydantic import Field, JsonValue

from tenuto.api.bodies import input_limit
from tenuto.api.fields import Ask, Cursor, Done, Limit
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.api.workflows import CheckAnswer, CheckBody, checked
from tenuto.core.documents.difference import Difference
from tenuto.core.errors import Invalid, Malformed
from tenuto.services.authoring.samples import Source
from tenuto.services.authoring.trials import Trial, Tried, longest
from tenuto.services.executions.spending.budgets import SpendingView
from tenuto.services.versions import Which
from tenuto.services.workflow_views import Metrics, VersionView

router = Router("/api/workflows/{id:path}", tag="Workflows")

State = Annotated[str, Query(max_length=20, description="`draft`, `published`, or the number of a version.")]
Note = Annotated[str | None, Field(max_length=500, description="What changed, for people.")]
_media = {"yaml": "application/yaml", "json": "application/json"}


class SpendingAnswer(Done):
    """Each budget of a day or a month, with what was spent of it."""

    spending: tuple[SpendingView, ...]


class PublishBody(Ask):
    """What is said with a version."""

    note: Note = None
    revision: int | None = Field(default=None, description="Publish only if the draft is still at it.")


class RollbackBody(Ask):
    """The version to go back to."""

    version: int
    note: Note = None


class VersionAnswer(Done):
    """A version."""

    version: VersionView


class VersionDocument(VersionAnswer):
    """A version with its definition, in today's shape."""

    workflow: dict[str, JsonValue]


class VersionsAnswer(Done):
    """A page of versions, newest first."""

    versions: tuple[VersionView, ...]
    next: str | None = None


class DiffAnswer(Done):
    """What changed."""

    difference: Difference


class TrialBody(Ask):
    """A node and the values it is tried with."""

    node: str
    workflow: dict[str, JsonValue] | None = Field(default=None, description="A document that is being edited, instead of the stored draft.")
    input: JsonValue = None
    nodes: dict[str, JsonValue] = Field(default_factory=dict, description="Outputs of other nodes, by their ids.")
    vars: dict[str, JsonValue] = Field(default_factory=dict)
    sources: tuple[Source, ...] = Field(
        default=(), max_length=4, description="Where outputs and the input that are not given are taken from: the first that has one."
    )
    message: str | None = None
    user_id: str | None = None
    simulate: bool = Field(default=True, description="false: what the node does is really done, once.")
    timeout: float = Field(default=30, gt=0, le=longest, description="Seconds.")


class TrialAnswer(Done):
    """What came of it: `success` says that it was tried."""

    test: Tried


class MetricsAnswer(Done):
    """Figures about runs."""

    metrics: Metrics


@router.get("/versions", permission=Permission.workflow_read)
async def list_versions(id: str, caller: Caller, services: Provided, limit: Limit = 50, cursor: Cursor = None) -> VersionsAnswer:
    """Every published version, newest first."""
    page = await services.versions.list(caller, id, limit=limit, cursor=cursor)
    return VersionsAnswer(versions=page.items, next=page.next)


@router.get("/versions/{number}", permission=Permission.workflow_read)
async def get_version(id: str, number: int, caller: Caller, services: Provided) -> VersionDocument:
    """One version with its definition."""
    version, document = await services.versions.get(caller, id, number)
    return VersionDocument(version=version, workflow=document)


@router.post("/publish", permission=Permission.workflow_publish)
async def publish_workflow(id: str, caller: Caller, services: Provided, body: PublishBody | None = None) -> VersionAnswer:
    """Make the draft the version that runs start with. Refused with every issue while it has errors; the same draft is the same version."""
    asked = body or PublishBody()
    return VersionAnswer(version=await services.versions.publish(caller, id, revision=asked.revision, note=asked.note))


@router.post("/rollback", permission=Permission.workflow_publish)
async def roll_back(id: str, body: RollbackBody, caller: Caller, services: Provided) -> VersionAnswer:
    """Publish what an earlier version was, as a new version. The draft stays as it is."""
    return VersionAnswer(version=await services.versions.rollback(caller, id, body.version, note=body.note))


@router.get("/diff", permission=Permission.workflow_read)
async def compare(
    id: str,
    caller: Caller,
    services: Provided,
    before: Annotated[State, Query(alias="from")] = "published",
    after: Annotated[State, Query(alias="to")] = "draft",
) -> DiffAnswer:
    """What changed: nodes, edges, agents and settings that were added, removed or changed, each with its JSON pointer."""
    return DiffAnswer(difference=await services.versions.diff(caller, id, which(before), which(after)))


@router.post("/validate", permission=Permission.workflow_read)
async def check_draft(id: str, caller: Caller, services: Provided, body: CheckBody | None = None) -> CheckAnswer:
    """Everything that is wrong with the draft, or with a document that may become it; nothing is run."""
    if body is not None and body.text is not None:
        return checked(await services.workflows.check_text(caller, body.text))
    if body is not None and body.workflow is not None:
        return checked([(issue, None) for issue in await services.workflows.check(caller, body.workflow)])
    return checked([(issue, None) for issue in await services.workflows.check_stored(caller, id)])


@router.post("/test", permission=Permission.execution_start, limit=2 * input_limit, also=(401,))
async def try_node(id: str, body: TrialBody, caller: Caller, services: Provided) -> TrialAnswer:
    """Try one node with given values: its resolved config, its output, how long it took. Simulated unless something else is asked for."""
    trial = Trial(
        node=body.node,
        input=body.input,
        nodes=body.nodes,
        vars=body.vars,
        message=body.message,
        user_id=body.user_id,
        simulated=body.simulate,
        seconds=body.timeout,
    )
    return TrialAnswer(test=await services.editing.attempts.run(caller, id, trial, body.workflow, body.sources))


@router.get("/export", permission=Permission.workflow_read, response_class=Response)
async def export_workflow(
    id: str,
    caller: Caller,
    services: Provided,
    format: Annotated[str, Query(max_length=20, description="`yaml` or `json`.")] = "yaml",
    version: State = "draft",
) -> Response:
    """The workflow as a file, which imports as the same workflow."""
    if format not in _media:
        raise Invalid(f"A workflow is not exported as {format}.", pointer="/format", fix="Ask for yaml or json.")
    form = cast("Literal['yaml', 'json']", format)
    text = await services.versions.export(caller, id, which(version), form)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", id).strip(".-") or "workflow"
    disposition = f'attachment; filename="{name}.{form}"'
    return Response(text, media_type=_media[form], headers={"Content-Disposition": disposition})


@router.get("/metrics", permission=Permission.execution_read)
async def workflow_metrics(
    id: str, caller: Caller, services: Provided, days: Annotated[int, Query(ge=1, le=365, description="Back from now.")] = 30
) -> MetricsAnswer:
    """How many runs there were, how many succeeded, and how long they took."""
    return MetricsAnswer(metrics=await services.versions.metrics(caller, id, days=days))


@router.get("/spending", permission=Permission.workflow_read)
async def workflow_spending(id: str, caller: Caller, services: Provided) -> SpendingAnswer:
    """What the published workflow's budgets of a day and a month have come to by now."""
    return SpendingAnswer(spending=tuple(await services.executions.budgets.spending(caller, id)))


def which(text: str) -> Which:
    """The state that a text names. Raises `Malformed`."""
    match text:
        case "draft":
            return "draft"
        case "published":
            return "published"
        case _ if re.fullmatch(r"[1-9][0-9]{0,8}", text):
            return int(text)
        case _:
            raise Malformed(f'"{text}" names no state of a workflow.', fix="Send draft, published, or the number of a version.")
