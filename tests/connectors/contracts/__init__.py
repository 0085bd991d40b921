"""What vendors' documents say of requests, so that what our actions send is held against the vendor's own word.

A contract is made from a file of `../shared/specs`, which is read when it is first needed; a test is skipped where the folder is absent.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest

from tenuto.core.connector import Outbound

specs = Path(__file__).parents[3].parent / "shared" / "specs"
Json = dict[str, Any]


class Refused(Exception):
    """The vendor's document does not allow this request."""


class Contract(Protocol):
    """A vendor's document; requests are checked as they would go to the vendor's own address."""

    def check(self, request: Outbound) -> str:
        """The operation that the request asks for (`POST /v1/customers`); raises `Refused` for what the vendor would refuse."""
        ...

    def spoiled(self, request: Outbound) -> Iterator[tuple[str, Outbound]]:
        """What was spoiled, and a request that differs from a good one by it: `check` has to refuse each."""
        ...


@cache
def document(name: str) -> Json:
    """A file of the specs, as it is; not to be changed."""
    path = specs / name
    if not path.exists():
        pytest.skip(f"vendor contracts are not there: {name} is looked for in <project>/../shared/specs")
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if name.endswith(".gz") else content)
