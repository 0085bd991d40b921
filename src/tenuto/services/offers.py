"""What is offered to other programs as tools: the published workflows, each with what it is given."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.documents.inputs import input_schema
from tenuto.core.errors import NotFound
from tenuto.store.database import Database, Transaction
from tenuto.store.repository import Page
from tenuto.store.workflows import Definitions, Workflows

_kept = 1_000


class Offer(NamedTuple):
    """A published workflow as a tool."""

    id: str
    name: str
    description: str
    input: dict[str, JsonValue]
    """JSON schema of a run's input."""


class Offers:
    """The use cases of those who call workflows as tools."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[tuple[int, str, str], Offer] = OrderedDict()

    async def page(self, caller: Principal, *, limit: int = 100, cursor: str | None = None) -> Page[Offer]:
        """The published workflows that the caller may start, in the order of their ids. Raises `Malformed` for a foreign cursor."""
        caller.require(Permission.execution_start)
        async with self._database.transaction(caller.workspace) as tx:
            page = await Workflows(tx).published(limit=limit, cursor=cursor)
            return Page(tuple([await self._offer(tx, item.id, item.published_hash or "") for item in page.items]), page.next)

    async def one(self, caller: Principal, id: str) -> Offer:
        """A published workflow. Raises `NotFound`, also for one that was never published."""
        caller.require(Permission.execution_start)
        async with self._database.transaction(caller.workspace) as tx:
            found = await Workflows(tx).present(id) if "\0" not in id else None
            if found is None or found.published_hash is None:
                raise NotFound(f'There is no published workflow "{id[:128]}".')
            return await self._offer(tx, found.id, found.published_hash)

    async def _offer(self, tx: Transaction, id: str, version: str) -> Offer:
        """The offer of a version, which never changes: read once, and remembered."""
        key = (tx.workspace, id, version)
        offer = self._known.get(key)
        if offer is None:
            definition = await Definitions(tx).get(version)
            offer = self._known[key] = Offer(id, definition.name, definition.description, input_schema(definition))
            if len(self._known) > _kept:
                self._known.popitem(last=False)
        return offer
