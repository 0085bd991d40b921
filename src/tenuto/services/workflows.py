"""Workflows as they are being written: created, read, changed, checked, imported and deleted."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.catalog import Catalog
from tenuto.core.documents.places import place_in
from tenuto.core.documents.reader import Format, read_document
from tenuto.core.documents.validation import validate
from tenuto.core.errors import Conflict, Invalid, Issue, Malformed, NotFound
from tenuto.services.authoring.writing import author, forget, write
from tenuto.services.drafts import changed, check_revision, draft_of, with_drawing
from tenuto.services.executions.keys import text_id
from tenuto.services.programs import Checker, with_programs
from tenuto.services.triggers.install import Installer
from tenuto.services.workflow_views import Drafted, DraftedList, drafted
from tenuto.store.agents import Agents
from tenuto.store.database import Database, Transaction
from tenuto.store.runs.identity import new_id
from tenuto.store.workflows import Versions, Workflow
from tenuto.store.workflows import Workflows as Rows


class Workflows:
    """The use cases of drafts; what is published is `services/versions.py`."""

    def __init__(self, database: Database, catalog: Catalog, installer: Installer, checker: Checker | None = None) -> None:
        """`checker` reads the programs of code nodes."""
        self._database = database
        self._catalog = catalog
        self._installer = installer
        self._checker = checker

    async def list(self, caller: Principal, *, limit: int = 200, cursor: str | None = None) -> DraftedList:
        """The drafts, those changed last first; without their issues."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            page = await Rows(tx).page(limit=limit, cursor=cursor)
            numbers = await Versions(tx).numbers({item.id: item.published_hash for item in page.items if item.published_hash})
            total = await Rows(tx).count()
        return DraftedList(items=tuple(drafted(item, numbers.get(item.id)) for item in page.items), total=total, next=page.next)

    async def get(self, caller: Principal, id: str) -> Drafted:
        """One draft with its issues. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            return await self._shown(tx, await workflow_of(tx, id))

    async def create(self, caller: Principal, document: Mapping[str, JsonValue]) -> Drafted:
        """A new draft, under the document's id if it has one. Raises `Malformed`, `InvalidDefinition`, and `Conflict` if the id is taken."""
        caller.require(Permission.workflow_write)
        given = document.get("id")
        if given is not None and not isinstance(given, str):
            raise Invalid("The id of a workflow is text.", pointer="/id")
        new = text_id(given, "id") if given is not None else f"workflow-{new_id()}"
        async with self._database.transaction(caller.workspace) as tx:
            given = {**document, "id": new}
            definition, issues = await draft_of(given, self._catalog, await self._agents(tx), self._checker)
            if not await Rows(tx).create(new, with_drawing(definition, given), author(caller)):
                raise Conflict(f'There is a workflow "{new}" already.', pointer="/id", fix="Change that one, or send another id or none.")
            return drafted(await workflow_of(tx, new), None, issues)

    async def change(self, caller: Principal, id: str, changes: Mapping[str, JsonValue], *, revision: int | None = None) -> Drafted:
        """Replace some fields of a draft. With `revision` only if the draft is still at it, else raises `Conflict`; without, the last wins."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            before = await workflow_of(tx, id, lock=True)
            check_revision(before.revision, revision)
            given = {**changed(before.draft, changes), "id": id}
            definition, _ = await draft_of(given, self._catalog, await self._agents(tx))
            await write(tx, caller, before, with_drawing(definition, given))
            return await self._shown(tx, await workflow_of(tx, id))

    async def delete(self, caller: Principal, id: str) -> None:
        """Delete a workflow and its triggers. Runs go on and stay readable, for the versions they are pinned to stay. Raises `NotFound`."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            await workflow_of(tx, id, lock=True)
            await self._installer.remove(tx, id)
            await forget(tx, id)
            await Rows(tx).bury(id)

    async def import_text(self, caller: Principal, text: str, *, form: Format | None = None, id: str | None = None) -> Drafted:
        """A new draft from the text of a file. It is read as data, and nothing it names is fetched or run."""
        caller.require(Permission.workflow_write)
        document = read_document(text, form)
        if not isinstance(document, dict):
            raise Malformed("A workflow file holds one object with a name, nodes and a startNode.")
        return await self.create(caller, document if id is None else {**document, "id": id})

    async def check(self, caller: Principal, document: JsonValue) -> tuple[Issue, ...]:
        """Everything that is wrong with a document that need not be stored; nothing is run."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            agents = await self._agents(tx)
        return (await with_programs(validate(document, self._catalog, agents=agents), self._checker)).issues

    async def check_text(self, caller: Principal, text: str) -> tuple[tuple[Issue, tuple[int, int] | None], ...]:
        """The same for a text, each issue with its line and column where they are known. Raises `Malformed` for no YAML or JSON."""
        document = read_document(text)
        return tuple((issue, place_in(text, document, issue)) for issue in await self.check(caller, document))

    async def check_stored(self, caller: Principal, id: str) -> tuple[Issue, ...]:
        """Everything that is wrong with a draft. Raises `NotFound`."""
        return (await self.get(caller, id)).issues

    async def document(self, caller: Principal, id: str) -> dict[str, JsonValue]:
        """A draft in today's shape alone. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            return {"id": id, **(await workflow_of(tx, id)).draft}

    async def _shown(self, tx: Transaction, workflow: Workflow) -> Drafted:
        report = validate(dict(workflow.draft), self._catalog, agents=await self._agents(tx))
        issues = (await with_programs(report, self._checker)).issues
        hashes = {workflow.id: workflow.published_hash} if workflow.published_hash else {}
        return drafted(workflow, (await Versions(tx).numbers(hashes)).get(workflow.id), issues)

    async def _agents(self, tx: Transaction) -> set[str]:
        return {agent.id for agent in await Agents(tx).active()}


async def workflow_of(tx: Transaction, id: str, *, lock: bool = False) -> Workflow:
    """The workflow with this id. Raises `NotFound`."""
    found = await Rows(tx).present(id, lock=lock) if "\0" not in id else None
    if found is None:
        raise NotFound(f'There is no workflow "{id[:128]}".', fix="See /api/workflows for those there are.")
    return found
