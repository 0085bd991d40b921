"""The same thing done to many runs: found by a filter, a page at a time, each in transactions of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from tenuto.core.access import Permission, Principal
from tenuto.core.errors import Forbidden, NotFound, Problem, ProblemData, Unavailable
from tenuto.services.executions.again.replays import ExecutionReplays, ReplayWanted, newest
from tenuto.services.executions.again.retries import ExecutionRetries
from tenuto.services.executions.operations import ExecutionOperations
from tenuto.services.executions.reads import ExecutionReads
from tenuto.store.executions import Filters
from tenuto.store.runs.identity import new_id

BulkAction: TypeAlias = Literal["cancel", "pause", "resume", "retry", "replay", "delete"]

longest_bulk = 1_000
"""Runs that one call looks at, at most."""
_page = 100
_side_by_side = 16
_shown = 20
_budget = 20.0
"""Seconds after which no further page is begun: the caller goes on from the cursor."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A run to which it could not be done, and why."""

    id: str
    problem: ProblemData


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of many runs."""

    matched: int
    done: int
    failed: int
    failures: tuple[Refused, ...]
    """The first twenty of those that failed."""
    ids: tuple[str, ...]
    """The first twenty of those it was done to, or would be."""
    next: str | None
    """Where to go on; None if all were looked at."""
    key: str | None = None
    """Of replays: what they are found by."""


class ExecutionBulk:
    """Operations by filter."""

    def __init__(
        self, reads: ExecutionReads, operations: ExecutionOperations, retries: ExecutionRetries, replays: ExecutionReplays
    ) -> None:
        self._reads = reads
        self._replays = replays
        self._does: Mapping[BulkAction, tuple[Permission, Callable[[Principal, str], Awaitable[object]]]] = {
            "cancel": (Permission.execution_operate, operations.cancel),
            "pause": (Permission.execution_operate, operations.pause),
            "resume": (Permission.execution_operate, operations.resume),
            "retry": (Permission.execution_operate, retries.retry),
            "replay": (Permission.execution_start, replays.replay),
            "delete": (Permission.execution_delete, reads.delete),
        }

    async def act(
        self,
        principal: Principal,
        action: BulkAction,
        filters: Filters,
        *,
        limit: int = _page,
        cursor: str | None = None,
        dry_run: bool = False,
        replay: ReplayWanted | None = None,
        key: str | None = None,
    ) -> Bulk:
        """Do it to at most `limit` runs that match, newest first; a run to which it cannot be done is told and passed over.

        `dry_run` only looks. `replay` and `key` are of replays: against what, and what they are found by; replays are not replayed.
        Raises `Forbidden`, and `Malformed` for a cursor that is none of ours.
        """
        permission, do = self._does[action]
        principal.require(permission)
        if action == "replay":
            key = key or f"replays-{new_id()}"
            do = partial(self._replays.replay, wanted=replay or newest, keys=[key])
        limit, ends = max(1, min(limit, longest_bulk)), time.monotonic() + _budget
        matched, done, refused = 0, list[str](), list[Refused]()
        while matched < limit and time.monotonic() < ends:
            page = await self._reads.page(principal, filters, limit=min(_page, limit - matched), cursor=cursor)
            ids = [run.id for run in page.items if action != "replay" or run.trigger != "replay"]
            matched += len(ids)
            problems = {} if dry_run else await _each(principal, ids, do)
            done += [run for run in ids if run not in problems]
            refused += [Refused(run, problem) for run, problem in problems.items()]
            if (cursor := page.next) is None:
                break
        return Bulk(matched, len(done), len(refused), tuple(refused[:_shown]), tuple(done[:_shown]), cursor, key)


async def _each(principal: Principal, ids: list[str], do: Callable[[Principal, str], Awaitable[object]]) -> dict[str, ProblemData]:
    """Some side by side; the problems of those that refused. One that is gone by now counts as done."""
    slots, problems = asyncio.Semaphore(_side_by_side), dict[str, ProblemData]()

    async def one(run: str) -> None:
        async with slots:
            try:
                await do(principal, run)
            except NotFound:
                return
            except (Forbidden, Unavailable):
                raise
            except Problem as problem:
                problems[run] = problem.data

    await asyncio.gather(*(one(run) for run in ids))
    return {run: problems[run] for run in ids if run in problems}
