"""The interpreter's processes: a bounded pool, started with its first use, each process with little and without a way out."""

from __future__ import annotations

import asyncio
import errno
import shlex
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from pydantic_monty import AsyncMonty, MontyError
from pydantic_monty._binary import find_monty_binary  # pyright: ignore[reportPrivateUsage] (its search has no public name, and a wrapper needs it)

from tenuto.core.errors import Misconfigured

_Started = TypeVar("_Started")


class Interpreters:
    """A pool of interpreter processes, started when first used. One instance serves one event loop."""

    def __init__(self, *, workers: int, wait: float, patience: float, uses: int = 200) -> None:
        """`wait` is how many seconds one waits for a free process, `patience` how many seconds of silence are one process's end.

        `uses` is how many sessions a process serves before another one takes its place.
        """
        self._workers = workers
        self._wait = wait
        self._patience = patience
        self._uses = uses
        self._starting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._pool: AsyncMonty | None = None

    async def pool(self) -> AsyncMonty:
        """The pool, started if it is not. Raises `Misconfigured` where no process can be started."""
        return self._pool or await self._start()

    async def close(self) -> None:
        """End the processes."""
        async with self._starting:
            if self._pool is None:
                return
            self._pool = None
            await self._stack.aclose()
            # A native thread that delivered the last answer may still hold a Python object for an instant; an interpreter
            # that ends in that instant aborts (seen in one of five short processes).
            await asyncio.sleep(0.05)

    async def _start(self) -> AsyncMonty:
        async with self._starting:
            if self._pool is None:
                try:
                    folder = await asyncio.to_thread(self._stack.enter_context, tempfile.TemporaryDirectory(prefix="tenuto-sandbox-"))
                    program = await asyncio.to_thread(_wrapper, Path(folder))
                    self._pool = await once_closed(lambda: self._open(program))
                except (OSError, RuntimeError, MontyError) as error:
                    await self._stack.aclose()
                    raise Misconfigured(f"The sandbox for expressions cannot start ({type(error).__name__}).", fix=_reinstall) from error
            return self._pool

    async def _open(self, program: Path) -> AsyncMonty:
        pool = AsyncMonty(
            binary_path=program,
            min_processes=1,
            max_processes=self._workers,
            checkout_timeout=self._wait,
            request_timeout=self._patience,
            max_checkouts_per_worker=self._uses,
        )
        return await self._stack.enter_async_context(pool)


async def once_closed(start: Callable[[], Awaitable[_Started]]) -> _Started:
    """What `start` gives; while the system answers that the program is still open for writing (ETXTBSY), it is asked again for two seconds.

    A process that another thread of ours starts in the instant in which we write the program inherits the open file until its
    own `exec`, so a program just written may be busy for some milliseconds (https://github.com/golang/go/issues/22315).
    Raises what `start` raises.
    """
    for _ in range(100):
        try:
            return await start()
        except (OSError, RuntimeError) as error:  # the interpreter's library has it as a RuntimeError with the system's number
            if f"os error {errno.ETXTBSY}" not in str(error) and getattr(error, "errno", None) != errno.ETXTBSY:
                raise
        await asyncio.sleep(0.02)
    return await start()


_reinstall = "Install pydantic-monty again, and let the temporary directory be writable."

_script = """\
#!/bin/sh
trap '' INT QUIT HUP TERM
cd /
ulimit -c 0
ulimit -n 32
ulimit -v 1048576 2>/dev/null
if setpriv --no-new-privs --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --no-new-privs --pdeathsig KILL {program} "$@" 2>/dev/null
fi
exec {program} "$@" 2>/dev/null
"""


def _wrapper(folder: Path) -> Path:
    """A program that starts the interpreter with less: 1 GiB, no core file, few descriptors, no new privileges, dead when we are dead.

    It does not hear the signals that a terminal or a service manager sends to all of us at once: we end it when we have finished. Where there is no shell, or nothing may be executed in the temporary directory, the interpreter itself.
    """
    interpreter = Path(find_monty_binary())
    script = folder / "monty"
    script.write_text(_script.format(program=shlex.quote(str(interpreter))))
    script.chmod(0o700)
    return script if shutil.which("sh") and shutil.which(str(script)) else interpreter
