"""Everything that may be done with runs, by what it is for."""

from __future__ import annotations

from datetime import timedelta

from tenuto.core.catalog import Catalog
from tenuto.core.run import Launcher
from tenuto.services.executions.again.comparisons import ExecutionComparisons
from tenuto.services.executions.again.forks import ExecutionForks
from tenuto.services.executions.again.replays import ExecutionReplays
from tenuto.services.executions.again.retries import ExecutionRetries
from tenuto.services.executions.answers import ExecutionAnswers
from tenuto.services.executions.bulk import ExecutionBulk
from tenuto.services.executions.keeping.retention import ExecutionRetention
from tenuto.services.executions.keeping.values import ExecutionValues
from tenuto.services.executions.kin import ExecutionKin
from tenuto.services.executions.needs import Agents, Credentials, Definitions
from tenuto.services.executions.operations import ExecutionOperations
from tenuto.services.executions.reads import ExecutionReads
from tenuto.services.executions.records import ExecutionRecords
from tenuto.services.executions.spending.budgets import ExecutionBudgets
from tenuto.services.executions.starts import ExecutionStarts
from tenuto.services.executions.watch import ExecutionWatches
from tenuto.services.programs import Checker
from tenuto.store.database import Database
from tenuto.store.runs.again.forks import Forks
from tenuto.store.runs.again.replays import Replays
from tenuto.store.runs.claims import Claims
from tenuto.store.runs.feed import Feed
from tenuto.store.runs.journal import Journal
from tenuto.store.runs.mailbox import Mailbox


class Executions:
    """Runs: `starts`, `reads`, `watches`, `operations`, `answers`, `retries`, `forks`, `replays`, `bulk`, `budgets`, `kin`, `records`,
    `values`, `retention`.
    """

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        mailbox: Mailbox,
        claims: Claims,
        feed: Feed,
        launcher: Launcher,
        catalog: Catalog,
        definitions: Definitions,
        agents: Agents,
        credentials: Credentials,
        development: bool,
        checker: Checker | None = None,
        retention: timedelta | None = None,
    ) -> None:
        """`development`: a run that lacks a credential is simulated instead of refused. `retention`: of runs whose workflow does not say."""
        self.starts = ExecutionStarts(
            database=database, blobs=journal.blobs, launcher=launcher, catalog=catalog, definitions=definitions, agents=agents,
            credentials=credentials, development=development, checker=checker,
        )  # fmt: skip
        self.values = ExecutionValues(database, journal.blobs)
        self.reads = ExecutionReads(database, journal, self.values)
        self.watches = ExecutionWatches(database, journal, feed, launcher, self.values)
        self.operations = ExecutionOperations(database, journal, mailbox, claims, self.watches)
        self.answers = ExecutionAnswers(database, mailbox, self.watches)
        self.retries = ExecutionRetries(database, journal, mailbox, self.watches)
        self.forks = ExecutionForks(
            database=database, journal=journal, forks=Forks(database, feed.bell), catalog=catalog, definitions=definitions,
            credentials=credentials,
        )  # fmt: skip
        self.comparisons = ExecutionComparisons(database, journal)
        self.replays = ExecutionReplays(
            database=database, journal=journal, replays=Replays(database, feed.bell), catalog=catalog, definitions=definitions,
            starts=self.starts, watches=self.watches, comparisons=self.comparisons,
        )  # fmt: skip
        self.bulk = ExecutionBulk(self.reads, self.operations, self.retries, self.replays)
        self.budgets = ExecutionBudgets(database=database, journal=journal, mailbox=mailbox, watches=self.watches, definitions=definitions)
        self.kin, self.records = ExecutionKin(database), ExecutionRecords(database)
        self.retention = ExecutionRetention(database, retention)
