"""What the tests of operated runs share: a house with an engine, its runs, and a world outside that has moods."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from tests.doubles.moody import Moody, moody
from tests.engine.rig import rig
from tests.services.test_executions import House, Stored

from tenuto.services.executions import Executions
from tenuto.store.database import Database


@pytest.fixture
async def house(database: Database) -> AsyncGenerator[House]:
    async with rig(database) as engine:
        yield House(engine, Stored())


@pytest.fixture
def runs(house: House) -> Executions:
    return house.executions()


@pytest.fixture
async def world() -> AsyncGenerator[Moody]:
    async with moody() as made:
        yield made
