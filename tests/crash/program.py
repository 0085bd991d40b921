"""The process that dies: a whole engine that stops itself, by SIGKILL or SIGSTOP, at a commit or between two of them.

As a process: `python -m tests.crash.program` reads one `Life` as JSON per line, forks a child that lives it, and answers with the child's
last words (if it had time for any) and how it ended. Forked, a life costs tens of milliseconds, not the seconds of an import.
With a `Life` as its argument it lives that one itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import traceback
import urllib.request
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel
from tests.crash import approving, code, large, scenario
from tests.crash.counter import Addresses
from tests.engine.rig import Rig, rig

from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import Unavailable
from tenuto.core.execution import ExecutionId, Status
from tenuto.core.run import Mail
from tenuto.engine.ports import Sender
from tenuto.store.database import Database
from tenuto.store.door import reaching_database

T = TypeVar("T")
Moment = Literal["commit", "leaving", "sent", "answered", "parked", "mailed"]


class Life(BaseModel):
    """What a process does, and where it stops itself."""

    dsn: str
    addresses: Addresses
    run: str
    start: bool = True
    """Start the run, or take up one that is there."""
    moment: Moment | None = None
    """After the n-th commit; before the n-th request leaves, once it has arrived outside, or when its answer is there; when the run is
    parked and waits for its approval; or when the approval is in the mail."""
    n: int = 1
    large: bool = False
    """The run with large values, instead of the one with every node kind."""
    code: bool = False
    """The run of code."""
    approving: bool = False
    """The run of an agent whose tool is approved."""
    stop: bool = False
    """By SIGSTOP instead of SIGKILL."""
    postmaster: Path | None = None
    """The file with the pid of the database server: it is killed instead, and the process lives on without it."""


class Words(BaseModel):
    """What is known of a life when it is over."""

    signal: int = 0
    commits: int = 0
    requests: int = 0
    error: str = ""


class Fuse:
    """Counts, and stops the process where its life says."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.commits = 0
        self.requests = 0

    def commit(self) -> None:
        """Told after every commit."""
        self.commits += 1
        self.burn("commit", self.commits)

    def burn(self, moment: Moment, n: int = 1) -> None:
        """Stop here, if this is the place."""
        if (self.life.moment, self.life.n) != (moment, n):
            return
        victim = os.getpid() if self.life.postmaster is None else int(self.life.postmaster.read_text().split("\n", 1)[0])
        os.kill(victim, signal.SIGSTOP if self.life.stop else signal.SIGKILL)


