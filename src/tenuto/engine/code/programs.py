"""Programs of workflows: played in processes of their own, and played again from what their logs know."""

from __future__ import annotations

from pydantic_monty import AsyncMonty

from tenuto.core.catalog import Catalog
from tenuto.core.node import Outcome
from tenuto.core.program import Program, names_in
from tenuto.engine.code.interpreters import Interpreters
from tenuto.engine.code.partings import Host
from tenuto.engine.code.play import Play
from tenuto.engine.code.seats import Seats
from tenuto.engine.code.stubs import functions_of, modules_named

_longest = 60


class Programs:
    """The pool for programs; expressions have another one, so that slow code starves no condition."""

    def __init__(self, *, workers: int = 4) -> None:
        """`workers` is how many programs compute, or keep a process while they wait, at the same time."""
        self._interpreters = Interpreters(workers=workers, wait=30, patience=_longest + 5, uses=50)
        self.seats = Seats(workers)

    async def run(self, program: Program, host: Host, catalog: Catalog) -> Outcome:
        """Play a program until it ends, fails, sleeps or meets a doubt."""
        modules = {name: functions_of(name, catalog) for name in modules_named(names_in(program.code).words, catalog)}
        return await Play(self, program, modules, host).run()

    async def pool(self) -> AsyncMonty:
        """The processes, started if they are not."""
        return await self._interpreters.pool()

    async def close(self) -> None:
        """End the processes."""
        await self._interpreters.close()
