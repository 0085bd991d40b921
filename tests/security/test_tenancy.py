"""Threat 21, tenancy fails closed: no claim, no workspace; and a claim is never more than the row behind it says."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from tests.api.conftest import Api, client_of, local, other_workspace

from tenuto.api import problems
from tenuto.api.around.limits import Limits
from tenuto.api.identity import Gate
from tenuto.api.routing import Caller, Permission, Router
from tenuto.core.access import Principal, Role
from tenuto.core.errors import NotFound


def test_a_principal_has_no_default() -> None:
    principal: Any = Principal
    with pytest.raises(TypeError):
        principal()
    with pytest.raises(TypeError):
        principal(kind="key", id=None, name="x", role=Role.owner)


async def test_a_caller_asked_for_on_an_open_route_is_an_error_not_a_default(api: Api) -> None:
    router = Router("/test", tag="test")

    @router.get("/open", permission=None, open_because="the test")
    async def read(caller: Caller) -> dict[str, str]:
        return {"name": caller.name}

    app = FastAPI(docs_url=None, openapi_url=None)
    app.include_router(router.routes)
    problems.install(app)
    app.state.services = api.house.services
    app.state.gate = Gate(api.house.services, Limits(address=100, caller=100), "http://127.0.0.1:8400", secure=False)
    async with client_of(app, api.keys["owner"]) as client:
        assert (await client.get("/test/open")).status_code == 401


def test_a_route_names_its_permission_or_says_why_not() -> None:
    router = Router("/test", tag="test")
    with pytest.raises(TypeError, match="permission"):
        router.get("/x", permission=None)
    with pytest.raises(TypeError, match="permission"):
        router.get("/x", permission=Permission.key_manage, open_because="both")


async def test_each_workspace_sees_its_own_and_no_more(api: Api) -> None:
    own = await _names(api.as_role("owner"), "/api/keys", "keys")
    foreign = await _names(api.client(api.foreign), "/api/keys", "keys")
    assert own == {role.value for role in Role}
    assert foreign == {"foreign"}


async def test_a_workspace_named_by_the_caller_changes_nothing(api: Api) -> None:
    for headers in ({"X_Workspace": "2"}, {"X_Tenant_Id": "2"}, {"Tenuto_Workspace": "2"}):
        client = api.client(api.keys["owner"], **headers)
        for path in ("/api/keys?workspace=2", "/api/keys?workspace_id=2"):
            assert await _names(client, path, "keys") == {role.value for role in Role}


async def test_a_foreign_id_is_as_unknown_as_none_at_all(api: Api) -> None:
    key = await api.house.services.keys.make(local(other_workspace), "theirs", Role.viewer)
    client = api.as_role("owner")
    answers = [await client.get(f"/api/keys/{wanted}") for wanted in (key.key.id, "0198c5a0-0000-7000-8000-000000000000")]
    assert [answer.status_code for answer in answers] == [404, 404]
    shapes = [answer.json()["error"].replace(str(answer.url).rpartition("/")[2], "ID") for answer in answers]
    assert shapes[0] == shapes[1]
    with pytest.raises(NotFound):
        await api.house.services.keys.revoke(local(1), key.key.id)


async def test_a_member_who_left_takes_sessions_and_keys_along(api: Api) -> None:
    services = api.house.services
    await services.members.add(local(), "Grace", Role.owner)
    member = await services.members.add(local(), "Ada", Role.owner)
    link = await services.sign_in.link(local(), member.id)
    signed_in = await services.sign_in.redeem(link.get_secret_value())
    principal = await services.sign_in.identify(signed_in.cookie.get_secret_value())
    key = (await services.keys.make(principal, "hers", Role.owner)).value.get_secret_value()
    browser = api.client(Cookie=f"tenuto={signed_in.cookie.get_secret_value()}")
    assert (await api.client(key).get("/api/auth/me")).status_code == 200
    assert (await browser.get("/api/auth/me")).status_code == 200
    await services.members.disable(local(), member.id)
    assert (await api.client(key).get("/api/auth/me")).status_code == 401
    assert (await browser.get("/api/auth/me")).status_code == 401


async def _names(client: httpx2.AsyncClient, path: str, field: str) -> set[str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return {item["name"] for item in answer.json()[field]}
