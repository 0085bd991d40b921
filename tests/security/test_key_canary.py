"""Threat 9, of keys in addresses: one in the query and a token in the path go through a whole house, and come out nowhere, in no encoding.

Their vendors give back the address they were asked at, in every way that a vendor could: as result, header, refusal, page of HTML, cut off
in the middle, and as the place of a redirect. Telegram has its token in the path; an API of which there is only a document its key in the query.
"""

from __future__ import annotations

import io
import json
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from opentelemetry import trace
from opentelemetry.trace import TracerProvider
from pydantic import SecretStr
from tests.api.conftest import Api, served
from tests.api.runs import execute
from tests.security.test_account_canary import Everything, Heard, forms
from tests.security.test_canary import dump, traces
from tests.services.triggers.clockwork import owner
from tests.vault.loopback import Script, Seen, loopback, reply
from tests.vault.spans import Spans

from tenuto.core.auth import PathToken, QueryKey
from tenuto.core.errors import Problem
from tenuto.services.connections.adding import Given

bot_token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PAL-Canary"
query_key = "qk Canary/8y+7z=6w5v&4u3t2s1r-0123456789"
secrets = {"telegram": bot_token, "pets": query_key}
modes = ("fine", "refused", "page", "late", "unauthorised", "broken", "moved")
_operation = {"operationId": "list", "responses": {"200": {"description": "it", "content": {"application/json": {"schema": {}}}}}}
pets = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://pets.example.com"}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "api_key"}}},
    "security": [{"key": []}],
    "paths": {"/pets": {"get": _operation}},
}
calls: dict[str, tuple[str, dict[str, Any]]] = {"telegram": ("get_chat", {"chat_id": 42}), "pets": ("list", {})}
spans = Spans()


class Process(TracerProvider):
    """Whose spans are kept."""

    def get_tracer(self, *_: Any, **__: Any) -> Spans:
        return spans


@pytest.fixture(scope="module", autouse=True)
def recording() -> None:
    """The process's spans are recorded from here on: a process can say so once."""
    trace.set_tracer_provider(Process())


def answer(secret: str, mood: str, seen: Seen) -> Script:
    said = " ".join((*forms(secret), seen.target, unquote(seen.target)))
    one_line = " ".join(said.split())
    match mood:
        case "fine":
            chat = {"id": 42, "type": "private", "title": said, "first_name": said}
            body = {"ok": True, "result": {"username": "bot", **chat}, "name": "pets", "said": said}
            return reply(200, body, content_type="application/json", x_echo=one_line)
        case "refused":
            body = {"ok": False, "error_code": 400, "description": f"Bad Request: {said}", "detail": said}
            return reply(400, body, content_type="application/json", x_echo=one_line)
        case "unauthorised":
            return reply(401, {"ok": False, "error_code": 401, "description": said, "detail": said}, content_type="application/json")
        case "page":
            return reply(200, f"<html><title>{said}</title></html>".encode(), content_type="text/html")
        case "broken":
            return reply(502, f"<html><title>{said}</title></html>".encode(), content_type="text/html", x_echo=one_line)
        case "moved":
            return reply(302, b"", location=f"http://elsewhere.example{seen.target}")
        case _:
            return Script(f"HTTP/1.1 200 OK\r\nx-echo: {one_line[:400]}\r\ncontent-length: 99999\r\n\r\n{said}".encode(), close=True)


@asynccontextmanager
async def at_work(dsn: str, folder: Path, name: str) -> AsyncGenerator[tuple[Api, dict[str, str]]]:
    """A house with both connectors; the mood of the vendor is `mood["is"]`."""
    (folder / "connectors").mkdir()
    (folder / "connectors" / "pets.json").write_text(json.dumps({"key": "pets", "document": pets}))
    mood = {"is": "fine"}
    async with loopback() as vendor:
        vendor.routes = Everything(lambda seen: answer(secrets[name], mood["is"], seen))  # type: ignore[assignment]
        bases = {"telegram": vendor.url + "/bot{token}", "pets": vendor.url}
        async with served(dsn, folder, bases=bases, TENUTO_ENV="production") as api:
            yield api, mood
        assert any(secrets[name] in unquote(seen.target.replace("+", "%20")) for seen in vendor.seen), "it went out"


