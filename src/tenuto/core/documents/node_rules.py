"""What one node has to be: of a known kind, with a config its kind can read once its expressions have values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from tenuto.core.catalog import Catalog
from tenuto.core.connection import Connection
from tenuto.core.documents.scope import Node, Scope, known
from tenuto.core.documents.tool_rules import tool_issues
from tenuto.core.errors import Invalid, Issue, Problem
from tenuto.core.language.schema import violations
from tenuto.core.node import NodeKind
from tenuto.core.values import JsonObject, encode, pointer

_schemas = ("output_schema", "form")


@dataclass(frozen=True)
class Surroundings:
    """What a workflow is held against: what is installed, and what the workspace has."""

    catalog: Catalog
    agents: Collection[str]
    connections: Sequence[Connection] | None = None


def node_issues(node: Node, scope: Scope, around: Surroundings) -> Iterator[Issue]:
    """Everything that is wrong with a node by itself and with the edges that leave it; its expressions are not looked at here."""
    kind = around.catalog.kinds.get(node.type)
    if not node.type:
        return
    if kind is None:
        yield node.issue("/type", "unknown-node-type", f'There is no node type "{node.type}".', known(around.catalog.kinds, node.type))
        return
    wrong = list(model_issues(_config_of(kind), node.config, "/config", strict=True))
    for part, message, fix in wrong:
        yield node.issue(part, "invalid-config", message, fix)
    yield from _ports(node, kind, scope, sound=not wrong)
    if node.type == "integration":
        yield from _integration(node, around)
    if node.type in {"agent", "team"}:
        yield from _agents(node, around)
    yield from _connection(node, around)
    for name in _schemas:
        if isinstance(schema := node.config.get(name), dict):
            yield from _schema(node, f"/config/{name}", schema)


def model_issues(model: type[BaseModel], value: JsonObject, at: str, *, strict: bool) -> Iterator[tuple[str, str, str | None]]:
    """(pointer, sentence, fix) of each part of a value that its model refuses, where no expression stands in its place.

    Read as JSON, because that is how a run reads it: in Python's own mode other values would pass.
    """
    try:
        model.model_validate_json(encode(value), strict=strict)
    except ValidationError as error:
        for part, details, alternative in _relevant(error.errors(include_url=False), value):
            fields = model if part.count("/") == 1 else None
            yield at + part, *explain(details, at + part, fields, alternative=alternative)
    except Problem as problem:
        yield at + (problem.data.pointer or ""), problem.data.detail, problem.data.fix


def explain(details: ErrorDetails, at: str, model: type[BaseModel] | None = None, *, alternative: bool = False) -> tuple[str, str | None]:
    """(sentence, fix) for one of Pydantic's errors at a pointer; `model` is the one whose fields are there.

    `alternative` says that the value is none of several types, of which the error names only one.
    """
    *parents, field = at.replace("~1", "/").replace("~0", "~").split("/")
    subject = f'"{parents[-1]}[{field}]"' if field.isdecimal() and parents else f'"{field}"' if field else "This"
    match details["type"]:
        case "missing":
            return f"{subject} is missing.", f"Add {subject}."
        case "extra_forbidden":
            return f"There is no field {subject} here.", known(_fields(model), field) if model else "Remove it, or check its spelling."
        case "value_error":
            return f"{subject}: {details['msg'].removeprefix('Value error, ')}.", None
        case _ if alternative:
            return f"{subject} is of none of the accepted types.", None
        case "string_type":
            return f"{subject} should be text.", "Put it in quotes." if isinstance(details["input"], bool | int | float) else None
        case kind:
            message = next((f"Input should be {what}" for end, what in _plain_types.items() if kind.endswith(end)), details["msg"])
            return re.sub(r"^\w+ should", f"{subject} should", message) + ".", None


_plain_types = {
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}


def place(details: ErrorDetails, value: JsonValue) -> tuple[str, str | None, JsonValue]:
    """Where in the checked value an error is: its pointer, the first alternative of a type that is named on the way, what is there."""
    at, tag = "", None
    for index, part in enumerate(details["loc"]):
        match value, part:
            case dict(), str() if part in value:
                at, value = at + pointer(part), value[part]
            case list(), int() if part < len(value):
                at, value = at + pointer(part), value[part]
            case dict(), str() if details["type"] == "missing" and index == len(details["loc"]) - 1:
                return at + pointer(part), tag, None
            case _:
                tag = tag or f"{at} {part}"
    return at, tag, value


def _relevant(errors: Sequence[ErrorDetails], value: JsonObject) -> Iterator[tuple[str, ErrorDetails, bool]]:
    """(pointer, error, whether several types were tried there) of what is wrong if an expression stands for whatever its place wants.

    Where a type has alternatives, one whose errors all are expressions is taken to fit, and the others' errors are dropped.
    """
    found: list[tuple[str, str | None, ErrorDetails, bool]] = []
    for details in errors:
        at, tag, there = place(details, cast("JsonValue", value))
        excused = details["type"] not in {"missing", "extra_forbidden"} and isinstance(there, str) and "{{" in there
        found.append((at, tag, details, excused))
    blamed = {tag for _, tag, _, excused in found if tag and not excused}
    fitting = {tag.rpartition(" ")[0] for _, tag, _, excused in found if tag and excused and tag not in blamed}
    told: set[str] = set()
    for at, tag, details, excused in found:
        union = tag.rpartition(" ")[0] if tag else None
        if excused or union in fitting or at in told:
            continue
        told.add(at)
        yield at, details, union == at


def _ports(node: Node, kind: type[NodeKind], scope: Scope, *, sound: bool) -> Iterator[Issue]:
    ports = list(kind.ports_of(node.config) if sound else kind.ports)
    caught = node.raw.get("on_error") == "port"
    allowed = {*ports, "error"} if caught else set(ports)
    used: set[str] = set()
    for link in scope.outgoing.get(node.id, ()):
        used.add(link.port)
        if link.port in allowed or (not sound and kind.ports_of(node.config) != kind.ports):
            continue
        listed = ", ".join(f'"{port}"' for port in ports)
        sentence = f'A node of type {node.type} has no port "{link.port}"' + (f"; it has {listed}." if ports else ": the run ends there.")
        fix = "Set on_error to port." if link.port == "error" else f"Write one of {listed} as port." if ports else "Remove the edge."
        yield Issue(pointer=f"{link.at}/port", code="unknown-port", message=sentence, fix=fix, node=node.id)
    if caught and "error" not in used:
        sentence = "A failure of this node leaves by the port error, and no edge starts there."
        yield node.issue("/on_error", "unused-error-port", sentence, "Add an edge with port: error.", "warning")
    if node.raw.get("on_error") == "continue" and used and "out" not in ports:
        sentence = f"A failure of this node goes on by the port out, which a {node.type} does not have: what follows would be skipped."
        yield node.issue("/on_error", "unused-error-port", sentence, "Set on_error to port, and add an edge with port: error.", "warning")


def _integration(node: Node, around: Surroundings) -> Iterator[Issue]:
    connectors = around.catalog.connectors
    name, action = node.config.get("integration"), node.config.get("action")
    if not isinstance(name, str):
        return
    if name not in connectors:
        fix = "Write the name out; an expression is not accepted here." if "{{" in name else known(connectors, name)
        yield node.issue("/config/integration", "unknown-integration", f'There is no integration "{name}".', fix)
        return
    actions = connectors[name].actions
    if not isinstance(action, str):
        return
    if action not in actions:
        fix = "Write the name out; an expression is not accepted here." if "{{" in action else known(actions, action)
        yield node.issue("/config/action", "unknown-action", f'{connectors[name].name} has no action "{action}".', fix)
        return
    params = node.config.get("params", {})
    if isinstance(params, dict):
        for part, message, fix in model_issues(actions[action].params, params, "/config/params", strict=False):
            yield node.issue(part, "invalid-params", message, fix)


def _agents(node: Node, around: Surroundings) -> Iterator[Issue]:
    names: list[tuple[str, JsonValue]] = [(f"/config/{key}", node.config.get(key)) for key in ("agent", "coordinator")]
    team = node.config.get("agents")
    names += [(f"/config/agents/{index}", name) for index, name in enumerate(team)] if isinstance(team, list) else []
    for part, name in names:
        if isinstance(name, str) and "{{" not in name and name not in around.agents:
            fix = known(dict.fromkeys(around.agents), name) if around.agents else "Add it to agents."
            yield node.issue(part, "unknown-agent", f'There is no agent "{name}".', fix)
    for wrong in tool_issues(node.config, around.catalog, around.connections):
        yield node.issue(f"/config{wrong.part}", *wrong[1:])


def _connection(node: Node, around: Surroundings) -> Iterator[Issue]:
    """Warnings only: a workflow may be written, and simulated, before its accounts are connected."""
    name = node.config.get("connection")
    if around.connections is None or not isinstance(name, str) or "{{" in name:
        return
    connector = around.catalog.connectors.get(str(node.config.get("integration")))
    named = {
        key: one for one in around.connections for key in (one.name, str(one.id)) if connector is None or one.integration == connector.key
    }
    if name not in named:
        what = f"{connector.name} connection" if connector else "connection"
        yield node.issue("/config/connection", "unknown-connection", f'There is no {what} "{name}".', known(named, name), "warning")
        return
    action = connector.actions.get(str(node.config.get("action"))) if connector else None
    lacking = [scope for scope in action.scopes if scope not in named[name].scopes] if action and named[name].scopes else []
    if lacking:
        sentence = f'The connection "{name}" lacks {", ".join(lacking)}.'
        yield node.issue("/config/connection", "missing-scope", sentence, "Connect the account again and grant it.", "warning")


def _schema(node: Node, part: str, schema: JsonObject) -> Iterator[Issue]:
    try:
        violations({}, schema)
    except Invalid as problem:
        yield node.issue(part, "invalid-schema", problem.data.detail, problem.data.fix)


def _config_of(kind: type[NodeKind]) -> type[BaseModel]:
    return cast("type[BaseModel]", kind.model_fields["config"].annotation)


def _fields(model: type[BaseModel] | None) -> Mapping[str, object]:
    return {field.alias or name: field for name, field in model.model_fields.items()} if model else {}
