"""What a simulated agent decides in a team: whom a task suits best by what the members say of themselves."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from tenuto.agents.simulated.prose import brief
from tenuto.agents.simulated.question import Question, stems_of
from tenuto.agents.simulated.values import value_for
from tenuto.core.agent import Agent, Member, Teamwork
from tenuto.core.values import JsonObject

deciding = frozenset({"choose", "handoff", "supervise"})

_asked_at_most = 2


def decision(agent: Agent, team: Teamwork, schema: JsonObject, question: Question) -> JsonValue:
    """In the form that the schema of the role asks for. It hands over at most once, asks at most two members, and then answers."""
    ranked = _ranked(team.members, question)
    match team.role:
        case "choose":
            return {"agent": ranked[0].id, "reason": f"{ranked[0].name} is the closest match."}
        case "handoff" if not team.said and ranked[0].id != agent.id:
            best = ranked[0]
            return {"action": "handover", "to": best.id, "note": f"This is for {best.name}: {question.summary(120)}"}
        case "supervise":
            left = [member for member in ranked[:_asked_at_most] if member.id not in team.said]
            if left:
                return {"action": "ask", "agent": left[0].id, "task": f"Look at this from your side: {question.summary(160)}"}
            return {"action": "finish", "answer": _answer(schema, question)}
        case _:
            return {"action": "answer", "answer": _answer(schema, question)}


def _ranked(members: Sequence[Member], question: Question) -> Sequence[Member]:
    """The members, those first who say most of what the question says; of equals those who were named first."""

    def common(member: Member) -> int:
        said = " ".join((member.id, member.name, member.description, *member.capabilities))
        return len(stems_of(said) & question.stems)

    return sorted(members, key=common, reverse=True)


def _answer(schema: JsonObject, question: Question) -> JsonValue:
    """In the form of the property `answer`, with the definitions of the whole schema."""
    properties = schema.get("properties")
    form = properties.get("answer") if isinstance(properties, dict) else None
    if not isinstance(form, dict) or form == {"type": "string"}:
        return brief(question, 600)
    return value_for({**form, **{word: schema[word] for word in ("$defs", "definitions") if word in schema}}, question)
