"""Teams in whole runs: simulated in every mode, over HTTP with Lyzr's double, and through a crash at every commit."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, cast

import pytest
from pydantic import JsonValue, SecretStr
from tests.doubles.lyzr import Behaviour, LyzrDouble, key, lyzr_double
from tests.engine.rig import Rig, rig

from tenuto.agents.lyzr import Lyzr
from tenuto.core.auth import ApiKey
from tenuto.core.events import NodeProgress, Recorded, StepCompleted, StepStarted
from tenuto.core.execution import ExecutionId, State, Status, fold
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

question = "My card was stolen and somebody pays with it."
ids = {name: f"{number:024x}" for number, name in enumerate(("lead", "cards", "travel"), 1)}


def workflow(mode: str, **config: JsonValue) -> WorkflowDefinition:
    agents: list[JsonValue] = [
        {"id": "lead", "name": "Lead", "description": "Leads.", "agent_id": ids["lead"]},
        {"id": "travel", "name": "Travel", "description": "Hotels and flights.", "agent_id": ids["travel"]},
        {"id": "cards", "name": "Cards", "description": "Stolen and lost cards, payments.", "agent_id": ids["cards"]},
    ]
    given: dict[str, JsonValue] = {"mode": mode, "agents": ["travel", "cards"], "coordinator": "lead", **config}
    nodes: JsonValue = [{"id": "team", "type": "team", "config": given}]
    return WorkflowDefinition.model_validate({"name": "Team", "startNode": "team", "agents": agents, "nodes": nodes})


async def simulated(database: Database, mode: str, **config: JsonValue) -> tuple[dict[str, Any], State]:
    async with rig(database) as made:
        state = await made.run(workflow(mode, **config), message=question, simulated=True)
    assert state.status is Status.completed, state.error
    return cast("dict[str, Any]", state.output), state


def turns(output: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["agent"], each["did"]) for each in output["transcript"]]


async def test_a_simulated_router_chooses_whom_the_task_suits(database: Database) -> None:
    output, state = await simulated(database, "router")
    assert turns(output) == [("lead", "chose"), ("cards", "answered")]
    assert state.usage is not None
    assert (state.usage.turns, state.usage.cost, state.usage.simulated) == (2, 0, True)


async def test_a_simulated_handoff_hands_over_once(database: Database) -> None:
    output, _ = await simulated(database, "handoff", coordinator="travel")
    assert turns(output) == [("travel", "handed over"), ("cards", "answered")]


async def test_a_simulated_supervisor_asks_and_finishes(database: Database) -> None:
    schema: JsonValue = {"type": "object", "properties": {"urgency": {"type": "integer", "maximum": 10}}, "required": ["urgency"]}
    output, _ = await simulated(database, "supervisor", output_schema=schema)
    assert turns(output)[:2] == [("lead", "asked"), ("cards", "answered")]
    assert turns(output)[-1] == ("lead", "answered")
    assert isinstance(output["output"]["urgency"], int)


@pytest.mark.parametrize("merge", ["list", "coordinator", "first"])
async def test_a_simulated_team_works_side_by_side(database: Database, merge: str) -> None:
    output, _ = await simulated(database, "parallel", merge=merge)
    answered = {"list": ["travel", "cards"], "coordinator": ["travel", "cards", "lead"], "first": ["travel"]}[merge]
    assert [agent for agent, _ in turns(output)] == answered


async def test_who_watches_is_told_who_speaks(database: Database) -> None:
    told: list[NodeProgress] = []
    async with rig(database, slots=0) as made:
        started = await made.start(workflow("parallel", stream=True), message=question, simulated=True)
        async with asyncio.timeout(60), made.feed.watch(started.id, 0, made.journal.read) as watch:
            ended, made.worker.slots = False, 1  # nobody speaks before somebody listens
            made.worker.ready_rang("")
            while not ended:
                events, whispers = await watch.next(5)
                told += [event for event in whispers if isinstance(event, NodeProgress)]
                ended = any(recorded.event.type == "workflow_completed" for recorded in events)
    speakers = {cast("dict[str, Any]", event.data)["agent"] for event in told}
    assert speakers <= {"travel", "cards"}
    assert speakers


def door() -> VaultSender:
    credential = Credential(auth=ApiKey(header="x-api-key"), secret=SecretStr(key))
    return VaultSender(SettingSecrets({"agent:lyzr": Setting(name="LYZR_API_KEY", credential=credential)}), allow=("127.0.0.0/8",))


async def over_http(database: Database, double: LyzrDouble, definition: WorkflowDefinition) -> tuple[State, list[Recorded]]:
    sender = door()
    async with rig(database, sender=sender, providers={"lyzr": Lyzr(base_url=double.url)}) as made:
        started = await made.start(definition, message=question)
        log = await made.end(started.id)
    await sender.aclose()
    return fold(log), log


async def test_a_router_of_lyzr_agents_tells_a_wrong_choice_back(database: Database) -> None:
    async with lyzr_double() as double:
        choices = [Behaviour(times=1, answer={"agent": "nobody"}), Behaviour(answer={"agent": "cards"}, dress="fenced")]
        double.behave(ids["lead"], *choices)
        double.behave(ids["cards"], Behaviour(answer="It is blocked."))
        state, log = await over_http(database, double, workflow("router"))
        asked = [(call.agent_id, call.session_id) for call in double.calls]
    assert state.status is Status.completed, state.error
    output = cast("dict[str, Any]", state.output)
    assert (output["text"], output["agent"]) == ("It is blocked.", "cards")
    assert [agent for agent, _ in asked] == [ids["lead"], ids["lead"], ids["cards"]]
    assert asked[0][1] != asked[2][1], "agents share no memory by accident"
    usages = [r.event.usage for r in log if isinstance(r.event, StepCompleted)]
    assert [(u.turns, u.cost, u.estimated) for u in usages if u] == [(1, None, True)] * 3
    assert state.usage is not None
    assert (state.usage.turns, state.usage.unpriced) == (3, 3)


async def test_lyzr_agents_answer_at_the_same_time(database: Database) -> None:
    async with lyzr_double() as double:
        for name in ("travel", "cards"):
            double.behave(ids[name], Behaviour(answer=f"{name} speaks.", hold=True))
        double.behave(ids["lead"], Behaviour(answer="Both."))
        running = asyncio.create_task(over_http(database, double, workflow("parallel", merge="coordinator")))
        await double.called(2, within=60)
        double.release()
        state, _ = await running
        merging = double.calls[-1].message or ""
    assert state.status is Status.completed, state.error
    assert cast("dict[str, Any]", state.output)["text"] == "Both."
    assert "travel speaks." in merging
    assert "cards speaks." in merging


async def _fall(made: Rig) -> None:
    """Die to the others without having handed anything over."""
    await made.worker.drop()
    await made.database.pool.execute("update processes set beat = beat - interval '1 minute' where id = $1", made.identity.process)


@pytest.mark.parametrize("mode", ["router", "parallel", "handoff", "supervisor"])
async def test_a_crash_at_any_commit_repeats_no_finished_turn(database: Database, mode: str) -> None:
    definition = workflow(mode, merge="coordinator") if mode == "parallel" else workflow(mode)
    expected = (await _through(database, definition, f"{mode}-whole", None))[0]
    commits = (await _through(database, definition, f"{mode}-again", None))[1]
    assert commits >= 4
    for n in range(1, commits):
        log, _ = await _through(database, definition, f"{mode}-{n}", n)
        assert cast("dict[str, Any]", fold(log).output)["transcript"] == cast("dict[str, Any]", fold(expected).output)["transcript"]
        finished = Counter(r.event.step for r in log if isinstance(r.event, StepCompleted) and not r.event.fact)
        assert set(finished.values()) == {1}, f"a turn was repeated after commit {n}"
        begun = Counter(r.event.step for r in log if isinstance(r.event, StepStarted))
        assert begun.keys() == finished.keys()
        assert [r.seq for r in log] == list(range(1, len(log) + 1))


async def _through(database: Database, definition: WorkflowDefinition, name: str, n: int | None) -> tuple[list[Recorded], int]:
    """A run whose process dies after its n-th commit, finished by another one; with the number of commits of the first."""
    commits = 0
    dead = asyncio.Event()

    def tick() -> None:
        nonlocal commits
        commits += 1
        if commits == n:
            dead.set()

    async with rig(database, tick=tick) as made:
        started = await made.start(definition, message=question, simulated=True, public_id=name)
        if n is None:
            return await made.end(started.id), commits
        died, ended = asyncio.create_task(dead.wait()), asyncio.create_task(made.end(started.id))
        await asyncio.wait([died, ended], timeout=60, return_when=asyncio.FIRST_COMPLETED)
        if not dead.is_set():  # on a machine that stands still now and then, what comes side by side is in fewer commits
            died.cancel()
            return await ended, commits
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)
        await _fall(made)
        async with rig(database) as other:
            await other.claims.take_over()
            return await other.end(ExecutionId(*started.id)), commits
