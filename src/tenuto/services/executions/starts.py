"""Starting a run: a document or a stored workflow becomes a checked, pinned definition and an order to the launcher."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.agent import Agent
from tenuto.core.catalog import Catalog
from tenuto.core.documents.validation import Report, validate
from tenuto.core.errors import Conflict, ConnectionMissing, Invalid
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Launcher, Order, Started
from tenuto.core.values import encode, max_value
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.ports import Blobs
from tenuto.services.executions.keeping.values import asked_alike
from tenuto.services.executions.keys import keys_of, text_id
from tenuto.services.executions.needs import Agents, Credentials, Definitions
from tenuto.services.executions.uses import agents_named
from tenuto.services.executions.wanted import Wanted as Wanted
from tenuto.services.executions.wanted import beginning, faults_of, optional_id, public_id
from tenuto.services.programs import Checker, with_programs
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Executions
from tenuto.store.runs.identity import new_id

_priorities = {"low": -1, "normal": 0, "high": 1}
_checked_documents = 512


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that was started, now or by an earlier call of the same kind."""

    id: str
    workflow_id: str | None
    new: bool
    at: datetime
    run: ExecutionId
    """For those in the same process who follow it."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a run would be: pinned to which definition, and simulated or not."""

    definition: WorkflowDefinition
    simulated: bool


class ExecutionStarts:
    """The beginning of runs."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        launcher: Launcher,
        catalog: Catalog,
        definitions: Definitions,
        agents: Agents,
        credentials: Credentials,
        development: bool,
        checker: Checker | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._launcher = launcher
        self._catalog = catalog
        self._definitions = definitions
        self._agents, self._credentials = agents, credentials
        self._development, self._checker = development, checker
        self._checked: OrderedDict[bytes, WorkflowDefinition] = OrderedDict()

    async def start(self, principal: Principal, wanted: Wanted) -> Begun:
        """Start a run, or answer with the one that the same id or key has started already.

        Raises `InvalidDefinition`, `ConnectionMissing` (in production), `Forbidden`, and `Conflict` where the id or key was used
        for something else.
        """
        principal.require(Permission.execution_start)
        user_id = principal.user(wanted.user_id)
        definition, simulated = await self._foresee(principal, wanted, user_id)
        event = beginning(principal, wanted, user_id, definition, self._catalog, simulated=simulated)
        encode([event.input, event.vars], limit=max_value - 4096, what="The input")  # or it would be a run that fails
        order = Order(
            id=ExecutionId(principal.workspace, new_id()),
            public_id=public_id(principal, wanted),
            definition=definition,
            event=event,
            workflow_id=event.workflow_id,
            run_as=principal.id,
            priority=_priorities[definition.settings.priority],
            keys=keys_of(definition.settings.keys, event),
        )
        started = await self._launcher.launch(order)
        if not started.new:
            await self._same(started, order, by_version=wanted.workflow_id is None or wanted.version is not None)
        return Begun(order.public_id, event.workflow_id, started.new, started.at, started.id, simulated)

    async def foresee(self, principal: Principal, wanted: Wanted) -> Foreseen:
        """What `start` would do with this, without doing it. Raises as it does."""
        principal.require(Permission.execution_start)
        definition, simulated = await self._foresee(principal, wanted, principal.user(wanted.user_id))
        faults_of(wanted.faults, definition, self._catalog, simulated=simulated)
        return Foreseen(definition, simulated)

    async def _foresee(self, principal: Principal, wanted: Wanted, user_id: str | None) -> tuple[WorkflowDefinition, bool]:
        definition = await self._definition(principal, wanted)
        return definition, await self._simulated(principal, wanted, user_id, definition)

    async def _definition(self, principal: Principal, wanted: Wanted) -> WorkflowDefinition:
        if (wanted.workflow is None) == (wanted.workflow_id is None):
            raise Invalid("A run is started of either a workflow or a workflow_id.", pointer="/workflow", fix="Send exactly one of them.")
        if wanted.workflow_id is not None:
            return await self._definitions.pinned(principal.workspace, text_id(wanted.workflow_id, "workflow_id"), wanted.version)
        digest = hashlib.sha256(json.dumps(wanted.workflow).encode()).digest()
        if (known := self._checked.get(digest)) is not None:
            self._checked.move_to_end(digest)
            return known
        report = await with_programs(validate(wanted.workflow, self._catalog), self._checker)
        if any(issue.code == "unknown-agent" for issue in report.errors):
            # Stored agents may change with every call, so this one is not remembered.
            return await self._with_stored_agents(principal.workspace, wanted.workflow)
        definition = self._checked[digest] = _storable(report)
        if len(self._checked) > _checked_documents:
            self._checked.popitem(last=False)
        return definition

    async def _with_stored_agents(self, workspace: int, document: JsonValue) -> WorkflowDefinition:
        """The definition with the stored agents that its nodes name and it does not hold."""
        stored = {agent.id: agent for agent in await self._agents.active(workspace)}
        definition = _storable(await with_programs(validate(document, self._catalog, agents=stored), self._checker))
        own = {agent.id for agent in definition.agents}
        more = [
            stored[name].model_dump(mode="json", include=set(Agent.model_fields), exclude_defaults=True)
            for name in agents_named(definition)
            if name in stored and name not in own
        ]
        if not more:
            return definition
        kept = (document := definition.document).get("agents", [])
        return WorkflowDefinition.model_validate({**document, "agents": [*(kept if isinstance(kept, list) else []), *more]})

    async def _simulated(self, principal: Principal, wanted: Wanted, user_id: str | None, definition: WorkflowDefinition) -> bool:
        if wanted.simulate:
            return True
        missing = await self._credentials.missing(principal.workspace, user_id, definition)
        if missing and self._development and wanted.simulate is None:
            return True
        if missing:
            raise ConnectionMissing(
                f"This workflow needs {_listed(missing)}, and no account is connected.",
                fix="Connect it under Connections, or start the run with simulate: true.",
            )
        return False

    async def _same(self, started: Started, order: Order, *, by_version: bool) -> None:
        """Make sure that a repeated start asks for what the first one asked for. Raises `Conflict`."""
        async with self._database.transaction(started.id.workspace) as tx:
            run = await Executions(tx).get(order.public_id)
            begin = await Log(tx).beginning(started.id.id)
        same = begin is not None and not run.imported and asked_alike(begin, order.event, self._blobs, started.id)
        if by_version:
            same = same and run.version_hash == order.definition.version_hash
        if not same:
            raise Conflict(
                f'The execution "{order.public_id}" was started with something else.',
                fix="Use another execution_id or Idempotency-Key for another run.",
            )


def _storable(report: Report) -> WorkflowDefinition:
    definition = report.require()
    optional_id(definition.id, "workflow/id")
    if "\0" in definition.name:
        raise Invalid("A workflow's name holds no NUL character.", pointer="/workflow/name")
    return definition


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
