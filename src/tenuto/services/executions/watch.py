"""Following a run while it goes on: from any event, in any process, until it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.events import Recorded, terminal
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Launcher
from tenuto.services.executions.folds import kept, kept_from_state
from tenuto.services.executions.keeping.values import ExecutionValues
from tenuto.services.executions.starts import Begun
from tenuto.services.executions.views import KeptExecution
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.feed import Feed, Watch
from tenuto.store.runs.journal import Journal

Watched: TypeAlias = Execution
"""A run as those who watch it need it: its ids, its head, and whether it is over."""

longest_wait = 300.0
"""Seconds that a caller may have its answer held back."""


class ExecutionWatches:
    """The live side of runs."""

    def __init__(self, database: Database, journal: Journal, feed: Feed, launcher: Launcher, values: ExecutionValues) -> None:
        self._values = values
        self._database = database
        self._journal = journal
        self._feed = feed
        self._launcher = launcher

    async def find(self, principal: Principal, public_id: str) -> Execution:
        """The run to be watched. Raises `NotFound`."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            return await Executions(tx).get(public_id)

    @asynccontextmanager
    async def follow(self, run: Execution, after: int = 0) -> AsyncGenerator[Watch]:
        """What happened after an event, then what happens."""
        async with self._feed.watch(run.id, after, self._journal.read) as watch:
            yield watch

    async def results(self, run: Execution) -> dict[str, JsonValue]:
        """The outputs of the nodes that have completed so far."""
        async with self._database.transaction(run.id.workspace) as tx:
            return (await Log(tx).results([run.id.id]))[run.id.id]

    async def end(self, principal: Principal, public_id: str, seconds: float) -> KeptExecution:
        """The run once it has ended, or as it is after so many seconds (at most `longest_wait`)."""
        run = await self.find(principal, public_id)
        if not run.over and seconds > 0:
            await self.until(run.id, run.head, min(seconds, longest_wait), ended)
            run = await self.find(principal, public_id)
        return kept(run, await self._values.whole(run.id, public_id, await self.results(run)))

    async def end_of(self, principal: Principal, begun: Begun, seconds: float) -> KeptExecution:
        """The same for a run that was started just now: starting and waiting is what many calls a second do.

        Whoever drives it here knows its end without a look at the database.
        """
        principal.require(Permission.execution_read)
        until = time.monotonic() + min(seconds, longest_wait)
        if (end := await self._launcher.end(begun.run, min(seconds, longest_wait))) is not None:
            results = {name: node.output for name, node in end.state.nodes.items() if node.status == "completed"}
            return kept_from_state(begun, end, await self._values.whole(begun.run, begun.id, results))
        return await self.end(principal, begun.id, max(0.0, until - time.monotonic()))

    async def close(self, principal: Principal, public_id: str) -> int:
        """Close the streams of a run in this process; how many there were."""
        return self._feed.close((await self.find(principal, public_id)).id)

    async def until(self, run: ExecutionId, after: int, seconds: float, wanted: Callable[[Recorded], bool]) -> Recorded | None:
        """The first wanted event after a sequence number, or the run's end; None if neither comes in time."""
        try:
            async with asyncio.timeout(seconds), self._feed.watch(run, after, self._journal.read) as watch:
                while not watch.closed:
                    events, _ = await watch.next(seconds)
                    for recorded in events:
                        if wanted(recorded) or ended(recorded):
                            return recorded
        except TimeoutError:
            pass
        # A doorbell may have been lost, or rung for a process that does not listen: what is there by now has come in time.
        return next((recorded for recorded in await self._journal.read(run, after) if wanted(recorded) or ended(recorded)), None)


def ended(recorded: Recorded) -> bool:
    """Whether this is the last event of a run."""
    return recorded.event.type in terminal


def over(run: Watched, recorded: Recorded, events: Sequence[Recorded]) -> bool:
    """Whether nothing follows this event: a run that failed may have been taken up again since."""
    return ended(recorded) and recorded is events[-1] and (run.over or recorded.seq > run.head)
