"""The door to PostgreSQL, on a real one: what is read, what is written, and what neither a statement nor a server can do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import JsonValue, SecretStr
from tests.vault.certificates import certificate
from tests.vault.doors import Names, door, get, plain
from tests.vault.loopback import loopback
from tests.vault.relays import Customer, customer, password
from tests.vault.spans import Spans

from tenuto.core.auth import ApiKey, Auth, Basic
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import ConnectionMissing, EgressRefused, Invalid, Misconfigured, Problem, TooLarge, Uncertain, Unreachable
from tenuto.engine.ports import Ticket
from tenuto.store.server.embedded import Embedded
from tenuto.vault import egress
from tenuto.vault.doors import visit as visits
from tenuto.vault.doors.sql import sql
from tenuto.vault.doors.visit import Refused, Server, Visit
from tenuto.vault.egress import Guard
from tenuto.vault.reach import Address
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

authorities_of_the_system = (egress.authorities, visits.authorities)


@pytest.fixture
async def theirs(server: Embedded, dsn: str) -> AsyncIterator[Customer]:
    async with customer(server, dsn) as running:
        await running.rows("create table orders (id int primary key, name text, due timestamptz, price numeric, tags text[], more jsonb)")
        await running.rows("grant all on orders to customer")
        yield running


def vault(
    *, allow: tuple[str, ...] = ("127.0.0.1/32",), secret: str = password, auth: Auth | None = None, names: Names | None = None, **more: Any
) -> VaultSender:
    credential = Credential(auth=auth or Basic(), secret=SecretStr(secret), user="customer")
    return VaultSender(
        SettingSecrets({"postgresql": Setting(name="PG", credential=credential)}), allow=allow, resolve=names or Names(), **more
    )


def ticket(where: Customer, **more: Any) -> Ticket:
    return replace(Ticket(workspace=1, integration="postgresql", hosts=(f"127.0.0.1:{where.port}",)), **more)


def asked(where: Customer, operation: str, sql: str, *values: JsonValue, **more: Any) -> Outbound:
    json: JsonValue = {"sql": sql, "parameters": list(values), "limit": more.pop("limit", 100)}
    return replace(Outbound(method="POST", url=f"{where.url}/{operation}", json=json, timeout=20), **more)


async def ask(where: Customer, operation: str, sql: str, *values: JsonValue, **more: Any) -> Answer:
    async with vault() as door:
        return await door.send(asked(where, operation, sql, *values, **more), ticket(where))


def rows(answer: Answer) -> Any:
    assert answer.status == 200, answer.text
    return cast("dict[str, Any]", answer.json)["rows"]


def error(answer: Answer) -> tuple[int, str]:
    return answer.status, cast("dict[str, Any]", answer.json)["error"]["code"]


async def test_what_is_written_is_read_again_with_its_types(theirs: Customer) -> None:
    values: list[JsonValue] = [1, "Tea'; drop table orders; --", "2026-01-02T03:04:05Z", "12.340", ["a", "b"], {"n": [1]}]
    made = await ask(theirs, "execute", "insert into orders values ($1, $2, $3, $4, $5, $6) returning id", *values)
    assert cast("dict[str, Any]", made.json) | {"columns": []} == {"columns": [], "rows": [{"id": 1}], "more": False, "affected": 1}
    found = await ask(theirs, "query", "select *, id::float8 / 2 as half, null as none from orders where name = $1", values[1])
    assert rows(found) == [
        {"id": 1, "name": values[1], "due": "2026-01-02T03:04:05Z", "price": "12.340", "tags": ["a", "b"], "more": {"n": [1]}}
        | {"half": 0.5, "none": None}
    ]
    assert cast("dict[str, Any]", found.json)["columns"][2] == {"name": "due", "type": "timestamptz"}


@pytest.mark.parametrize(
    ("type", "value", "wanted"),
    [
        ("int8", 2**62, 2**62),
        ("bool", True, True),
        ("date", "2026-01-02", "2026-01-02"),
        ("time", "03:04:05", "03:04:05"),
        ("timestamp", "2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05"),
        ("interval", "P1DT2H", "P1DT2H"),
        ("uuid", "0189f7e4-0000-7000-8000-000000000001", "0189f7e4-0000-7000-8000-000000000001"),
        ("bytea", "AAE=", "AAE="),
        ("numeric", 0.1, "0.1"),
        ("jsonb", "text", "text"),
        ("jsonb", None, None),
        ("int4[]", [1, None], [1, None]),
        ("float8", "NaN", "NaN"),
        ("text", 5, "5"),
        ("inet", "192.0.2.1", "192.0.2.1"),
        ("varchar(3)", None, None),
    ],
)
async def test_values_keep_what_they_are(theirs: Customer, type: str, value: JsonValue, wanted: JsonValue) -> None:
    assert rows(await ask(theirs, "query", f"select $1::{type} as it", value)) == [{"it": wanted}]


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("int4", "one"),
        ("int4", True),
        ("int4", 2**40),
        ("int4", 1.5),
        ("timestamptz", "tomorrow"),
        ("uuid", "1"),
        ("bytea", "no base64!"),
        ("int4", {"a": 1}),
        ("int4[]", ["x"]),
    ],
)
async def test_a_value_that_does_not_fit_is_told_before_anything_is_done(theirs: Customer, type: str, value: JsonValue) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(theirs, "execute", f"insert into orders (id, name) select 1, ($1::{type})::text", value)
    assert (refused.value.data.pointer or "").startswith("/parameters")
    assert await theirs.rows("select 1 from orders") == []


async def test_as_many_values_as_the_statement_has_places(theirs: Customer) -> None:
    for values in ([], [1, 2]):
        with pytest.raises(Invalid, match="has 1 parameters"):
            await ask(theirs, "query", "select $1::int", *values)


@pytest.mark.parametrize(
    "sql",
    [
        "insert into orders (id) values (1)",
        "with made as (insert into orders (id) values (1) returning id) select * from made",
        "create table more (id int)",
        "select setval(pg_get_serial_sequence('orders', 'id'), 1) from (select nextval('s')) as x",
        "drop table orders",
        "select pg_notify('a', 'b'); drop table orders",
        "commit; drop table orders",
        "update orders set id = 2",
    ],
)
async def test_a_query_writes_nothing(theirs: Customer, sql: str) -> None:
    await theirs.rows("create sequence s owned by orders.id")
    await theirs.rows("grant all on sequence s to customer")
    refused = await ask(theirs, "query", sql)
    assert (refused.status, await theirs.rows("select * from orders")) == (400, [])
    assert await theirs.rows("select 1 from pg_class where relname = 'more'") == []


async def test_one_statement_is_one(theirs: Customer) -> None:
    assert error(await ask(theirs, "execute", "insert into orders (id) values (1); insert into orders (id) values (2)")) == (400, "42601")
    assert error(await ask(theirs, "execute", "insert into orders (id) values (1); commit")) == (400, "42601")
    assert await theirs.rows("select * from orders") == []
    assert (await ask(theirs, "query", "commit")).status in (200, 400)


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("select * from nothing", (400, "42P01")),
        ("selec 1", (400, "42601")),
        ("insert into orders (id) values (1), (1)", (400, "23505")),
        ("select 1 / 0", (400, "22012")),
        ("select * from pg_authid", (403, "42501")),
        ("do $$ begin raise serialization_failure; end $$", (503, "40001")),
    ],
)
async def test_what_the_database_refuses_was_not_done_and_is_told_in_its_words(theirs: Customer, sql: str, wanted: tuple[int, str]) -> None:
    assert error(await ask(theirs, "execute", sql)) == wanted
    assert await theirs.rows("select * from orders") == []


async def test_rows_end_where_they_are_enough(theirs: Customer) -> None:
    answer = await ask(theirs, "query", "select n from generate_series(1, 1000000) as n", limit=3)
    assert (rows(answer), cast("dict[str, Any]", answer.json)["more"]) == ([{"n": 1}, {"n": 2}, {"n": 3}], True)
    whole = await ask(theirs, "query", "select n from generate_series(1, 700) as n", limit=700)
    assert (len(rows(whole)), cast("dict[str, Any]", whole.json)["more"]) == (700, False)


async def test_too_many_bytes_are_refused_and_a_write_of_them_undone(theirs: Customer) -> None:
    with pytest.raises(TooLarge):
        await ask(theirs, "query", "select repeat('x', 100000) from generate_series(1, 1000)", max_bytes=1_000_000, limit=10_000)
    with pytest.raises(TooLarge):
        await ask(theirs, "execute", "insert into orders (id, name) values (1, repeat('x', 2000000)) returning name", max_bytes=1_000_000)
    assert await theirs.rows("select * from orders") == []


async def test_a_statement_that_takes_too_long_is_ended_on_the_server_too(theirs: Customer) -> None:
    with pytest.raises(Unreachable, match="took longer than 1 seconds"):
        await ask(theirs, "query", "select pg_sleep(300)", timeout=1)
    asleep = "select 1 from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and usename = 'customer'"
    async with asyncio.timeout(60):
        while await theirs.rows(asleep):
            await asyncio.sleep(0.05)


async def test_a_wrong_password_and_an_unknown_database(theirs: Customer) -> None:
    async with vault(secret="wrong") as door:
        refused = await door.send(asked(theirs, "query", "select 1"), ticket(theirs))
        assert error(refused) == (401, "28P01")
        theirs.database = "nowhere"
    async with vault() as door:
        assert error(await door.send(asked(theirs, "query", "select 1"), ticket(theirs))) == (404, "3D000")


async def test_what_comes_back_does_not_hold_the_password(theirs: Customer) -> None:
    answer = await ask(theirs, "query", "select $1::text as echo, encode($1::text::bytea, 'base64') as told", password)
    assert password not in answer.text
    assert rows(answer)[0]["echo"] == "***"


async def test_the_guard_and_the_lists_hold_as_for_http(theirs: Customer) -> None:
    async with vault(allow=()) as door:
        with pytest.raises(EgressRefused, match="loopback"):
            await door.send(asked(theirs, "query", "select 1"), ticket(theirs))
    async with vault() as door:
        for wrong in ({"hosts": ("127.0.0.1:1",)}, {"allow": ("example.com",)}, {"integration": None}):
            with pytest.raises(EgressRefused):
                await door.send(asked(theirs, "query", "select 1"), ticket(theirs, **wrong))
        with pytest.raises(ConnectionMissing):
            await door.send(asked(theirs, "query", "select 1"), ticket(theirs, connection="another"))
    async with vault(auth=ApiKey()) as door:
        with pytest.raises(Misconfigured):
            await door.send(asked(theirs, "query", "select 1"), ticket(theirs))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me@127.0.0.1:{port}/x/query",
        "postgresql://127.0.0.1/x/query",
        "postgresql://2130706433:{port}/x/query",
        "postgresql://127.0.0.1:{port}/query",
        "postgresql://127.0.0.1:{port}/x/query?host=example.com",
        "postgresql://127.0.0.1:{port}/x/drop",
        "postgresql://127.0.0.1:99999/x/query",
    ],
)
async def test_other_addresses_lead_nowhere(theirs: Customer, url: str) -> None:
    request = Outbound(method="POST", url=url.format(port=theirs.port), json={"sql": "select 1"})
    async with vault() as door:
        with pytest.raises((EgressRefused, Invalid)):
            await door.send(request, ticket(theirs))


async def test_nobody_listens(theirs: Customer) -> None:
    theirs.port = 1
    async with vault() as door:
        with pytest.raises(Unreachable, match="does not accept"):
            await door.send(asked(theirs, "execute", "insert into orders (id) values (1)"), ticket(theirs))


@pytest.mark.parametrize(("when", "wanted"), [("deferrable initially deferred", Uncertain), ("not deferrable", Unreachable)])
async def test_a_lost_commit_is_uncertain_and_what_was_lost_before_was_not_done(theirs: Customer, when: str, wanted: type[Problem]) -> None:
    """The session is ended by a trigger that fires at the commit, or with the row."""
    await theirs.rows(
        "create function fall() returns trigger language plpgsql security definer as "
        "$$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return null; end $$"
    )
    await theirs.rows(f"create constraint trigger late after insert on orders {when} for each row execute function fall()")
    with pytest.raises(wanted):
        await ask(theirs, "execute", "insert into orders (id) values (1)")
    assert await theirs.rows("select * from orders") == []


class Elsewhere(Guard):
    """A guard for whom loopback is no network of the operator's, but the wide world."""

    async def reachable(self, host: str, port: int) -> tuple[tuple[Address, ...], bool]:
        return (IPv4Address("127.0.0.1"),), False


