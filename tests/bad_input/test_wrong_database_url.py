"""A wrong `DATABASE_URL`: one sentence that names it, the right exit code, and never the password."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bad_input.asked import tenuto

password = "hunter2-canary"
wrong = {
    "another database": (f"mysql://u:{password}@h/x", 4),
    "no address": (password, 4),
    "no port": (f"postgresql://u:{password}@h:port/x", 4),
    "nobody there": (f"postgresql://u:{password}@127.0.0.1:1/x", 5),
    "no such host": (f"postgresql://u:{password}@nowhere.invalid/x", 5),
    "unknown option": (f"postgresql://u:{password}@127.0.0.1:1/x?sslmode=perhaps", 4),
    "no such certificate": (f"postgresql://u:{password}@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/nowhere.pem", 4),
}


@pytest.mark.parametrize("case", wrong)
async def test_it_is_named_without_its_password(case: str, tmp_path: Path) -> None:
    url, code = wrong[case]
    said = await tenuto(tmp_path, "serve", "--port", "0", DATABASE_URL=url, TENUTO_DATA_DIR=str(tmp_path / "data"))
    assert said.code == code, said
    assert "DATABASE_URL" in said.errors
    assert password not in said.out + said.errors


async def test_a_database_that_is_not_there_is_named(dsn: str, tmp_path: Path) -> None:
    said = await tenuto(tmp_path, "executions", "list", DATABASE_URL=dsn.replace("/test_", "/no_such_"), TENUTO_DATA_DIR=str(tmp_path))
    assert said.code == 4, said
    assert "no_such_" in said.errors
