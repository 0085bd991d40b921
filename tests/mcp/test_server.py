"""The official SDK's client lists and calls our workflows and actions as tools, in both eras of the protocol, over real HTTP."""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import Any

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from tests.mcp.conftest import Mode, Place

from tenuto.core.catalog import discover
from tenuto.core.connecting import needs_account
from tenuto.core.connector import Action
from tenuto.mcp.tools import name_of

modes: tuple[Mode, ...] = ("legacy", "auto")


async def every_tool(client: Client) -> dict[str, types.Tool]:
    found: dict[str, types.Tool] = {}
    cursor: str | None = None
    for _ in range(50):
        page = await client.list_tools(cursor=cursor)
        assert not found.keys() & {tool.name for tool in page.tools}, "listed twice"
        found |= {tool.name: tool for tool in page.tools}
        if (cursor := page.next_cursor) is None:
            return found
    raise AssertionError("the list has no end")


def said(result: types.CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, types.TextContent))


@pytest.mark.parametrize("mode", modes)
async def test_workflows_and_actions_are_listed_with_what_they_take(place: Place, mode: Mode) -> None:
    async with place.client(mode=mode) as client:
        assert client.server_info is not None
        assert client.server_info.name == "tenuto"
        assert (client.protocol_version >= "2026") is (mode == "auto")
        tools = await every_tool(client)
    greet = tools["run_greet"]
    assert (greet.title, greet.description and greet.description.startswith("Greets somebody.")) == ("Greeting", True)
    assert greet.input_schema["properties"] == {"who": {"description": "Read by Greet."}}
    catalog = discover()
    actions = {f"{c.key}__{a.key}" for c in catalog.connectors.values() for a in c.actions.values()}
    assert set(tools) == actions | {"get_run", "run_greet", "run_ask", "run_breaks", "run_slow", name_of("Über uns / 1")}
    hints = tools["github__list_issues"].annotations
    assert hints is not None
    assert hints.read_only_hint is True
    written = tools["slack__send_message"].annotations
    assert written is not None
    assert (written.read_only_hint, written.idempotent_hint) == (False, False)


async def test_names_are_ones_that_every_model_takes_and_no_two_are_the_same() -> None:
    ids = ["a", "a/b", "a b", "ü", "ö", "", "x" * 60, "x" * 61, "x" * 128, "workflow-0198c5a0-0000-7000-8000-000000000000"]
    names = [name_of(each) for each in ids]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names), names
    assert len(set(names)) == len(ids)


@pytest.mark.parametrize("mode", modes)
async def test_a_workflow_answers_with_its_output(place: Place, mode: Mode) -> None:
    async with place.client(mode=mode) as client:
        result = await client.call_tool("run_greet", {"who": "Ada"})
        assert not result.is_error
        assert said(result) == "Hello Ada"
        assert result.structured_content["output"] == "Hello Ada"
        assert result.structured_content["status"] == "completed"
        again = await client.call_tool("get_run", {"execution_id": result.structured_content["execution_id"]})
        assert again.structured_content == result.structured_content
        odd = await client.call_tool(name_of("Über uns / 1"), {})
        assert odd.structured_content["output"] == 1
    run = (await place.api.as_role("viewer").get(f"/api/executions/{result.structured_content['execution_id']}")).json()["execution"]
    assert (run["trigger"], run["input"]) == ("mcp", {"who": "Ada"})


