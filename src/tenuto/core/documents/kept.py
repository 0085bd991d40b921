"""The shape in which older clients read a workflow: today's document with their fields beside ours, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from pydantic import JsonValue

from tenuto.core.documents.translate_text import transformations
from tenuto.core.errors import Issue
from tenuto.core.values import JsonObject, pointer

_Object = dict[str, JsonValue]
_Clean: TypeAlias = Callable[[JsonValue], JsonValue]

_node_fields = ("nextNodes", "agent")
_config_fields = ("integrationType", "outputVariable", "inputVariable", "transformation")
_agent_defaults: _Object = {"description": "", "type": "specialist", "capabilities": []}
_patterns = {
    name: re.compile(re.escape("{{ " + written.format("\0") + " }}").replace("\0", r"vars\.(\w+)"), re.ASCII)
    for name, written in transformations.items()
}


def kept(document: JsonObject) -> dict[str, JsonValue]:
    """A document of today's shape with what older clients read added: `nextNodes`, the embedded `agent`, and older names in `config`.

    Nothing of the document is taken away, so that new clients read the same answer.
    """
    agents = [_agent(agent) for agent in _objects(document.get("agents"))]
    by_id = {str(agent.get("id")): agent for agent in agents}
    leaving = _leaving(document)
    nodes = [_node(node, leaving.get(str(node.get("id")), ()), by_id) for node in _objects(document.get("nodes"))]
    edges = document.get("edges", [])
    more = {"description": document.get("description", ""), "agents": agents, "nodes": nodes, "edges": edges}
    return {**document, **cast("_Object", more)}


def without_echoes(document: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The document without the older fields that say exactly what today's say; the very same object if there are none.

    Where they say something else an older client has written them, and they are left for the translation.
    """
    if "edges" not in document:
        return document
    agents = {str(agent.get("id")): _agent(agent) for agent in _objects(document.get("agents"))}
    leaving = _leaving(document)

    def clean(node: JsonValue) -> JsonValue:
        if not isinstance(node, dict):
            return node
        today = _today(node)
        there = _older_fields(node)
        said = _older_fields(_node(today, leaving.get(str(node.get("id")), ()), agents))
        return today if there and all(said.get(name) == value for name, value in there.items()) else node

    return _with_nodes(document, clean)


def without_stale(document: dict[str, JsonValue], stored: JsonObject) -> dict[str, JsonValue]:
    """A changed document without the older fields that only repeat what the stored one was answered with.

    They were sent back unread by a client that writes today's fields; what it wrote there counts.
    """
    if "edges" not in document:
        return document
    before = {str(node.get("id")): _older_fields(node) for node in _objects(kept(stored).get("nodes"))}

    def clean(node: JsonValue) -> JsonValue:
        if not isinstance(node, dict) or not (there := _older_fields(node)):
            return node
        answered = before.get(str(node.get("id")), {})
        return _today(node) if all(answered.get(name) == value for name, value in there.items()) else node

    return _with_nodes(document, clean)


def rewired(document: dict[str, JsonValue]) -> tuple[dict[str, JsonValue], list[Issue]]:
    """The document without edges that the `nextNodes` of their node contradict: where a node has both, its `nextNodes` count.

    Of a condition `nextNodes` says both ways anew; of other nodes an edge to one of them stays, whatever its port.
    """
    said = {str(node.get("id")): node for node in _objects(document.get("nodes")) if isinstance(node.get("nextNodes"), list)}
    edges = document.get("edges")
    if not said or not isinstance(edges, list):
        return document, []

    def stays(edge: JsonValue) -> bool:
        node = said.get(str(edge.get("from"))) if isinstance(edge, dict) else None
        if node is None or not isinstance(edge, dict):
            return True
        if node.get("type") == "condition":
            return str(edge.get("port")).lower() not in {"true", "false"}
        return edge.get("to") in cast("list[JsonValue]", node["nextNodes"])

    places = {index: None for index, edge in enumerate(edges) if not stays(edge)}
    lost = [index for index in places if not _said(cast("_Object", edges[index]), said)]
    message = "This edge is left out: nextNodes of its node says otherwise, and counts."
    fix = "Leave nextNodes out; it is there for older clients."
    issues = [Issue(pointer=pointer("edges", index), code="not-followed", message=message, fix=fix, severity="warning") for index in lost]
    return ({**document, "edges": [edge for index, edge in enumerate(edges) if index not in places]}, issues) if places else (document, [])


def _said(edge: _Object, nodes: Mapping[str, _Object]) -> bool:
    """Whether an edge of a condition comes back by its `nextNodes`."""
    following = nodes[str(edge.get("from"))]["nextNodes"]
    place = 1 if str(edge.get("port")).lower() == "false" else 0
    return isinstance(following, list) and following[place : place + 1] == [edge.get("to")]


def _with_nodes(document: dict[str, JsonValue], clean: _Clean) -> dict[str, JsonValue]:
    nodes = document.get("nodes")
    if not isinstance(nodes, list):
        return document
    made = [clean(node) for node in nodes]
    return document if all(new is old for new, old in zip(made, nodes, strict=True)) else {**document, "nodes": made}


def _node(node: _Object, leaving: Sequence[tuple[str, str]], agents: Mapping[str, _Object]) -> _Object:
    config = node.get("config")
    made: _Object = {**node, "config": _config(node, config if isinstance(config, dict) else {}), "nextNodes": _next(node, leaving)}
    named = config.get("agent") if isinstance(config, dict) else None
    if isinstance(named, str) and named in agents:
        made["agent"] = agents[named]
    return made


def _next(node: _Object, leaving: Sequence[tuple[str, str]]) -> JsonValue:
    """The targets in their order; those of a condition by their ports, the first for true."""
    if node.get("type") != "condition":
        return [target for _, target in leaving]
    by_port = dict(reversed(leaving))
    if "false" in by_port:
        return [by_port.get("true", ""), by_port["false"]]
    return [by_port["true"]] if "true" in by_port else []


def _config(node: _Object, config: _Object) -> _Object:
    made = dict(config)
    if node.get("type") == "integration" and "integration" in config:
        made["integrationType"] = config["integration"]
    if node.get("output_variable") is not None:
        made["outputVariable"] = node["output_variable"]
    value = config.get("value")
    if node.get("type") == "transform" and isinstance(value, str):
        for name, pattern in _patterns.items():
            if found := pattern.fullmatch(value):
                made |= {"inputVariable": found[1], "transformation": name}
    return made


def _agent(agent: _Object) -> _Object:
    return {**_agent_defaults, **agent}


def _today(node: _Object) -> _Object:
    """A node without what older clients read, if it says the same in today's fields."""
    made = {name: value for name, value in node.items() if name not in _node_fields}
    config = node.get("config")
    if isinstance(config, dict):
        made["config"] = {name: value for name, value in config.items() if name not in _config_fields}
    return made


def _older_fields(node: _Object) -> _Object:
    config = node.get("config")
    found: _Object = {name: node[name] for name in _node_fields if name in node}
    inner = config if isinstance(config, dict) else {}
    return found | {f"config/{name}": inner[name] for name in _config_fields if name in inner}


def _leaving(document: JsonObject) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for edge in _objects(document.get("edges")):
        found.setdefault(str(edge.get("from")), []).append((str(edge.get("port", "out")), str(edge.get("to"))))
    return found


def _objects(value: JsonValue) -> list[_Object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
