"""Threat 9, end to end: secrets go through a whole house at work, and come out nowhere, in no encoding.

The agent provider echoes its key in every way a vendor could; then everything the house says or keeps is searched: answers, errors,
events, live streams, logs, metrics, the description of the API, exports, and every column of every table.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api, client_of, secret_key, served, settings_for
from tests.api.runs import execute
from tests.doubles.lyzr import Behaviour, LyzrDouble, lyzr_double

from tenuto.app import house

lyzr_key = "sk-default-CanaryLyzr9x/8y+7z=6w5v4u3t2s1r"
bootstrap = "canary-bootstrap-4f9d2c7b81e60a35"
cookie_secret = "tns_canary0123456789abcdefABCDEF-_x"


def traces(text: str, secret: str) -> list[str]:
    """The forms of a secret that stand in a text: plain, URL-, JSON-, hex- and base64-encoded at each offset, cut at both ends."""
    raw = secret.encode()
    forms = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        raw.hex(),
        secret.encode().hex().upper(),
    }
    for offset in range(3):
        middle = base64.b64encode(b"\0" * offset + raw)[4:-4].decode()
        forms |= {middle, middle.replace("+", "-").replace("/", "_")}
    return [form for form in forms if form in text]


@pytest.mark.parametrize(
    "hidden", [lyzr_key, quote(lyzr_key), base64.b64encode(b"k=" + lyzr_key.encode() + b";").decode(), lyzr_key.encode().hex()]
)
def test_the_search_finds_what_is_there(hidden: str) -> None:
    assert traces(f"... {hidden} ...", lyzr_key)


def echoing(secret: str) -> dict[str, Behaviour]:
    """Agents that give the key back, in every part of an answer that is read."""
    encoded = base64.b64encode(b"key=" + secret.encode()).decode()
    said = f"Your key is {secret}, that is {quote(secret)} or {encoded}."
    return {
        "says": Behaviour(answer=said),
        "as-json": Behaviour(answer={"key": secret, "again": [encoded]}),
        "refuses": Behaviour(refuses=said),
        "unauthorised": Behaviour(status=401, detail=f"Invalid API key {secret}"),
        "invalid": Behaviour(status=422, detail=[{"loc": ["header", "x-api-key"], "msg": said}]),
        "broken": Behaviour(status=500, detail=said),
        "streams": Behaviour(chunks=(f"data: {said[:20]}\n\n", f"data: {said[20:60]}\n\n", f"data: {said[60:]}\n\n", "data: [DONE]\n\n")),
        "stream-error": Behaviour(stream_error=said),
        "task-error": Behaviour(task_error=said),
    }


def asking(name: str, *, kind: str = "specialist", stream: bool = False) -> dict[str, object]:
    agent = {"id": "a", "name": "A", "agent_id": name, "provider": "lyzr", "type": kind}
    node = {
        "id": "ask",
        "type": "agent",
        "config": {"agent": "a", "message": "{{ input.message }}", "stream": stream},
        "retry": {"attempts": 1},
    }
    return {"id": f"w-{name}", "name": name, "startNode": "ask", "agents": [agent], "nodes": [node]}


async def test_what_a_provider_echoes_comes_out_nowhere(dsn: str, tmp_path: Path, log: io.StringIO) -> None:
    async with lyzr_double() as double:
        double.key = lyzr_key
        for name, behaviour in echoing(lyzr_key).items():
            double.behave(name, behaviour)
        async with served(dsn, tmp_path, LYZR_API_KEY=lyzr_key, LYZR_BASE_URL=double.url, TENUTO_ENV="production") as api:
            heard = await at_work(api, double)
            keys = [*api.keys.values(), api.foreign]
        assert len(double.calls) >= len(echoing(""))
    kept = await dump(dsn)
    assert "w-says" in kept
    for place, text in (("answers", heard), ("log", log.getvalue()), ("database", kept)):
        assert len(text) > 200, place  # there was something to search
        for secret in (lyzr_key, secret_key, base64.b64decode(secret_key).hex()):
            assert traces(text, secret) == [], (place, text[max(0, text.find(secret) - 300) :][:600])
        for secret in keys:
            assert traces(text, secret) == [], place


async def at_work(api: Api, double: LyzrDouble) -> str:
    """Everything that the house answers while it works and fails."""
    heard: list[str] = []
    client = api.as_role("owner")

    async def ask(method: str, path: str, **more: object) -> httpx2.Response:
        answer = await client.request(method, path, **more)  # type: ignore[arg-type]
        heard.append(f"{answer.status_code} {dict(answer.headers)} {answer.text}")
        return answer

    for name in echoing(""):
        workflow = asking(name, kind="coordinator" if name == "task-error" else "specialist", stream=name.startswith("stream"))
        run = await execute(client, workflow, wait=30, message="hello")  # type: ignore[arg-type]
        heard.append(str(run))
        for path in ("", "/events", "/nodes/ask"):
            await ask("GET", f"/api/executions/{run['id']}{path}")
        await ask("GET", f"/api/workflows/monitor?execution_id={run['id']}")
        await ask("POST", "/api/workflows", json=workflow)
        await ask("POST", f"/api/workflows/w-{name}/publish")
        await ask("GET", f"/api/workflows/w-{name}/export")
        await ask("POST", f"/api/workflows/w-{name}/test", json={"node": "ask", "message": "hello", "simulate": False})
        await ask("POST", "/api/agent", json={"agent_id": name, "message": "hello"})
    await ask("POST", "/api/upload", files={"files": ("a.txt", b"text", "text/plain")})
    for path in (
        "/api/workflows",
        "/api/agents/config",
        "/api/executions",
        "/api/workflows/executions",
        "/api/catalog",
        "/api/keys",
        "/api/members",
    ):
        await ask("GET", path)
    for path in ("/metrics", "/openapi.json", "/docs", "/readyz", "/", "/api/auth/me", "/api/auth/sessions"):
        await ask("GET", path)
    for headers in ({"Authorization": "Basic YTpi"}, {"Authorization": "Bearer wrong"}):
        await ask("GET", "/api/auth/me", headers=headers)
    await ask("POST", "/api/workflow/execute", content=b"{", headers={"Content-Type": "application/json"})
    assert all(call.status_code for call in [await ask("GET", "/api/nothing")])
    assert any("401" in text or "refused the API key" in text for text in heard), "the double has refused something"
    return "\n".join(heard)


async def test_links_cookies_and_the_bootstrap_key_are_kept_nowhere(dsn: str, tmp_path: Path, log: io.StringIO) -> None:
    async with house(settings_for(dsn, tmp_path)) as fresh, client_of(fresh.app) as browser:
        token = str(fresh.first_link).partition("#")[2]
        wrong = await browser.post("/api/auth/sign-in", json={"token": token[:-1], "name": "Ada"})
        invalid = await browser.post("/api/auth/sign-in", json={"token": token, "other": token, "name": "\0"})
        right = await browser.post("/api/auth/sign-in", json={"token": token, "name": "Ada"})
        assert right.status_code == 200
        cookie = str(browser.cookies.get("tenuto"))
        again = await browser.post("/api/auth/sign-in", json={"token": token})
        sessions = await browser.get("/api/auth/sessions")
        heard = "".join(answer.text for answer in (wrong, invalid, right, again, sessions))
    kept = await dump(dsn)
    for secret in (token, cookie):
        assert len(secret) > 30
        assert traces(heard + kept + log.getvalue(), secret) == []


async def test_the_bootstrap_key_is_kept_only_as_a_hash(dsn: str, tmp_path: Path, log: io.StringIO) -> None:
    async with house(settings_for(dsn, tmp_path, TENUTO_BOOTSTRAP_KEY=bootstrap)) as owned, client_of(owned.app, bootstrap) as client:
        heard = "".join([(await client.get(path)).text for path in ("/api/keys", "/api/auth/me", "/metrics")])
        assert "bootstrap" in heard
    assert traces(heard + await dump(dsn) + log.getvalue() + repr(owned.settings), bootstrap) == []


async def test_a_bug_is_logged_without_what_the_caller_sent(api: Api, log: io.StringIO) -> None:
    """Whatever fails below, the log has a trace of code and no values: neither locals nor a statement's parameters."""
    client = api.client(cookie_secret)
    await client.get("/api/auth/me")
    async with asyncpg_connection(api) as link:
        await link.execute("alter table api_keys rename to api_keys_gone")
    answer = await api.client(api.keys["owner"] + "x").post("/api/keys", json={"name": lyzr_key, "role": "viewer"})
    assert answer.status_code == 500, answer.text
    text = log.getvalue()
    assert "http.bug" in text
    for secret in (lyzr_key, cookie_secret, api.keys["owner"]):
        assert traces(text + answer.text, secret) == []


def asyncpg_connection(api: Api) -> Link:
    assert api.house.settings.database_url is not None
    return Link(api.house.settings.database_url.get_secret_value())


class Link:
    """A connection for one block."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def __aenter__(self) -> asyncpg.Connection[asyncpg.Record]:
        self.link = await asyncpg.connect(self.dsn)
        return self.link

    async def __aexit__(self, *_: object) -> None:
        await self.link.close()


async def dump(dsn: str) -> str:
    """Every row of every table as text, binary columns both as text and in hex."""
    async with Link(dsn) as link:
        tables = await link.fetch("select table_name from information_schema.tables where table_schema = 'public' order by 1")
        found: list[str] = []
        for (table,) in tables:
            for row in await link.fetch(f'select * from "{table}"'):
                found += [
                    value.decode(errors="replace") + value.hex() if isinstance(value, bytes) else str(value) for value in row.values()
                ]
        return "\n".join(found)
