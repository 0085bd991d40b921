"""A run begun by a trigger: its filter and input evaluated, pinned to the version that the trigger was published with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, cast

from pydantic import JsonValue

from tenuto.core.catalog import Catalog
from tenuto.core.errors import ConnectionMissing
from tenuto.core.events import WorkflowStarted
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Launcher, Order, Started
from tenuto.core.trigger import WebhookTrigger
from tenuto.core.values import JsonObject, encode, max_value
from tenuto.engine.expressions.resolve import Resolvable, compile_value, resolve
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.expressions.scope import Scope
from tenuto.services.executions.keys import keys_of
from tenuto.services.executions.needs import Credentials
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal
from tenuto.store.triggers.rows import InstalledTrigger

_priorities = {"low": -1, "normal": 0, "high": 1}
_compiled_most = 4096


class Happened(NamedTuple):
    """What a trigger tells of: the event, and facts about it that expressions see as `trigger`."""

    event: JsonValue
    facts: JsonObject


class Launch:
    """Begins the runs of triggers."""

    def __init__(
        self,
        launcher: Launcher,
        journal: Journal,
        credentials: Credentials,
        sandbox: Sandbox,
        *,
        catalog: Catalog,
        now: Callable[[], datetime],
        development: bool,
    ) -> None:
        """`now` is the database's clock; `development`: a run that lacks a credential is simulated instead of refused."""
        self.catalog = catalog
        self.now = now
        self._launcher = launcher
        self._journal = journal
        self._credentials = credentials
        self._sandbox = sandbox
        self._development = development
        self._compiled: OrderedDict[tuple[object, ...], Resolvable] = OrderedDict()

    async def evaluate(self, trigger: InstalledTrigger, field: str, value: JsonValue, happened: Happened) -> JsonValue:
        """A field of the trigger with its expressions resolved. Raises `ExpressionFailed` with the place in the definition."""
        key = (trigger.id, trigger.version_hash, field)
        resolvable = self._compiled.get(key)
        if resolvable is None:
            resolvable = self._compiled[key] = compile_value(value, at=f"/triggers/{trigger.spec.id}/{field}")
            if len(self._compiled) > _compiled_most:
                self._compiled.popitem(last=False)
        facts = {"type": trigger.spec.type, "id": trigger.spec.id, **happened.facts}
        return await resolve(resolvable, Scope(now=self.now(), event=happened.event, trigger=facts), self._sandbox)

    async def wanted(self, trigger: InstalledTrigger, happened: Happened) -> bool:
        """Whether the trigger's filter lets it through."""
        spec = trigger.spec
        if not isinstance(spec, WebhookTrigger) or spec.filter is None:
            return True
        return bool(await self.evaluate(trigger, "filter", spec.filter, happened))

    async def start(self, trigger: InstalledTrigger, public_id: str, happened: Happened) -> Started:
        """Begin the run, or answer that it was begun before. Raises `Problem` for what will not start later either, and `Unavailable`."""
        given = trigger.spec.input
        told = happened.event if given is None else await self.evaluate(trigger, "input", given, happened)
        definition = await self._journal.definition(trigger.workspace, trigger.version_hash)
        missing = await self._credentials.missing(trigger.workspace, None, definition)
        if missing and not self._development:
            raise ConnectionMissing(
                f"This workflow needs {' and '.join(missing)}, and no account is connected.", fix="Connect it, then replay."
            )
        said = cast("dict[str, JsonValue]", told).get("message") if isinstance(told, dict) else None
        message = said if isinstance(said, str) else ""
        event = WorkflowStarted(
            workflow_id=trigger.workflow_id,
            workflow_name=definition.name,
            version=definition.version_hash,
            input=told,
            vars={"message": message, "user_id": None, "session_id": None},
            message=message,
            simulated=bool(missing),
            trigger=trigger.spec.type,
            trigger_data={"id": trigger.spec.id, **happened.facts},
        )
        encode([event.input, event.vars, event.trigger_data], limit=max_value - 4096, what="The input")
        return await self._launcher.launch(
            Order(
                id=ExecutionId(trigger.workspace, new_id()),
                public_id=public_id,
                definition=definition,
                event=event,
                workflow_id=trigger.workflow_id,
                priority=_priorities[definition.settings.priority],
                keys=keys_of(definition.settings.keys, event),
            )
        )
