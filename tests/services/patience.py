"""Services that wait for a run to react for as long as a slow machine takes: how soon it does is no matter of these tests."""

from __future__ import annotations

from collections.abc import Callable

from tenuto.core.events import Recorded
from tenuto.core.execution import ExecutionId
from tenuto.core.run import Launcher
from tenuto.services.executions import Executions
from tenuto.services.executions.again.retries import ExecutionRetries
from tenuto.services.executions.answers import ExecutionAnswers
from tenuto.services.executions.bulk import ExecutionBulk
from tenuto.services.executions.operations import ExecutionOperations
from tenuto.services.executions.watch import ExecutionWatches, ended
from tenuto.store.database import Database
from tenuto.store.runs.claims import Claims
from tenuto.store.runs.feed import Feed
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.mailbox import Mailbox


class Patient(ExecutionWatches):
    """Whoever asks something of a run hears what came of it, and not after a second that it has not reacted yet.

    For a run's end they wait as long as they are told: a cancellation ends a run itself whose owner does not react.
    """

    async def until(self, run: ExecutionId, after: int, seconds: float, wanted: Callable[[Recorded], bool]) -> Recorded | None:
        return await super().until(run, after, seconds if wanted is ended else 60, wanted)


def patient(
    runs: Executions, *, database: Database, journal: Journal, mailbox: Mailbox, claims: Claims, feed: Feed, launcher: Launcher
) -> Executions:
    """The same runs; whoever operates, answers or retries them has such watches."""
    watches = Patient(database, journal, feed, launcher, runs.values)
    runs.operations = ExecutionOperations(database, journal, mailbox, claims, watches)
    runs.answers = ExecutionAnswers(database, mailbox, watches)
    runs.retries = ExecutionRetries(database, journal, mailbox, watches)
    runs.bulk = ExecutionBulk(runs.reads, runs.operations, runs.retries, runs.replays)
    return runs
