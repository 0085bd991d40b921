"""A served house on a real database, asked over ASGI, with a key of each role and a second workspace's keys."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from tests.conftest import fresh

from tenuto.app import House, house
from tenuto.core.access import Principal, Role
from tenuto.settings import Settings
from tenuto.store.server.embedded import Embedded

origin = "http://127.0.0.1:8400"
secret_key = "C7Yy3mCrxW6vVJ4nqk9oZ3l0mI2k8bq1cQ5tq9d0a3E="
other_workspace = 2


@dataclass(frozen=True)
class Api:
    """A house and how to call it."""

    house: House
    keys: Mapping[str, str]
    """API keys by role: owner, editor, operator, viewer."""
    foreign: str
    """An owner's key of another workspace."""
    clients: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def app(self) -> FastAPI:
        return self.house.app

    def client(self, key: str | None = None, **headers: str) -> httpx2.AsyncClient:
        """A client with a key (or none); it is closed with the fixture."""
        made = client_of(self.house.app, key, **headers)
        self.clients.append(made)
        return made

    def as_role(self, role: Role | str) -> httpx2.AsyncClient:
        return self.client(self.keys[str(role)])


def client_of(app: FastAPI, key: str | None = None, **headers: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 50000))
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        given["Authorization"] = f"Bearer {key}"
    return httpx2.AsyncClient(transport=transport, base_url=origin, headers=given, timeout=60)


def settings_for(dsn: str, folder: Path, **more: str) -> Settings:
    """Settings of a house on that database, with generous limits, which see only what is given here."""
    given = {
        "DATABASE_URL": dsn,
        "TENUTO_DATA_DIR": str(folder),
        "TENUTO_SECRET_KEY": secret_key,
        "TENUTO_EGRESS_ALLOW": "127.0.0.0/8",
        "TENUTO_CALLS_PER_ADDRESS": "1000000",
        "TENUTO_CALLS_PER_CALLER": "1000000",
        **more,
    }
    return Settings.read(folder, given)


def local(workspace: int = 1) -> Principal:
    """The local owner, as the command line is."""
    return Principal(workspace, "local", None, "local", Role.owner)


@asynccontextmanager
async def served(dsn: str, folder: Path, *, bases: Mapping[str, str] | None = None, **more: str) -> AsyncGenerator[Api]:
    """A house with its keys; `bases` replaces base URLs by connector."""
    async with house(settings_for(dsn, folder, **more), bases=bases) as built:
        await second_workspace(dsn)
        make = built.services.keys.make
        keys = {role.value: (await make(local(), role.value, role)).value.get_secret_value() for role in Role}
        foreign = (await make(local(other_workspace), "foreign", Role.owner)).value.get_secret_value()
        api = Api(built, keys, foreign)
        try:
            yield api
        finally:
            for client in api.clients:
                await client.aclose()


@asynccontextmanager
async def listening(api: Api) -> AsyncGenerator[str]:
    """The house on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(api.app, port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=2))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def second_workspace(dsn: str) -> None:
    link = await asyncpg.connect(dsn)
    try:
        await link.execute("insert into workspaces (id, name) values ($1, 'other')", other_workspace)
    finally:
        await link.close()


_numbers = itertools.count(1)


@asynccontextmanager
async def fresh_database(server: Embedded) -> AsyncGenerator[str]:
    """A migrated database of this block's own, where a test file shares one house."""
    name = f"shared_{os.getpid()}_{next(_numbers)}"
    link = await asyncpg.connect(server.cluster.dsn("postgres"))
    try:
        await link.execute(fresh(name))
        yield server.cluster.dsn(name)
        await link.execute(f"drop database {name} with (force)")
    finally:
        await link.close()


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> AsyncGenerator[Api]:
    """A house of this test's own."""
    async with served(dsn, tmp_path) as made:
        yield made


@pytest.fixture
async def owner(api: Api) -> httpx2.AsyncClient:
    """A client with an owner's key."""
    return api.as_role("owner")
