"""Logs of runs in the transactions of use cases: read in parts, written once for an import, erased with the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, Uuid, func, literal

from tenuto.core.blob import Blob, references
from tenuto.core.events import Event, NodeCompleted, Recorded, WorkflowStarted, event_data, event_from, node_of
from tenuto.store.database import Transaction
from tenuto.store.kin.families import removed_with
from tenuto.store.people.waits import Questions
from tenuto.store.repository import Order, Repository, metadata
from tenuto.store.spending import Holds, Spending

events = Table(
    "execution_events",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("execution_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("type", Text, nullable=False),
    Column("node", Text),
    Column("data", LargeBinary, nullable=False),
)

_mail = Table(
    "mailbox",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("execution_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
)

_blobs = Table(
    "blobs",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("execution_id", Uuid, primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("n", Integer, primary_key=True),
)

_at_once = 5_000
_in_order = Order((events.c.execution_id, events.c.seq), descending=False)


class Log(Repository[Recorded]):
    """The events of runs. Only an import writes here; living runs are written by the journal."""

    table, noun = events, "event"
    key: ClassVar[str] = "seq"

    async def of(self, run: UUID, *, after: int = 0, limit: int | None = None) -> Sequence[Recorded]:
        """The log after a sequence number, in order."""
        rows = await self._rows(events.c.execution_id == run, events.c.seq > after, order=_in_order, limit=limit)
        return [self._read(row) for row in rows]

    async def beginning(self, run: UUID) -> WorkflowStarted | None:
        """What the run was started with."""
        found = await self._first(events.c.execution_id == run, events.c.seq == 1)
        return found.event if found is not None and isinstance(found.event, WorkflowStarted) else None

    async def of_node(self, run: UUID, node: str) -> Sequence[Recorded]:
        """What happened to one node, in order."""
        rows = await self._rows(events.c.execution_id == run, events.c.node == node, order=_in_order)
        return [self._read(row) for row in rows]

    async def results(self, runs: Sequence[UUID]) -> Mapping[UUID, dict[str, JsonValue]]:
        """For each run the outputs of its completed nodes, in the order in which they were completed."""
        found: dict[UUID, dict[str, JsonValue]] = {run: {} for run in runs}
        rows = await self._rows(events.c.execution_id.in_(runs), events.c.type == "node_completed", order=_in_order)
        for row in rows:
            event = self._read(row).event
            if isinstance(event, NodeCompleted):
                found[row["execution_id"]][event.node] = event.output
        return found

    async def answers(self, runs: Sequence[UUID]) -> Sequence[tuple[UUID, NodeCompleted]]:
        """How the nodes of these runs were completed, but for what a test was given, in the order in which they were."""
        rows = await self._rows(events.c.execution_id.in_(runs), events.c.type == "node_completed", order=_in_order)
        read = [(row["execution_id"], self._read(row).event) for row in rows]
        return [(run, event) for run, event in read if isinstance(event, NodeCompleted) and event.given is None]

    async def naming(self, run: UUID, digest: str) -> Blob | None:
        """The large value with this SHA-256 (hexadecimal), if an event of the run names it."""
        named = func.position(literal(digest.encode(), LargeBinary).op("in")(events.c.data)) > 0
        for row in await self._rows(events.c.execution_id == run, named, order=_in_order):
            event = self._read(row).event
            within = event.within.item if isinstance(event, WorkflowStarted) and event.within is not None else None
            for _, found in references([vars(event), within]):
                if event.refs and found.blob.digest == digest:
                    return found.blob
        return None

    async def write(self, run: UUID, log: Sequence[tuple[datetime, Event]]) -> None:
        """The whole log of an imported record."""
        for seq, (at, event) in enumerate(log, 1):
            row = {"execution_id": run, "seq": seq, "at": at, "type": event.type, "node": node_of(event), "data": event_data(event)}
            await self.add(row)

    async def erase(self, runs: Sequence[UUID]) -> None:
        """Delete the logs of runs that were removed."""
        await self._delete(events.c.execution_id.in_(runs))

    def _read(self, row: RowMapping) -> Recorded:
        return Recorded(row["seq"], row["at"], event_from(row["type"], row["node"], row["data"]))


class _Mail(Repository[str]):
    table, noun, key = _mail, "piece of mail", "key"

    async def erase(self, runs: Sequence[UUID]) -> None:
        await self._delete(_mail.c.execution_id.in_(runs))

    def _read(self, row: RowMapping) -> str:
        return row["key"]


class _Blobs(Repository[bytes]):
    table, noun, key = _blobs, "blob", "sha256"

    async def erase(self, runs: Sequence[UUID]) -> None:
        await self._delete(_blobs.c.execution_id.in_(runs))

    def _read(self, row: RowMapping) -> bytes:
        return row["sha256"]


async def erase(tx: Transaction, runs: Sequence[UUID]) -> int:
    """Delete all that belonged to runs whose rows were removed: logs, mail, large values, and what they waited for; their children too.

    Answers how many runs that were.
    """
    everything = await removed_with(tx, runs)
    for start in range(0, len(everything), _at_once):
        for belongings in (Log(tx), _Mail(tx), _Blobs(tx), Spending(tx), Holds(tx), Questions(tx)):
            await belongings.erase(everything[start : start + _at_once])
    return len(everything)