class Fused:
    """A `Sender` at which the process may stop: before, during and after each request."""

    def __init__(self, inner: Sender, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        fuse = self._fuse
        fuse.requests += 1
        n = fuse.requests
        fuse.burn("leaving", n)
        if (fuse.life.moment, fuse.life.n) != ("sent", n):
            answer = await self._inner.send(request, ticket)
            fuse.burn("answered", n)
            return answer
        before = await asyncio.to_thread(_arrived, fuse.life.addresses)
        task = asyncio.create_task(self._inner.send(request, ticket))
        await asyncio.to_thread(_arrived, fuse.life.addresses, before)
        fuse.burn("sent", n)
        return await task

    async def stream(self, request: Outbound, ticket: Ticket) -> AsyncGenerator[bytes | Answer]:
        async with aclosing(self._inner.stream(request, ticket)) as pieces:
            async for piece in pieces:
                yield piece


@asynccontextmanager
async def engine(dsn: str, addresses: Addresses, fuse: Fuse | None = None) -> AsyncGenerator[Rig]:
    """The engine of the scenario, on a database of its own."""
    database = await Database.open(dsn)
    door = scenario.door()
    try:
        async with rig(
            database,
            catalog=scenario.catalog,
            sender=Fused(door, fuse) if fuse else door,
            providers=scenario.providers(addresses),
            bases=scenario.bases(addresses),
            tick=fuse.commit if fuse else None,
        ) as made:
            yield made
    finally:
        await door.aclose()
        await database.close()


async def approve(made: Rig, run: ExecutionId) -> None:
    """Answer the approval when it is put, whoever runs the engine; twice does no harm."""
    await patient(lambda: made.until(run, "node_waiting", node="sure"))
    letter = Mail("answer", "answer", {"node": "sure", "by": "member:Ada", "data": {"decision": "approve"}})
    await patient(lambda: made.mail(run, letter))


async def attend(made: Rig, run: ExecutionId, public_id: str) -> None:
    """Do what the world does for the run: answer the approval, and have the event happen that it waits for."""
    await approve(made, run)
    await patient(lambda: made.until(run, "node_waiting", node="heard"))
    await patient(lambda: made.mailbox.offer(1, "crash.heard", {"run": public_id}, f"heard by {public_id}"))


async def patient(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, once the database has one."""
    while True:
        with suppress(Unavailable), reaching_database():
            return await ask()
        await asyncio.sleep(0.1)


async def found(made: Rig, public_id: str) -> ExecutionId:
    """The run of a public id."""
    row = await made.database.pool.fetchrow("select workspace, id from executions where workspace = 1 and public_id = $1", public_id)
    assert row is not None
    return ExecutionId(row["workspace"], row["id"])


async def live(life: Life) -> Words:
    """Live, to the end of the run if nothing stops us."""
    fuse = Fuse(life)
    async with engine(life.dsn, life.addresses, fuse) as made:
        if life.large or life.code:
            definition = large.definition if life.large else code.definition(life.addresses)
            started = await made.start(definition, input={"run": life.run}, public_id=life.run)
            await made.end(started.id)
            return Words(commits=fuse.commits, requests=fuse.requests)
        if life.approving:
            started = await made.start(approving.definition(), input=approving.given(life.run), public_id=life.run)
            await approving.decide(made, started.id, life.run)
            return Words(commits=fuse.commits, requests=fuse.requests)
        if life.start:
            begun = await patient(
                lambda: made.start(scenario.definition(life.addresses), input=scenario.given(life.run), public_id=life.run)
            )
            run = begun.id
        else:
            run = await found(made, life.run)
            await made.claims.take_over()
        if life.moment == "parked":
            await made.until(run, "node_waiting", node="sure")
            while await _owner(made, run) is not None:
                await asyncio.sleep(0.005)
            fuse.burn("parked")
        if life.moment == "mailed":
            await approve(made, run)
            fuse.burn("mailed")
        attending = asyncio.create_task(attend(made, run, life.run))
        while not await patient(lambda: _stands(made, run)):
            await asyncio.sleep(0.01)
        attending.cancel()
    return Words(commits=fuse.commits, requests=fuse.requests)


class Nursery:
    """Lives, one after the other."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    async def live(self, life: Life) -> Words:
        """Have a child live; answers when it is over."""
        return await asyncio.to_thread(self._live, life)

    def _live(self, life: Life) -> Words:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(life.model_dump_json().encode() + b"\n")
        self._process.stdin.flush()
        return Words.model_validate_json(self._process.stdout.readline())


@contextmanager
def nursery() -> Generator[Nursery]:
    """A process that has imported everything and forks."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", "tests.crash.program"], stdin=pipe, stdout=pipe) as process:
        yield Nursery(process)


async def _owner(made: Rig, run: ExecutionId) -> object:
    return await made.database.pool.fetchval("select owner from executions where workspace = $1 and id = $2", *run)


async def _stands(made: Rig, run: ExecutionId) -> bool:
    """Whether nothing more happens by itself: the run has ended, or it waits for a decision."""
    status = await made.database.pool.fetchval("select status from executions where workspace = $1 and id = $2", *run)
    return Status(status).ended or status == "unknown"


def _arrived(addresses: Addresses, more_than: int | None = None) -> int:
    query = "" if more_than is None else f"?more_than={more_than}"
    with urllib.request.urlopen(f"{addresses.counter}/arrived{query}", timeout=30) as answer:
        return int(json.load(answer)["arrived"])


def _child(life: Life, pipe: int) -> None:
    os.dup2(2, 1)  # what is logged must not be taken for an answer
    try:
        words = asyncio.run(asyncio.wait_for(live(life), 60))
    except BaseException:
        words = Words(error=traceback.format_exc())
    os.write(pipe, words.model_dump_json().encode())
    os._exit(0)


def _main() -> None:
    for line in sys.stdin:
        life = Life.model_validate_json(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _child(life, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
        words = Words.model_validate_json(said) if said else Words()
        print(words.model_copy(update={"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}).model_dump_json(), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(live(Life.model_validate_json(sys.argv[1])))
    else:
        _main()
