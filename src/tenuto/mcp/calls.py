"""Calling a tool: a run is started and followed with progress, an action is performed; every problem is an answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from pydantic import JsonValue

from tenuto.core.errors import Invalid, Problem, internal
from tenuto.core.events import Event, NodeCompleted, NodeStarted, NodeUnknown, NodeWaiting, WorkflowPaused, WorkflowWaiting
from tenuto.core.language.schema import sentence, violations
from tenuto.mcp.results import Answer, done, failed, of_run, parked
from tenuto.mcp.tools import Tools, get_run, schema_of_get_run
from tenuto.mcp.visits import Visit, workflows
from tenuto.services.executions.starts import Wanted
from tenuto.services.executions.watch import Watched, ended
from tenuto.services.services import Services

Progress = Callable[[float, str], Awaitable[None]]
"""Tells the caller how far it is, if it asked to be told: a number that grows, and a sentence."""

told_wait = 300.0
untold_wait = 45.0
"""Seconds that a run is waited for where the caller hears of its progress, and where it does not: many give up after a minute."""
_beat = 10.0

_log = structlog.get_logger(__name__)


class Calls:
    """Calls of tools for whoever may make them."""

    def __init__(self, services: Services, tools: Tools, origin: str) -> None:
        self._services = services
        self._tools = tools
        self._origin = origin

    async def call(self, visit: Visit, name: str, arguments: Mapping[str, JsonValue], progress: Progress, *, told: bool) -> Answer | None:
        """What the tool answers, failures included; None where there is no such tool for this caller."""
        try:
            return await self._answer(visit, name, dict(arguments), progress, told=told)
        except Problem as problem:
            return failed(problem.data)
        except Exception as error:
            _log.exception("mcp.bug", tool=name[:100], error=type(error).__name__)
            return failed(internal(error))

    async def _answer(self, visit: Visit, name: str, arguments: dict[str, JsonValue], progress: Progress, *, told: bool) -> Answer | None:
        if (action := self._tools.action(visit, name)) is not None:
            called = await self._services.integrations.call(visit.caller, action.connector, action.action.key, arguments)
            return done(called.result, simulated=called.simulated)
        if name == get_run and visit.offers(workflows):
            _fit(arguments, schema_of_get_run)
            run = await self._services.executions.watches.find(visit.caller, str(arguments["execution_id"]))
            if not run.over and (seconds := _seconds(arguments.get("wait"))):
                await self._follow(visit, run, run.head, seconds, progress, leaves=False)
            return await self._stands(visit, run.public_id)
        if (offer := await self._tools.workflow(visit, name)) is None:
            return None
        _fit(arguments, offer.input)
        wanted = Wanted(workflow_id=offer.id, input=arguments, trigger="mcp")
        begun = await self._services.executions.starts.start(visit.caller, wanted)
        run = await self._services.executions.watches.find(visit.caller, begun.id)
        await self._follow(visit, run, 0, told_wait if told else untold_wait, progress, leaves=True)
        return await self._stands(visit, begun.id)

    async def _follow(self, visit: Visit, run: Watched, after: int, seconds: float, progress: Progress, *, leaves: bool) -> None:
        """Until the run has ended or the time is up; with `leaves` also until it goes on only by somebody's doing."""
        executions = self._services.executions
        until, step = time.monotonic() + seconds, 0
        async with executions.watches.follow(run, after) as watch:
            while not watch.closed and (left := until - time.monotonic()) > 0:
                events, _ = await watch.next(min(left, _beat))
                for said in [said for recorded in events if (said := _said(recorded.event))] if events else ["The run goes on."]:
                    step += 1
                    await progress(step, said)
                if events and ended(events[-1]):
                    return
                if leaves and any(_parks(recorded.event) for recorded in events):
                    stands = await executions.reads.detail(visit.caller, run.public_id)
                    if parked(stands) or stands.status.ended:
                        return

    async def _stands(self, visit: Visit, execution: str) -> Answer:
        return of_run(await self._services.executions.reads.detail(visit.caller, execution), self._origin)


def _fit(arguments: Mapping[str, JsonValue], schema: Mapping[str, JsonValue]) -> None:
    if found := violations(dict(arguments), schema):
        raise Invalid(f"The arguments are not what the tool takes: {sentence(found)}", issues=found, fix="See the tool's input schema.")


def _seconds(wait: JsonValue) -> float:
    return float(wait) if isinstance(wait, int | float) else 0.0


def _parks(event: Event) -> bool:
    return isinstance(event, WorkflowWaiting | WorkflowPaused | NodeUnknown)


def _said(event: Event) -> str:
    match event:
        case NodeStarted(node=node):
            return f"{node} has started."
        case NodeCompleted(node=node):
            return f"{node} is done."
        case NodeWaiting(node=node, reason=reason):
            return f"{node} waits ({reason})."
        case _:
            return ""
