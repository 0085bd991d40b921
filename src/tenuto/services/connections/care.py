"""Connections kept alive in the background: tokens are renewed before anybody waits for them, and what broke is told with what hangs on it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

import structlog

from tenuto.core.connection import Connection
from tenuto.core.errors import AuthRejected, NotFound, Problem
from tenuto.services.connections.dependents import Workflow
from tenuto.store.connections.due import Due, DueConnections
from tenuto.store.connections.rows import Connections as Rows
from tenuto.store.database import Database

_log = structlog.get_logger(__name__)
_at_once = 50
_first_wait, _longest_wait = 60.0, 900.0
"""Seconds until a renewal that failed is tried again: doubled each time, up to a quarter of an hour."""
_most_told = 10_000


class Renewing(Protocol):
    """What renews; `vault.oauth.renewal.Renewal`."""

    async def after_refusal(self, workspace: int, id: UUID, generation: int) -> object:
        """Tokens of a later generation than this, asked for once whoever asks."""
        ...


class Using(Protocol):
    """What knows the workflows of connections; `Dependents`."""

    async def of(self, workspace: int, connections: Sequence[Connection]) -> Mapping[UUID, Sequence[Workflow]]:
        """The workflows of each."""
        ...


class _Failed(NamedTuple):
    again_at: float
    wait: float


class Care:
    """The rounds of one process. Several may go: the row's lock lets one of them ask the vendor."""

    def __init__(self, database: Database, renewal: Renewing, dependents: Using) -> None:
        self._database, self._renewal, self._dependents = database, renewal, dependents
        self._due = DueConnections(database)
        self._failed: dict[UUID, _Failed] = {}
        self._told: OrderedDict[tuple[UUID, int], None] = OrderedDict()

    async def renew(self) -> int:
        """Renew what ends soon, one after the other: requests that wait for a renewal come first. How many there were.

        A vendor that is away is left alone until the next round.
        """
        now, away, done = time.monotonic(), set[str](), 0
        self._failed = {one: failed for one, failed in self._failed.items() if failed.again_at > now - _longest_wait}
        found = await self._due.ending(_at_once, [one for one, failed in self._failed.items() if failed.again_at > now])
        for each in found:
            if each.integration in away:
                continue
            try:
                await self._renewal.after_refusal(each.workspace, each.id, each.generation)
            except (AuthRejected, NotFound):  # which is on the connection now, or the connection is gone
                self._failed.pop(each.id, None)
            except Problem as problem:
                away.add(each.integration)
                self._put_off(each, problem)
            else:
                self._failed.pop(each.id, None)
                done += 1
        return done if len(found) == _at_once else 0  # there may be more

    async def tell(self) -> int:
        """Say in the log, once for each end of a grant, which connection needs a person and which workflows stop without it."""
        for each in await self._due.broken(_at_once):
            if (each.id, each.generation) not in self._told:
                await self._say(each)
                self._told[each.id, each.generation] = None
        while len(self._told) > _most_told:
            self._told.popitem(last=False)
        return 0

    def _put_off(self, each: Due, problem: Problem) -> None:
        failed = self._failed.get(each.id)
        wait = min(_longest_wait, failed.wait * 2) if failed is not None else _first_wait
        self._failed[each.id] = _Failed(time.monotonic() + wait, wait)
        _log.info("connection.renewal_failed", integration=each.integration, connection=str(each.id), reason=problem.data.detail)

    async def _say(self, each: Due) -> None:
        try:
            async with self._database.transaction(each.workspace) as tx:
                connection = await Rows(tx).get(each.id)
        except NotFound:
            return
        using = (await self._dependents.of(each.workspace, [connection]))[each.id]
        _log.warning(
            "connection.needs_attention",
            workspace=each.workspace,
            connection=str(each.id),
            integration=connection.integration,
            name=connection.name,
            reason=connection.reason,
            workflows=[workflow.id for workflow in using],
        )
