"""Threats 7, 12, 14 and 21 at `/mcp`: who may not call gets nowhere, and what is sent is read as strictly as anywhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from tests.mcp.conftest import Place, place

__all__ = ["place"]

both = "application/json, text/event-stream"
modern = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}


def message(method: str = "tools/list", **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


async def post(place: Place, body: object, role: str | None = "operator", **headers: str) -> httpx2.Response:
    given = {"Accept": both, "Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if role is not None:
        given["Authorization"] = f"Bearer {place.api.keys.get(role, role)}"
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        return await http.post(f"{place.url}/mcp", content=data, headers=given)


async def runs(place: Place) -> int:
    return len((await place.api.as_role("owner").get("/api/executions?limit=200")).json()["executions"])


async def test_a_message_of_somebody_known_is_answered(place: Place) -> None:
    answer = await post(place, message())
    assert answer.status_code == 200, answer.text
    assert "run_greet" in answer.text


@pytest.mark.parametrize("role", [None, "tnk_unknown", "x"])
async def test_nobody_known_is_told_nothing_but_how_to_sign_in(place: Place, role: str | None) -> None:
    for method in ("initialize", "tools/list", "tools/call", "ping", "server/discover"):
        answer = await post(place, message(method, name="run_greet", arguments={}), role)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "run_greet" not in answer.text
    assert await runs(place) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
    ids=str,
)
async def test_a_page_of_another_origin_is_refused_even_with_a_key(place: Place, headers: dict[str, str]) -> None:
    answer = await post(place, message("tools/call", name="run_greet", arguments={"who": "Eve"}), **headers)
    assert answer.status_code == 403, answer.text
    assert await runs(place) == 0


async def test_another_host_name_is_refused(place: Place) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8400"):
        assert (await post(place, message(), Host=host)).status_code == 400


async def test_our_own_origin_may_call(place: Place) -> None:
    assert (await post(place, message(), Origin=place.url, Sec_Fetch_Site="same-origin")).status_code == 200


@pytest.mark.parametrize("declared", [True, False])
async def test_too_large_a_body_is_refused_before_it_is_kept(place: Place, declared: bool) -> None:
    huge = json.dumps(message("tools/call", name="run_greet", arguments={"who": "x" * 5_000_000})).encode()
    headers = {"Accept": both, "Content-Type": "application/json", "Authorization": f"Bearer {place.api.keys['operator']}"}

    async def parts() -> AsyncGenerator[bytes]:
        for at in range(0, len(huge), 65_536):
            yield huge[at : at + 65_536]

    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.post(f"{place.url}/mcp", content=huge if declared else parts(), headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (413, "too-large")
    assert await runs(place) == 0


strange: list[tuple[bytes, int]] = [
    (b"{not json", 400),
    (b"", 400),
    (b"[]", 400),
    (b"null", 400),
    (b'"run_greet"', 400),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{}}', 400),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run_greet","arguments":{"who":NaN}}}', 400),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run_greet","arguments":{"who":"\\ud800"}}}', 422),
    (b'{"jsonrpc":"2.0","id":1,"method":"x","params":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}", 422),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run_greet","arguments":{"n":' + b"9" * 5_000 + b"}}}", 400),
]


@pytest.mark.parametrize("headers", [{}, modern], ids=["2025", "2026"])
@pytest.mark.parametrize(("body", "status"), strange, ids=lambda value: repr(value)[:40])
async def test_what_is_no_message_is_refused(place: Place, body: bytes, status: int, headers: dict[str, str]) -> None:
    answer = await post(place, body, **headers)
    assert answer.status_code == status, answer.text
    assert await runs(place) == 0


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"name": "run_draft", "arguments": {}}, "no tool"),
        ({"name": "run_", "arguments": {}}, "no tool"),
        ({"name": "run_\0", "arguments": {}}, "no tool"),
        ({"name": "run_../greet", "arguments": {}}, "no tool"),
        ({"name": "run_GREET", "arguments": {}}, "no tool"),
        ({"name": "slack__", "arguments": {}}, "no tool"),
        ({"name": "slack__send_message__x", "arguments": {}}, "no tool"),
        ({"name": "greet", "arguments": {}}, "no tool"),
        ({"name": "x" * 100_000, "arguments": {}}, "no tool"),
        ({"name": "run_greet", "arguments": ["Ada"]}, "nvalid"),
        ({"name": "run_greet", "arguments": "Ada"}, "nvalid"),
        ({"name": 5, "arguments": {}}, "nvalid"),
        ({"arguments": {}}, "nvalid"),
        ({"name": "get_run", "arguments": {}}, "execution_id"),
        ({"name": "get_run", "arguments": {"execution_id": 5}}, "execution_id"),
        ({"name": "get_run", "arguments": {"execution_id": "x", "wait": 10_000}}, "wait"),
        ({"name": "get_run", "arguments": {"execution_id": "x", "workspace": 2}}, "workspace"),
        ({"name": "get_run", "arguments": {"execution_id": "nobody's"}}, "no execution"),
        ({"name": "get_run", "arguments": {"execution_id": "\u0000"}}, "NUL"),
        ({"name": "slack__send_message", "arguments": {"channel": "#a", "text": "x", "connection": "somebody"}}, "connection"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
async def test_bad_arguments_are_told_and_start_nothing(place: Place, params: dict[str, Any], said: str) -> None:
    answer = await post(place, message("tools/call", **params))
    assert answer.status_code == 200, answer.text
    body = json.loads(next(line for line in answer.text.splitlines() if line.startswith("data: {")).removeprefix("data: "))
    assert "error" in body or body["result"]["isError"] is True
    assert said in json.dumps(body)
    assert len(answer.content) < 10_000
    assert await runs(place) == 0


async def test_a_cursor_that_is_none_of_ours_and_groups_that_do_not_exist_are_told(place: Place) -> None:
    for cursor in ("x", "w:x", "a:-1", "a:x", "a:99999999999999999999", "w:" + "A" * 5_000):
        answer = await post(place, message(cursor=cursor))
        assert "-32602" in answer.text, (cursor, answer.text[:300])
    headers = {"Accept": both, "Authorization": f"Bearer {place.api.keys['operator']}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        for query in ("tools=", "tools=nothing", "tools=slack,nothing", "tools=%00"):
            answer = await http.post(f"{place.url}/mcp?{query}", json=message(), headers=headers)
            assert answer.status_code in (200, 400)
            assert "run_greet" not in answer.text
            assert '"tools":[' not in answer.text


async def test_only_messages_can_be_sent(place: Place) -> None:
    headers = {"Accept": both, "Authorization": f"Bearer {place.api.keys['owner']}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        for method in ("GET", "DELETE", "PUT"):
            answer = await http.request(method, f"{place.url}/mcp", headers=headers)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        wrong = await http.post(f"{place.url}/mcp", content=json.dumps(message()), headers=headers | {"Content-Type": "text/plain"})
        assert wrong.status_code == 400
        session = await http.post(f"{place.url}/mcp", json=message(), headers=headers | {"Mcp-Session-Id": "somebody-elses"})
        assert session.status_code == 200
        assert "mcp-session-id" not in session.headers


async def test_a_viewer_starts_and_sends_nothing(place: Place) -> None:
    for name in ("run_greet", "slack__send_message", "github__create_issue"):
        answer = await post(place, message("tools/call", name=name, arguments={"who": "x"}), "viewer")
        assert "no tool" in answer.text
    assert await runs(place) == 0
