"""Every template runs in simulation to its end, over its own example inputs, which together reach each of its nodes; nothing leaves."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tests.engine.rig import Rig, rig

from tenuto.core.catalog import discover
from tenuto.core.documents.reader import read_document
from tenuto.core.documents.validation import validate
from tenuto.core.events import NodeWaiting
from tenuto.core.execution import State, Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database

folder = Path(__file__).parents[2] / "examples"
cases: dict[str, list[dict[str, Any]]] = json.loads((folder / "inputs.json").read_text())
names = sorted(path.stem for path in folder.glob("*.yaml"))


class Shut:
    """A door to the outside through which nothing may go."""

    def __init__(self) -> None:
        self.knocked: list[str] = []

    async def send(self, request: Any, ticket: object) -> NoReturn:
        self.knocked.append(request.url)
        raise AssertionError(f"a simulated run called {request.url}")

    def stream(self, request: Any, ticket: object) -> NoReturn:
        self.knocked.append(request.url)
        raise AssertionError(f"a simulated run called {request.url}")


@pytest.fixture
async def shut(database: Database) -> AsyncGenerator[tuple[Rig, Shut]]:
    door = Shut()
    async with rig(database, sender=door) as made:
        yield made, door


def read(name: str, *, hurried: str | None = None) -> WorkflowDefinition:
    """A template; `hurried` names the approval that lapses after a second."""
    document = read_document((folder / f"{name}.yaml").read_bytes(), "yaml")
    found = validate(document, discover())
    assert found.issues == (), name
    definition = found.require()
    if hurried is None:
        return definition
    nodes = tuple(
        node.model_copy(update={"config": {**node.config, "timeout": "PT1S"}}) if node.id == hurried else node for node in definition.nodes
    )
    return definition.model_copy(update={"nodes": nodes})


def test_each_of_at_least_eight_templates_has_example_inputs() -> None:
    assert len(names) >= 8
    assert sorted(cases) == names
    assert all(inputs[0]["title"] for inputs in cases.values())


@pytest.mark.parametrize("name", names)
async def test_a_template_runs_to_its_end_and_each_node_is_reached(name: str, shut: tuple[Rig, Shut]) -> None:
    engine, door = shut
    reached: set[str] = set()
    for case in cases[name]:
        state = await _run(engine, name, case)
        given_up = name == "approval-before-email" and "expire" in case.get("decisions", {}).values()
        assert state.status is (Status.failed if given_up else Status.completed), state.error
        reached |= {key for key, node in state.nodes.items() if node.status in {"completed", "failed"}}
    assert reached >= {node.id for node in read(name).nodes}
    assert door.knocked == []


async def _run(engine: Rig, name: str, case: dict[str, Any]) -> State:
    decisions: dict[str, str] = case.get("decisions", {})
    lapses = next((node for node, decision in decisions.items() if decision == "expire"), None)
    given: dict[str, Any] = case["input"]
    started = await engine.start(read(name, hurried=lapses), input=given, message=given.get("message", ""), simulated=True)
    for node, decision in decisions.items():
        if decision != "expire":
            seen = await engine.until(started.id, "workflow_waiting")
            shown = next(each.event.data for each in seen if isinstance(each.event, NodeWaiting) and each.event.node == node)
            data = {"decision": decision, "form": case.get("form", {}), "digest": shown["digest"]}
            answer: dict[str, Any] = {"node": node, "by": "member:Ada", "data": data}
            await engine.mail(started.id, Mail("a", "answer", answer))
    return fold(await engine.end(started.id))
