"""The shapes in which workflows and what is said of them are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import Field, JsonValue

from tenuto.core.documents.kept import kept
from tenuto.core.errors import Issue
from tenuto.core.execution import Status
from tenuto.core.layout import with_positions
from tenuto.core.values import Frozen
from tenuto.services.triggers.install import NewTrigger
from tenuto.store.workflows import Version, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A workflow as it is being written, and what is still wrong with it."""

    workflow: dict[str, JsonValue]
    """Today's document with the fields of older clients beside them, `created` and `updated`."""
    revision: int
    version: int | None
    """The number of the published version."""
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedList:
    """A page of workflows."""

    items: tuple[Drafted, ...]
    total: int
    next: str | None


class VersionView(Frozen):
    """A published version."""

    number: int
    hash: str = Field(description="SHA-256 of the definition's canonical JSON.")
    published_at: datetime
    published_by: UUID | None = Field(description="The member or key; null for the command line.")
    note: str | None
    current: bool = Field(description="Whether runs start with it where no version is named.")
    triggers: tuple[NewTrigger, ...] = Field(default=(), description="What publishing put in place, with secrets that are shown this once.")


class Metrics(Frozen):
    """What became of a workflow's runs."""

    since: datetime
    total: int
    simulated: int = Field(description="How many of them were simulated.")
    by_status: dict[Status, int]
    success_rate: float | None = Field(description="Completed among those that completed or failed, 0 to 1; null without any.")
    p50_seconds: float | None = Field(description="Half of the completed runs took no longer, waiting included.")
    p95_seconds: float | None
    last_started: datetime | None


def drafted(workflow: Workflow, version: int | None, issues: tuple[Issue, ...] = ()) -> Drafted:
    """A stored workflow as it is answered."""
    stamps: dict[str, JsonValue] = {"created": _iso(workflow.created_at), "updated": _iso(workflow.updated_at)}
    shown = {"id": workflow.id, **kept(with_positions(workflow.draft)), **stamps}
    return Drafted(workflow=shown, revision=workflow.revision, version=version, issues=issues)


def version_view(version: Version, current: int | None, triggers: tuple[NewTrigger, ...] = ()) -> VersionView:
    """A version as it is answered."""
    return VersionView(
        number=version.number,
        hash=version.hash,
        published_at=version.published_at,
        published_by=version.published_by,
        note=version.note,
        current=version.number == current,
        triggers=triggers,
    )


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