def visit(where: Customer, host: str, tls: ssl.SSLContext | None) -> Visit:
    return Visit(
        guard=Elsewhere(), tls=tls, server=Server(host, where.port), place=(where.database,), operation="query", asked={"sql": "select 1 as one"},
        content=None, user="customer", password=SecretStr(password), deadline=asyncio.get_running_loop().time() + 20, seconds=20, max_bytes=10_000,
    )  # fmt: skip


async def test_outside_there_is_no_way_without_tls_nor_with_the_certificate_of_another_name(
    server: Embedded, dsn: str, tmp_path: Path
) -> None:
    serving, trusting = certificate(tmp_path, "db.example.com")
    async with customer(server, dsn, serving) as there:
        assert cast("dict[str, Any]", await sql(visit(there, "db.example.com", trusting)))["rows"] == [{"one": 1}]
        with pytest.raises(ssl.SSLCertVerificationError):
            await sql(visit(there, "other.example.com", trusting))
        with pytest.raises(ssl.SSLCertVerificationError):
            await sql(visit(there, "db.example.com", ssl.create_default_context()))
    async with customer(server, dsn) as there:
        with pytest.raises(Refused, match="offers no TLS"):
            await sql(visit(there, "db.example.com", trusting))


async def test_a_call_over_http_is_in_the_way_of_no_session(
    server: Embedded, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both trust the system's authorities, and each names its own protocol."""
    serving, _ = certificate(tmp_path, "both.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    for read in authorities_of_the_system:
        read.cache_clear()
    try:
        async with loopback(serving) as web, door(names=Names(both_example=[["127.0.0.1"]])) as http:
            assert (await http.send(get(f"https://both.example:{web.port}/"), plain())).status == 200
        async with customer(server, dsn, serving) as there:
            assert cast("dict[str, Any]", await sql(visit(there, "both.example", None)))["rows"] == [{"one": 1}]
    finally:
        for read in authorities_of_the_system:
            read.cache_clear()


async def test_inside_it_is_encrypted_where_the_server_can(server: Embedded, dsn: str, tmp_path: Path) -> None:
    serving, _ = certificate(tmp_path, "db.example.com")
    async with customer(server, dsn, serving) as there:
        assert rows(await ask(there, "query", "select 1 as one")) == [{"one": 1}]


async def test_spans_tell_the_host_and_nothing_of_the_statement(theirs: Customer) -> None:
    spans = Spans()
    async with vault(tracer=spans) as door:
        await door.send(asked(theirs, "query", "select 'secret words'"), ticket(theirs))
        with pytest.raises(Invalid):
            await door.send(asked(theirs, "query", "select $1::int", "secret words"), ticket(theirs))
    assert [(span.name, span.attributes["server.port"], span.ended) for span in spans.all] == [("postgresql query", theirs.port, 1)] * 2
    assert spans.all[1].attributes["error.type"] == "invalid"
    assert "secret" not in str([(span.name, span.attributes, span.statuses, span.more) for span in spans.all])
