"""What a process does that will serve for months, and how it collects its garbage."""

from __future__ import annotations

import gc

from tenuto.app.house import House

_first, _second, _third = 10_000, 20, 20
"""Allocations before the youngest are looked at; Python's own 700 is for programs that make few objects for each thing they do."""


def collect_seldom() -> None:
    """To be called when everything is imported and open: what is there by then stays, and is not looked at again.

    A run makes some thousands of objects, nearly all of them in no cycle, so that looking for cycles among them finds nothing; it took
    a twelfth of the processor time of a short run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_first, _second, _third)


async def settle(home: House) -> None:
    """Have what lasts as long as the process before it is said to serve, so that nobody who builds a workflow waits for it."""
    await home.services.catalog.write()
    collect_seldom()
