"""Rate limits, on a real database, against a server that enforces them: learnt from headers, shared, waited out without a process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr
from tests.doubles.limited import LimitedDouble, limited_double
from tests.engine.rig import Rig, rig

from tenuto.core.auth import ApiKey
from tenuto.core.catalog import Catalog
from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Connector, Outbound
from tenuto.core.errors import ConnectionMissing, RateLimited, Unreachable
from tenuto.core.execution import Status, fold
from tenuto.core.limits import Limits, RateLimit
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.pacing.paced import Paced
from tenuto.store.database import Database
from tenuto.store.limits.rates import RateLimits
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets


def asking(double: LimitedDouble, name: str, *, calls: int = 1) -> WorkflowDefinition:
    """A workflow of so many requests, one after the other."""
    nodes = [{"id": f"ask{n}", "type": "http", "config": {"url": f"{double.url}/{name}"}} for n in range(calls)]
    edges = [{"from": f"ask{n}", "to": f"ask{n + 1}"} for n in range(calls - 1)]
    return WorkflowDefinition.model_validate({"id": name, "name": name, "startNode": "ask0", "nodes": nodes, "edges": edges})


@pytest.fixture
async def engines(database: Database) -> AsyncGenerator[list[Rig]]:
    """Two processes' engines."""
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",))) for _ in range(2)]
        yield [await stack.enter_async_context(rig(database, sender=door)) for door in doors]


async def test_the_first_answer_tells_and_nobody_is_refused(engines: list[Rig]) -> None:
    async with limited_double(10, 3) as double:
        for one in engines:
            assert (await one.run(asking(double, "first"))).status is Status.completed
        started = [await engines[n % 2].start(asking(double, "many")) for n in range(23)]
        states = [fold(await engines[n % 2].end(each.id)) for n, each in enumerate(started)]
    assert {state.status for state in states} == {Status.completed}
    assert len(double.arrivals) == 25
    assert not double.refused


async def test_the_first_request_goes_alone_so_that_its_answer_can_tell(engines: list[Rig]) -> None:
    one = engines[0]
    async with limited_double(100, 60) as double:
        double.delay = 0.05  # short: nobody waits for more than a quarter of a second, in which the first has to arrive too
        for each in [await one.start(asking(double, "few")) for _ in range(4)]:
            await one.end(each.id)
    first, second, *_ = double.arrivals
    assert second.at - first.at >= double.delay


hour = 3600


async def test_who_waits_holds_no_process_uses_up_no_attempt_and_says_for_what(database: Database) -> None:
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as door, limited_double(2, hour) as double:
        async with rig(database, sender=door) as one:
            for _ in range(2):
                await one.run(asking(double, "few"))
            started = await one.start(asking(double, "few"))
            await one.until(started.id, "workflow_waiting")
            await one.idle()
            row = await database.pool.fetchrow("select waiting_for, owner, ready_at from executions where id = $1", started.id.id)
        assert row is not None
        assert row["waiting_for"].startswith(f"ask0: the rate limit of {double.url.removeprefix('http://')}, until ")
        assert row["owner"] is None
        assert row["ready_at"] is not None
        await double.end_window(database)
        async with rig(database, sender=door) as other:
            await other.later(2 * hour)
            log = await other.end(started.id)
    assert fold(log).status is Status.completed
    attempts = [r.event for r in log if r.event.type == "node_started"]
    assert len(attempts) > 1
    assert {(event.attempt, event.key) for event in attempts} == {(1, f"{started.id.id}:ask0:1")}
    assert not [r for r in log if r.event.type == "node_retrying"]


three_a_day = Connector(
    key="slow", name="Slow", doc="A vendor that allows three requests a day.", base_url="https://slow.example", auth=ApiKey(),
    limits=Limits(known=(RateLimit(3, 86_400),)),
)  # fmt: skip


async def asked(door: Paced, how: str, url: str, connection: str | None = None) -> int:
    """The status of an answer."""
    request = Outbound(method="GET", url=url)
    ticket = Ticket(workspace=1, integration="slow", connection=connection, hosts=(url.removeprefix("http://").partition("/")[0],))
    if how == "send":
        return (await door.send(request, ticket)).status
    (status,) = [piece.status async for piece in door.stream(request, ticket) if isinstance(piece, Answer)]
    return status


@pytest.mark.parametrize("how", ["send", "stream"])
async def test_what_never_left_is_not_counted(database: Database, how: str) -> None:
    """A run without an account, or without a way to the vendor, uses nothing up of what the others may ask."""
    key = Setting(name="SLOW", credential=Credential(auth=ApiKey(), secret=SecretStr("a-key-of-slow")))
    catalog = Catalog(kinds={}, connectors={"slow": three_a_day}, providers={})
    async with VaultSender(SettingSecrets({"slow": key}), allow=("127.0.0.0/8",)) as sender, limited_double(100, 60, mute=True) as double:
        door = Paced(sender, catalog, RateLimits(database), lambda _: None, lambda _: "default")
        for _ in range(5):
            with pytest.raises(ConnectionMissing):
                await asked(door, how, double.url, connection="nobody's")
            with pytest.raises(Unreachable):
                await asked(door, how, "http://127.0.0.1:9")
        assert [await asked(door, how, f"{double.url}/{n}") for n in range(3)] == [200] * 3
        with pytest.raises(RateLimited, match="slow:default"):
            await asked(door, how, double.url)
    assert len(double.arrivals) == 3
