"""The workflows that are measured."""

from __future__ import annotations

from itertools import pairwise

from pydantic import JsonValue

from tenuto.core.workflow import WorkflowDefinition

_passage = (
    "Good morning. Last Tuesday I ordered two office chairs and a standing desk, and the confirmation said that everything would arrive "
    "together by Friday. On Friday only one chair came; the carrier's page has shown the same line since then, and nobody answers the "
    "telephone number on the invoice. My colleague needs the desk by the end of this month because the old one goes back to the landlord. "
    "I have paid the whole amount already, by bank transfer, and the bank tells me that the money was booked on the same day. Could you "
    "find out where the desk and the second chair are, whether they travel in one parcel or in two, and what it would cost to have them "
    "delivered before noon? If one of them is out of stock I would rather wait for the same colour than take another one. Please also send "
    "a corrected invoice to our accounting department, since the address on the first one still is that of our former office. Thank you "
    "very much for your help; a short answer by e-mail is quite enough, there is no need to call."
)


def question(number: int) -> str:
    """About 1 KB of natural text, a little different for each run."""
    return f"Order {100_000 + number}. {_passage}"


def chain(steps: int) -> WorkflowDefinition:
    """Simulated agent turns, one after the other, each asked what the one before answered: about 1 KB."""
    names = [f"step{number}" for number in range(1, steps + 1)]
    asked = ["{{ input.message }}", *(f"{{{{ nodes.{name}.output.text }}}}" for name in names)]
    nodes: list[JsonValue] = [_turn(name, message) for name, message in zip(names, asked, strict=False)]
    edges: list[JsonValue] = [{"from": one, "to": other} for one, other in pairwise(names)]
    return _workflow(f"{steps} steps in a row", names[0], nodes, edges)


def fan(width: int) -> WorkflowDefinition:
    """Simulated agent turns, all at the same time, after a first one."""
    names = [f"step{number}" for number in range(1, width)]
    nodes: list[JsonValue] = [_turn("first", "{{ input.message }}"), *(_turn(name, "{{ input.message }}") for name in names)]
    return _workflow(f"{width} steps side by side", "first", nodes, [{"from": "first", "to": name} for name in names])


def pure(steps: int) -> WorkflowDefinition:
    """Nodes that only compute, one after the other: they need no commit of their own."""
    names = [f"step{number}" for number in range(1, steps + 1)]
    nodes: list[JsonValue] = [{"id": name, "type": "transform", "config": {"value": {"about": "{{ input.message }}"}}} for name in names]
    return _workflow(f"{steps} transforms", names[0], nodes, [{"from": a, "to": b} for a, b in pairwise(names)])


def mapped(items: int) -> WorkflowDefinition:
    """A map whose body is one agent turn; fifty items at a time."""
    body: JsonValue = {"startNode": "a", "nodes": [_turn("a", "{{ item }}")]}
    each: JsonValue = {"id": "each", "type": "map", "config": {"items": f"{{{{ list(range({items})) }}}}", "concurrency": 50, "body": body}}
    return _workflow(f"{items} items", "each", [each], [])


def calls(url: str) -> WorkflowDefinition:
    """Three HTTP requests, one after the other, through the guarded sender."""
    names = ["one", "two", "three"]
    nodes: list[JsonValue] = [{"id": name, "type": "http", "config": {"url": f"{url}/{name}"}} for name in names]
    return _workflow("three calls", "one", nodes, [{"from": "one", "to": "two"}, {"from": "two", "to": "three"}])


def question_for_a_person() -> WorkflowDefinition:
    """An approval, and a node after it."""
    nodes: list[JsonValue] = [
        {"id": "ask", "type": "approval", "config": {"title": "Go on?"}},
        {"id": "give", "type": "transform", "config": {"value": "{{ input.message }}"}},
    ]
    return _workflow("a question", "ask", nodes, [{"from": "ask", "port": "approved", "to": "give"}])


def _turn(name: str, message: str) -> JsonValue:
    return {"id": name, "type": "agent", "config": {"agent": "clerk", "message": message}}


def _workflow(name: str, start: str, nodes: list[JsonValue], edges: list[JsonValue]) -> WorkflowDefinition:
    clerk = {"id": "clerk", "name": "Clerk", "provider": "simulated", "description": "Answers questions about orders and deliveries"}
    return WorkflowDefinition.model_validate({"name": name, "agents": [clerk], "startNode": start, "nodes": nodes, "edges": edges})
