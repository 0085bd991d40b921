"""How a team's decisions are asked for: a message, a JSON schema for the answer, and what makes an answer wrong all the same.

Output schemas instead of tools: they work with every provider, also with those whose agents cannot call tools of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from tenuto.core.agent import Agent
from tenuto.core.values import JsonObject

_text: JsonObject = {"type": "string"}


def choice_schema(agents: Sequence[str]) -> JsonObject:
    """A router's choice: `{agent, reason?}`."""
    return _object({"agent": {"type": "string", "enum": list(agents)}, "reason": {"type": "string"}}, ["agent"])


def handoff_schema(others: Sequence[str], answer: JsonObject | None) -> JsonObject:
    """An answer or a handover: `{action: answer, answer}` or `{action: handover, to, note}`."""
    fields: dict[str, JsonValue] = {
        "action": {"type": "string", "enum": ["answer", "handover"]},
        "answer": dict(answer or _text),
        "to": {"type": "string", "enum": list(others)},
        "note": {"type": "string"},
    }
    return _object(fields, ["action"], answer)


def supervisor_schema(agents: Sequence[str], answer: JsonObject | None) -> JsonObject:
    """The next step or the end: `{action: ask, agent, task}` or `{action: finish, answer}`."""
    fields: dict[str, JsonValue] = {
        "action": {"type": "string", "enum": ["ask", "finish"]},
        "agent": {"type": "string", "enum": list(agents)},
        "task": {"type": "string"},
        "answer": dict(answer or _text),
    }
    return _object(fields, ["action"], answer)


def lacking(decision: JsonObject) -> str | None:
    """What an answer of the right shape lacks for what it wants to do, in a sentence; None if it is whole."""
    needs = {"answer": ["answer"], "finish": ["answer"], "handover": ["to"], "ask": ["agent", "task"]}
    missing = [name for name in needs.get(str(decision.get("action")), []) if decision.get(name) in (None, "")]
    return f'The action "{decision["action"]}" needs {" and ".join(missing)}.' if missing else None


def choosing(task: str, members: Iterable[Agent]) -> str:
    """What a router is asked."""
    return _paragraphs(
        "Choose the one member of your team that should answer this task. Do not answer it yourself.",
        'Answer with JSON: {"agent": "<id of the member>", "reason": "<one sentence>"}.',
        _listed(members),
        f"The task:\n{task}",
    )


def handing(task: str, others: Iterable[Agent], heard: str, *, last: bool) -> str:
    """What an agent in a handoff is asked."""
    return _paragraphs(
        f"The task:\n{task}",
        "You are one of a team. Answer the task if it is yours; hand it over if another member is the right one.",
        'Answer with JSON: {"action": "answer", "answer": …} or {"action": "handover", "to": "<id of the member>", "note": "<what to know>"}.',
        "This is the last turn: answer now." if last else "",
        _listed(others),
        _so_far(heard),
    )


def supervising(task: str, members: Iterable[Agent], heard: str, *, last: bool) -> str:
    """What a supervisor is asked before each step."""
    return _paragraphs(
        f"The task:\n{task}",
        "You lead a team. Ask one member for the next part of the work, or finish with the answer to the whole task.",
        'Answer with JSON: {"action": "ask", "agent": "<id of the member>", "task": "<what to do>"} or {"action": "finish", "answer": …}.',
        "This is the last turn: finish now." if last else "",
        _listed(members),
        _so_far(heard),
    )


def answering(task: str, heard: str, part: str | None = None) -> str:
    """What a member is asked that is to answer, or to do a part of the work."""
    if not heard and part is None:
        return task
    return _paragraphs(f"The task:\n{task}", _so_far(heard), f"Your part:\n{part}" if part is not None else "It is your turn to answer.")


def merging(task: str, heard: str) -> str:
    """What a coordinator is asked that makes one answer of many."""
    return _paragraphs(f"The task:\n{task}", _so_far(heard), "Write the one answer to the task that these answers amount to.")


def again(message: str, wrong: str) -> str:
    """The same question, with what was wrong about the first answer."""
    return _paragraphs(message, f"Your answer before could not be used: {wrong} Answer again, exactly in the form that is asked for.")


def _object(fields: dict[str, JsonValue], required: list[JsonValue], answer: JsonObject | None = None) -> JsonObject:
    made: dict[str, JsonValue] = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    # An answer's own definitions are looked up at the root of the whole schema.
    return made | {word: answer[word] for word in ("$defs", "definitions") if answer is not None and word in answer}


def _listed(members: Iterable[Agent]) -> str:
    lines = [
        f"- {agent.id} ({agent.name}): {agent.description or agent.instructions or 'no description'}"
        + (f" Can do: {', '.join(agent.capabilities)}." if agent.capabilities else "")
        for agent in members
    ]
    return "The team:\n" + "\n".join(lines)


def _so_far(heard: str) -> str:
    return f"What was said so far:\n{heard}" if heard else ""


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
