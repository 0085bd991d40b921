"""Everything that may be done with runs, by what it is for."""

from __future__ import annotations

from tenuto.core.catalog import Catalog
from tenuto.core.run import Launcher
from tenuto.services.execution_needs import Agents, Credentials, Definitions
from tenuto.services.execution_operations import ExecutionOperations
from tenuto.services.execution_reads import ExecutionReads
from tenuto.services.execution_records import ExecutionRecords
from tenuto.services.execution_starts import ExecutionStarts
from tenuto.services.execution_watch import ExecutionWatches
from tenuto.store.claims import Claims
from tenuto.store.database import Database
from tenuto.store.feed import Feed
from tenuto.store.journal import Journal
from tenuto.store.mailbox import Mailbox


class Executions:
    """The use cases of runs: `starts`, `reads`, `watches`, `operations`, `records`."""

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
    ) -> None:
        """`development`: a run that lacks a credential is simulated instead of refused."""
        self.starts = ExecutionStarts(
            database=database,
            launcher=launcher,
            catalog=catalog,
            definitions=definitions,
            agents=agents,
            credentials=credentials,
            development=development,
        )
        self.reads = ExecutionReads(database, journal)
        self.watches = ExecutionWatches(database, journal, feed)
        self.operations = ExecutionOperations(database, journal, mailbox, claims, self.watches)
        self.records = ExecutionRecords(database)