def workflow(vendor: str, mood: str) -> dict[str, Any]:
    action, params = calls[vendor]
    node = {"id": "n", "type": "integration", "config": {"integration": vendor, "action": action, "params": params}}
    return {"id": f"w-{vendor}-{mood}", "name": mood, "startNode": "n", "nodes": [node | {"retry": {"attempts": 1}}]}


async def use(heard: Heard, vendor: str, mood: str) -> str:
    """Run, look, publish, export, ask directly and try a node: how the run ended."""
    flow = workflow(vendor, mood)
    run = await execute(heard.client, flow, wait=30, message="hello")  # type: ignore[arg-type]
    heard.texts.append(str(run))
    for path in ("", "/events", "/nodes/n"):
        await heard.ask("GET", f"/api/executions/{run['id']}{path}")
    await heard.ask("GET", f"/api/workflows/monitor?execution_id={run['id']}")
    await heard.ask("POST", "/api/workflows", json=flow)
    await heard.ask("POST", f"/api/workflows/{flow['id']}/publish")
    await heard.ask("GET", f"/api/workflows/{flow['id']}/export")
    action, params = calls[vendor]
    await heard.ask("POST", f"/api/integrations/{vendor}", json={"action": action, "params": params})
    await heard.ask("POST", f"/api/workflows/{flow['id']}/test", json={"node": "n", "message": "hello", "simulate": False})
    return str(run["status"])


@pytest.mark.parametrize("vendor", secrets)
async def test_a_key_in_an_address_comes_out_nowhere(dsn: str, tmp_path: Path, log: io.StringIO, vendor: str) -> None:
    ended: dict[str, str] = {}
    spans.all.clear()
    async with at_work(dsn, tmp_path, vendor) as (api, mood):
        heard = Heard(api.as_role("owner"))
        given = {"integration": vendor, "name": "default", "secret": secrets[vendor]}
        mood["is"] = "unauthorised"
        await heard.ask("POST", "/api/connections", json=given)
        mood["is"] = "fine"
        for body in (given | {"more": secrets[vendor]}, given | {"secret": secrets[vendor] + "\0"}, given):
            kept = await heard.ask("POST", "/api/connections", json=body)
        assert kept.status_code == 201, kept.text
        path = f"/api/connections/{kept.json()['connection']['id']}"
        for each in modes:
            mood["is"] = each
            ended[each] = await use(heard, vendor, each)
            await heard.ask("POST", f"{path}/test")
            mood["is"] = "fine"
            await heard.ask("POST", f"{path}/test")  # what was refused in between is taken back
        for place in ("/api/connections", path, "/api/executions", "/api/workflows", "/api/catalog", "/metrics", "/openapi.json"):
            await heard.ask("GET", place)
        rows = await dump(dsn)
        await heard.ask("DELETE", path)
    assert (ended["fine"], {status for mode, status in ended.items() if mode not in ("fine", "page")}) == ("completed", {"failed"}), ended
    answers = "\n".join(heard.texts)
    assert "***" in answers, "there was something to hide"
    assert len(spans.all) > len(modes), "requests have spans"
    for where, text in (("answers", answers), ("log", log.getvalue()), ("database", rows), ("spans", repr(spans.all))):
        assert len(text) > 200, where
        assert traces(text, secrets[vendor]) == [], (
            where,
            [text[max(0, text.find(form) - 200) :][:500] for form in traces(text, secrets[vendor])],
        )


@pytest.mark.parametrize("vendor", secrets)
async def test_what_is_raised_tells_no_address(dsn: str, tmp_path: Path, vendor: str) -> None:
    """Down to the causes of an exception, which a debugger or a crash report would show."""
    async with at_work(dsn, tmp_path, vendor) as (api, mood):
        connections = api.house.services.connections
        way = api.house.catalog.connectors[vendor].auth
        assert isinstance(way, PathToken | QueryKey)
        raised: list[str] = []
        for each in modes[1:]:
            mood["is"] = each
            try:
                from_vendor = Given(integration=vendor, name="x", secret=SecretStr(secrets[vendor]))
                await connections.connect(owner, from_vendor)
            except Problem as problem:
                raised.append("".join(traceback.format_exception(problem)) + repr(problem) + problem.data.model_dump_json() + repr(way))
    assert len(raised) >= 4
    assert traces("\n".join(raised), secrets[vendor]) == []
