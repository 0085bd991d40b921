"""One run for each row of a file: each under an id of its own, so that the command may be stopped and started again at any time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from tenuto.app import House
from tenuto.cli.following import error_of, follow
from tenuto.cli.many.rows import BadRow, Read, Row
from tenuto.cli.opened import local
from tenuto.cli.view import Silent
from tenuto.core.errors import Conflict, Invalid, Malformed, Problem, TooLarge
from tenuto.core.execution import State
from tenuto.core.usage import Usage
from tenuto.core.values import encode
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.reads import Filters
from tenuto.services.executions.starts import Foreseen, Wanted

_page = 500
branching = ("condition", "switch")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a row."""

    line: int
    id: str | None
    """None for a row that could not be run."""
    status: str
    output: JsonValue = None
    error: JsonValue = None
    branches: Mapping[str, str] = field(default_factory=dict[str, str])
    """The port that each condition and switch was left by."""
    here: bool = False
    """Whether this command started the run."""
    usage: Usage | None = None

    @property
    def document(self) -> dict[str, JsonValue]:
        """The row's line in the result file: the same whenever it is made from the same run."""
        return {
            "line": self.line,
            "id": self.id,
            "status": self.status,
            "output": self.output,
            "error": self.error,
            "branches": dict(self.branches),
        }


class Batch:
    """The runs of one file."""

    def __init__(self, home: House, document: JsonValue, foreseen: Foreseen, name: str) -> None:
        """`name` sets the runs of one file apart from those of another."""
        self._home = home
        self._starts = home.services.executions.starts
        self._document = document
        self._foreseen = foreseen
        self.prefix = batch_prefix(foreseen, name)
        self._branching = [node.id for node in foreseen.definition.nodes if node.type in branching]
        self._known: set[str] = set()

    async def look_back(self) -> int:
        """Find the runs that an earlier command started; how many there are."""
        cursor: str | None = None
        while True:
            found = await self._home.services.executions.reads.page(local, Filters(search=self.prefix), limit=_page, cursor=cursor)
            self._known.update(run.id for run in found.items)
            if (cursor := found.next) is None:
                return len(self._known)

    async def run(self, rows: Iterable[Read], concurrency: int, done: Callable[[Done], None]) -> None:
        """Run every row, at most `concurrency` at a time; `done` hears of each as it ends."""
        left = iter(rows)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(self._work(left, done))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _work(self, left: Iterator[Read], done: Callable[[Done], None]) -> None:
        for row in left:
            done(_refused(row.line, Malformed(f"{row.reason}.")) if isinstance(row, BadRow) else await self._one(row))

    async def _one(self, row: Row) -> Done:
        """Start the run of a row, or find it, and wait for it."""
        try:
            public_id = f"{self.prefix}{row.line}-{_digest(encode(dict(row.input)))[:12]}"
            if public_id in self._known:
                return self._done(row, public_id, await self._followed(public_id), here=False)
            wanted = Wanted(
                workflow=self._document,
                input=dict(row.input),
                execution_id=public_id,
                simulate=self._foreseen.simulated,
                trigger="cli",
            )
            begun = await self._starts.start(local, wanted)
        except (Invalid, TooLarge, Malformed, Conflict) as problem:
            return _refused(row.line, problem)
        running = self._home.worker.running(begun.run)
        state: State | None = None
        if running is not None:
            await asyncio.wait([running.ended])
            state = None if running.ended.cancelled() else running.ended.result().state
        return self._done(row, public_id, state or await self._followed(public_id), here=begun.new)

    async def _followed(self, public_id: str) -> State:
        """The state of a run that somebody else drives, or that waits on its way, once it has ended or waits for somebody."""
        view = Silent()
        await follow(self._home, public_id, view)
        return view.state

    def _done(self, row: Row, public_id: str, state: State, *, here: bool) -> Done:
        branches = {name: node.port for name in self._branching if (node := state.nodes.get(name)) and node.port is not None}
        return Done(row.line, public_id, state.status.value, state.output, error_of(state), branches, here, state.usage)


def batch_prefix(foreseen: Foreseen, name: str) -> str:
    """How the ids of a file's runs begin. A simulated run never stands for a real one, nor one version's for another's."""
    return f"run-{_digest(foreseen.definition.version_hash.encode(), name.encode(errors='replace'), bytes([foreseen.simulated]))[:16]}-"


def batch_name(file: Path, label: str | None) -> str:
    """A file is known by its name wherever it lies; a label makes the same file another one."""
    return f"{file.name}\0{label or ''}"


def ports(definition: WorkflowDefinition) -> Mapping[str, str]:
    """What the nodes that choose a way are called."""
    return {node.id: node.name or node.id for node in definition.nodes if node.type in branching}


def _refused(line: int, problem: Problem) -> Done:
    return Done(line, None, "invalid", error=problem.data.model_dump(mode="json", exclude_none=True))


def _digest(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()
