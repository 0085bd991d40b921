"""What comes from outside for runs that wait: events that are offered to all of them, and calls of one-time addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from uuid import uuid4

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Invalid, NotFound
from tenuto.core.events import NodeProgress
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.outside.addresses import Addresses, Called
from tenuto.engine.plan import Plan
from tenuto.services.executions.answers import refused, told_of
from tenuto.services.executions.folds import node_state
from tenuto.services.executions.watch import ExecutionWatches
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.mailbox import Mailbox

_patience = 2.0
"""Seconds that the owner of a run has to react before a caller is answered without it."""
_longest = 200


class Waits:
    """The use cases of waiting for what is outside."""

    def __init__(self, database: Database, journal: Journal, mailbox: Mailbox, watches: ExecutionWatches, addresses: Addresses) -> None:
        self._database = database
        self._journal = journal
        self._mailbox = mailbox
        self._watches = watches
        self._addresses = addresses

    async def offer(self, workspace: int, name: str, payload: JsonValue, delivery_id: str) -> int:
        """Give an event to every run that waits for its name; how many there are.

        The same delivery again, also after a crash, changes nothing. Whether the event concerns a run is seen by the run itself.
        """
        if not 1 <= len(name) <= _longest or not name.isprintable():
            raise Invalid(f"The name of an event has 1 to {_longest} printable characters.", pointer="/name")
        if len(delivery_id) > _longest or "\0" in delivery_id:
            delivery_id = hashlib.sha256(delivery_id.encode()).hexdigest()
        return await self._mailbox.offer(workspace, name, payload, delivery_id)

    async def publish(self, principal: Principal, name: str, payload: JsonValue, delivery_id: str | None = None) -> int:
        """Offer an event of one's own."""
        principal.require(Permission.execution_operate)
        # Of this caller alone: nobody keeps another one's event from being heard by using up its id.
        own = f"{principal.kind}:{principal.id}:{delivery_id}" if delivery_id else str(uuid4())
        return await self.offer(principal.workspace, name, payload, own)

    async def call(self, token: str, data: JsonValue) -> bool:
        """Let the run of an address go on; whether it has reacted already. Nobody has to be known: the address is the right.

        Raises `NotFound`, the same for an address that is unknown, used or expired.
        """
        called = self._addresses.called(token)
        if called is None:
            raise _no_good()
        run = await self._callable(called)
        letter = f"call:{uuid4()}"
        signal: dict[str, JsonValue] = {"node": called.node, "id": letter, "data": data}
        # One call at a time is in the mail of a node, and the first one counts.
        if not await self._mailbox.send(run.id, Mail(f"call:{called.node}", "call", signal)):
            raise _no_good()
        reaction = await self._watches.until(run.id, run.head, _patience, lambda recorded: told_of(recorded) == letter)
        if reaction is not None and (told_of(reaction) != letter or refused(reaction) is not None):
            raise _no_good()
        return reaction is not None

    async def addresses(self, principal: Principal, public_id: str) -> Mapping[str, str]:
        """The addresses of a run's nodes that can still be called, for those who may operate it: they are secrets. Raises `NotFound`."""
        principal.require(Permission.execution_operate)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
        if run.over:
            return {}
        definition = await self._journal.definition(principal.workspace, run.version_hash)
        found: dict[str, str] = {}
        for node in _callable(definition):
            async with self._database.transaction(principal.workspace) as tx:
                log = await Log(tx).of_node(run.id.id, node)
            early = any(isinstance(recorded.event, NodeProgress) and recorded.event.kind == "called" for recorded in log)
            if not early and not node_state(node, log).settled:
                found[node] = self._addresses.true(run.id, node)
        return found

    async def _callable(self, called: Called) -> Execution:
        """The run, if its node still can be called."""
        async with self._database.transaction(called.run.workspace) as tx:
            run = await Executions(tx).by_id(called.run.id)
            log = await Log(tx).of_node(called.run.id, called.node)
        used = any(isinstance(recorded.event, NodeProgress) and recorded.event.kind == "called" for recorded in log)
        if run is None or run.over or used or (log and node_state(called.node, log).settled):
            raise _no_good()
        return run


def _callable(definition: WorkflowDefinition) -> tuple[str, ...]:
    return Plan(definition).callable


def _no_good() -> NotFound:
    return NotFound("This address is not good: it is unknown, was used, or is too old.", fix="Ask whoever sent it for another one.")