@pytest.mark.parametrize("mode", modes)
async def test_who_waits_hears_of_the_progress(place: Place, mode: Mode) -> None:
    heard: list[tuple[float, str | None]] = []

    async def heard_of(progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        heard.append((progress, message))

    async with place.client(mode=mode) as client:
        result = await client.call_tool("run_slow", {}, progress_callback=heard_of)
    assert result.structured_content["output"] == {"slept": True}
    assert all(a[0] < b[0] for a, b in itertools.pairwise(heard)), heard
    assert "sleep has started." in [message for _, message in heard]
    assert "sleep is done." in [message for _, message in heard]


async def test_a_run_that_waits_for_people_answers_at_once_with_how_to_go_on(place: Place) -> None:
    async with place.client() as client:
        async with asyncio.timeout(20):
            result = await client.call_tool("run_ask", {})
        shown: dict[str, Any] = result.structured_content
        assert not result.is_error
        assert shown["status"] == "waiting"
        assert "May I?" in shown["waits_for"][0]
        assert shown["execution_id"] in said(result)
        assert "get_run" in said(result)
        # Nothing among the tools decides: whoever asked for the run is not who approves it.
        assert not [name for name in await every_tool(client) if "approv" in name or "decide" in name]
        waiting = asyncio.create_task(client.call_tool("get_run", {"execution_id": shown["execution_id"], "wait": 20}))
        await asyncio.sleep(0.1)
        decided = await place.api.as_role("owner").post(
            f"/api/executions/{shown['execution_id']}/answers", json={"node": "ask", "data": {"decision": "approve"}}
        )
        assert decided.status_code in (200, 202), decided.text
        end = (await waiting).structured_content
    assert (end["status"], end["output"]) == ("completed", "approve")


@pytest.mark.parametrize("mode", modes)
async def test_a_run_that_fails_is_an_error_of_the_tool_with_its_problem(place: Place, mode: Mode) -> None:
    async with place.client(mode=mode) as client:
        result = await client.call_tool("run_breaks", {})
    assert result.is_error
    error = result.structured_content["error"]
    assert error["type"].startswith("https://tenuto.dev/problems/")
    assert error["detail"] in said(result)
    assert result.structured_content["execution_id"] in said(result)


async def answered(client: Client, name: str, action: Action) -> bool:
    """Whether an action answers to its parameters' examples: the needed ones, or all where one of several is needed."""
    fields = [(field.alias or key, field) for key, field in action.params.model_fields.items() if field.examples]
    for given in ([(key, field) for key, field in fields if field.is_required()], fields):
        result = await client.call_tool(name, {key: (field.examples or [None])[0] for key, field in given})
        if not result.is_error:
            assert "Simulated" in said(result), name
            assert isinstance(result.structured_content, dict), name
            return True
        assert result.structured_content["error"]["status"] == 422, (name, said(result))
    return False


async def test_actions_answer_and_say_where_nothing_real_happened(place: Place) -> None:
    async with place.client() as client:
        await every_tool(client)  # so that the client holds each answer against the schema that was listed
        actions = [(f"{c.key}__{a.key}", a) for c in discover().connectors.values() if needs_account(c) for a in c.actions.values()]
        silent = [name for name, action in actions if not await answered(client, name, action)]
        assert len(silent) * 10 < len(actions), silent
        wrong = await client.call_tool("slack__send_message", {"channel": 5})
    assert wrong.is_error
    assert wrong.structured_content["error"]["status"] == 422
    assert "/text" in said(wrong)


async def test_what_is_offered_depends_on_the_role_and_on_what_is_asked_for(place: Place) -> None:
    async with place.client("viewer") as client:
        assert set(await every_tool(client)) == {"get_run"}
        for name in ("run_greet", "slack__send_message"):
            with pytest.raises(MCPError, match="no tool"):
                await client.call_tool(name, {})
    async with place.client(query="?tools=slack") as client:
        assert {name.partition("__")[0] for name in await every_tool(client)} == {"slack"}
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("run_greet", {})
    async with place.client(query="?tools=workflows") as client:
        assert not [name for name in await every_tool(client) if "__" in name]


async def test_another_workspace_sees_and_starts_nothing_of_this_one(place: Place) -> None:
    async with place.client("operator") as client:
        run = (await client.call_tool("run_greet", {"who": "Ada"})).structured_content["execution_id"]
    async with place.client(key=place.api.foreign) as client:
        assert not [name for name in await every_tool(client) if name.startswith("run_")]
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("run_greet", {"who": "Eve"})
        looked = await client.call_tool("get_run", {"execution_id": run})
        assert looked.is_error
        assert looked.structured_content["error"]["status"] == 404
