"""The `mcp` connector runs an example server of the official SDK over real HTTP, and is not led astray by servers that answer otherwise."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import JsonValue, SecretStr
from starlette.requests import Request
from starlette.responses import Response
from tests.doubles.mcp_server import Answering, error, reply, scripted, served_mcp, stream, token

from tenuto.connectors.mcp import mcp
from tenuto.connectors.mcp.wire import in_header
from tenuto.core.account import Account
from tenuto.core.auth import ApiKey
from tenuto.core.catalog import Catalog
from tenuto.core.connecting import base_url, fields_checked
from tenuto.core.errors import (
    AuthRejected,
    EgressRefused,
    Invalid,
    InvalidOutput,
    NotFound,
    Problem,
    Rejected,
    TooLarge,
    Uncertain,
    VendorFailed,
)
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.ports import Ticket
from tenuto.testing import check_connector
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

ways: list[dict[str, bool]] = [
    {}, {"stateless": True}, {"plain": True}, {"older": True}, {"older": True, "stateless": True}, {"older": True, "plain": True},
]  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """An actor whose `mcp` is at one address."""

    actor: Actor

    async def do(self, action: str, **params: JsonValue) -> dict[str, Any]:
        ticket = Ticket(workspace=1)
        errand = Errand(connector="mcp", action=action, params=params, ticket=ticket, key="run:node:1", now=datetime.now(UTC))
        result = await self.actor.perform(errand)
        assert isinstance(result, dict)
        return result

    async def call(self, tool: str, action: str = "call_tool", **arguments: JsonValue) -> dict[str, Any]:
        return await self.do(action, name=tool, arguments=arguments)


@asynccontextmanager
async def calling(url: str, secret: str = token) -> AsyncGenerator[Caller]:
    credential = Credential(auth=mcp.auth, secret=SecretStr(secret))
    secrets = SettingSecrets({"mcp": Setting(name="MCP", credential=credential)})
    async with VaultSender(secrets, allow=("127.0.0.1/32",)) as sender:
        yield Caller(Actor(Catalog(kinds={}, connectors={"mcp": mcp}, providers={}), sender, bases={"mcp": url}))


@asynccontextmanager
async def script(answering: Answering) -> AsyncGenerator[Caller]:
    async with scripted(answering) as url, calling(url) as caller:
        yield caller


def test_it_is_complete() -> None:
    assert check_connector(mcp) == ()


@pytest.mark.parametrize("way", ways, ids=str)
async def test_the_sdks_server_is_listed_and_called_in_every_way_it_serves(way: dict[str, bool]) -> None:
    async with served_mcp(**way, key=token) as seen, calling(seen.url) as caller:
        listed = {tool["name"]: tool for tool in (await caller.do("list_tools"))["tools"]}
        assert set(listed) == {"add", "put", "weather", "long_task", "fail"}
        assert (listed["add"]["title"], listed["add"]["reads"], listed["put"]["reads"]) == ("Add", True, False)
        assert (listed["put"]["repeatable"], listed["weather"]["repeatable"]) == (True, False)
        assert listed["add"]["arguments"]["required"] == ["a", "b"]
        assert [tool["name"] for tool in (await caller.do("list_tools", query="WEATHER"))["tools"]] == ["weather"]

        weather = await caller.call("weather", city="Zürich")
        assert weather["data"] == {"city": "Zürich", "celsius": 21.5}
        assert "21.5" in weather["text"]
        assert (await caller.call("add", action="read_with_tool", a=2, b=3))["data"] == {"result": 5}
        assert (await caller.call("put", action="repeat_tool", key="k", value="v"))["text"] == "k is v"
        assert (await caller.call("long_task", steps=3))["text"] == "done"
        with pytest.raises(Rejected, match="fail failed: Error executing tool fail: it broke"):
            await caller.call("fail", reason="it broke")
    assert seen.called == [("weather", "Zürich"), ("add", (2, 3)), ("put", ("k", "v")), ("long_task", 3)]
    assert seen.credentials == {f"Bearer {token}"}
    assert seen.versions == ({"2026-07-28", None, "2025-11-25"} if "older" in way else {"2026-07-28"})
    assert ("DELETE" in seen.methods) is ("older" in way and "stateless" not in way)


async def test_arguments_are_held_against_the_tools_schema_before_it_is_called() -> None:
    async with served_mcp() as seen, calling(seen.url) as caller:
        for arguments, place in (({"a": 1}, "/arguments"), ({"a": 1, "b": "two"}, "/arguments/b")):
            with pytest.raises(Invalid) as wrong:
                await caller.do("call_tool", name="add", arguments=dict(arguments))
            assert wrong.value.data.pointer == place
        with pytest.raises(NotFound, match='no tool "ad"') as unknown:
            await caller.call("ad", a=1, b=2)
        assert "add" in (unknown.value.data.fix or "")
    assert seen.called == []


async def test_what_a_server_says_of_its_tools_is_believed_only_where_that_is_chosen() -> None:
    assert {key: action.effect for key, action in mcp.actions.items()} == {
        "list_tools": "read", "call_tool": "write", "repeat_tool": "idempotent_write", "read_with_tool": "read",
    }  # fmt: skip
    async with served_mcp() as seen, calling(seen.url) as caller:
        for tool, action in (("weather", "read_with_tool"), ("weather", "repeat_tool"), ("put", "read_with_tool")):
            with pytest.raises(Invalid, match="does not say"):
                await caller.call(tool, action=action, city="x", key="k", value="v")
        assert (await caller.call("add", action="repeat_tool", a=1, b=1))["data"] == {"result": 2}
    assert seen.called == [("add", (1, 1))]


async def test_a_wrong_token_is_the_accounts_problem() -> None:
    async with served_mcp(key="another") as seen, calling(seen.url) as caller:
        with pytest.raises(AuthRejected):
            await caller.do("list_tools")
    assert seen.methods == ["POST"]


async def test_an_older_server_is_greeted_and_its_session_is_kept_and_ended() -> None:
    heard: list[tuple[str, str | None, str | None]] = []

    def older(sent: dict[str, Any], request: Request) -> Response | None:
        word = sent.get("method", request.method)
        heard.append((word, request.headers.get("mcp-session-id"), request.headers.get("mcp-protocol-version")))
        if word == "DELETE":
            return Response(status_code=405)
        if word == "initialize":
            answer = reply(sent, {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "old", "version": "1"}})
            answer.headers["Mcp-Session-Id"] = "s-1"
            return answer
        return None

    async with script(older) as caller:
        assert (await caller.call("do"))["text"] == "done"
    assert heard == [
        ("tools/list", None, "2026-07-28"), ("initialize", None, None), ("notifications/initialized", "s-1", "2025-06-18"),
        ("tools/list", "s-1", "2025-06-18"), ("tools/call", "s-1", "2025-06-18"), ("DELETE", "s-1", "2025-06-18"),
    ]  # fmt: skip


async def test_a_stream_that_breaks_off_is_taken_up_and_the_tool_is_not_called_again() -> None:
    calls: list[str] = []

    def breaking(sent: dict[str, Any], request: Request) -> Response | None:
        if request.method == "GET":
            calls.append(f"GET after {request.headers['last-event-id']}")
            answer = json.dumps({"jsonrpc": "2.0", "id": numbers[0], "result": {"content": [{"type": "text", "text": "late"}]}})
            return stream(f"id: 8\ndata: {answer}")
        if sent.get("method") == "tools/call":
            calls.append("call")
            numbers.append(sent["id"])
            return stream("id: 7\nretry: 10\ndata:")
        return None

    numbers: list[int] = []
    async with script(breaking) as caller:
        assert (await caller.call("do"))["text"] == "late"
    assert calls == ["call", "GET after 7"]


Answer = Callable[[dict[str, Any]], Response]
wide: dict[str, Any] = {"type": "object", "properties": {"x": {"type": "string"}}}
oddities: list[tuple[str, Answer, type[Problem], type[Problem]]] = [
    ("a page", lambda sent: Response("<html>", media_type="text/html"), Uncertain, InvalidOutput),
    ("cut JSON", lambda sent: Response('{"jsonrpc":', media_type="application/json"), Uncertain, InvalidOutput),
    ("a batch", lambda sent: Response("[]", media_type="application/json"), Uncertain, InvalidOutput),
    ("another's number", lambda sent: reply({"id": 999}, {}), Uncertain, InvalidOutput),
    ("nothing", lambda sent: Response(status_code=202), Uncertain, InvalidOutput),
    ("a stream without an answer", lambda sent: stream(": hello"), Uncertain, VendorFailed),
    ("a stream of nonsense", lambda sent: stream("data: nonsense"), Uncertain, InvalidOutput),
    ("a refusal", lambda sent: error(sent, -32602, "bad arguments"), Rejected, Rejected),
    ("its own failure", lambda sent: error(sent, -32603, "oops"), Uncertain, VendorFailed),
    ("500", lambda sent: Response("oops", status_code=500), Uncertain, VendorFailed),
    ("503", lambda sent: Response("later", status_code=503), VendorFailed, VendorFailed),
    ("401", lambda sent: Response("who?", status_code=401), AuthRejected, AuthRejected),
    ("a question", lambda sent: reply(sent, {"resultType": "input_required", "inputRequests": {}}), Rejected, Rejected),
    ("a question on its way", lambda sent: stream('data: {"jsonrpc":"2.0","id":1,"method":"elicitation/create"}'), Uncertain, Rejected),
    ("a tool's failure", lambda sent: reply(sent, {"content": [], "isError": True}), Rejected, Rejected),
    ("too much", lambda sent: reply(sent, {"content": [{"type": "text", "text": "x" * 11_000_000}]}), Uncertain, TooLarge),
    ("elsewhere", lambda sent: Response(status_code=307, headers={"Location": "http://127.0.0.1:1/mcp"}), EgressRefused, EgressRefused),
]


@pytest.mark.parametrize(("what", "answer", "written", "read"), oddities, ids=[what for what, *_ in oddities])
async def test_every_strange_answer_is_a_problem_that_says_whether_it_may_have_been_done(
    what: str, answer: Answer, written: type[Problem], read: type[Problem]
) -> None:
    def strange(sent: dict[str, Any], request: Request) -> Response | None:
        if sent.get("method") == "tools/list" and "mcp-protocol-version" in request.headers:
            return reply(sent, {"tools": [{"name": "do", "inputSchema": wide, "annotations": {"readOnlyHint": True}}]})
        return answer(sent) if sent.get("method") == "tools/call" else None

    async with script(strange) as caller:
        for action, expected in (("call_tool", written), ("read_with_tool", read)):
            with pytest.raises(Problem) as problem:
                await caller.call("do", action=action)
            assert type(problem.value) is expected, (what, action, problem.value.data)
            assert token not in str(problem.value.data.model_dump())


async def test_a_listing_that_goes_wrong_leaves_nothing_uncertain() -> None:
    def broken(sent: dict[str, Any], request: Request) -> Response | None:
        return Response("oops", status_code=500)

    async with script(broken) as caller:
        with pytest.raises(VendorFailed):
            await caller.call("do")


async def test_a_list_without_end_ends_and_tools_without_a_name_are_left_out() -> None:
    pages: list[int] = []

    def endless(sent: dict[str, Any], request: Request) -> Response | None:
        if sent.get("method") != "tools/list":
            return None
        pages.append(1)
        strange: list[object] = [
            {"name": 5, "inputSchema": {}},
            {"name": "", "inputSchema": {}},
            {"name": "x"},
            "do",
            {"name": "y" * 300, "inputSchema": {}},
        ]
        return reply(sent, {"tools": [*strange, {"name": f"t{len(pages)}", "inputSchema": {}}], "nextCursor": f"c{len(pages)}"})

    async with script(endless) as caller:
        listed = await caller.do("list_tools")
    assert listed["total"] == len(pages) == 50


async def test_arguments_that_travel_as_headers_cannot_break_out_of_them() -> None:
    heard: list[dict[str, str]] = []
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "evil": {"type": "string", "x-mcp-header": "X\r\nAuthorization"},
            "deep": {"type": "object", "properties": {"n": {"type": "integer", "x-mcp-header": "N"}}},
        },
    }

    def modern(sent: dict[str, Any], request: Request) -> Response | None:
        if sent.get("method") == "tools/call":
            heard.append({name: value for name, value in request.headers.items() if name.startswith("mcp-") or name == "authorization"})
        return reply(sent, {"tools": [{"name": "do", "inputSchema": schema}]}) if sent.get("method") == "tools/list" else None

    async with script(modern) as caller:
        await caller.call("do", region="eu\r\nX-Evil: 1", evil="x", deep={"n": 7})
    assert heard == [
        {
            "authorization": f"Bearer {token}", "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "do",
            "mcp-param-region": in_header("eu\r\nX-Evil: 1"), "mcp-param-n": "7",
        }
    ]  # fmt: skip
    assert in_header("eu\r\nX-Evil: 1").startswith("=?base64?")


def test_an_address_is_a_host_and_a_path_of_plain_segments() -> None:
    def at(**fields: str) -> str:
        return base_url(mcp, Account(id=uuid4(), name="a", way="api_key", fields=fields))

    assert at(host="mcp.example.com", path="v1/mcp") == "https://mcp.example.com/v1/mcp"
    good = {"host": "mcp.example.com", "path": "v1/mcp"}
    assert fields_checked(mcp, ApiKey(), good) == good
    wrong = [
        *(
            {**good, "path": path}
            for path in ("", "../x", "a/../b", "a//b", "/a", "a/", "a?b", "a#b", "a%2fb", "a\\b", "a b", "./a", "x" * 2000)
        ),
        *({**good, "host": host} for host in ("", "a@b", "a:80", "a/b", "a.b/..", "[::1]", "a_b", "x y")),
    ]
    for fields in wrong:
        with pytest.raises((Invalid, EgressRefused)):
            fields_checked(mcp, ApiKey(), fields)
        if all(fields.values()):
            with pytest.raises(EgressRefused):
                at(**fields)
