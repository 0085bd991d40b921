"""What the tests of models may ask for: a house at work, and the doubles that its agents ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from tests.agents.model.running import Models, settings
from tests.api.conftest import fresh_database, served
from tests.doubles.anthropic import anthropic_double
from tests.doubles.github import GitHub
from tests.doubles.openai import openai_double
from tests.doubles.vendor import token
from tests.doubles.vendors import vendors_double

from tenuto.store.server.embedded import Embedded


@asynccontextmanager
async def house(dsn: str, folder: Path) -> AsyncGenerator[Models]:
    async with openai_double() as openai, anthropic_double() as anthropic, vendors_double(0, GitHub) as vendors:
        given = settings(openai, anthropic)
        async with served(dsn, folder, bases=vendors.bases, TENUTO_ENV="production", **given) as api:
            account = {"integration": "github", "access_token": token, "user_id": "ada"}
            answer = await api.as_role("owner").post("/api/oauth/tokens", json=account)
            assert answer.status_code == 200, answer.text
            yield Models(api, openai, anthropic, vendors)


@pytest.fixture
async def alone(dsn: str, tmp_path: Path) -> AsyncGenerator[Models]:
    """A house of a test's own, where what it learns of limits would hold up others."""
    async with house(dsn, tmp_path) as models:
        yield models


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Models]:
    async with fresh_database(server) as dsn, house(dsn, tmp_path_factory.mktemp("models")) as models:
        yield models


@pytest.fixture
def models(shared: Models) -> Models:
    """A house that others use as well, with doubles that have forgotten them."""
    shared.vendors.calls.clear()
    shared.vendors[GitHub].issues.clear()
    for double in (shared.openai, shared.anthropic):
        double.reset()
        vars(double).pop("key", None)
    return shared
