"""The vendors' doubles on one server for the tests of this folder, and a client that signs in as they ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx2
import pytest
from tests.doubles.vendor import token
from tests.doubles.vendors import VendorsDouble, vendors_double


@pytest.fixture
async def vendors() -> AsyncGenerator[VendorsDouble]:
    async with vendors_double() as running:
        yield running


@pytest.fixture
async def caller(vendors: VendorsDouble) -> AsyncGenerator[httpx2.AsyncClient]:
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=vendors.url, headers=headers, trust_env=False, timeout=20) as client:
        yield client
