"""What each node of a draft answered when it was tried last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, RowMapping, Table, Text, func

from tenuto.core.values import decode, encode
from tenuto.store.repository import Repository, metadata

largest_kept = 1024 * 1024
"""Bytes of JSON; a larger answer is not remembered."""

last_tests = Table(
    "last_tests",
    metadata,
    Column("workspace", Integer, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("port", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTest:
    """An answer of a node that was tried."""

    node: str
    port: str
    value: JsonValue
    simulated: bool
    at: datetime


class LastTests(Repository[LastTest]):
    """The answers, by workflow and node."""

    table, noun, key = last_tests, "test", "node"

    async def of(self, workflow_id: str) -> Sequence[LastTest]:
        """All of a workflow's."""
        return [self._read(row) for row in await self._rows(last_tests.c.workflow_id == workflow_id)]

    async def put(self, workflow_id: str, node: str, port: str, value: JsonValue, *, simulated: bool) -> None:
        """Remember an answer instead of the one before. Raises `TooLarge`."""
        body = encode(value, limit=largest_kept, what="The answer")
        names = {"workflow_id": workflow_id, "node": node}
        await self._put({**names, "port": port, "value": body, "simulated": simulated, "at": func.now()})

    async def forget(self, workflow_id: str) -> None:
        """Delete all of a workflow's."""
        await self._delete(last_tests.c.workflow_id == workflow_id)

    def _read(self, row: RowMapping) -> LastTest:
        names = ("node", "port", "simulated", "at")
        return LastTest(**{name: row[name] for name in names}, value=decode(row["value"]))
