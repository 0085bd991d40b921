"""What starting a run asks of other nouns, answered by what the workspace has stored and connected."""

from __future__ import annotations

from collections.abc import Sequence

from tenuto.core.agent import Agent
from tenuto.core.catalog import Catalog
from tenuto.core.errors import Conflict, NotFound
from tenuto.core.values import JsonObject
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.uses import credentials_used
from tenuto.store.agents import Agents
from tenuto.store.database import Database
from tenuto.store.published import PublishedVersions
from tenuto.store.runs.journal import Journal
from tenuto.store.workflows import Versions, Workflows
from tenuto.vault.tokens import Secrets


class StoredDefinitions:
    """Stored workflows. Satisfies `Definitions`."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._published = PublishedVersions(database)

    async def pinned(self, workspace: int, workflow_id: str, version: int | None) -> WorkflowDefinition:
        """A published version, the newest where none is named. Raises `NotFound`, and `Conflict` if nothing was published."""
        found = await self._published.of(workspace, workflow_id)
        if found is None:
            raise NotFound(f'There is no workflow "{workflow_id}".')
        if version is not None:
            async with self._database.transaction(workspace) as tx:
                numbered = await Versions(tx).numbered(workflow_id, version)
            if numbered is None:
                raise NotFound(f'The workflow "{found.name}" has no version {version}.')
            return await self._journal.definition(workspace, numbered.hash)
        if found.hash is None:
            raise Conflict(f'The workflow "{found.name}" has never been published.', fix="Publish it first.")
        return await self._journal.definition(workspace, found.hash)

    async def draft(self, workspace: int, workflow_id: str) -> JsonObject:
        """What is being written. Raises `NotFound`."""
        async with self._database.transaction(workspace) as tx:
            found = await Workflows(tx).present(workflow_id)
        if found is None:
            raise NotFound(f'There is no workflow "{workflow_id}".')
        return {"id": workflow_id, **found.draft}


class StoredAgents:
    """Stored agents. Satisfies `Agents`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def active(self, workspace: int) -> Sequence[Agent]:
        """The workspace's agents that may be used."""
        async with self._database.transaction(workspace) as tx:
            return await Agents(tx).active()


class KnownCredentials:
    """What the vault could put into the requests of a run. Satisfies `Credentials`."""

    def __init__(self, catalog: Catalog, secrets: Secrets) -> None:
        self._catalog = catalog
        self._secrets = secrets

    async def missing(self, workspace: int, user_id: str | None, definition: WorkflowDefinition) -> Sequence[str]:
        """The names of agent providers and integrations without a credential, each once.

        A connection that an expression names is found when its node runs.
        """
        lacking: dict[str, None] = {}
        for name, integration, connection in dict.fromkeys(credentials_used(definition, self._catalog)):
            if not await self._secrets.has(workspace, integration, user_id, connection):
                lacking[name] = None
        return tuple(lacking)
