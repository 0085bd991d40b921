"""The body of a node as a definition of its own, and what it takes with it of the run around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from pydantic import JsonValue, ValidationError

from tenuto.core.errors import Invalid, InvalidExpression, TooLarge
from tenuto.core.language.expression import Reference
from tenuto.core.language.template import parse, references
from tenuto.core.values import encode
from tenuto.core.workflow import NodeSpec, WorkflowDefinition
from tenuto.engine.expressions.scope import Scope, absent

handed_down = 64 * 1024
"""Bytes that each run of a body may take with it of the run around it; every child holds a copy."""


@dataclass
class Taken:
    """The parts of something that are referred to, by their first key; all of it where that is not known beforehand."""

    keys: set[str] = field(default_factory=set[str])
    whole: bool = False

    def add(self, path: tuple[str | int, ...]) -> None:
        """Take what a path leads to."""
        if path and isinstance(path[0], str):
            self.keys.add(path[0])
        else:
            self.whole = True

    def of(self, value: JsonValue) -> JsonValue:
        """What is taken of this value."""
        if not isinstance(value, dict) or self.whole:
            return value if self.whole or self.keys else None
        return {key: item for key, item in value.items() if key in self.keys}


@dataclass(frozen=True)
class Body:
    """What the children of a node run."""

    definition: WorkflowDefinition
    input: Taken
    vars: Taken
    outer: Mapping[str, Taken]

    def captured(self, scope: Scope) -> tuple[JsonValue, dict[str, JsonValue], dict[str, JsonValue]]:
        """Input, variables and outer outputs as the children see them. Raises `TooLarge`."""
        given = _taken(self.input, None if scope.input is absent else scope.input, scope)
        variables = _taken(self.vars, None if scope.vars is absent else scope.vars, scope)
        outer: dict[str, JsonValue] = {}
        for node, taken in self.outer.items():
            if (found := scope.nodes(node)) is not None and "output" in found:
                outer[node] = _taken(taken, found["output"], scope)
        size = len(encode([given, variables, outer], what="What the body refers to"))
        if size > handed_down:
            raise TooLarge(
                f"The body refers to {size:,} bytes of the run around it; each of its runs may take {handed_down:,} with it.",
                fix="Refer to the parts that are needed (nodes.a.output.name), or put them into the items.",
                pointer="/config/body",
            )
        return given, variables if isinstance(variables, dict) else {}, outer


def _taken(taken: Taken, value: JsonValue, scope: Scope) -> JsonValue:
    """What children see of a value, whole: their runs cannot look into what another run keeps. Raises `Needed`."""
    return scope.opened(taken.of(cast("JsonValue", scope.inside(value)))) if scope.large else taken.of(value)


def body_of(definition: WorkflowDefinition, spec: NodeSpec) -> Body:
    """The body of a node, with the agents and the ways out of its workflow. Raises `Invalid`."""
    body = spec.config.get("body")
    written = body if isinstance(body, dict) else {}
    try:
        made = WorkflowDefinition.model_validate(
            {
                **written,
                "name": f"{definition.name}: {spec.name or spec.id}"[:200],
                "agents": definition.agents,
                "settings": {"egress": definition.settings.egress},
            }
        )
    except ValidationError:
        raise Invalid("The body is no graph of nodes.", node=spec.id, pointer="/config/body") from None
    given, variables, outer = Taken(), Taken(), dict[str, Taken]()
    for reference in references_out(written):
        match reference.root:
            case "input":
                given.add(reference.path)
            case "vars":
                variables.add(reference.path)
            case _:
                outer.setdefault(reference.node or "", Taken()).add(reference.path[2:])
    return Body(made, given, variables, outer)


def references_out(body: Mapping[str, JsonValue]) -> Iterator[Reference]:
    """What expressions in a body, and in bodies within it, refer to of the run around it: its input, variables and nodes."""
    nodes = body.get("nodes")
    inside = [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []
    own = {str(node.get("id")) for node in inside}
    for node in inside:
        config = node.get("config")
        if not isinstance(config, dict):
            continue
        inner = config.get("body")
        inner = inner if isinstance(inner, dict) and isinstance(inner.get("nodes"), list) else None
        for key, value in config.items():
            if (key == "body" and inner is not None) or (node.get("type"), key) == ("code", "code"):
                continue
            yield from (one for one in _references(value) if _outward(one) and one.node not in own)
        if inner is not None:
            yield from (one for one in references_out(inner) if one.node is None or one.node not in own)


def _outward(reference: Reference) -> bool:
    return reference.root in ("input", "vars", "nodes")


def _references(value: JsonValue) -> Iterator[Reference]:
    match value:
        case str() if "{{" in value:
            try:
                yield from references(parse(value))
            except InvalidExpression:
                return  # it fails where it is evaluated, and says so there
        case dict():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)
        case _:
            pass
