"""PostgreSQL on a real one, through the actor and the guarded door: rows in, rows out, and names that are only names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import JsonValue, SecretStr
from tests.vault.relays import Customer, customer, password

from tenuto.connectors.postgresql import postgresql
from tenuto.core.account import Account
from tenuto.core.catalog import Catalog
from tenuto.core.connecting import base_url
from tenuto.core.errors import AuthRejected, EgressRefused, Invalid, NotFound, Rejected
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.actions.simulate import simulate
from tenuto.engine.ports import Ticket
from tenuto.store.server.embedded import Embedded
from tenuto.testing import check_connector, example_params
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

table = 'odd "table"'
nothing: JsonObject = {}
wide: JsonObject = dict[str, JsonValue]((f"c{n}", n) for n in range(10))
many: JsonValue = [*[wide] * 3001]
where: JsonObject = {"schema": "public", "table": table}


class World:
    """The actor, and words for what tests do."""

    def __init__(self, door: VaultSender, there: Customer) -> None:
        self.actor = Actor(Catalog(kinds={}, connectors={"postgresql": postgresql}, providers={}), door, bases={"postgresql": there.url})
        self.there = there

    async def do(self, action: str, params: JsonObject) -> dict[str, Any]:
        errand = Errand(
            connector="postgresql", action=action, params=params, ticket=Ticket(workspace=1), key="run:node:1", now=datetime.now(UTC)
        )
        found = await self.actor.perform(errand)
        assert isinstance(found, dict)
        return found


def vault(secret: str = password) -> VaultSender:
    credential = Credential(auth=postgresql.auth, secret=SecretStr(secret), user="customer")
    return VaultSender(SettingSecrets({"postgresql": Setting(name="PG", credential=credential)}), allow=("127.0.0.1/32",))


@pytest.fixture
async def world(server: Embedded, dsn: str) -> AsyncIterator[World]:
    async with customer(server, dsn) as there, vault() as door:
        await there.rows('create table "odd ""table""" (id int generated always as identity, "na""me" text unique, age int default 7)')
        await there.rows('grant all on "odd ""table""" to customer')
        yield World(door, there)


def test_it_is_complete() -> None:
    assert check_connector(postgresql) == ()


@pytest.mark.parametrize("action", sorted(postgresql.actions))
def test_every_action_can_be_simulated(action: str) -> None:
    assert simulate(postgresql.actions[action], example_params(postgresql.actions[action]), key="k")


async def test_rows_are_inserted_read_changed_and_deleted(world: World) -> None:
    made = await world.do("insert_rows", {**where, "rows": [{'na"me': "Ada"}, {'na"me': "Eve", "age": 3}], "returning": ["id", "age"]})
    assert made == {"affected": 2, "rows": [{"id": 1, "age": 7}, {"id": 2, "age": 3}]}
    read = await world.do("select_rows", {**where, "where": {"age": 7}, "columns": ["id", 'na"me']})
    assert (read["rows"], read["more"]) == ([{"id": 1, 'na"me': "Ada"}], False)
    assert read["columns"] == [{"name": "id", "type": "int4"}, {"name": 'na"me', "type": "text"}]
    changed = await world.do("update_rows", {**where, "values": {"age": None}, "where": {'na"me': "Eve"}, "returning": ["age"]})
    assert changed == {"affected": 1, "rows": [{"age": None}]}
    assert (await world.do("delete_rows", {**where, "where": {"age": None}}))["affected"] == 1
    assert [row["id"] for row in (await world.do("select_rows", where))["rows"]] == [1]


async def test_an_upsert_is_the_same_twice(world: World) -> None:
    rows: JsonObject = {**where, "rows": [{'na"me': "Ada", "age": 1}], "conflict_on": ['na"me']}
    assert [(await world.do("upsert_rows", rows))["affected"] for _ in range(2)] == [1, 1]
    assert (await world.do("select_rows", where))["rows"] == [{"id": 1, 'na"me': "Ada", "age": 1}]
    only: JsonObject = {**where, "rows": [{'na"me': "Ada"}], "conflict_on": ['na"me']}
    assert (await world.do("upsert_rows", only))["affected"] == 0


async def test_what_is_new_comes_after_what_was_seen(world: World) -> None:
    await world.do("insert_rows", {**where, "rows": [{'na"me': str(n)} for n in range(5)]})
    asked: JsonObject = {**where, "columns": ["id"], "order_by": ["id"], "limit": 2}
    seen = await world.do("select_rows", {**asked, "after": {"id": 2}})
    assert (seen["rows"], seen["more"]) == ([{"id": 3}, {"id": 4}], True)
    last = await world.do("select_rows", {**asked, "descending": True, "offset": 1})
    assert last["rows"] == [{"id": 4}, {"id": 3}]


@pytest.mark.parametrize(
    ("column", "operator", "value", "wanted"),
    [
        ("id", ">=", 3, ["Cy", "Di"]),
        ("id", "<>", 1, ["Bo", "Cy", "Di"]),
        ('na"me', "like", "%o", ["Bo"]),
        ('na"me', "ilike", "a%", ["ada"]),
        ("id", "in", [1, 4], ["Di", "ada"]),
        ("id", "not in", [1, 4], ["Bo", "Cy"]),
        ("id", "in", [], []),
        ("age", "is null", None, ["Di"]),
        ("age", "is not null", None, ["Bo", "Cy", "ada"]),
        ('na"me', "=", "' or true --", []),
    ],
)
async def test_rows_are_chosen_by_conditions(world: World, column: str, operator: str, value: JsonValue, wanted: list[str]) -> None:
    await world.do("insert_rows", {**where, "rows": [{'na"me': "ada"}, {'na"me': "Bo"}, {'na"me': "Cy"}, {'na"me': "Di", "age": None}]})
    condition: JsonObject = {"column": column, "operator": operator, **({} if value is None else {"value": value})}
    found = await world.do("select_rows", {**where, "filters": [condition], "where": {}})
    assert sorted(row['na"me'] for row in found["rows"]) == wanted
    both = await world.do("select_rows", {**where, "filters": [condition], "where": {'na"me': "Bo"}})
    assert len(both["rows"]) == wanted.count("Bo")


