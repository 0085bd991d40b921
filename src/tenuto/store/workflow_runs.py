"""Figures about the runs of one workflow, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, RowMapping, func

from tenuto.core.execution import Status
from tenuto.store.executions import executions
from tenuto.store.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What became of the runs of a workflow since some time; durations in seconds, None without a completed run."""

    total: int
    simulated: int
    statuses: dict[Status, int]
    p50: float | None
    p95: float | None
    last: datetime | None


class WorkflowRuns(Repository[Figures]):
    """The rows of runs, seen as numbers: of those in the list. Left out are imported records, replays, and parts of other runs."""

    table, noun = executions, "execution"

    async def since(self, workflow_id: str, since: datetime) -> Figures:
        """The figures of the runs that were created at or after a time."""
        c = executions.c
        took = func.extract("epoch", c.finished_at - func.coalesce(c.started_at, c.created_at))
        completed = c.status == Status.completed.value
        columns = [
            func.count().label("total"),
            func.count().filter(c.simulated).label("simulated"),
            *(func.count().filter(c.status == status.value).label(status.value) for status in Status),
            func.percentile_cont(0.5).within_group(took).filter(completed).label("p50"),
            func.percentile_cont(0.95).within_group(took).filter(completed).label("p95"),
            func.max(c.created_at).label("last"),
        ]
        counted = (c.workflow_id == workflow_id, c.created_at >= since, ~c.imported, c.parent_id.is_(None), c.trigger != "replay")
        rows = await self._rows(*counted, columns=cast("list[ColumnElement[object]]", columns))
        return self._read(rows[0])

    def _read(self, row: RowMapping) -> Figures:
        return Figures(
            total=row["total"],
            simulated=row["simulated"],
            statuses={status: row[status.value] for status in Status if row[status.value]},
            p50=float(row["p50"]) if row["p50"] is not None else None,
            p95=float(row["p95"]) if row["p95"] is not None else None,
            last=row["last"],
        )
