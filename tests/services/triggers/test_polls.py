"""Polling: what is new starts one run each, from a durable watermark, by one process at a time; what fails is said and tried again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import Field, JsonValue
from tests.services.triggers.clockwork import Clock, Clockwork, clockwork
from tests.vault.loopback import Loopback, Script, loopback, reply

from tenuto.core.catalog import discover
from tenuto.core.connection import Ticket
from tenuto.core.connector import Connector, Params, Request, Result
from tenuto.core.trigger import PollTrigger
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.services.triggers.polls import Polls
from tenuto.store.database import Database
from tenuto.store.triggers.due import Due
from tenuto.store.triggers.rows import InstalledTrigger
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

feed = Connector(key="feed", name="Feed", base_url="https://feed.example")


class Since(Params):
    since: str = Field(default="", description="Only newer ones.", examples=["2026"])


class Listed(Result):
    items: list[dict[str, Any]] = Field(examples=[[]])


@feed.action(effect="read")
def list_items(params: Since) -> Request[Listed]:
    """What is there."""
    return Request(result=Listed, method="GET", path="/items", query={"since": params.since})


@feed.action(effect="write")
def add_item(params: Since) -> Request[Listed]:
    """Add one."""
    return Request(result=Listed, method="POST", path="/items")


catalog = replace(discover(), connectors=MappingProxyType({**discover().connectors, "feed": feed}))
every_minute: dict[str, Any] = {
    "id": "p", "type": "poll", "connector": "feed", "action": "list_items", "interval": "PT1M", "items": "{{ event.items }}",
    "key": "{{ event.id }}",
}  # fmt: skip


@dataclass
class Polling:
    works: Clockwork
    server: Loopback
    polls: Polls
    made: list[Polls]

    def there(self, *ids: Any, **more: Any) -> None:
        self.server.routes["/items"] = reply(200, {"items": [{"id": each, **more} for each in ids]}, content_type="application/json")

    async def round(self, seconds: float = 60) -> None:
        self.works.clock.on(seconds=seconds)
        await self.polls.poll()

    async def keys(self) -> list[str]:
        found = await self.works.rows("select data from execution_events where type = 'workflow_started'")
        return sorted(json.loads(row["data"])["trigger_data"]["key"] for row in found)

    async def row(self) -> Any:
        return (await self.works.rows("select * from triggers"))[0]


@asynccontextmanager
async def polling(database: Database, dsn: str) -> AsyncGenerator[Polling]:
    async with clockwork(database, dsn, Clock()) as works, loopback() as server:
        works.catalog = catalog
        async with VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",)) as sender:
            actor = Actor(catalog, sender, bases={"feed": server.url})
            made = [Polls(Due(database), works.launch, partial(ask, actor, works.clock), works.clock) for _ in range(4)]
            yield Polling(works, server, made[0], made)


async def ask(actor: Actor, clock: Clock, row: InstalledTrigger, spec: PollTrigger, params: JsonObject) -> JsonValue:
    ticket = Ticket(workspace=row.workspace, integration=spec.connector)
    return await actor.perform(Errand(connector=spec.connector, action=spec.action, params=params, ticket=ticket, key="k", now=clock()))


async def test_the_first_poll_sets_the_mark_and_each_new_item_starts_one_run(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish(every_minute)
        it.there("a", "b")
        await it.round(0)
        assert await it.keys() == []
        assert "started nothing" in (await it.row())["note"]
        it.there("c", "b", "a", "d")
        await it.round()
        await it.round()
        assert await it.keys() == ["c", "d"]
        it.there("a")
        await it.round()
        it.there("a", "c", "e")
        await it.round()
        assert await it.keys() == ["c", "d", "e"], "what was away for a while is not new"
        row = await it.row()
        assert (row["fired"], row["failures"], row["leased_until"]) == (3, 0, None)
        assert row["next_at"] == it.works.clock.at + timedelta(minutes=1)


async def test_backfill_starts_with_what_is_there(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish({**every_minute, "backfill": True})
        it.there(1, 2, 3)
        await it.round(0)
        assert await it.keys() == ["1", "2", "3"]


async def test_the_watermark_goes_on_and_is_asked_with(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        marked = {"watermark": "{{ event.at }}", "params": {"since": '{{ get(trigger, "watermark", "") or "" }}'}}
        await it.works.publish({**every_minute, **marked, "backfill": True})
        it.there("a", at="2026-06-01")
        await it.round(0)
        it.there("b", at="2026-05-01")
        await it.round()
        await it.round()
        assert [seen.target for seen in it.server.seen] == ["/items?since=", "/items?since=2026-06-01", "/items?since=2026-06-01"]
        assert json.loads((await it.row())["watermark"])["mark"] == "2026-06-01"


async def test_one_process_polls_at_a_time_and_a_dead_ones_turn_comes_back(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish({**every_minute, "backfill": True})
        it.there("a")
        await asyncio.gather(*(each.poll() for each in it.made))
        assert len(it.server.seen) == 1
        it.works.clock.on(minutes=1)
        assert len(await Due(database).take("poll", it.works.clock(), timedelta(minutes=5), 8)) == 1
        await it.round(1)
        assert len(it.server.seen) == 1, "somebody has it"
        it.there("a", "b")
        await it.round(300)
        assert (len(it.server.seen), await it.keys()) == (2, ["a", "b"])


async def test_a_process_that_dies_before_it_wrote_the_mark_starts_nothing_twice(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish({**every_minute, "backfill": True})
        it.there("a", "b")
        await it.round(0)
        # As if the last statement had never been: the runs are there, what was seen is not.
        await it.works.rows("update triggers set watermark = null, next_at = $1 returning id", it.works.clock())
        await it.round(1)
        assert await it.keys() == ["a", "b"]
        assert (await it.works.rows("select count(*) as n from executions"))[0]["n"] == 2


async def test_errors_are_said_and_back_off_and_what_came_meanwhile_is_found(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish(every_minute)
        it.there("a")
        await it.round(0)
        it.server.routes["/items"] = reply(500, {"message": "it is down"})
        pauses: list[float] = []
        for _ in range(4):
            await it.round(7200)
            row = await it.row()
            pauses.append((row["next_at"] - it.works.clock.at).total_seconds())
        assert pauses == [120, 240, 480, 960]
        assert (row["failures"], json.loads(row["error"])["type"]) == (4, "vendor-failed")
        it.there("a", "b")
        await it.round(7200)
        row = await it.row()
        assert (row["failures"], row["error"], await it.keys()) == (0, None, ["b"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"items": "{{ event.nothing }}"}, "event.nothing"),
        ({"items": "{{ event }}"}, "no list"),
        ({"key": "{{ event }}"}, "no text and no whole number"),
    ],
)
async def test_a_place_that_is_not_there_is_said(database: Database, dsn: str, change: dict[str, str], says: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish({**every_minute, **change})
        it.there("a")
        await it.round(0)
        assert says in json.loads((await it.row())["error"])["detail"]


async def test_an_item_whose_run_cannot_begin_stays_new(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish({**every_minute, "backfill": True, "input": "{{ event.title }}"})
        it.server.routes["/items"] = reply(200, {"items": [{"id": "a", "title": "t"}, {"id": "b"}]})
        await it.round(0)
        row = await it.row()
        assert (await it.keys(), row["failures"]) == (["a"], 1)
        it.server.routes["/items"] = reply(200, {"items": [{"id": "a", "title": "t"}, {"id": "b", "title": "later"}]})
        await it.round(600)
        assert (await it.keys(), (await it.row())["failures"]) == (["a", "b"], 0)


async def test_a_lost_answer_is_asked_for_again(database: Database, dsn: str) -> None:
    async with polling(database, dsn) as it:
        await it.works.publish({**every_minute, "backfill": True})
        it.server.routes["/items"] = Script(b"", close=True)
        await it.round(0)
        assert (await it.row())["failures"] == 1
        it.there("a")
        await it.round(600)
        assert await it.keys() == ["a"]