async def test_a_table_is_described(world: World) -> None:
    columns = (await world.do("describe_table", where))["columns"]
    assert [(each["name"], each["type"], each["nullable"], each["default"], each["key"]) for each in columns] == [
        ("id", "integer", False, None, False),
        ('na"me', "text", True, None, False),
        ("age", "integer", True, "7", False),
    ]
    with pytest.raises(NotFound):
        await world.do("describe_table", {"table": "nothing"})


async def test_one_wrong_row_and_none_is_inserted(world: World) -> None:
    with pytest.raises(Rejected, match="duplicate key"):
        await world.do("insert_rows", {**where, "rows": [{'na"me': "Ada"}, {'na"me': "Ada"}]})
    assert (await world.do("select_rows", where))["rows"] == []


async def test_statements_of_ones_own(world: World) -> None:
    await world.do("execute", {"sql": f'insert into "{table.replace(chr(34), chr(34) * 2)}" ("na""me") values ($1)', "parameters": ["x"]})
    assert (await world.do("query", {"sql": "select $1::int + 1 as two", "parameters": [1]}))["rows"] == [{"two": 2}]
    with pytest.raises(Rejected, match="read-only") as refused:
        await world.do("query", {"sql": 'delete from "odd ""table"""'})
    assert refused.value.data.fix == "Use the action that executes a statement: a query only reads."
    with pytest.raises(Rejected, match="multiple commands"):
        await world.do("execute", {"sql": "select 1; select 2"})
    assert {"schema": "public", "name": table} in (await world.do("list_tables", {}))["tables"]


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("select_rows", {"table": 'x" as y; drop table z; --'}),
        ("select_rows", {**where, "columns": ['id"; drop table x; --']}),
        ("select_rows", {**where, "where": {'id" = 1 or "age': 7}}),
        ("select_rows", {**where, "order_by": ["id; drop table x"]}),
        ("select_rows", {**where, "filters": [{"column": 'id" = 1 or "id', "operator": "=", "value": 1}]}),
        ("insert_rows", {**where, "rows": [{'id") values (1); --': 1}]}),
        ("update_rows", {**where, "values": {'age" = 1, "id': 7}, "where": {"id": 1}}),
        ("delete_rows", {**where, "where": {'id" is not null or "id': 1}}),
        ("upsert_rows", {**where, "rows": [{'na"me': "x"}], "conflict_on": ['na"me") do nothing; --']}),
    ],
)
async def test_a_name_is_a_name_whatever_stands_in_it(world: World, action: str, params: JsonObject) -> None:
    await world.do("insert_rows", {**where, "rows": [{'na"me': "Ada"}]})
    with pytest.raises(Rejected, match="does not exist"):
        await world.do(action, params)
    assert len((await world.do("select_rows", where))["rows"]) == 1


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("query", {"sql": "   "}),
        ("query", {"sql": "select '\x00'"}),
        ("query", {"sql": "select 1", "limit": 0}),
        ("select_rows", {"table": ""}),
        ("select_rows", {"table": "x" * 64}),
        ("select_rows", {**where, "offset": -1}),
        ("select_rows", {**where, "after": {"id": 1, "age": 1}}),
        ("select_rows", {**where, "filters": [{"column": "id", "operator": "; drop table x; --", "value": 1}]}),
        ("select_rows", {**where, "filters": [{"column": "id", "operator": "="}]}),
        ("select_rows", {**where, "filters": [{"column": "id", "operator": "in", "value": 1}]}),
        ("update_rows", {**where, "values": {"age": 1}, "where": nothing}),
        ("delete_rows", {**where, "where": nothing}),
        ("insert_rows", {**where, "rows": []}),
        ("insert_rows", {**where, "rows": [nothing]}),
        ("insert_rows", {**where, "rows": many}),
        ("upsert_rows", {**where, "rows": [{"age": 1}], "conflict_on": []}),
    ],
)
async def test_what_cannot_be_asked_is_told_before_anybody_is_asked(world: World, action: str, params: JsonObject) -> None:
    with pytest.raises(Invalid):
        await world.do(action, params)


async def test_a_wrong_password_has_to_be_connected_again(world: World) -> None:
    async with vault("wrong") as door:
        with pytest.raises(AuthRejected, match="password authentication failed"):
            await World(door, world.there).do("query", {"sql": "select 1"})


def test_the_address_is_the_accounts() -> None:
    fields = {"host": "db.example.com", "port": "6432", "database": "sales_eu"}
    account = Account(id=uuid4(), name="sales", way="basic", fields=fields)
    assert base_url(postgresql, account) == "postgresql://db.example.com:6432/sales_eu"
    for name, value in (("host", "db.example.com/x"), ("port", "1@evil.example"), ("database", "..")):
        with pytest.raises(EgressRefused):
            base_url(postgresql, Account(id=uuid4(), name="sales", way="basic", fields=fields | {name: value}))
