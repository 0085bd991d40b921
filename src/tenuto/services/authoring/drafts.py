"""Drafts as the builder writes them: by operations on a known revision, invalid ones too, with ways back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.catalog import Catalog
from tenuto.core.documents.difference import Difference, difference
from tenuto.core.documents.operations import Operation, applied, keepable
from tenuto.core.documents.translate import translate
from tenuto.core.documents.validation import validate
from tenuto.core.errors import Conflict, TooLarge
from tenuto.core.layout import drawn
from tenuto.core.values import JsonObject, encode
from tenuto.core.workflow import max_definition
from tenuto.services.agents import with_agents
from tenuto.services.authoring.draft_views import DraftView, RestorePointView, RevisionView, draft_view, point_view, revision_view
from tenuto.services.authoring.states import as_draft, point_of, version_of
from tenuto.services.authoring.writing import author, keep_point, write
from tenuto.services.executions.keys import text_id
from tenuto.services.programs import Checker, with_programs
from tenuto.services.workflows import workflow_of
from tenuto.store.agents import Agents
from tenuto.store.authoring.changes import Revisions
from tenuto.store.authoring.restore_points import Reason, RestorePoints
from tenuto.store.database import Database, Transaction
from tenuto.store.runs.identity import new_id
from tenuto.store.workflows import Versions, Workflow, Workflows

empty: JsonObject = {"name": "Untitled workflow", "nodes": [], "edges": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A change that was made to an older revision: nothing was written."""

    revision: int
    since: tuple[RevisionView, ...] | None
    """What changed since then, oldest first; None where that is not known any more, and the draft has to be read."""


