"""Every example runs: as it stands, in simulation, to the end or to the person it waits for."""

from __future__ import annotations

import csv
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import pytest
from tests.engine.rig import Rig, rig

from tenuto.core.catalog import discover
from tenuto.core.documents.reader import read_document
from tenuto.core.documents.validation import validate
from tenuto.core.execution import Status, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database

root = Path(__file__).parents[2]
examples = sorted((root / "examples").glob("*.yaml"))
questions = root.parent / "shared" / "data" / "banking77" / "test.csv"


@pytest.fixture
async def engine(database: Database) -> AsyncGenerator[Rig]:
    async with rig(database) as made:
        yield made


def read(path: Path) -> WorkflowDefinition:
    return validate(read_document(path.read_bytes(), "yaml"), discover()).require()


def test_there_are_examples_and_none_has_a_warning() -> None:
    assert {path.stem for path in examples} >= {"support-triage", "parallel-research", "approval-before-email", "research-desk"}
    for path in examples:
        assert validate(read_document(path.read_bytes(), "yaml"), discover()).issues == (), path.name


async def test_triage_takes_both_branches_over_real_questions(engine: Rig) -> None:
    if not questions.exists():
        pytest.skip("the shared questions are not beside the project")
    definition = read(root / "examples" / "support-triage.yaml")
    condition = next(node.id for node in definition.nodes if node.type == "condition")
    with questions.open(newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)][:3080:77]
    ports: set[str | None] = set()
    started = [await engine.start(definition, message=text, simulated=True) for text in texts]
    for one in started:
        state = fold(await engine.end(one.id))
        assert state.status is Status.completed, state.error
        ports.add(state.nodes[condition].port)
    assert ports == {"true", "false"}


async def test_research_joins_what_was_found_side_by_side(engine: Rig) -> None:
    definition = read(root / "examples" / "parallel-research.yaml")
    state = await engine.run(definition, message="Should we accept contactless payments abroad?", simulated=True)
    assert state.status is Status.completed, state.error
    joined = [target for target, count in engine.worker._desk.plans.of(definition).graph.arriving.items() if count > 1]
    assert joined
    assert all(state.nodes[node].status == "completed" for node in joined)


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_an_e_mail_goes_out_only_after_approval(engine: Rig, decision: str) -> None:
    definition = read(root / "examples" / "approval-before-email.yaml")
    node = next(node for node in definition.nodes if node.type == "approval")
    given = {"message": "My transfer has not arrived.", "to": "ada@example.com"}
    started = await engine.start(definition, input=given, message=given["message"], simulated=True)
    waiting = fold(await engine.until(started.id, "workflow_waiting"))
    assert waiting.status is Status.waiting
    assert not any(waiting.nodes.get(n.id) for n in definition.nodes if n.config.get("action") == "send_email")
    await engine.mail(started.id, Mail("a", "answer", {"node": node.id, "by": "member:Ada", "data": {"decision": decision}}))
    state = fold(await engine.end(started.id))
    assert state.status is Status.completed, state.error
    sent = [state.nodes[n.id].status for n in definition.nodes if n.config.get("action") == "send_email"]
    assert ("completed" in sent) is (decision == "approve")


async def test_a_research_desk_hears_all_experts_and_tells_one_department(engine: Rig) -> None:
    definition = read(root / "examples" / "research-desk.yaml")
    state = await engine.run(definition, message="Should we offer virtual cards to small companies?", simulated=True)
    assert state.status is Status.completed, state.error
    research, note = (cast("dict[str, Any]", state.nodes[node].output) for node in ("research", "note"))
    assert [each["agent"] for each in research["transcript"]] == ["market", "law", "technology", "editor"]
    assert note["agent"] in ("sales", "compliance")
    assert state.usage is not None
    assert state.usage.turns == 6
