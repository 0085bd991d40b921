"""What a tool answers: the content that a model reads, and the same as data for programs."""

from __future__ import annotations

import json
from typing import TypeAlias

from pydantic import JsonValue

from tenuto.core.errors import ProblemData, type_prefix
from tenuto.services.executions.views import ExecutionDetail

Answer: TypeAlias = dict[str, JsonValue]
"""A `CallToolResult` as it is sent."""

simulated_note = "Simulated: nothing real happened outside."
_asks = {"approval", "event", "call"}


def done(value: JsonValue, *, simulated: bool) -> Answer:
    """What an action answered."""
    return _answer(_written(value), value, simulated=simulated)


def failed(problem: ProblemData, execution: str | None = None) -> Answer:
    """A problem: the model reads what happened and what to do, a program its stable type."""
    said = " ".join(part for part in (problem.detail, problem.fix) if part)
    if problem.issues:
        said += "".join(f"\n{issue.pointer or '/'}: {issue.message}" for issue in problem.issues[:20])
    if execution is not None:
        said += f"\n(execution_id: {execution})"
    error = {**problem.model_dump(mode="json", exclude_none=True, exclude={"type"}), "type": type_prefix + problem.type}
    shown: dict[str, JsonValue] = {"error": error} if execution is None else {"execution_id": execution, "status": "failed", "error": error}
    return _answer(said, shown, simulated=False) | {"isError": True}


def parked(run: ExecutionDetail) -> bool:
    """Whether the run goes on only when somebody has done something."""
    waits = run.status == "waiting" and any(node.status == "waiting" and node.reason in _asks for node in run.nodes.values())
    return waits or run.status in ("paused", "unknown")


def of_run(run: ExecutionDetail, origin: str) -> Answer:
    """How a run stands: its output, its error, or what has to be done before it goes on."""
    if run.status in ("failed", "cancelled"):
        problem = run.error or ProblemData(type="cancelled", status=409, detail=f"The run is {run.status}.")
        return failed(problem, run.id)
    shown: dict[str, JsonValue] = {"execution_id": run.id, "status": run.status.value}
    if run.simulated:
        shown["simulated"] = True
    if run.status == "completed":
        text = _written(run.output)
        shown["output"] = run.output
    else:
        waits = _waits(run)
        if waits:
            shown["waits_for"] = list(waits)
        text = _going_on(run, waits, origin)
    return _answer(text, shown, simulated=run.simulated)


def _waits(run: ExecutionDetail) -> tuple[str, ...]:
    found: list[str] = []
    for name, node in run.nodes.items():
        if node.status == "unknown":
            found.append(f"{name}: somebody has to say whether its outside effect happened")
        elif node.status == "waiting" and node.reason == "approval":
            title = (node.data or {}).get("title")
            found.append(f"{name}: a decision of {_whom(node.data or {})} on “{title}”")
        elif node.status == "waiting":
            found.append(f"{name}: {node.reason}" + (f" until {node.until.isoformat()}" if node.until else ""))
    return tuple(found)


def _whom(data: dict[str, JsonValue]) -> str:
    names = data.get("approvers")
    return ", ".join(str(name) for name in names) if isinstance(names, list) and names else "a person who may approve"


def _going_on(run: ExecutionDetail, waits: tuple[str, ...], origin: str) -> str:
    lines = [f"The run {run.id} is {run.status.value} and has no output yet."]
    lines += [f"It waits for {wait}." for wait in waits]
    if run.status == "paused":
        lines.append("It is paused until somebody resumes it.")
    if parked(run):
        lines.append(f"People answer at {origin}; nothing is lost meanwhile.")
    lines.append(f'Call get_run with {{"execution_id": {json.dumps(run.id)}}} to see what became of it.')
    return "\n".join(lines)


def _answer(text: str, data: JsonValue, *, simulated: bool) -> Answer:
    texts = [text, simulated_note] if simulated else [text]
    return {"content": [{"type": "text", "text": each} for each in texts], "structuredContent": data}


def _written(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
