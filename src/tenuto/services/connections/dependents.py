"""Which workflows hang on a connection: by what their published versions use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from tenuto.core.catalog import Catalog
from tenuto.core.connection import Connection, default_name
from tenuto.core.trigger import PollTrigger
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.uses import Need, credentials_used
from tenuto.store.database import Database
from tenuto.store.workflows import Workflows

_page = 200


class Definitions(Protocol):
    """Where published versions are read; the journal remembers them."""

    async def definition(self, workspace: int, version_hash: str) -> WorkflowDefinition:
        """The definition with this hash."""
        ...


class Workflow(NamedTuple):
    """A workflow that would stop."""

    id: str
    name: str


class Dependents:
    """Finds them."""

    def __init__(self, database: Database, definitions: Definitions, catalog: Catalog) -> None:
        self._database, self._definitions, self._catalog = database, definitions, catalog

    async def of(self, workspace: int, connections: Sequence[Connection]) -> Mapping[UUID, Sequence[Workflow]]:
        """The workflows of each connection, by name. A node that names none uses its run's user's own, or the default."""
        found: dict[UUID, list[Workflow]] = {each.id: [] for each in connections}
        wanted = {each.integration for each in connections}
        if not wanted:
            return found
        for workflow, version in await self._published(workspace):
            definition = await self._definitions.definition(workspace, version)
            polls = [Need(each.connector, each.connector, each.connection) for each in definition.triggers if isinstance(each, PollTrigger)]
            needs = {need for need in (*credentials_used(definition, self._catalog), *polls) if need.integration in wanted}
            for each in connections:
                if any(_uses(need, each) for need in needs):
                    found[each.id].append(workflow)
        return {each: sorted(using, key=lambda one: one.name) for each, using in found.items()}

    async def _published(self, workspace: int) -> Sequence[tuple[Workflow, str]]:
        found: list[tuple[Workflow, str]] = []
        cursor: str | None = None
        while True:
            async with self._database.transaction(workspace) as tx:
                page = await Workflows(tx).page(limit=_page, cursor=cursor)
            found += [(Workflow(each.id, each.name), each.published_hash) for each in page.items if each.published_hash is not None]
            cursor = page.next
            if cursor is None:
                return found


def _uses(need: Need, connection: Connection) -> bool:
    if need.integration != connection.integration:
        return False
    if need.connection is not None:
        return need.connection == connection.name
    return connection.user_id is not None or connection.name == default_name
