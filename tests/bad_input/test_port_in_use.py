"""A port that somebody else listens on: one sentence that names it, and the exit code of a refusal."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.bad_input.asked import tenuto


async def test_it_is_named(dsn: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = await tenuto(tmp_path, "serve", "--port", port, DATABASE_URL=dsn, TENUTO_DATA_DIR=str(tmp_path / "data"))
    assert said.code == 4
    assert f"Port {port}" in said.errors
    assert "in use" in said.errors
    assert "--port" in said.errors
