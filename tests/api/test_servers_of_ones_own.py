"""A database and a mailbox of one's own, through the whole house: connected with the fields of their addresses, tried, used, and told by nobody."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api, served
from tests.doubles.mail import Mail, mail_double
from tests.doubles.mail import password as mail_password
from tests.doubles.vendor import user as mail_user
from tests.vault.relays import Customer, customer, password

from tenuto.core.values import JsonObject
from tenuto.store.server.embedded import Embedded


class World(NamedTuple):
    """A house that everybody can be reached from, and the two servers."""

    api: Api
    owner: httpx2.AsyncClient
    there: Customer
    mail: Mail
    dsn: str

    def database(self, **more: Any) -> dict[str, Any]:
        fields = {"host": "127.0.0.1", "port": str(self.there.port), "database": self.there.database}
        return {
            "integration": "postgresql",
            "name": "default",
            "user": "customer",
            "secret": password,
            "shared": True,
            "fields": fields,
        } | more

    def mailbox(self, **more: Any) -> dict[str, Any]:
        hosts = {"smtp_host": "127.0.0.1", "imap_host": "127.0.0.1"}
        fields = hosts | {"smtp_port": str(self.mail.smtp), "imap_port": str(self.mail.imap)}
        return {
            "integration": "mail",
            "name": "default",
            "user": mail_user,
            "secret": mail_password,
            "shared": True,
            "fields": fields,
        } | more

    async def run(self, *nodes: JsonObject) -> dict[str, Any]:
        edges = [{"from": one["id"], "to": other["id"]} for one, other in pairwise(nodes)]
        document = {"id": "w", "name": "W", "startNode": nodes[0]["id"], "nodes": list(nodes), "edges": edges}
        answer = await self.owner.post("/api/workflow/execute?wait=30", json={"workflow": document, "message": "go"})
        assert answer.status_code in (200, 202), answer.text
        return answer.json()["execution"]


def action(id: str, integration: str, name: str, **params: Any) -> JsonObject:
    return {"id": id, "type": "integration", "config": {"integration": integration, "action": name, "params": params}}


@pytest.fixture
async def world(server: Embedded, dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    async with customer(server, dsn) as there, mail_double() as mail, served(dsn, tmp_path, TENUTO_ENV="production") as api:
        await there.rows("create table people (id int primary key, name text)")
        await there.rows("grant all on people to customer")
        yield World(api, api.as_role("owner"), there, mail, dsn)


async def test_they_are_connected_tried_and_used_in_a_run(world: World) -> None:
    for given, account in ((world.database(), "customer"), (world.mailbox(), mail_user)):
        made = await world.owner.post("/api/connections", json=given)
        assert made.status_code == 201, made.text
        assert made.json()["connection"]["account"] == account
        tested = await world.owner.post(f"/api/connections/{made.json()['connection']['id']}/test")
        assert tested.status_code == 200, tested.text
    done = await world.run(
        action("a", "postgresql", "insert_rows", table="people", rows=[{"id": 1, "name": "Grace"}]),
        action("b", "postgresql", "query", sql="select name from people where id = $1", parameters=[1]),
        {
            "id": "c", "type": "integration",
            "config": {
                "integration": "mail", "action": "send_mail",
                "params": {"from": mail_user, "to": ["grace@example.com"], "subject": "Hello {{ nodes.b.output.rows[0].name }}"},
            },
        },
    )  # fmt: skip
    assert done["status"] == "completed", done
    assert done["results"]["b"]["rows"] == [{"name": "Grace"}]
    assert b"Subject: Hello Grace" in world.mail.posted[0].content
    assert [row["name"] for row in await world.there.rows("select name from people")] == ["Grace"]


@pytest.mark.parametrize(
    ("change", "pointer", "status"),
    [
        ({"secret": "wrong-password-0123"}, "/secret", 422),
        ({"user": "nobody"}, "/secret", 422),
        ({"user": ""}, "/user", 422),
        ({"fields": {"host": "127.0.0.1"}}, "/fields/port", 422),
        ({"fields": {"host": "127.0.0.1/x", "port": "1", "database": "d"}}, "/fields/host", 422),
        ({"fields": {"host": "127.0.0.1", "port": "0", "database": "d"}}, "/fields/port", 422),
    ],
)
async def test_a_database_that_does_not_let_us_in_is_not_kept(world: World, change: dict[str, Any], pointer: str, status: int) -> None:
    refused = await world.owner.post("/api/connections", json=world.database(**change))
    assert (refused.status_code, refused.json()["pointer"]) == (status, pointer), refused.text
    assert (await world.owner.get("/api/connections")).json()["connections"] == []


async def test_an_unknown_database_and_a_server_that_is_not_there(world: World) -> None:
    fields = world.database()["fields"]
    unknown = await world.owner.post("/api/connections", json=world.database(fields=fields | {"database": "nowhere"}))
    assert (unknown.status_code, unknown.json()["pointer"]) == (422, "/fields"), unknown.text
    away = await world.owner.post("/api/connections", json=world.database(fields=fields | {"port": "1"}))
    assert (away.status_code, away.json()["type"].rpartition("/")[2]) == (502, "unreachable"), away.text
    inner = await world.owner.post("/api/connections", json=world.database(fields=fields | {"host": "10.0.0.1"}))
    assert (inner.status_code, inner.json()["type"].rpartition("/")[2]) == (502, "egress-refused"), inner.text


async def test_without_an_account_production_names_what_to_connect(world: World) -> None:
    answer = await world.owner.post("/api/integrations/postgresql", json={"action": "query", "params": {"sql": "select 1"}})
    assert answer.status_code == 401
    assert "postgresql" in answer.text


async def test_what_a_server_repeats_of_a_password_is_told_by_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for given in (world.database(), world.mailbox()):
        assert (await world.owner.post("/api/connections", json=given)).status_code == 201
    await world.there.rows("insert into people values (1, $1), (2, $2)", password, base64.b64encode(password.encode()).decode())
    world.mail.failing = [f"554 5.7.1 {mail_password} is what you said"]
    world.mail.receive(f"From: a@example.com\nTo: {mail_user}\nSubject: s\n\nIt is {mail_password}")
    read = await world.run(action("a", "postgresql", "select_rows", table="people"))
    assert [row["id"] for row in read["results"]["a"]["rows"]] == [1, 2]
    sent = await world.run(action("a", "mail", "send_mail", **{"from": mail_user, "to": ["x@example.com"]}))
    assert "is what you said" in sent["error"]
    told = [(await world.owner.get(path)).text for path in ("/api/connections", "/api/workflows/executions", "/metrics")]
    told += [str(read), str(sent), caplog.text, await dump(world.dsn)]
    for secret in (password, mail_password):
        for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")):
            assert not any(form in text for text in told), form


async def dump(dsn: str) -> str:
    """All rows of the house's tables."""
    link = await asyncpg.connect(dsn)
    try:
        tables = await link.fetch(
            "select table_name from information_schema.tables where table_schema = 'public' and table_name <> 'people'"
        )
        return "\n".join([str(await link.fetch(f'select t::text from "{row["table_name"]}" as t')) for row in tables])
    finally:
        await link.close()
