"""What starting a run asks of other nouns, as structural protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tenuto.core.agent import Agent
from tenuto.core.values import JsonObject
from tenuto.core.workflow import WorkflowDefinition


class Definitions(Protocol):
    """Where stored workflows are found."""

    async def pinned(self, workspace: int, workflow_id: str, version: int | None) -> WorkflowDefinition:
        """A published version, the newest where none is named. Raises `NotFound`, and `Conflict` if nothing was published."""
        ...

    async def draft(self, workspace: int, workflow_id: str) -> JsonObject:
        """What is being written, as a document that need not be valid. Raises `NotFound`."""
        ...


class Agents(Protocol):
    """Where stored agents are found."""

    async def active(self, workspace: int) -> Sequence[Agent]:
        """The workspace's agents that may be used."""
        ...


class Credentials(Protocol):
    """What a run would need to reach the outside."""

    async def missing(self, workspace: int, user_id: str | None, definition: WorkflowDefinition) -> Sequence[str]:
        """The agent providers and integrations this definition uses for which there is no credential, by name."""
        ...
