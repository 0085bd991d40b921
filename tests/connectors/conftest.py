"""The vendors' doubles and what stands on them, one of each for a test."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from tests.connectors.conformance import Checked, every
from tests.connectors.world import World, catalog, secrets
from tests.doubles.vendors import VendorsDouble, vendors_double

from tenuto.engine.actions.act import Actor
from tenuto.vault.sender import VaultSender


@pytest.fixture
async def double() -> AsyncGenerator[VendorsDouble]:
    async with vendors_double() as running:
        yield running


@pytest.fixture
async def world(double: VendorsDouble) -> AsyncGenerator[World]:
    async with VaultSender(secrets(), allow=("127.0.0.1/32",)) as door:
        sender = Checked(door, double.bases)
        bases = {key: double.bases[key] + each.base for key, each in every().items()}
        yield World(double, sender, Actor(catalog, sender, bases=bases))
