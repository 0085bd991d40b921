"""Threat 18, live objects from bytes: no pickle and no unsafe YAML in what we ship, and none that a caller could slip in."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import pytest
from tests.api.conftest import Api
from tests.architecture import rules

import tenuto

sources = sorted(Path(tenuto.__file__).parent.rglob("*.py"))


def test_no_module_of_ours_builds_live_objects() -> None:
    assert len(sources) > 100
    assert [found for path in sources for found in rules.unsafe(ast.parse(path.read_text()), path.name)] == []


class Touch:
    """Makes a file wherever it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


async def test_pickled_bytes_are_no_request_at_any_type(api: Api, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for kind in (
        "application/json",
        "application/x-python-pickle",
        "application/python-pickle",
        "application/octet-stream",
        "application/yaml",
    ):
        for path in ("/api/workflow/execute", "/api/workflows/import", "/api/keys"):
            answer = await api.as_role("owner").post(path, content=pickle.dumps(Touch(canary)), headers={"Content-Type": kind})
            assert answer.status_code in (400, 422), answer.text
    assert not canary.exists()
    pickle.loads(pickle.dumps(Touch(canary)))
    assert canary.exists(), "the bytes would have worked where they are read"


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [touch {0}]", "!!python/name:os.system", "!<tag:yaml.org,2002:python/module:os>"]
)
async def test_a_workflow_file_builds_nothing(tag: str, api: Api, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = f"name: x\nstartNode: a\nnodes:\n  - id: a\n    type: transform\n    config: {{value: {tag.format(canary)}}}\n"
    for path in ("/api/workflows/import", "/api/workflows/validate"):
        answer = await api.as_role("owner").post(path, json={"text": text})
        assert answer.status_code == 400, answer.text
        assert "tag" in answer.json()["error"]
    assert not canary.exists()
