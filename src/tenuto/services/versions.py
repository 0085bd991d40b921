"""Published versions of workflows: published, listed, compared, taken back to, exported and counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.catalog import Catalog
from tenuto.core.documents.difference import Difference, difference
from tenuto.core.documents.reader import dump_yaml
from tenuto.core.documents.validation import validate
from tenuto.core.errors import NotFound
from tenuto.core.execution import Status
from tenuto.core.values import JsonObject
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.agents import with_agents
from tenuto.services.authoring.writing import keep_point
from tenuto.services.drafts import check_revision
from tenuto.services.programs import Checker, with_programs
from tenuto.services.triggers.install import Installer
from tenuto.services.workflow_views import Metrics, VersionView, version_view
from tenuto.services.workflows import workflow_of
from tenuto.store.agents import Agents
from tenuto.store.authoring.drawings import Drawings
from tenuto.store.database import Database, Transaction
from tenuto.store.repository import Page
from tenuto.store.workflow_runs import WorkflowRuns
from tenuto.store.workflows import Definitions, Version, Workflow, Workflows
from tenuto.store.workflows import Versions as Rows

Which: TypeAlias = int | Literal["draft", "published"]
"""One state of a workflow: a version by its number, what is published, or what is being written."""

_largest_number = 2**31 - 1


class Versions:
    """The use cases of versions."""

    def __init__(self, database: Database, catalog: Catalog, installer: Installer, checker: Checker | None = None) -> None:
        """`checker` reads the programs of code nodes."""
        self._database = database
        self._catalog = catalog
        self._installer = installer
        self._checker = checker

    async def publish(self, caller: Principal, id: str, *, revision: int | None = None, note: str | None = None) -> VersionView:
        """Make the draft the version that runs start with; the same draft again is the same version.

        The workspace's agents that its nodes name are written into it: a version never changes, and neither do its agents.
        Raises `InvalidDefinition` with all issues, and `Conflict` for another revision than the one named.
        """
        caller.require(Permission.workflow_publish)
        async with self._database.transaction(caller.workspace) as tx:
            workflow = await workflow_of(tx, id, lock=True)
            check_revision(workflow.revision, revision)
            stored = {agent.id: agent for agent in await Agents(tx).active()}
            report = await with_programs(validate(dict(workflow.draft), self._catalog, agents=stored), self._checker)
            definition = with_agents(report.require(), stored)
            await keep_point(tx, caller, workflow, "publish", note)
            view = await self._append(tx, caller, workflow, definition, note, layout=_layout(workflow.draft))
            await Workflows(tx).base(id, view.number)
            return view

    async def rollback(self, caller: Principal, id: str, number: int, *, note: str | None = None) -> VersionView:
        """Publish what an earlier version was, as a new version; the draft stays as it is.

        Raises `NotFound`, and `InvalidDefinition` if the earlier version would not run any more.
        """
        caller.require(Permission.workflow_publish)
        async with self._database.transaction(caller.workspace) as tx:
            workflow = await workflow_of(tx, id, lock=True)
            earlier = await _version(tx, id, number)
            definition = await Definitions(tx).get(earlier.hash)
            (await with_programs(validate(definition.document, self._catalog), self._checker)).require()
            return await self._append(tx, caller, workflow, definition, note or f"Back to version {number}", layout=earlier.layout)

    async def list(self, caller: Principal, id: str, *, limit: int = 50, cursor: str | None = None) -> Page[VersionView]:
        """The versions, newest first. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            current = await self._current(tx, await workflow_of(tx, id))
            page = await Rows(tx).page(id, limit=limit, cursor=cursor)
        return Page(tuple(version_view(item, current) for item in page.items), page.next)

    async def get(self, caller: Principal, id: str, number: int) -> tuple[VersionView, dict[str, JsonValue]]:
        """A version and its document. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            current = await self._current(tx, await workflow_of(tx, id))
            version = await _version(tx, id, number)
            return version_view(version, current), await _document(tx, version)

    async def diff(self, caller: Principal, id: str, before: Which, after: Which) -> Difference:
        """What changed from one state to another. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            workflow = await workflow_of(tx, id)
            return difference(await _state(tx, workflow, before), await _state(tx, workflow, after))

    async def export(self, caller: Principal, id: str, which: Which, form: Literal["yaml", "json"]) -> str:
        """The text of a file that imports as the same workflow. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            document = {"id": id, **await _state(tx, await workflow_of(tx, id), which)}
        return dump_yaml(document) if form == "yaml" else json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    async def metrics(self, caller: Principal, id: str, *, days: int = 30) -> Metrics:
        """What became of the runs of the last days. Raises `NotFound`."""
        caller.require(Permission.execution_read)
        since = datetime.now(UTC) - timedelta(days=days)
        async with self._database.transaction(caller.workspace) as tx:
            await workflow_of(tx, id)
            figures = await WorkflowRuns(tx).since(id, since)
        completed, failed = figures.statuses.get(Status.completed, 0), figures.statuses.get(Status.failed, 0)
        return Metrics(
            since=since,
            total=figures.total,
            simulated=figures.simulated,
            by_status=figures.statuses,
            success_rate=completed / (completed + failed) if completed + failed else None,
            p50_seconds=figures.p50,
            p95_seconds=figures.p95,
            last_started=figures.last,
        )

    async def _append(
        self,
        tx: Transaction,
        caller: Principal,
        workflow: Workflow,
        definition: WorkflowDefinition,
        note: str | None,
        *,
        layout: JsonObject | None,
    ) -> VersionView:
        newest = await Rows(tx).newest(workflow.id)
        if newest is not None and newest.hash == definition.version_hash == workflow.published_hash:
            await Drawings(tx).draw(workflow.id, newest.number, layout)
            return version_view(newest, newest.number)
        number = newest.number + 1 if newest else 1
        await Definitions(tx).keep(definition)
        await Rows(tx).append(workflow.id, number, definition.version_hash, caller.id, note, layout=layout)
        await Workflows(tx).publish(workflow.id, definition.version_hash)
        placed = await self._installer.install(tx, workflow.id, definition)
        return version_view(await _version(tx, workflow.id, number), number, placed)

    async def _current(self, tx: Transaction, workflow: Workflow) -> int | None:
        if workflow.published_hash is None:
            return None
        return (await Rows(tx).numbers({workflow.id: workflow.published_hash})).get(workflow.id)


async def _version(tx: Transaction, id: str, number: int) -> Version:
    found = await Rows(tx).numbered(id, number) if 0 < number <= _largest_number else None
    if found is None:
        raise NotFound(f'The workflow "{id}" has no version {number}.')
    return found


async def _state(tx: Transaction, workflow: Workflow, which: Which) -> dict[str, JsonValue]:
    match which:
        case "draft":
            return dict(workflow.draft)
        case "published":
            if workflow.published_hash is None:
                raise NotFound(f'The workflow "{workflow.id}" was never published.', fix="Publish it first.")
            number = (await Rows(tx).numbers({workflow.id: workflow.published_hash})).get(workflow.id, 0)
            return await _document(tx, await _version(tx, workflow.id, number))
        case number:
            return await _document(tx, await _version(tx, workflow.id, number))


async def _document(tx: Transaction, version: Version) -> dict[str, JsonValue]:
    """A version as a whole file: what runs, and how it is drawn."""
    layout: dict[str, JsonValue] = {"layout": dict(version.layout)} if version.layout else {}
    return {**(await Definitions(tx).get(version.hash)).document, **layout}


def _layout(draft: JsonObject) -> JsonObject | None:
    layout = draft.get("layout")
    return layout if isinstance(layout, dict) else None
