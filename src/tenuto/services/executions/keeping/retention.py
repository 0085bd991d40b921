"""How long runs are kept: what is due is deleted in small parts, family by family, beside everything else that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from tenuto.core.access import Permission, Principal
from tenuto.store.database import Database
from tenuto.store.execution_log import erase
from tenuto.store.executions import Executions
from tenuto.store.keeping.expiry import Expiry, Found, Rule, beginning

_log = structlog.get_logger(__name__)
_rows_at_once = 500
"""Runs, their children included, that one transaction deletes; a larger family goes by itself."""
_breath = 0.05
"""Seconds between two transactions, so that the database serves others first."""
_looked_at = 1_000
lost_after = timedelta(days=1)
"""A value whose run is not there: some process has begun to start it, or died over it long ago."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted, or would be."""

    runs: int = 0
    """Runs that are nobody's child."""
    children: int = 0
    """Runs that went with them."""


class ExecutionRetention:
    """Deletes runs that were kept long enough. Any number of processes may do so at the same time: each passes over what others have."""

    def __init__(self, database: Database, default: timedelta | None = None) -> None:
        """`default` is how long runs are kept whose workflow does not say; None keeps them."""
        self._database = database
        self._expiry = Expiry(database)
        self._default = default
        self._place = beginning

    async def prune(
        self,
        principal: Principal,
        *,
        older_than: timedelta | None = None,
        workflow: str | None = None,
        dry_run: bool = False,
        tell: Callable[[Pruned], None] = lambda _: None,
    ) -> Pruned:
        """Delete now what the rules say, or all that ended longer ago than that; of one workflow or of all. `tell` hears how far it has come.

        Raises `Forbidden`.
        """
        principal.require(Permission.execution_delete)
        if older_than is not None:
            rules: Sequence[Rule] = [Rule(principal.workspace, older_than, workflow)]
        else:
            rules = [rule for rule in await self._expiry.rules(self._default) if rule.workspace == principal.workspace]
            rules = rules if workflow is None else _only(rules, workflow)
        return await self._follow(rules, dry_run=dry_run, tell=tell)

    async def once(self) -> int:
        """What the rules say, in every workspace; how many runs were deleted. Raises `Unavailable`."""
        done = await self._follow(await self._expiry.rules(self._default))
        if done.runs:
            _log.info("retention.deleted", runs=done.runs, children=done.children)
        return done.runs

    async def sweep(self) -> int:
        """Delete a part of the values that belong to no run; how many parts of them there were. Raises `Unavailable`."""
        place, gone = await self._expiry.lost(self._place, _looked_at, lost_after)
        self._place = place or beginning
        return gone

    async def _follow(self, rules: Sequence[Rule], *, dry_run: bool = False, tell: Callable[[Pruned], None] = lambda _: None) -> Pruned:
        done = Pruned()
        for rule in rules:
            async for batch in self._due(rule):
                if dry_run:
                    part = Pruned(len(batch), sum(found.children for found in batch))
                else:
                    part = await self._delete(rule.workspace, [found.id for found in batch])
                    await asyncio.sleep(_breath)
                done = Pruned(done.runs + part.runs, done.children + part.children)
                tell(done)
        return done

    async def _due(self, rule: Rule) -> AsyncGenerator[Sequence[Found]]:
        """What is due, in parts that one transaction deletes."""
        last: Found | None = None
        while page := await self._expiry.look(rule, last):
            last = page[-1]
            batch, rows = list[Found](), 0
            for found in page:
                if not found.due:
                    continue
                if batch and rows + 1 + found.children > _rows_at_once:
                    yield batch
                    batch, rows = [], 0
                batch.append(found)
                rows += 1 + found.children
            if batch:
                yield batch

    async def _delete(self, workspace: int, runs: Sequence[UUID]) -> Pruned:
        async with self._database.transaction(workspace) as tx:
            gone = await Executions(tx).remove(runs, free=True)
            return Pruned(len(gone), await erase(tx, gone) - len(gone))


def _only(rules: Sequence[Rule], workflow: str) -> Sequence[Rule]:
    """What the rules say of one workflow."""
    own = [rule for rule in rules if rule.workflow == workflow]
    return own or [Rule(rule.workspace, rule.default, workflow) for rule in rules if rule.others and rule.default is not None]
