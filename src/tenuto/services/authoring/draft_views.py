"""The shapes in which drafts, their changes and their restore points are shown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field, JsonValue

from tenuto.core.documents.operations import Operation
from tenuto.core.errors import Issue
from tenuto.core.values import Frozen
from tenuto.store.authoring.changes import Revision
from tenuto.store.authoring.restore_points import Reason, RestorePoint
from tenuto.store.workflows import Author, Workflow


class Who(Frozen):
    """Who changed something."""

    label: str = Field(description="As they were called then: `member:Ana`, `key:ci`, `local` for the command line.")
    id: UUID | None = Field(description="Of the member or the key.")


class DraftView(Frozen):
    """A workflow as it is being edited."""

    id: str
    definition: dict[str, JsonValue] = Field(description="Exactly as it was written, with its `layout`; its parts may be wrong.")
    rev: int = Field(description="One more with every change; `If-Match` names it.")
    at: datetime = Field(description="When it changed last.")
    by: Who | None = Field(description="Who changed it last.")
    created: datetime
    version: int | None = Field(description="The number of the published version.")
    base_version: int | None = Field(description="The version that this draft was published as, or taken back to, last.")
    differs: bool = Field(description="Whether publishing would change what runs; how it is drawn does not count.")
    issues: tuple[Issue, ...] = Field(description="What is wrong with it; an error keeps it from being published, and not from being kept.")


class RevisionView(Frozen):
    """What one revision changed."""

    rev: int
    at: datetime
    by: Who | None
    ops: tuple[Operation, ...]


class RestorePointView(Frozen):
    """A state of the draft that one can go back to."""

    number: int
    rev: int = Field(description="The revision that it is.")
    at: datetime
    by: Who | None = Field(description="Who was about to change it.")
    reason: Reason = Field(description="What it was kept before, or `work`: ten minutes of it.")
    note: str | None


def draft_view(workflow: Workflow, version: int | None, *, differs: bool, issues: tuple[Issue, ...]) -> DraftView:
    """A draft as it is answered."""
    return DraftView(
        id=workflow.id,
        definition={"id": workflow.id, **workflow.draft},
        rev=workflow.revision,
        at=workflow.updated_at,
        by=_who(workflow.by),
        created=workflow.created_at,
        version=version,
        base_version=workflow.base_version,
        differs=differs,
        issues=issues,
    )


def revision_view(revision: Revision) -> RevisionView:
    """A change as it is answered."""
    return RevisionView(rev=revision.revision, at=revision.at, by=_who(revision.by), ops=revision.operations)


def point_view(point: RestorePoint) -> RestorePointView:
    """A restore point as it is listed."""
    return RestorePointView(number=point.number, rev=point.revision, at=point.at, by=_who(point.by), reason=point.reason, note=point.note)


def _who(by: Author) -> Who | None:
    return Who(label=by.label, id=by.id) if by.label is not None else None
