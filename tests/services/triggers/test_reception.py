"""Deliveries and those who wait for their events: what was acknowledged was offered, and what could not be offered comes again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from pydantic import JsonValue
from tests.api.hooking import body_of, github
from tests.services.triggers.clockwork import Clockwork, clockwork

from tenuto.core.errors import Unavailable
from tenuto.core.signature import Incoming
from tenuto.services.triggers.reception import Reception
from tenuto.services.triggers.refusals import Refusals
from tenuto.store.database import Database
from tenuto.store.triggers.hooks import Hooks


@dataclass
class Waiting:
    """Those who wait."""

    heard: list[tuple[int, str, JsonValue, str]] = field(default_factory=list[tuple[int, str, JsonValue, str]])
    away: bool = False

    async def __call__(self, workspace: int, name: str, payload: JsonValue, delivery: str) -> None:
        if self.away:
            raise Unavailable("The database is away.")
        self.heard.append((workspace, name, payload, delivery))


@asynccontextmanager
async def reception(works: Clockwork, offer: Waiting) -> AsyncGenerator[Reception]:
    hooks = Hooks(works.rig.database)
    refusals = Refusals(hooks)
    yield Reception(hooks, works.launch, works.envelope, refusals, offer)
    await refusals.close()
    await hooks.close()


async def test_an_event_is_offered_before_its_delivery_is_acknowledged(database: Database, dsn: str) -> None:
    waiting, body = Waiting(), body_of({"action": "closed"})
    async with clockwork(database, dsn) as works, reception(works, waiting) as door:
        trigger = {"id": "t", "type": "webhook", "connector": "github", "path": "gh-in", "events": ["issues.opened"]}
        [placed] = await works.publish(trigger)
        headers = github(placed.secret or "", body, "d-1")
        waiting.away = True
        with pytest.raises(Unavailable):
            await door.receive("gh-in", Incoming(headers, body), "127.0.0.1")
        assert await works.rows("select * from deliveries") == []
        waiting.away = False
        for new in (True, False):
            taken = await door.receive("gh-in", Incoming(headers, body), "127.0.0.1")
            assert (taken.status, taken.new) == ("ignored", new), "not for this trigger, but for whoever waits"
        assert [(workspace, name, payload) for workspace, name, payload, _ in waiting.heard] == [
            (1, "github.issues.closed", {"action": "closed"})
        ] * 2
        assert {delivery for *_, delivery in waiting.heard} == {taken.delivery}
