"""The served house of the API's tests, for attacks on it, and what it logs meanwhile."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from tests.api.conftest import api

from tenuto.app.logs import begin_logging

__all__ = ["api"]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as in production, at its most talkative."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    begin_logging(development=False, stream=stream, level=logging.DEBUG)
    yield stream
    root.handlers, root.level = handlers, level
