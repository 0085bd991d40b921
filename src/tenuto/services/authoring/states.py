"""The states that a workflow was in: its draft, its published versions and the draft's restore points, to be listed and compared."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import Field, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.documents.comparable import comparable
from tenuto.core.errors import NotFound
from tenuto.core.values import Frozen
from tenuto.services.authoring.draft_views import Who
from tenuto.services.workflows import workflow_of
from tenuto.store.agents import Agents
from tenuto.store.authoring.restore_points import Reason, RestorePoint, RestorePoints
from tenuto.store.database import Database, Transaction
from tenuto.store.people.members import KeyRows, MemberRows
from tenuto.store.repository import longest_page
from tenuto.store.workflows import Author, Definitions, Version, Versions, Workflow

largest_number = 2**31 - 1


class Which(NamedTuple):
    """One state, by its kind and, of a version and a restore point, its number."""

    kind: Literal["draft", "published", "version", "point"]
    number: int = 0


class StateView(Frozen):
    """A state of a workflow."""

    state: str = Field(description="Its name in addresses: `draft`, the number of a version, or `p` and the number of a restore point.")
    kind: Literal["draft", "version", "point"]
    number: int | None = Field(description="Of a version or a restore point.")
    at: datetime = Field(description="When it was published, kept, or changed last.")
    by: Who | None = Field(
        description="Who published it, changed it last, or, of a restore point, was about to change it; null: not known."
    )
    note: str | None = None
    reason: Reason | None = Field(default=None, description="What a restore point was kept before, or `work`.")
    current: bool = Field(default=False, description="Whether it is the version that runs start with.")


class States:
    """The use cases of looking back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, caller: Principal, id: str) -> tuple[StateView, ...]:
        """The newest versions (200) and all restore points, newest first. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            workflow = await workflow_of(tx, id)
            versions = (await Versions(tx).page(id, limit=longest_page)).items
            current = await _current(tx, workflow)
            names = {by: await _who(tx, by) for by in {version.published_by for version in versions}}
            points = await RestorePoints(tx).of(id)
        views = [*(_version_view(each, names[each.published_by], current) for each in versions), *(_point_view(each) for each in points)]
        return tuple(sorted(views, key=lambda view: view.at, reverse=True))

    async def get(self, caller: Principal, id: str, which: Which) -> tuple[StateView, dict[str, JsonValue]]:
        """A state, and its document as it can be compared with that of another one. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            workflow = await workflow_of(tx, id)
            match which.kind:
                case "draft":
                    view = StateView(state="draft", kind="draft", number=None, at=workflow.updated_at, by=_named(workflow.by))
                    return view, comparable({**workflow.draft, "id": id})
                case "point":
                    point = await point_of(tx, id, which.number)
                    return _point_view(point), comparable({**point.document, "id": id})
                case "published" | "version":
                    current = await _current(tx, workflow)
                    if which.kind == "published" and current is None:
                        raise NotFound(f'The workflow "{id}" was never published.', fix="Publish it first.")
                    version = await version_of(tx, id, which.number if which.kind == "version" else current or 0)
                    view = _version_view(version, await _who(tx, version.published_by), current)
                    return view, comparable(await as_draft(tx, workflow, version))


async def version_of(tx: Transaction, id: str, number: int) -> Version:
    """A published version. Raises `NotFound`."""
    found = await Versions(tx).numbered(id, number) if 0 < number <= largest_number else None
    if found is None:
        raise NotFound(f'The workflow "{id}" has no version {number}.')
    return found


async def point_of(tx: Transaction, id: str, number: int) -> RestorePoint:
    """A restore point. Raises `NotFound`."""
    found = await RestorePoints(tx).numbered(id, number) if 0 < number <= largest_number else None
    if found is None:
        raise NotFound(f"This workflow has no restore point {number}.", fix="The oldest go; see the list for those there are.")
    return found


async def as_draft(tx: Transaction, workflow: Workflow, version: Version) -> dict[str, JsonValue]:
    """A version as a draft: agents of the workspace that publishing wrote into it are looked up anew."""
    definition = await Definitions(tx).get(version.hash)
    drafted = workflow.draft.get("agents")
    own = {str(agent.get("id")) for agent in drafted if isinstance(agent, dict)} if isinstance(drafted, list) else set[str]()
    shared = {agent.id for agent in await Agents(tx).active()} - own
    agents: list[JsonValue] = [
        agent.model_dump(mode="json", exclude_defaults=True) for agent in definition.agents if agent.id not in shared
    ]
    document: dict[str, JsonValue] = {**definition.document, "id": workflow.id, "agents": agents}
    if not agents:
        del document["agents"]
    if version.layout:
        document["layout"] = dict(version.layout)
    return document


async def _current(tx: Transaction, workflow: Workflow) -> int | None:
    if workflow.published_hash is None:
        return None
    return (await Versions(tx).numbers({workflow.id: workflow.published_hash})).get(workflow.id)


async def _who(tx: Transaction, id: UUID | None) -> Who | None:
    """A member or a key by its present name; versions hold only the id, and none where the command line published."""
    if id is None:
        return None
    if member := await MemberRows(tx).find(id):
        return Who(label=f"member:{member.name}", id=id)
    key = await KeyRows(tx).find(id)
    return Who(label=f"key:{key.name}", id=id) if key else None


def _named(by: Author) -> Who | None:
    return Who(label=by.label, id=by.id) if by.label is not None else None


def _version_view(version: Version, by: Who | None, current: int | None) -> StateView:
    number = version.number
    return StateView(
        state=str(number), kind="version", number=number, at=version.published_at, by=by, note=version.note, current=number == current
    )


def _point_view(point: RestorePoint) -> StateView:
    state = f"p{point.number}"
    return StateView(state=state, kind="point", number=point.number, at=point.at, by=_named(point.by), note=point.note, reason=point.reason)
