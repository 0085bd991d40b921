"""Threat 11: each vendor's own signed delivery through the door for webhooks, at the hour it was sent: taken once, and nothing else is.

The door's clock is set to the vector's time; the rest is a served house. HubSpot signs the address it sends to, which is not ours in
its vector, so that one is signed with the vector's secret for our address; `tests/core/test_signature.py` has it to the byte.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from starlette.types import Receive, Scope, Send
from tests.api.conftest import Api, client_of, fresh_database, origin, served
from tests.api.hooking import publish, webhook, workflow
from tests.core.vectors import names, sent, vectors, vectors_file
from tests.services.triggers.clockwork import Clock, NoneMissing

from tenuto.app.interface import Served, serving
from tenuto.core.auth import HmacWebhook, schemes
from tenuto.services.triggers.install import own_secret
from tenuto.services.triggers.launch import Launch
from tenuto.services.triggers.reception import Reception
from tenuto.services.triggers.refusals import Refusals
from tenuto.services.triggers.secrets import Signing, sealed_secrets
from tenuto.store.server.embedded import Embedded
from tenuto.store.triggers.hooks import Hooks
from tenuto.store.triggers.rows import TriggerSecrets

each_vendor = pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["vendor"])
kinds = {"github": "text/plain", "slack": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Door:
    """A house that has a trigger for each vendor, and whose door for webhooks has a clock of its own."""

    api: Api
    client: httpx2.AsyncClient
    clock: Clock

    async def post(self, vector: dict[str, Any], body: bytes, at: datetime, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        self.clock.at = at
        given = dict(headers or headers_of(vector))
        answer = await self.client.post(f"/api/hooks/vector-{name_of(vector)}", content=body, headers=given)
        return answer.status_code, answer.json()

    async def runs(self, vector: dict[str, Any]) -> Sequence[str]:
        """The runs that this vendor's deliveries have started."""
        answer = await self.api.as_role("viewer").get("/api/executions", params={"workflow_id": f"of-{name_of(vector)}"})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["executions"]]


def name_of(vector: dict[str, Any]) -> str:
    return names.get(vector["vendor"], vector["vendor"])


def scheme_of(vector: dict[str, Any]) -> HmacWebhook:
    found = schemes[name_of(vector)]
    assert isinstance(found, HmacWebhook)
    return found


def headers_of(vector: dict[str, Any]) -> dict[str, str]:
    headers = {"content-type": kinds.get(vector["vendor"], "application/json"), **vector["headers"]}
    if vector["vendor"] == "hubspot":
        stamp = vector["headers"]["X-HubSpot-Request-Timestamp"]
        base = f"POST{origin}/api/hooks/vector-hubspot{vector['body']}{stamp}"
        headers["X-HubSpot-Signature-v3"] = base64.b64encode(hmac.digest(vector["secret"].encode(), base.encode(), "sha256")).decode()
    return headers


async def no_tools(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("nobody asks for tools here")


async def signed_with(api: Api, trigger: UUID, secret: str) -> None:
    """Let the trigger's deliveries be signed with the vector's secret, some of which are shorter than we take from people."""
    name = own_secret(trigger)
    async with api.house.database.transaction(1) as tx:
        await TriggerSecrets(tx).keep(name, await sealed_secrets(api.house.envelope, tx, name, [Signing(secret, None)]))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Door]:
    async with fresh_database(server) as dsn, served(dsn, tmp_path_factory.mktemp("vectors")) as api:
        house, clock = api.house, Clock()
        for vector in vectors():
            hook = webhook("hook", scheme=name_of(vector), path=f"vector-{name_of(vector)}")
            [placed] = await publish(api.as_role("owner"), workflow(hook, id=f"of-{name_of(vector)}"))
            await signed_with(api, UUID(placed["id"]), vector["secret"])
        hooks, running = Hooks(house.database), house.engine
        launch = Launch(
            running.worker, running.journal, NoneMissing(), running.parts.sandbox, catalog=house.catalog, now=clock, development=False
        )
        refusals = Refusals(hooks)
        reception = Reception(hooks, launch, house.envelope, refusals)
        services = replace(house.services, triggers=replace(house.services.triggers, reception=reception))
        async with client_of(serving(Served(house.settings, services, CollectorRegistry(), no_tools))) as client:
            yield Door(api, client, clock)
        await refusals.close()
        await hooks.close()


def test_the_vectors_are_there() -> None:
    if not vectors_file.exists():
        pytest.skip(f"{vectors_file} is not there")
    assert len(vectors()) == 8


@each_vendor
async def test_a_vendors_delivery_starts_one_run_and_its_replay_none(door: Door, vector: dict[str, Any]) -> None:
    body, at = vector["body"].encode(), sent(vector)
    assert list(await door.runs(vector)) == []
    for place in sorted({0, len(body) // 2, len(body) - 1}):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        status, problem = await door.post(vector, changed, at)
        assert (status, "signature is wrong" in problem["detail"]) == (401, True), place
    assert list(await door.runs(vector)) == [], "a changed byte starts nothing"

    status, first = await door.post(vector, body, at)
    assert (status, first["status"]) == (202, "started")
    for later in (timedelta(), timedelta(seconds=30)):
        assert await door.post(vector, body, at + later) == (200, first)
    assert list(await door.runs(vector)) == [first["execution_id"]]


@each_vendor
async def test_long_after_it_was_sent_it_starts_nothing(door: Door, vector: dict[str, Any]) -> None:
    body, at, window = vector["body"].encode(), sent(vector), scheme_of(vector).window
    before = await door.runs(vector)
    if window is None:
        # The vendor signs no time: what keeps a replay out is that the delivery is known.
        status, answer = await door.post(vector, body, at + timedelta(days=1))
        known = await door.post(vector, body, at + timedelta(days=2))
        assert (known, answer["execution_id"]) == ((200, answer), (await door.runs(vector))[0])
        assert len(await door.runs(vector)) == 1
        return
    for shift in (window + 1, 3600, -window - 61):
        status, problem = await door.post(vector, body, at + timedelta(seconds=shift))
        assert (status, "too long ago" in problem["detail"]) == (401, True), shift
    assert await door.runs(vector) == before


@pytest.mark.parametrize("vector", [each for each in vectors() if scheme_of(each).timestamp], ids=lambda vector: vector["vendor"])
async def test_an_old_delivery_is_not_made_new_by_another_time(door: Door, vector: dict[str, Any]) -> None:
    scheme, headers = scheme_of(vector), {name.lower(): value for name, value in headers_of(vector).items()}
    assert scheme.timestamp is not None
    now = sent(vector) + timedelta(hours=1)
    stamp = {"s": str(int(now.timestamp())), "ms": str(int(now.timestamp() * 1000)), "iso": now.isoformat()}[scheme.unit]
    before = await door.runs(vector)
    status, problem = await door.post(vector, vector["body"].encode(), now, {**headers, scheme.timestamp: stamp})
    assert (status, "signature is wrong" in problem["detail"]) == (401, True)
    assert await door.runs(vector) == before
