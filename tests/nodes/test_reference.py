"""The examples of docs/reference/nodes.md: each kind has one, and each runs as it stands there, in simulation, to its end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engine.rig import Rig, rig

from tenuto.core.catalog import discover
from tenuto.core.documents.validation import validate
from tenuto.core.execution import Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database

page = Path(__file__).parents[2] / "docs" / "reference" / "nodes.md"
examples: dict[str, dict[str, Any]] = {
    kind: yaml.safe_load(text)
    for kind, text in re.findall(r"^## `(\w+)`\n.*?^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
}
agents = [{"id": name, "name": name.title(), "provider": "simulated", "description": "Answers questions"} for name in ("triage", "helper")]
asked = {"approval": {"decision": "approve"}}
"""What a person says where one is asked."""


def around(node: dict[str, Any]) -> WorkflowDefinition:
    """The workflow that has this node alone; a document like this must have no mistake."""
    document = {"name": "Example", "startNode": "example", "agents": agents, "nodes": [node]}
    return validate(document, discover()).require()


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    """An engine that knows the workflow of the examples."""
    called = {"name": "Answer", "startNode": "a", "nodes": [{"id": "a", "type": "transform", "config": {"value": "{{ input.message }}"}}]}
    definition = WorkflowDefinition.model_validate(called)
    async with rig(database) as made:
        await made.journal.define(1, definition)
        await database.pool.execute(
            "insert into workflows (workspace, id, name, draft, published_hash) values (1, 'answer-a-question', 'Answer', $1, $2)",
            definition.canonical, definition.version_hash,
        )  # fmt: skip
        yield made


def test_each_kind_has_its_example() -> None:
    assert set(examples) == set(discover().kinds)
    assert {kind: example["type"] for kind, example in examples.items()} == {kind: kind for kind in examples}


@pytest.mark.parametrize("kind", examples)
async def test_an_example_runs_to_its_end(engine: Rig, kind: str) -> None:
    started = await engine.start(around(examples[kind]), input={"message": "Where is my parcel?"}, simulated=True)
    ended = asyncio.create_task(engine.end(started.id))
    if kind in asked:
        await engine.until(started.id, "node_waiting")
        await engine.mail(started.id, Mail("answer", "answer", {"node": "example", "by": "member:Ada", "data": asked[kind]}))
    state = fold(await ended)
    assert (state.status, state.error, state.nodes["example"].status) == (Status.completed, None, "completed")
