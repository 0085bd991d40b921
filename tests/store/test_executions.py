"""Runs looked up: every filter, the search, pages without a gap, and deletion of what is over only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tenuto.core.errors import Malformed, NotFound
from tenuto.core.events import NodeCompleted, WorkflowStarted
from tenuto.core.execution import ExecutionId, Status
from tenuto.store.database import Database
from tenuto.store.execution_log import Log, erase
from tenuto.store.executions import Executions, Filters, heads

noon = datetime(2030, 1, 1, 12, tzinfo=UTC)


async def put(
    database: Database,
    public_id: str,
    *,
    minute: int = 0,
    status: str = "completed",
    workflow_id: str | None = "w",
    name: str = "Support",
    trigger: str = "api",
    keys: list[str] | None = None,
    workspace: int = 1,
    imported: bool = False,
) -> UUID:
    """A row as the journal writes it."""
    run, at = uuid4(), noon + timedelta(minutes=minute)
    await database.pool.execute(
        "insert into executions (workspace, id, public_id, workflow_id, workflow_name, version_hash, status, head, format, trigger, keys, "
        "created_at, started_at, finished_at, imported) values ($1, $2, $3, $4, $5, 'h', $6, 3, 1, $7, $8, $9, $9, $10, $11)",
        workspace, run, public_id, workflow_id, name, status, trigger, keys or [], at, at if Status(status).ended else None, imported,
    )  # fmt: skip
    return run


async def found(database: Database, **filters: object) -> list[str]:
    async with database.transaction(1) as tx:
        page = await Executions(tx).page(Filters(**filters))  # pyright: ignore[reportArgumentType] - any subset of the fields
    return [run.public_id for run in page.items]


async def test_newest_first_and_only_its_own_workspace(database: Database) -> None:
    await database.pool.execute("insert into workspaces (id, name) values (2, 'other')")
    await put(database, "old", minute=1)
    await put(database, "new", minute=2)
    await put(database, "theirs", minute=3, workspace=2)
    assert await found(database) == ["new", "old"]


async def test_pages_have_no_gap_and_no_double_while_runs_keep_coming(database: Database) -> None:
    for number in range(7):
        await put(database, f"r{number}", minute=number // 3)  # several at the same moment
    seen, cursor = list[str](), None
    while True:
        async with database.transaction(1) as tx:
            page = await Executions(tx).page(Filters(), limit=3, cursor=cursor)
        seen.extend(run.public_id for run in page.items)
        await put(database, f"later{len(seen)}", minute=99)
        if (cursor := page.next) is None:
            break
    assert sorted(seen) == [f"r{number}" for number in range(7)]


async def test_a_cursor_of_somebody_else_is_refused(database: Database) -> None:
    async with database.transaction(1) as tx:
        with pytest.raises(Malformed):
            await Executions(tx).page(Filters(), cursor="nonsense")


async def test_each_filter_by_itself(database: Database) -> None:
    await put(database, "a", minute=1, status="failed", workflow_id="x")
    await put(database, "b", minute=2, status="waiting", trigger="webhook")
    await put(database, "c", minute=3, status="completed")
    assert await found(database, statuses={Status.failed, Status.waiting}) == ["b", "a"]
    assert await found(database, workflow_id="x") == ["a"]
    assert await found(database, trigger="webhook") == ["b"]
    assert await found(database, trigger="api") == ["c", "a"]
    assert await found(database, since=noon + timedelta(minutes=2)) == ["c", "b"]
    assert await found(database, until=noon + timedelta(minutes=2)) == ["a"]


async def test_search_by_beginning_of_id_beginning_of_name_and_whole_key(database: Database) -> None:
    await put(database, "order-17", minute=1, name="Refunds")
    await put(database, "Order-18", minute=2, name="ÜBERWEISUNG")
    await put(database, "x", minute=3, name="Mails", keys=["order-17", "50%_off"])
    assert await found(database, search="order-1") == ["order-17"], "ids are compared as they are, keys as a whole"
    assert await found(database, search="order-17") == ["x", "order-17"]
    assert await found(database, search="refu") == ["order-17"]
    assert await found(database, search="über") == ["Order-18"]
    assert await found(database, search="50%_off") == ["x"]
    assert await found(database, search="%") == [], "what like would take for a pattern is text"


async def test_search_by_words_of_a_key_in_any_case_and_order(database: Database) -> None:
    await put(database, "a", minute=1, keys=["PO-2026/00417", "Customer Ada"])
    await put(database, "b", minute=2, keys=["PO-2026/00418", "Customer Bob Ada"])
    await put(database, "c", minute=3, keys=["x" * 300, "Grüße Ünter", "a.b@example.com"])
    assert await found(database, search="00417") == ["a"]
    assert await found(database, search="po-2026/00417") == ["a"]
    assert await found(database, search="ada customer") == ["b", "a"]
    assert await found(database, search="Ada 2026 BOB") == ["b"]
    assert await found(database, search="0041") == [], "words as a whole: three million runs are not read for a part of one"
    assert await found(database, search="x" * 300) == ["c"]
    assert await found(database, search="grüße") == ["c"]
    assert await found(database, search="a.b@EXAMPLE.com") == ["c"]
    assert await found(database, search="--") == []
    await put(database, "d", minute=4, keys=["12\u00a0345\u2003EUR"])
    assert await found(database, search="12\u00a0345\u2003EUR") == ["d"], "what is a space elsewhere is none in the database"


async def test_what_is_simulated_and_what_is_real(database: Database) -> None:
    await put(database, "real", minute=1)
    await put(database, "simulated", minute=2)
    await database.pool.execute("update executions set simulated = true where public_id = 'simulated'")
    assert await found(database, simulated=True) == ["simulated"]
    assert await found(database, simulated=False) == ["real"]
    assert await found(database) == ["simulated", "real"]


async def test_search_with_a_filter_beside_it(database: Database) -> None:
    await put(database, "a1", minute=1, status="failed")
    await put(database, "a2", minute=2)
    assert await found(database, search="a", statuses=[Status.failed]) == ["a1"]


async def test_get_names_what_is_not_there(database: Database) -> None:
    async with database.transaction(1) as tx:
        with pytest.raises(NotFound, match='no execution "nobody"'):
            await Executions(tx).get("nobody")


async def test_only_what_is_over_is_removed_and_with_all_that_belongs_to_it(database: Database) -> None:
    over, going, record = await put(database, "over"), await put(database, "going", status="running"), UUID(int=0)
    record = await put(database, "record", status="running", imported=True)
    for run in (over, going):
        await database.pool.execute(
            "insert into mailbox (workspace, execution_id, key, kind, signal) values (1, $1, 'k', 'pause', '')", run
        )
        await database.pool.execute("insert into blobs (workspace, execution_id, sha256, n, body) values (1, $1, 'd', 0, '')", run)
        async with database.transaction(1) as tx:
            await Log(tx).write(run, [(noon, WorkflowStarted(workflow_id="w", workflow_name="W", version=""))])
    async with database.transaction(1) as tx:
        gone = await Executions(tx).remove([over, going, record])
        await erase(tx, gone)
    assert sorted(gone) == sorted([over, record])
    assert await found(database) == ["going"]
    for table in ("execution_events", "mailbox", "blobs"):
        left = await database.pool.fetch(f"select execution_id from {table}")
        assert [row["execution_id"] for row in left] == [going], table


async def test_ended_and_unfinished_runs_of_a_workflow(database: Database) -> None:
    await put(database, "a", workflow_id="x")
    await put(database, "b", workflow_id="x", status="waiting")
    await put(database, "c", workflow_id="y")
    async with database.transaction(1) as tx:
        assert [run.public_id for run in await Executions(tx).ended("x", 10)] == ["a"]
        assert await Executions(tx).unfinished("x") == 1


async def test_a_log_is_read_in_parts(database: Database) -> None:
    run, other = UUID(int=1), UUID(int=2)
    begin = WorkflowStarted(workflow_id="w", workflow_name="W", version="", input={"n": "\0"})
    log = [(noon, begin), (noon, NodeCompleted(node="a", node_type="end", output=1)), (noon, NodeCompleted(node="b", node_type="end"))]
    async with database.transaction(1) as tx:
        await Log(tx).write(run, log)
        await Log(tx).write(other, log[:2])
    async with database.transaction(1) as tx:
        assert await Log(tx).beginning(run) == begin
        assert await Log(tx).beginning(UUID(int=3)) is None
        assert [recorded.seq for recorded in await Log(tx).of(run, after=1)] == [2, 3]
        assert [recorded.seq for recorded in await Log(tx).of(run, limit=2)] == [1, 2]
        assert [recorded.event.type for recorded in await Log(tx).of_node(run, "a")] == ["node_completed"]
        assert await Log(tx).results([run, other, UUID(int=3)]) == {run: {"a": 1, "b": None}, other: {"a": 1}, UUID(int=3): {}}


async def test_heads_of_watched_runs(database: Database) -> None:
    run = await put(database, "a")
    watched = ExecutionId(1, run)
    assert await heads(database, [watched, ExecutionId(2, run)]) == [(watched, 3)]