class Drafts:
    """The use cases of the builder's drafts. Nothing here changes what runs; `Versions.publish` does."""

    def __init__(self, database: Database, catalog: Catalog, checker: Checker | None = None) -> None:
        """`checker` reads the programs of code nodes."""
        self._database = database
        self._catalog = catalog
        self._checker = checker

    async def get(self, caller: Principal, id: str) -> DraftView:
        """The draft as it is edited. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            return await self._view(tx, await workflow_of(tx, id))

    async def create(self, caller: Principal, id: str | None, definition: Mapping[str, JsonValue] | None) -> DraftView:
        """A new draft, empty unless something is given; its parts may be wrong. Raises `Invalid`, and `Conflict` if the id is taken."""
        caller.require(Permission.workflow_write)
        new = text_id(id, "id") if id is not None else f"workflow-{new_id()}"
        document = _document(new, definition if definition is not None else empty)
        async with self._database.transaction(caller.workspace) as tx:
            if not await Workflows(tx).create(new, document, author(caller)):
                raise Conflict(f'There is a workflow "{new}" already.', pointer="/id", fix="Send another id or none.")
            return await self._view(tx, await workflow_of(tx, new))

    async def edit(self, caller: Principal, id: str, revision: int, operations: Sequence[Operation]) -> DraftView | Behind:
        """Do the operations, all of them or none. Raises `NotFound`, `Invalid` and `Conflict` with the operation that cannot be done."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            before = await workflow_of(tx, id, lock=True)
            if before.revision != revision:
                return await _behind(tx, before, revision)
            document = {**applied(before.draft, operations), "id": id}
            _check(document)
            await write(tx, caller, before, document)
            return await self._view(tx, await workflow_of(tx, id))

    async def replace(self, caller: Principal, id: str, revision: int, definition: Mapping[str, JsonValue]) -> DraftView | Behind:
        """Make a whole document the draft, of which an older shape becomes today's. Raises `NotFound` and `Invalid`."""
        caller.require(Permission.workflow_write)
        document = _document(id, definition)
        async with self._database.transaction(caller.workspace) as tx:
            before = await workflow_of(tx, id, lock=True)
            if before.revision != revision:
                return await _behind(tx, before, revision)
            await write(tx, caller, before, document, reason="replace")
            return await self._view(tx, await workflow_of(tx, id))

    async def discard(self, caller: Principal, id: str, revision: int | None) -> DraftView | Behind:
        """Make the draft what is published. A restore point keeps what it was. Raises `NotFound`, and `Conflict` where nothing is published."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            before = await workflow_of(tx, id, lock=True)
            if revision is not None and before.revision != revision:
                return await _behind(tx, before, revision)
            if before.published_hash is None:
                raise Conflict("This workflow was never published, so there is nothing to go back to.", fix="Delete it, or undo the edits.")
            number = (await Versions(tx).numbers({id: before.published_hash})).get(id, 0)
            return await self._become(tx, caller, before, number, "discard")

    async def take(self, caller: Principal, id: str, number: int, revision: int | None) -> DraftView | Behind:
        """Make the draft what a version is; a restore point keeps what it was. Raises `NotFound`."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            before = await workflow_of(tx, id, lock=True)
            if revision is not None and before.revision != revision:
                return await _behind(tx, before, revision)
            return await self._become(tx, caller, before, number, "restore")

    async def points(self, caller: Principal, id: str) -> tuple[RestorePointView, ...]:
        """The restore points, newest first. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            await workflow_of(tx, id)
            return tuple(point_view(point) for point in await RestorePoints(tx).of(id))

    async def point(self, caller: Principal, id: str, number: int) -> tuple[RestorePointView, JsonObject, Difference]:
        """A restore point, its document, and what is different in the draft of now. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            workflow = await workflow_of(tx, id)
            found = await point_of(tx, id, number)
        return point_view(found), found.document, difference(found.document, workflow.draft)

    async def keep(self, caller: Principal, id: str, reason: Reason, note: str | None) -> RestorePointView:
        """Make a restore point of the draft as it is. Raises `NotFound`."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            await keep_point(tx, caller, await workflow_of(tx, id, lock=True), reason, note)
            return point_view((await RestorePoints(tx).of(id, limit=1))[0])

    async def restore(self, caller: Principal, id: str, number: int, revision: int | None) -> DraftView | Behind:
        """Make the draft what it was at a restore point; what it is now is kept as one. Raises `NotFound`."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            before = await workflow_of(tx, id, lock=True)
            if revision is not None and before.revision != revision:
                return await _behind(tx, before, revision)
            found = await point_of(tx, id, number)
            await write(tx, caller, before, found.document, reason="restore")
            return await self._view(tx, await workflow_of(tx, id))

    async def _become(self, tx: Transaction, caller: Principal, before: Workflow, number: int, reason: Reason) -> DraftView:
        version = await version_of(tx, before.id, number)
        await write(tx, caller, before, await as_draft(tx, before, version), reason=reason)
        await Workflows(tx).base(before.id, number)
        return await self._view(tx, await workflow_of(tx, before.id))

    async def _view(self, tx: Transaction, workflow: Workflow) -> DraftView:
        stored = {agent.id: agent for agent in await Agents(tx).active()}
        report = await with_programs(validate(dict(workflow.draft), self._catalog, agents=stored), self._checker)
        hashes = {workflow.id: workflow.published_hash} if workflow.published_hash else {}
        version = (await Versions(tx).numbers(hashes)).get(workflow.id)
        whole = report.definition
        same = whole is not None and with_agents(whole, stored).version_hash == workflow.published_hash
        return draft_view(workflow, version, differs=not same, issues=report.issues)


def _document(id: str, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A document as it is kept: of today's shape, where an older one can be read; as it is, where it cannot."""
    keepable({**given, "id": id})
    translated = translate({**given, "id": id})
    document = translated.document if not any(issue.severity == "error" for issue in translated.issues) else {**given, "id": id}
    document = drawn(document if isinstance(document, dict) else {**given, "id": id})
    _check(document)
    return document


def _check(document: JsonObject) -> None:
    keepable(document)
    try:
        encode(document, limit=max_definition, what="The draft")
    except TooLarge as problem:
        raise TooLarge(problem.data.detail, fix="Move a part into a workflow of its own.") from None


async def _behind(tx: Transaction, workflow: Workflow, revision: int) -> Behind:
    if not 0 < revision < workflow.revision:
        return Behind(revision=workflow.revision, since=None)
    found = await Revisions(tx).since(workflow.id, revision)
    # A revision from before there were changes, or one of a thousand revisions ago, has a gap behind it.
    whole = [each.revision for each in found] == list(range(revision + 1, workflow.revision + 1))
    return Behind(revision=workflow.revision, since=tuple(revision_view(each) for each in found) if whole else None)
