"""What a document describes reaches a real server of it as it means it: FastAPI writes the document, and judges what arrives."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Form, Header, HTTPException, Query, Response
from pydantic import BaseModel, Field, SecretStr
from tests.doubles import loopback, served

from tenuto.connectors.openapi import Compiled, Wanted, compiled
from tenuto.core.catalog import Catalog
from tenuto.core.errors import Invalid, NotFound, Rejected
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.actions.simulate import simulate
from tenuto.engine.ports import Ticket
from tenuto.testing import check_connector, example_params
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets


class Kind(StrEnum):
    cat = "cat"
    dog = "dog"


class Pet(BaseModel):
    name: str = Field(min_length=1, max_length=20, description="How it is called.", examples=["Rex"])
    kind: Kind
    born: date | None = None
    tags: list[str] = []
    owner: dict[str, str] | None = None


class Kept(Pet):
    id: int


def app() -> FastAPI:
    """A shop with one of each: path, query, header, body, form, list, text, nothing."""
    shop = FastAPI(title="Pet shop", servers=[{"url": "https://pets.example.com/v1"}])
    pets: dict[int, Kept] = {}
    shop.state.pets, shop.state.keys = pets, []

    @shop.post("/pets", status_code=201, operation_id="createPet")
    def create(pet: Pet, idempotency_key: Annotated[str | None, Header()] = None) -> Kept:
        """Take in a pet."""
        shop.state.keys.append(idempotency_key)
        kept = Kept(id=len(pets) + 1, **pet.model_dump())
        pets[kept.id] = kept
        return kept

    @shop.get("/pets", operation_id="listPets")
    def each(
        kind: Annotated[list[Kind] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        x_trace: Annotated[str, Header()] = "",
    ) -> list[Kept]:
        """List the pets. The newest come last."""
        shop.state.trace = x_trace
        return [pet for pet in pets.values() if not kind or pet.kind in kind][:limit]

    @shop.get("/pets/name/{name}", operation_id="pets/find-by.name")
    def find(name: str, class_: Annotated[str, Query(alias="class")] = "") -> dict[str, Any]:
        return {"name": name, "class": class_}

    @shop.delete("/pets/{number}", status_code=204, operation_id="deletePet")
    def delete(number: int) -> None:
        if pets.pop(number, None) is None:
            raise HTTPException(404, f"no pet {number}")

    @shop.post("/adoptions", operation_id="adopt")
    def adopt(number: Annotated[int, Form()], by: Annotated[str, Form()]) -> Response:
        return Response(f"{by} has {pets[number].name}", media_type="text/plain")

    return shop


class World(BaseModel, arbitrary_types_allowed=True):
    shop: FastAPI
    made: Compiled
    actor: Actor

    async def do(self, action: str, params: JsonObject) -> Any:
        return await self.actor.perform(
            Errand(connector="pets", action=action, params=params, ticket=Ticket(workspace=1), key="run:node:1", now=datetime.now(UTC))
        )


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    shop, bound = app(), loopback(0)
    made = compiled("pets", shop.openapi(), Wanted(auth="header:X-Key"))
    credential = Credential(auth=made.connector.auth, secret=SecretStr("key-of-the-pets-0123"))
    secrets = SettingSecrets({"pets": Setting(name="PETS", credential=credential)})
    async with contextlib.AsyncExitStack() as end:
        await end.enter_async_context(served(shop, bound, lambda: None))
        sender = await end.enter_async_context(VaultSender(secrets, allow=("127.0.0.1/32",)))
        catalog = Catalog(kinds={}, connectors={"pets": made.connector}, providers={})
        yield World(shop=shop, made=made, actor=Actor(catalog, sender, bases={"pets": f"http://127.0.0.1:{bound.getsockname()[1]}"}))


def test_it_is_a_connector_like_any_other() -> None:
    connector = compiled("pets", app().openapi(), Wanted(auth="bearer")).connector
    assert (connector.name, connector.base_url) == ("Pet shop", "https://pets.example.com/v1")
    assert {key: each.effect for key, each in connector.actions.items()} == {
        "create_pet": "idempotent_write",
        "list_pets": "read",
        "pets_find_by_name": "read",
        "delete_pet": "idempotent_write",
        "adopt": "write",
    }
    assert connector.actions["list_pets"].doc == "Each."
    assert check_connector(connector) == ()
    form = connector.actions["create_pet"].params.model_json_schema()
    assert form["required"] == ["name", "kind"]
    assert form["properties"]["kind"]["enum"] == ["cat", "dog"]
    assert form["properties"]["name"]["maxLength"] == 20


async def test_every_place_of_a_request_is_filled_as_the_document_says(world: World) -> None:
    pet = {"name": "Rex", "kind": "dog", "born": "2024-02-29", "tags": ["ä", "b&c"], "owner": {"name": "Ada"}}
    made = await world.do("create_pet", pet)
    assert made == pet | {"id": 1}
    assert world.shop.state.keys[0], "the API takes a key, so it gets the step's"
    await world.do("create_pet", {"name": "Mia", "kind": "cat"})
    listed = await world.do("list_pets", {"kind": ["dog", "cat"], "limit": 1, "x-trace": "t-1"})
    assert ([each["name"] for each in listed["items"]], world.shop.state.trace) == (["Rex"], "t-1")
    found = await world.do("pets_find_by_name", {"name": "a b?c=d#ä", "class": "x y"})
    assert found == {"name": "a b?c=d#ä", "class": "x y"}
    assert await world.do("adopt", {"number": 2, "by": "Ada & Bo"}) == {"value": "Ada & Bo has Mia"}
    assert await world.do("delete_pet", {"number": 2}) == {"status": 204}
    with pytest.raises((Rejected, NotFound)) as refused:
        await world.do("delete_pet", {"number": 2})
    assert "no pet 2" in refused.value.data.detail


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"name": "", "kind": "dog"}, "/name"),
        ({"name": "Rex", "kind": "cow"}, "/kind"),
        ({"name": "Rex"}, "/kind"),
        ({"name": "Rex", "kind": "dog", "born": "yesterday"}, "/born"),
        ({"name": "Rex", "kind": "dog", "tags": "a"}, "/tags"),
        ({"name": "Rex", "kind": "dog", "colour": "red"}, "/colour"),
    ],
)
async def test_what_the_document_does_not_allow_never_leaves(world: World, params: JsonObject, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("create_pet", params)
    assert refused.value.data.issues[0].pointer == place
    assert not world.shop.state.pets


def test_it_is_simulated_from_the_document() -> None:
    connector = compiled("pets", app().openapi()).connector
    for action in connector.actions.values():
        assert simulate(action, example_params(action), key="run:node:1") is not None
    kept = simulate(connector.actions["create_pet"], {"name": "Mia", "kind": "cat"}, key="run:node:1")
    assert isinstance(kept, dict)
    assert (kept["name"], kept["kind"], kept["id"]) == ("Mia", "cat", 1)
