"""What a workflow is given when it is called as a tool: a JSON schema, read off the expressions that use its input."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from tenuto.core.errors import InvalidExpression
from tenuto.core.language.expression import Reference
from tenuto.core.language.template import parse, references
from tenuto.core.values import JsonObject, texts
from tenuto.core.workflow import NodeSpec, WorkflowDefinition

_message: JsonObject = {"type": "string", "description": "What is asked of the workflow, in words."}


def input_schema(definition: WorkflowDefinition) -> dict[str, JsonValue]:
    """An object with a property for each `input.<name>` that an expression reads; more is allowed, nothing is required.

    A branch that is not taken may be the only one to read a property, so that its absence is the run's own to report. `message`
    is a property where an expression reads it, where an agent is asked nothing else, and where nothing at all is read.
    """
    used: dict[str, list[str]] = {}
    for node in definition.nodes:
        for name in _read_by(node):
            readers = used.setdefault(name, [])
            if (label := node.name or node.id) not in readers:
                readers.append(label)
    if not used:
        used["message"] = []
    properties: dict[str, JsonValue] = {}
    for name, readers in used.items():
        told = {"description": f"Read by {', '.join(readers[:5])}."}
        properties[name] = dict(_message) if name == "message" else dict(told)
    return {"type": "object", "properties": properties, "additionalProperties": True}


def _read_by(node: NodeSpec) -> Iterator[str]:
    if node.type == "agent" and "message" not in node.config:
        yield "message"
    for reference in references_in(dict(node.config)):
        first = reference.path[0] if reference.path else None
        if reference.root == "input" and isinstance(first, str):
            yield first
        elif reference.root == "vars" and first == "message":
            yield "message"


def references_in(value: JsonValue) -> Iterator[Reference]:
    """What the expressions of a value read; what cannot be read as a template, a program for one, reads nothing."""
    for text in texts(value):
        yield from _references(text)


def _references(text: str) -> tuple[Reference, ...]:
    if "{{" not in text:
        return ()
    try:
        return references(parse(text))
    except InvalidExpression:
        return ()  # a program, or a text that is no template: nothing is read of it
