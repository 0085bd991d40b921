"""A data folder that cannot be written: one sentence that names it and the setting, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bad_input.asked import tenuto


@pytest.mark.parametrize(
    "command", [("serve", "--port", "0"), ("run", "echo.yaml"), ("executions", "list"), ("migrate",)], ids=lambda c: c[0]
)
async def test_it_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "echo.yaml").write_text("name: E\nstartNode: a\nnodes:\n  - {id: a, type: transform, config: {value: 1}}\n")
    (tmp_path / "file").write_text("not a folder")  # root may write into every folder, but nobody into a file's
    folder = tmp_path / "file" / "data"
    said = await tenuto(tmp_path, *command, TENUTO_DATA_DIR=str(folder))
    assert said.code == 4, said
    assert str(folder) in said.errors
    assert "TENUTO_DATA_DIR" in said.errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["echo.yaml", "file"]
