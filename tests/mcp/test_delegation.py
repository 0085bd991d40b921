"""Applications act for members: the official SDK's client does the whole of it against a house on a port, and members look after it."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest
from mcp.shared.exceptions import MCPError
from tests.api.conftest import local
from tests.mcp.allowing import Kept, allowed, application, back, exchanged, person, registered, renewed, request
from tests.mcp.conftest import Mode, Place
from tests.mcp.test_server import every_tool

from tenuto.core.access import Role
from tenuto.core.catalog import discover
from tenuto.core.delegation import Scope, permissions, scope_of_tool, scopes

modes: tuple[Mode, ...] = ("legacy", "auto")


@pytest.mark.parametrize("mode", modes)
async def test_the_sdks_client_finds_registers_asks_and_calls(place: Place, mode: Mode) -> None:
    kept = Kept()
    async with person(place, name="Grace") as browser:
        async with application(place, browser, kept, mode=mode, query="?tools=workflows") as client:
            result = await client.call_tool("run_greet", {"who": "Ada"})
            assert result.structured_content["output"] == "Hello Ada"
            run = result.structured_content["execution_id"]
        assert kept.tokens is not None
        assert kept.tokens.refresh_token
        assert kept.client is not None
        assert kept.client.token_endpoint_auth_method == "none"
        assert kept.asked[0]["resource"] == f"{place.url}/mcp"
        assert set(kept.asked[0]["scope"].split()) == set(scopes)
        listed = (await browser.get("/api/grants")).json()["grants"]
        assert [(grant["name"], grant["ended_at"], set(grant["scopes"])) for grant in listed] == [("SDK", None, set(scopes))]
        assert listed[0]["used_at"] is not None
        seen = (await browser.get(f"/api/executions/{run}")).json()["execution"]
        assert seen["trigger"] == "mcp"
        # It comes again with what it has kept, and nobody is asked.
        async with application(place, browser, kept, mode=mode) as client:
            assert "run_greet" in await every_tool(client)
        assert len(kept.asked) == 1


async def test_the_sdks_client_renews_what_has_run_out(place: Place) -> None:
    kept = Kept()
    async with person(place) as browser:
        async with application(place, browser, kept) as client:
            await client.list_tools()
            before = kept.tokens
            assert before is not None
            assert kept.provider is not None
            kept.provider.context.token_expiry_time = 1
            await client.list_tools()
        assert len(kept.asked) == 1
        assert kept.tokens is not None
        assert kept.tokens.access_token != before.access_token
        assert kept.tokens.refresh_token != before.refresh_token


async def test_only_what_was_allowed_is_offered_and_the_sdk_asks_for_more_where_more_is_needed(place: Place) -> None:
    kept = Kept()
    async with person(place) as browser:
        async with application(place, browser, kept, scopes=["runs:read"]) as client:
            assert set(await every_tool(client)) == {"get_run"}
        answer = await _call(place, kept, "slack__send_message")
        assert answer.status_code == 403
        said = answer.headers["www-authenticate"]
        assert 'error="insufficient_scope"' in said
        assert 'scope="actions:call"' in said
        assert f'resource_metadata="{place.url}/.well-known/oauth-protected-resource/mcp"' in said
        assert answer.json()["type"].endswith("/insufficient-scope")
        async with application(place, browser, kept, scopes=["runs:read", "workflows:run"]) as client:
            result = await client.call_tool("run_greet", {"who": "Ada"})
            assert result.structured_content["output"] == "Hello Ada"
        assert len(kept.asked) == 2
        assert "workflows:run" in kept.asked[1]["scope"]


async def _call(place: Place, kept: Kept, tool: str) -> httpx2.Response:
    assert kept.tokens is not None
    headers = {"Authorization": f"Bearer {kept.tokens.access_token}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        return await http.post(f"{place.url}/mcp", json=body, headers=headers)


async def test_a_scope_never_widens_the_role(place: Place) -> None:
    kept = Kept()
    async with person(place, Role.viewer) as browser:
        sought = await browser.get("/api/grants/asked", params=request(place, await registered(browser)))
        assert [each["scope"] for each in sought.json()["scopes"]] == ["runs:read"]
        async with application(place, browser, kept) as client:
            assert set(await every_tool(client)) == {"get_run"}
            with pytest.raises(MCPError, match="no tool"):
                await client.call_tool("run_greet", {})


async def test_who_is_made_less_may_less_at_once_and_who_has_left_nothing(place: Place) -> None:
    members = place.api.house.services.members
    kept = Kept()
    async with person(place, name="Linus") as browser:
        async with application(place, browser, kept) as client:
            assert "run_greet" in await every_tool(client)
        me = (await browser.get("/api/auth/me")).json()["id"]
        member = next(each for each in (await members.list(local(), limit=200)).items if str(each.id) == me)
        await members.change(local(), member.id, role=Role.viewer)
        async with application(place, browser, kept) as client:
            assert set(await every_tool(client)) == {"get_run"}
        await members.disable(local(), member.id)
        assert (await _call(place, kept, "get_run")).status_code == 401
        assert kept.tokens is not None
        assert kept.client is not None
        async with httpx2.AsyncClient(base_url=place.url, trust_env=False, timeout=60) as http:
            assert (await renewed(http, kept.client.client_id, kept.tokens.refresh_token or "")).status_code == 400


async def test_a_member_sees_and_ends_what_they_allowed_and_nobody_elses(place: Place) -> None:
    kept = Kept()
    async with person(place) as browser, person(place, name="Eve") as other:
        async with application(place, browser, kept) as client:
            await client.list_tools()
        [grant] = (await browser.get("/api/grants")).json()["grants"]
        assert (await other.get("/api/grants")).json()["grants"] == []
        assert (await other.get("/api/grants?everybody=true")).status_code == 403
        assert (await other.delete(f"/api/grants/{grant['id']}")).status_code == 404
        assert (await browser.delete(f"/api/grants/{uuid4()}")).status_code == 404
        assert (await _call(place, kept, "get_run")).status_code == 200
        ended = await browser.delete(f"/api/grants/{grant['id']}")
        assert ended.json()["grant"]["ended_because"].startswith("ended by member:")
        assert (await _call(place, kept, "get_run")).status_code == 401
        owner = place.api.as_role("owner")
        assert grant["id"] in [each["id"] for each in (await owner.get("/api/grants")).json()["grants"]]
        foreign = place.api.client(place.api.foreign)
        assert (await foreign.get("/api/grants?everybody=true")).json()["grants"] == []
        assert (await foreign.delete(f"/api/grants/{grant['id']}")).status_code == 404


async def test_an_application_gives_back_what_it_was_allowed(place: Place) -> None:
    async with person(place) as browser, httpx2.AsyncClient(base_url=place.url, trust_env=False, timeout=60) as http:
        client = await registered(http)
        tokens = (await exchanged(http, client, (await allowed(browser, request(place, client)))["code"])).json()
        stranger = await registered(http)
        for who, expected in ((stranger, 200), (client, 200)):
            answer = await http.post("/oauth/revoke", data={"client_id": who, "token": tokens["refresh_token"]})
            assert answer.status_code == expected
            standing = [each for each in (await browser.get("/api/grants")).json()["grants"] if each["ended_at"] is None]
            assert len(standing) == (1 if who == stranger else 0)
        assert (await renewed(http, client, tokens["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await http.post("/oauth/revoke", data={"client_id": client, "token": "tnr_unknown"})).status_code == 200


async def test_the_metadata_says_where_everything_is(place: Place) -> None:
    async with httpx2.AsyncClient(base_url=place.url, trust_env=False, timeout=60) as http:
        refused = await http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == f'Bearer resource_metadata="{place.url}/.well-known/oauth-protected-resource/mcp"'
        for path in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"):
            about = (await http.get(path)).json()
            assert about["resource"] == f"{place.url}/mcp"
            assert about["authorization_servers"] == [place.url]
        server = (await http.get("/.well-known/oauth-authorization-server")).json()
        assert server["issuer"] == place.url
        assert server["code_challenge_methods_supported"] == ["S256"]
        for name in ("authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"):
            assert (await http.get(server[name].removeprefix(place.url))).status_code in (200, 405), name
        client = await registered(http, grant_types=["authorization_code"])
        async with person(place) as browser:
            tokens = await exchanged(http, client, (await allowed(browser, request(place, client)))["code"])
        assert set(tokens.json()) == {"access_token", "token_type", "expires_in", "scope"}
        assert tokens.headers["cache-control"] == "no-store"


async def test_an_application_that_is_a_program_comes_back_on_any_port(place: Place) -> None:
    async with person(place) as browser, httpx2.AsyncClient(base_url=place.url, trust_env=False, timeout=60) as http:
        client = await registered(http)
        elsewhere = back.replace("53682", "61000")
        came = await allowed(browser, request(place, client, redirect_uri=elsewhere))
        assert came["iss"] == place.url
        assert came["state"] == "xyz"
        assert (await exchanged(http, client, came["code"], redirect_uri=elsewhere)).status_code == 200


def test_every_tool_has_the_scope_that_allows_it() -> None:
    for connector in discover().connectors.values():
        for action in connector.actions.values():
            assert scope_of_tool(f"{connector.key}__{action.key}") is Scope.actions_call
    assert scope_of_tool("run_my__flow") is Scope.workflows_run
    assert scope_of_tool("get_run") is Scope.runs_read
    assert permissions(["nonsense", "runs:read"]) == permissions(["runs:read"])
