"""The same thing done to many runs: in bounded parts, with what refused told, and never beyond what the caller may do."""

from __future__ import annotations

import pytest
from tests.doubles.moody import Moody
from tests.services.test_executions import House, approval, document, operator, owner, stuck, value, viewer
from tests.services.test_retries import begun, call, ended

from tenuto.core.access import Principal, Role
from tenuto.core.errors import Forbidden, Malformed, NotFound
from tenuto.core.execution import Status
from tenuto.services.executions import Executions
from tenuto.services.executions.bulk import Bulk, BulkAction
from tenuto.store.executions import Filters

waits = Filters(statuses=(Status.waiting,))


async def some_waiting(house: House, runs: Executions, count: int) -> None:
    for number in range(count):
        await house.engine.until(await begun(runs, document(approval()), f"w{number:02}"), "workflow_waiting")


async def test_many_are_cancelled_a_part_at_a_time(house: House, runs: Executions) -> None:
    await some_waiting(house, runs, 7)
    looked = await runs.bulk.act(operator, "cancel", waits, limit=100, dry_run=True)
    assert (looked.matched, looked.done, looked.failed, looked.next) == (7, 7, 0, None)
    assert len((await runs.reads.page(owner, waits)).items) == 7, "looking changes nothing"
    first = await runs.bulk.act(operator, "cancel", waits, limit=3)
    assert (first.matched, first.done, first.ids) == (3, 3, ("w06", "w05", "w04"))
    assert first.next is not None
    rest = await runs.bulk.act(operator, "cancel", waits, cursor=first.next)
    assert (rest.matched, rest.done, rest.next) == (4, 4, None)
    assert {run.status for run in (await runs.reads.page(owner, Filters())).items} == {Status.cancelled}


async def test_what_refuses_is_told_and_passed_over(house: House, runs: Executions) -> None:
    await begun(runs, document(value("a", 1)), "done")
    assert await ended(runs, "done") == "completed"
    await some_waiting(house, runs, 2)
    paused = await runs.bulk.act(owner, "pause", Filters())
    assert (paused.matched, paused.done, paused.failed) == (3, 2, 1)
    assert [(each.id, each.problem.type) for each in paused.failures] == [("done", "conflict")]
    resumed = await runs.bulk.act(owner, "resume", Filters(statuses=(Status.paused,)))
    assert (resumed.matched, resumed.done) == (2, 2)


async def test_many_are_retried(runs: Executions, world: Moody) -> None:
    world.failures["/a"] = 3
    for number in range(3):
        await begun(runs, document(call(world, "a")), f"r{number}")
        assert await ended(runs, f"r{number}") == "failed"
    again = await runs.bulk.act(owner, "retry", Filters(statuses=(Status.failed,)))
    assert (again.matched, again.done) == (3, 3)
    assert [await ended(runs, f"r{number}") for number in range(3)] == ["completed"] * 3


async def test_many_are_deleted_and_only_by_whoever_may(house: House, runs: Executions) -> None:
    for number in range(3):
        await begun(runs, document(value("a", 1)), f"r{number}")
        await ended(runs, f"r{number}")
    await some_waiting(house, runs, 1)
    with pytest.raises(Forbidden, match="execution:delete"):
        await runs.bulk.act(operator, "delete", Filters())
    actions: tuple[BulkAction, ...] = ("cancel", "pause", "resume", "retry", "delete")
    for action in actions:
        with pytest.raises(Forbidden):
            await runs.bulk.act(viewer, action, Filters())
    gone = await runs.bulk.act(owner, "delete", Filters())
    assert (gone.matched, gone.done, gone.failed) == (4, 3, 1)
    assert [run.id for run in (await runs.reads.page(owner, Filters())).items] == ["w00"]


async def test_another_workspace_is_out_of_reach(house: House, runs: Executions) -> None:
    await some_waiting(house, runs, 1)
    stranger = Principal(2, "local", None, "local", Role.owner)
    assert await runs.bulk.act(stranger, "cancel", Filters()) == Bulk(0, 0, 0, (), (), None)
    assert (await runs.watches.find(owner, "w00")).status is Status.waiting


async def test_a_cursor_that_is_none_of_ours_is_refused(runs: Executions) -> None:
    with pytest.raises(Malformed):
        await runs.bulk.act(owner, "cancel", Filters(), cursor="nonsense")


async def test_a_run_that_nobody_can_read_can_be_cancelled_and_deleted(house: House, runs: Executions) -> None:
    run = await stuck(house)
    await house.engine.database.pool.execute(
        "update execution_events set data = '\\x7b'::bytea where workspace = 1 and execution_id = $1 and seq = 2", run.id
    )
    acted = await runs.operations.cancel(owner, "stuck", "unreadable")
    assert (acted.run.status, acted.settled) == (Status.cancelled, True)
    assert acted.run.error is not None
    assert "unreadable" in acted.run.error.detail
    await runs.reads.delete(owner, "stuck")
    with pytest.raises(NotFound):
        await runs.watches.find(owner, "stuck")
