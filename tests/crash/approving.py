"""A run of one agent that wants a tool twice: a person allows the first use and refuses the second."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue
from tests.doubles.lyzr import echo_agent
from tests.engine.rig import Rig

from tenuto.core.events import NodeWaiting, Recorded, StepCompleted
from tenuto.core.execution import ExecutionId, fold
from tenuto.core.run import Mail
from tenuto.core.workflow import WorkflowDefinition

_where = {"owner": "octocat", "repo": "hello-world"}
steps = ("turn 1", "call 1: github.create_issue, approval", "call 1: github.create_issue", "turn 2",
         "call 2: github.create_issue, approval", "turn 3")  # fmt: skip


def definition() -> WorkflowDefinition:
    """One node; its agent asks before it writes."""
    agent: JsonValue = {
        "id": "skilled", "name": "Skilled", "provider": "lyzr", "agent_id": echo_agent, "tools": ["github.create_issue"], "approve": ["*"],
    }  # fmt: skip
    node: JsonValue = {"id": "work", "type": "agent", "config": {"agent": "skilled", "message": "{{ input.work }}"}}
    return WorkflowDefinition.model_validate({"name": "Approving", "startNode": "work", "agents": [agent], "nodes": [node]})


def given(run: str) -> dict[str, JsonValue]:
    """What the agent is to ask for."""
    calls: JsonValue = [[{"name": "github.create_issue", "arguments": {**_where, "title": title}}] for title in (run, f"{run} again")]
    return {"work": f"Hello. [[double {json.dumps({'tools': calls, 'answer': 'Opened.'})}]]"}


async def decide(made: Rig, run: ExecutionId, public_id: str) -> None:
    """Answer each question as it is put, until the run is over; an answer that is sent twice does no harm."""
    async with made.feed.watch(run, 0, made.journal.read) as watch:
        seen: list[Recorded] = []
        while not seen or not fold(seen).status.ended:
            events, _ = await watch.next(5)
            seen.extend(events)
            node = fold(seen).nodes.get("work") if seen else None
            if node is not None and node.status == "waiting" and node.data:
                await made.mail(run, _letter(node.data, public_id))


def mistakes(log: Sequence[Recorded], counts: Mapping[str, Any], run: str) -> list[str]:
    """What contradicts the promise: one question for each use, one use for each yes."""
    state = fold(log)
    wrong = [] if isinstance(state.output, dict) and state.output["text"] == "Opened." else [f"it gave {state.output} {state.error}"]
    if counts["issues"] != [run]:
        wrong.append(f"what was made are {counts['issues']}")
    done = [r.event.step.partition(" approval ")[0].removesuffix(",") for r in log if isinstance(r.event, StepCompleted)]
    expected = [step.removesuffix(", approval") for step in steps]
    wrong += [] if done == expected else [f"the steps were {done}"]
    asked = {str(r.event.data["digest"]) for r in log if isinstance(r.event, NodeWaiting)}
    return wrong if len(asked) == 2 else [*wrong, f"{len(asked)} questions were put"]


def _letter(data: Mapping[str, JsonValue], run: str) -> Mail:
    shown: Any = data["arguments"]
    yes = shown["arguments"]["title"] == run
    answer: JsonValue = {"decision": "approve" if yes else "reject", "comment": "" if yes else "Once is enough.", "digest": data["digest"]}
    return Mail(f"answer {data['step']}", "answer", {"node": "work", "by": "member:Ada", "data": answer})
