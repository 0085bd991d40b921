"""Logs of agents, written by hand: teams whose turns are steps, and tools that people have to approve."""

from __future__ import annotations

from pydantic import JsonValue
from tests.core.tracing import Trace, begun, definition_of, later

from tenuto.core.errors import Unreachable
from tenuto.core.events import (
    Event,
    NodeCompleted,
    NodeRetrying,
    NodeStarted,
    NodeWaiting,
    StepCompleted,
    StepStarted,
    WorkflowCompleted,
    WorkflowWaiting,
)
from tenuto.core.usage import Usage, added


def team() -> Trace:
    """Every turn is a step; those that are done are kept by the attempt after the one that failed, facts are not."""
    config: dict[str, JsonValue] = {"mode": "supervisor", "coordinator": "boss", "agents": ["one"], "task": "Do it."}
    definition = definition_of({"id": "team", "type": "team", "config": config, "retry": {"attempts": 2}})
    turn = Usage(turns=1, input_tokens=10, output_tokens=5, priced=1, cost=7)

    def step(attempt: int, name: str, said: JsonValue) -> tuple[Event, Event]:
        started = StepStarted(node="team", attempt=attempt, step=name, key=f"x:team:{attempt}:{name}")
        return started, StepCompleted(node="team", attempt=attempt, step=name, output=said, usage=turn)

    problem = Unreachable("example.com cannot be reached.").data
    both, all_ = added(turn, turn), added(added(turn, turn), turn)
    events = [
        begun(definition), NodeStarted(node="team", node_type="team", agent_name="Boss", effect="read"), *step(1, "turn 1 boss", "one: begin"),
        *step(1, "turn 2 one", "begun"), StepStarted(node="team", attempt=1, step="turn 3 boss", key="x:team:1:turn 3 boss"),
        StepCompleted(node="team", attempt=1, step="turn 3 boss task", output="vendor-7", fact=True),
        StepCompleted(node="team", attempt=1, step="turn 3 boss", problem=problem),
        NodeRetrying(node="team", attempt=1, until=later, problem=problem, usage=both),
        NodeStarted(node="team", node_type="team", agent_name="Boss", attempt=2, effect="read"), *step(2, "turn 3 boss", "done"),
        NodeCompleted(node="team", node_type="team", agent_name="Boss", output={"text": "done"}, usage=all_), WorkflowCompleted(output={"text": "done"}),
    ]  # fmt: skip
    return Trace("team", definition, events)


def consent() -> Trace:
    """An agent asks for a tool three times: a person allows it, a person refuses it, and nobody decides in time. Each question is a step."""
    config: dict[str, JsonValue] = {"agent": "ada", "approve": ["*"], "approval_timeout": "PT1H"}
    definition = definition_of({"id": "ask", "type": "agent", "config": config})
    start = NodeStarted(node="ask", node_type="agent", agent_name="Ada", effect="read")
    events: list[Event] = [begun(definition), start]
    for number, decision in enumerate(("approve", "reject", "expired"), 1):
        call = f"call {number}: github.create_issue"
        step, digest, by = f"{call}, approval {number:012x}", f"sha256:{number}", "member:Ada" if decision != "expired" else None
        shown: dict[str, JsonValue] = {
            "title": "May Ada use github.create_issue?", "body": "", "form": None, "digest": digest, "approvers": [], "required": 1,
            "barred": [], "answers": [], "step": step, "expires": later.isoformat(),
            "arguments": {"tool": "github.create_issue", "arguments": {"title": f"Issue {number}"}},
        }  # fmt: skip
        answer: dict[str, JsonValue] = {"decision": decision, "by": by} if by else {"decision": decision}
        events += [
            StepStarted(node="ask", attempt=1, step=f"turn {number}", key=f"x:ask:1:turn {number}"),
            StepCompleted(node="ask", attempt=1, step=f"turn {number}", output={"text": ""}, usage=Usage(turns=1, input_tokens=10)),
            StepStarted(node="ask", attempt=1, step=step, key=f"x:ask:1:{step}"),
            NodeWaiting(node="ask", reason="approval", until=later, data=shown), WorkflowWaiting(waiting_for=("ask: approval",)),
            StepCompleted(
                node="ask", attempt=1, step=step, output={**answer, "answers": [], "digest": digest}, by=by,
                answers=f"answer:{number}" if by else None,
            ),
            NodeStarted(node="ask", node_type="agent", agent_name="Ada", effect="read", resumed=True),
        ]  # fmt: skip
        if decision == "approve":
            events += [
                StepStarted(node="ask", attempt=1, step=call, key=f"x:ask:1:{call}", effect="write", input={"title": "Issue 1"}),
                StepCompleted(node="ask", attempt=1, step=call, output={"number": 1}),
            ]
    events += [
        NodeCompleted(node="ask", node_type="agent", agent_name="Ada", output={"text": "Done."}),
        WorkflowCompleted(output={"text": "Done."}),
    ]
    return Trace("tool-approval", definition, events)
