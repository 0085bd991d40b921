"""Logs hold no secret: not under its name, not in a sentence, not in a trace, whoever logs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Generator

import pytest
import structlog

from tenuto.app.logs import begin_logging, redact

secrets = {
    "an API key of ours": "tnt_" + "a1B2" * 8,
    "a model vendor's key": "sk-default-Ab12Cd34Ef56",
    "a bearer": "Bearer abcdef0123456789",
    "a password in an address": "postgresql://user:hunter2hunter2@host/db",
    "a web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "GitHub": "ghp_" + "x" * 36,
    "Slack": "xoxb-1234567890-abcdef",
}


@pytest.fixture
def lines() -> Generator[io.StringIO]:
    root, before = logging.getLogger(), logging.getLogger().handlers
    level, stream = root.level, io.StringIO()
    begin_logging(development=False, stream=stream)
    yield stream
    root.handlers, root.level = before, level
    structlog.reset_defaults()


@pytest.mark.parametrize("kind", secrets)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(kind: str, lines: io.StringIO) -> None:
    secret = secrets[kind]
    structlog.get_logger("ours").info("sent", text=f"with {secret} to", deep={"list": [secret]}, raw=secret.encode())
    logging.getLogger("theirs").warning("sent %s", secret)
    try:
        logging.getLevelNamesMapping()[secret]
    except KeyError:
        structlog.get_logger("ours").exception("failed")
        logging.getLogger("theirs").exception("failed")
    written = lines.getvalue()
    assert len([json.loads(line) for line in written.splitlines()]) == 4
    bare = "hunter2hunter2" if "hunter2" in secret else secret.removeprefix("Bearer ")
    assert bare not in written
    assert "***" in written


def test_what_is_named_like_a_secret_is_hidden_and_the_rest_is_not() -> None:
    event = {"event": "x", "api_key": "short", "Authorization": "y", "deep": {"password": "z"}, "tokens": 3, "run": "r1"}
    assert redact(None, "info", event) == {
        "event": "x",
        "api_key": "***",
        "Authorization": "***",
        "deep": {"password": "***"},
        "tokens": 3,
        "run": "r1",
    }
