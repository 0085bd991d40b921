"""What the tests of models may ask for: a house at work, and the doubles that its agents ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.agents.model.running import Models, settings
from tests.api.conftest import served
from tests.doubles.anthropic import anthropic_double
from tests.doubles.openai import openai_double


@pytest.fixture
async def models(dsn: str, tmp_path: Path) -> AsyncGenerator[Models]:
    async with openai_double() as openai, anthropic_double() as anthropic:
        given = settings(openai, anthropic)
        async with served(dsn, tmp_path, TENUTO_ENV="production", **given) as api:
            yield Models(api, openai, anthropic)
