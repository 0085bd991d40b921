"""Every failure has one shape, a sentence, and nothing of our insides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import httpx2
import pytest
import structlog
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import Message
from tests.api.conftest import Api, client_of

from tenuto.api import problems
from tenuto.api.around.envelope import Envelope
from tenuto.app import interface
from tenuto.core import errors
from tenuto.core.errors import Issue, Problem
from tenuto.store.server.embedded import Embedded


class Body(BaseModel):
    count: int
    deep: list[dict[str, int]] = []


@pytest.fixture
async def failing() -> AsyncGenerator[httpx2.AsyncClient]:
    """Routes that fail in every way, without a gate."""
    app = FastAPI(docs_url=None, openapi_url=None)
    problems.install(app)

    @app.get("/problem/{name}")
    async def problem(name: str) -> None:
        kind = getattr(errors, name)
        made = kind.__new__(kind)
        # Some kinds are made with less than every problem may say.
        Problem.__init__(made, "It went wrong.", fix="Do this.", retry_after=2.2, issues=(Issue(pointer="/a", code="x", message="M."),))
        raise made

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("the password is hunter2")

    @app.post("/body")
    async def body(body: Body) -> None: ...

    app.add_middleware(Envelope, hosts=(), secure=True)
    async with client_of(app) as client:
        yield client


kinds = sorted(
    (name, kind.status)
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, Problem) and kind is not Problem
)


@pytest.mark.parametrize(("name", "status"), kinds)
async def test_every_problem_is_answered_with_its_status_and_place(name: str, status: int, failing: httpx2.AsyncClient) -> None:
    answer = await failing.get(f"/problem/{name}")
    found = answer.json()
    assert answer.status_code == status == found["status"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["retry-after"] == "3"
    assert (found["success"], found["error"], found["detail"], found["fix"]) == (False, "It went wrong.", "It went wrong.", "Do this.")
    assert found["type"].startswith(errors.type_prefix)
    assert found["issues"][0]["pointer"] == "/a"
    assert ("www-authenticate" in answer.headers) == (name == "Unauthenticated")


async def test_a_bug_is_a_numbered_500_that_says_nothing(failing: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await failing.get("/bug")
    found = answer.json()
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    assert [entry["instance"] for entry in logs] == [found["instance"]]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"].startswith("max-age=")


async def test_wrong_parts_of_a_body_are_all_named(failing: httpx2.AsyncClient) -> None:
    answer = await failing.post("/body", json={"count": "many", "deep": [{"a/b": "x"}]})
    assert answer.status_code == 422
    assert [issue["pointer"] for issue in answer.json()["issues"]] == ["/count", "/deep/0/a~1b"]
    assert "many" not in answer.text


async def test_unknown_addresses_and_methods(api: Api) -> None:
    client = api.as_role("owner")
    missing = await client.get("/api/nothing/here")
    assert (missing.status_code, missing.json()["type"].rpartition("/")[2]) == (404, "not-found")
    wrong = await client.request("PATCH", "/api/auth/me")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "GET"
    assert wrong.json()["success"] is False


async def test_a_lost_database_is_a_503_until_it_is_back(api: Api, server: Embedded, dsn: str) -> None:
    client = api.client(api.keys["owner"])
    name = urlsplit(dsn).path.removeprefix("/")
    async with locked_out(server, name):
        answer = await client.get("/api/keys")
        assert answer.status_code == 503, answer.text
        assert answer.json()["error"].endswith(".")
        assert (await client.get("/readyz")).json()["writable"] is False
        assert (await client.get("/healthz")).status_code == 200
    async with asyncio.timeout(30):
        while (await client.get("/api/keys")).status_code != 200:
            await asyncio.sleep(0.1)


@asynccontextmanager
async def locked_out(server: Embedded, name: str) -> AsyncGenerator[None]:
    """Every connection to a database is cut, and none is accepted."""
    link = await asyncpg.connect(server.cluster.dsn("postgres"))
    try:
        await link.execute(f"alter database {name} with allow_connections false")
        await link.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        yield
    finally:
        await link.execute(f"alter database {name} with allow_connections true")
        await link.close()


def test_every_route_documents_its_failures_and_its_permission() -> None:
    described = interface().openapi()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            wanted = {"400", "404", "409", "413", "422", "429", "503"} | ({"401", "403"} if operation["x-permission"] != "open" else set())
            assert wanted <= set(operation["responses"]), (method, path)
            assert "HTTPValidationError" not in json.dumps(operation)


async def test_an_answer_that_has_begun_is_cut_off_not_completed() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]  # an ASGI application
        raise RuntimeError("half way")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(RuntimeError):
        await Envelope(app, hosts=(), secure=False)(scope, None, send)  # type: ignore[arg-type]  # nothing is received
    assert [message["type"] for message in sent] == ["http.response.start"]
