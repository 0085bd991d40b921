"""Validation reads: whatever a definition holds, nothing of it is run, opened, imported or fetched (CVE-2025-3248)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenuto.core.catalog import Catalog
from tenuto.core.documents.validation import validate
from tenuto.nodes.agent import AgentNode
from tenuto.nodes.approval import Approval
from tenuto.nodes.condition import Condition
from tenuto.nodes.http import Http
from tenuto.nodes.transform import Transform

catalog = Catalog(
    kinds={kind.model_fields["type"].default: kind for kind in (AgentNode, Approval, Condition, Http, Transform)},
    connectors={},
    providers={},
)

quiet = {"compile", "object.__getattr__", "import", "marshal.loads", "sys._getframe", "builtins.id", "exec", "gc.get_objects"}
"""Events of the interpreter's own work: `ast.parse` is a `compile`, `functools` and `dataclasses` use the others."""

_watching: list[list[tuple[str, tuple[Any, ...]]]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for seen in _watching:
        seen.append((event, arguments))


sys.addaudithook(_hook)  # cannot be taken away again, which is why it does nothing while nobody watches


@pytest.fixture
def audit() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """What the interpreter reports while a test runs: files, sockets, processes, compilation, evaluation."""
    seen: list[tuple[str, tuple[Any, ...]]] = []
    _watching.append(seen)
    yield seen
    _watching.remove(seen)


def hostile(canary: Path) -> list[str]:
    touch = f"__import__('pathlib').Path({str(canary)!r}).touch()"
    return [
        touch,
        f"{{{{ {touch} }}}}",
        f"{{{{ exec({touch!r}) }}}}",
        f"{{{{ [c for c in ().__class__.__base__.__subclasses__()][0]('{canary}') }}}}",
        f"{{{{ (lambda: {touch})() }}}}",
        f"{{{{ open({str(canary)!r}, 'w') }}}}",
        f"{{{{ f'{{{touch}}}' }}}}",
        "{{ '{0.__class__}'.format(input) }}",
        f"@exec({touch!r})\ndef f(x={touch}): pass",
        "file:///etc/passwd",
        "http://127.0.0.1:9/x",
    ]


def documents(text: str) -> list[Any]:
    node = {"id": "a", "type": "transform", "config": {"value": text}}
    whole = {"name": "x", "startNode": "a", "nodes": [node]}
    return [
        whole,
        whole | {"nodes": [{"id": "a", "type": "condition", "config": {"condition": text}}]},
        whole | {"nodes": [{"id": "a", "type": "condition", "config": {"condition": text}, "nextNodes": [text]}]},
        whole | {"nodes": [{"id": "a", "type": "transform", "config": {"inputVariable": text, "transformation": text}}]},
        whole | {"nodes": [{"id": "a", "type": "http", "config": {"url": text, "body": {text: text}}}]},
        whole | {"nodes": [{"id": "a", "type": "agent", "config": {"agent": text, "output_schema": {"$ref": text, "pattern": text}}}]},
        whole | {"nodes": [{"id": "a", "type": "approval", "config": {"title": text, "form": {"$schema": text, "$ref": text}}}]},
        whole | {"nodes": [node | {"type": text}], "startNode": text, "agents": [{"id": text, "provider": text, "tools": [text]}]},
        whole | {"triggers": [{"id": "t", "type": text, "input": text}], "settings": {"keys": [text], "egress": [text]}},
    ]


def test_nothing_in_a_definition_is_run(audit: list[tuple[str, tuple[Any, ...]]], tmp_path: Path) -> None:
    validate(documents("{{ 1 }}")[5], catalog)  # the schema library is imported with the first schema
    canary = tmp_path / "canary"
    audit.clear()
    for text in hostile(canary):
        for document in documents(text):
            validate(document, catalog)
    assert not canary.exists()
    loud = [(event, arguments) for event, arguments in audit if event not in quiet]
    assert loud == []
    compiled = [arguments for event, arguments in audit if event == "exec"]
    assert compiled == [], "something was evaluated"


def test_the_watch_sees_what_it_looks_for(audit: list[tuple[str, tuple[Any, ...]]], tmp_path: Path) -> None:
    (tmp_path / "canary").touch()
    exec("1")
    events = {event for event, _ in audit}
    assert {"open", "exec"} <= events
