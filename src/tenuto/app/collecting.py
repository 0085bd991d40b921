"""How a process that serves for months collects its garbage."""

from __future__ import annotations

import gc

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
