"""What most tests of the served product from outside begin with."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.e2e.serving import Product, product


@pytest.fixture
def served(tmp_path: Path, dsn: str) -> Generator[Product]:
    made = product(tmp_path, DATABASE_URL=dsn)
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
