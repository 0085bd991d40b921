"""Runs that belong to other runs: whose child a run is, what its parent hands down, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SkipValidation

from tenuto.core.errors import ProblemData
from tenuto.core.status import Status

deepest = 16
"""How many runs may stand within one another."""


class Within(BaseModel):
    """Whose child a run is, and what its expressions see of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    parent: UUID
    execution: str
    """The parent's public id."""
    node: str
    attempt: int
    """Of the parent's node."""
    index: int
    """Its place among its siblings, from 0."""
    depth: int
    body: bool = True
    """Whether it runs a body, whose expressions see `item`, `index` and nodes around it; else it is a workflow of its own."""
    detached: bool = False
    """Whether nobody waits for it: it is a run by itself, and only counts how deep it stands."""
    item: Annotated[JsonValue, SkipValidation] = None
    """A reference stands for a large one."""
    outer: dict[str, JsonValue] = Field(default_factory=dict)
    """What the body refers to of nodes around it: their outputs, by id."""


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose behalf a run goes on, and how urgent it is."""

    public_id: str
    run_as: UUID | None
    priority: int


@dataclass(frozen=True, slots=True)
class Group:
    """The children of one attempt of a node."""

    workspace: int
    parent: UUID
    epoch: int
    """Of the parent's claim: who has lost the parent opens no group."""
    node: str
    attempt: int
    total: int
    concurrency: int
    stop_on_failure: bool


@dataclass(frozen=True, slots=True)
class Brood:
    """Children to be inserted at once; they differ in their ids, places and first events alone."""

    workflow_id: str | None
    workflow_name: str
    version_hash: str
    trigger: str
    children: Sequence[tuple[UUID, int, bytes]]
    """Each one's id, its place among its siblings, and its `workflow_started` as it is stored."""


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How one child ended: it has an output, or a problem."""

    index: int
    attempt: int
    """Of the node that had it."""
    output: JsonValue = None
    problem: ProblemData | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichChildren:
    """Some of the children of a run: of this node and attempt, from this item on, in any of these states."""

    node: str | None = None
    attempt: int | None = None
    first: int = 0
    statuses: Collection[Status] = ()


every_child = WhichChildren()
