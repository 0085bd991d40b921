"""Large values of runs as they are shown: by their beginning and a link, whole to older clients up to a size, and in full by their digest."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.blob import Blob, filled, plain, references, value_of
from tenuto.core.errors import NotFound
from tenuto.core.events import WorkflowStarted
from tenuto.core.execution import ExecutionId, fold
from tenuto.engine import ports
from tenuto.engine.large.cache import Cache
from tenuto.engine.large.payloads import Payloads
from tenuto.store.database import Database
from tenuto.store.execution_log import Log
from tenuto.store.executions import Executions
from tenuto.store.keeping.blobs import Blobs

largest_whole = 1024 * 1024
"""Bytes up to which a value is given whole where older clients expect it whole."""
most_whole = 8 * 1024 * 1024
"""Bytes of such values in one answer; the rest is shown by its beginning."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A value to be sent."""

    blob: Blob
    parts: AsyncGenerator[bytes]
    """Raises `Damaged` before the last part, if the whole is not what was written."""


class ExecutionValues:
    """The large values of runs."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def find(self, principal: Principal, public_id: str, digest: str) -> Stored:
        """A value that an event of the run names. Raises `NotFound`."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            blob = await Log(tx).naming(run.id.id, digest)
        if blob is None:
            raise NotFound(f"The execution has no stored value {digest[:12]}.")
        return Stored(blob, self._blobs.stream(run.id, blob))

    async def of_node(self, principal: Principal, public_id: str, node: str) -> JsonValue:
        """A node's whole output, whatever its size. Raises `NotFound`, also for a node that has not completed."""
        principal.require(Permission.execution_read)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
            log = await Log(tx).of_node(run.id.id, node)
        state = fold(log).nodes.get(node)
        if state is None or state.status != "completed":
            raise NotFound(f'The node "{node}" has no output in this execution.', node=node)
        loaded = {each.blob.digest: value_of(each.blob, await self._blobs.read(run.id, each.blob)) for _, each in references(state.output)}
        return filled(state.output, loaded) if loaded else state.output

    async def whole(self, run: ExecutionId, public_id: str, results: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Outputs as older clients expect them: whole as far as they are not too large."""
        return (await self.whole_of([(run, public_id, results)]))[0]

    async def whole_of(self, runs: Sequence[tuple[ExecutionId, str, Mapping[str, JsonValue]]]) -> Sequence[dict[str, JsonValue]]:
        """The same for many runs in one answer."""
        left, answers = most_whole, list[dict[str, JsonValue]]()
        for run, public_id, results in runs:
            found = {each.blob.digest: each for each in (each for _, each in references(results))}
            loaded: dict[str, JsonValue] = {}
            for digest, each in found.items():
                if each.blob.size <= min(largest_whole, left):
                    left -= each.blob.size
                    loaded[digest] = value_of(each.blob, await self._blobs.read(run, each.blob))
                else:
                    loaded[digest] = plain(cast("JsonValue", each), link(public_id))
            answers.append(cast("dict[str, JsonValue]", filled(cast("JsonValue", dict(results)), loaded)) if found else dict(results))
        return answers


def link(public_id: str) -> str:
    """Where a run's values are: a digest follows."""
    return f"/api/executions/{quote(public_id, safe='')}/blobs"


def asked_alike(began: WorkflowStarted, wanted: WorkflowStarted, blobs: ports.Blobs, run: ExecutionId) -> bool:
    """Whether two starts ask for the same. What is large is compared as it is recorded, by its digest."""
    event, _ = Payloads(blobs, run, Cache()).part(wanted)
    asked = ("workflow_id", "input", "message", "user_id", "session_id")
    return all(getattr(began, name) == getattr(event, name) for name in asked)
