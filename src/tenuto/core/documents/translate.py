"""Older shapes of a workflow, translated once at the edge of the house, with the way back to where each part was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from pydantic import JsonValue

from tenuto.core.documents.kept import rewired, without_echoes
from tenuto.core.documents.translate_text import OlderText, operators, transformations
from tenuto.core.errors import Issue
from tenuto.core.values import pointer

_started_with = ("message", "user_id", "session_id")
_node_marks = ("nextNodes", "agent")
_config_marks = ("integrationType", "inputVariable", "transformation", "outputVariable", "operator")
_stamps = ("created", "updated")

_Object = dict[str, JsonValue]


@dataclass(frozen=True)
class Translated:
    """A document of today's shape. `origins` maps its pointers to the places they were made from; `issues` point into the original."""

    document: JsonValue
    origins: Mapping[str, str] = field(default_factory=dict[str, str])
    issues: tuple[Issue, ...] = ()

    def origin(self, at: str) -> str:
        """The place in the original of a place in `document`, by the longest known part of its pointer."""
        prefix, rest = at, ""
        while prefix:
            if prefix in self.origins:
                return self.origins[prefix] + rest
            prefix, _, last = prefix.rpartition("/")
            rest = f"/{last}{rest}"
        return at


def translate(document: JsonValue) -> Translated:
    """Today's shape of a document. One that has it already is passed through, the very same object; so is what cannot be understood."""
    if not isinstance(document, dict):
        return Translated(document)
    document, issues = rewired(without_echoes(document))
    return _Translation(document, issues).done() if _older(document) else Translated(document)


def _older(document: _Object) -> bool:
    parts = [*_objects(document.get("nodes")), *_objects(document.get("agents"))]
    return (
        any(stamp in document for stamp in _stamps)
        or any(_older_node(node) or any(stamp in node for stamp in (*_stamps, "status")) for node in parts)
        or any(isinstance(edge.get("port"), bool) for edge in _objects(document.get("edges")))
    )


def _older_node(node: _Object) -> bool:
    config = node.get("config")
    if any(mark in node for mark in _node_marks):
        return True
    if not isinstance(config, dict):
        return False
    condition = config.get("condition")
    bare = node.get("type") == "condition" and isinstance(condition, str) and "{{" not in condition
    return bare or any(mark in config for mark in _config_marks)


class _Translation:
    """One document being translated; nothing of the original is changed."""

    def __init__(self, document: _Object, issues: list[Issue]) -> None:
        self.document = {key: value for key, value in document.items() if key not in _stamps}
        for key in ("description", "id", "edges", "agents"):
            if self.document.get(key, "") is None:
                del self.document[key]
        self.nodes = _objects(document.get("nodes"))
        self.whole = "edges" not in self.document and any(_older_node(node) for node in self.nodes)
        self.origins: dict[str, str] = {}
        self.issues = issues
        self.agents: list[JsonValue] = [_agent(agent) for agent in _list(document.get("agents"))]
        self.edges: list[JsonValue] = [_edge(edge) for edge in _list(document.get("edges"))]
        self.known = {_triple(edge) for edge in _objects(self.edges)}
        variables = [*_started_with, *(_config(node).get("outputVariable") for node in self.nodes)]
        ids = {name for node in self.nodes if isinstance(name := node.get("id"), str)}
        self.text = OlderText(ids, {name for name in variables if isinstance(name, str)})

    def done(self) -> Translated:
        nodes = self.document.get("nodes")
        if isinstance(nodes, list):
            self.document["nodes"] = [self.node(index, node) for index, node in enumerate(nodes)]
        for key, value in (("agents", self.agents), ("edges", self.edges)):
            if value and isinstance(self.document.get(key, []), list):
                self.document[key] = value
        return Translated(self.document, self.origins, tuple(self.issues))

    def node(self, index: int, node: JsonValue) -> JsonValue:
        """One node: its edges and agent go to their lists, its config gets the fields of today."""
        if not isinstance(node, dict) or not (self.whole or _older_node(node)):
            return node
        at = pointer("nodes", index)
        made = {key: value for key, value in node.items() if key not in _node_marks}
        config = node.get("config")
        if config is None:
            config = {}
        if isinstance(config, dict):
            made["config"] = self.config(at, node, dict(config), made)
        self.follow(at, node)
        return made

    def config(self, at: str, node: _Object, config: _Object, made: _Object) -> _Object:
        """The config of today; `made` is the node, which gets `output_variable`."""
        if isinstance(config.get("outputVariable", 0), str | None):
            variable = config.pop("outputVariable")
            if variable:
                made.setdefault("output_variable", variable)
                self.origins[f"{at}/output_variable"] = f"{at}/config/outputVariable"
        if node.get("agent") is not None:
            self.agent(at, node["agent"], config)
        match node.get("type"):
            case "integration":
                self.integration(at, config)
            case "condition":
                config = self.condition(at, config)
            case "transform" if "transformation" in config or "inputVariable" in config:
                config = self.transform(at, config)
            case _:
                pass
        return {key: value if key == "condition" else self.text.value(value) for key, value in config.items()}

    def integration(self, at: str, config: _Object) -> None:
        if "integrationType" in config:
            config["integration"] = config.pop("integrationType")
            self.origins[f"{at}/config/integration"] = f"{at}/config/integrationType"
        if config.get("params", 0) is None:
            del config["params"]

    def condition(self, at: str, config: _Object) -> _Object:
        if isinstance(condition := config.get("condition"), str):
            return {
                **{key: value for key, value in config.items() if key not in {"variable", "operator", "value"}},
                "condition": self.text.bare(condition),
            }
        variable, operator = config.get("variable"), config.get("operator")
        if not isinstance(variable, str) or "operator" not in config:
            return config
        if operator not in operators:
            fix = f"Use one of {', '.join(operators)}, or an expression as `condition`."
            self.issue(f"{at}/config/operator", "unknown-operator", f'There is no operator "{operator}".', fix)
            operator = "equals"
        self.origins[f"{at}/config/condition"] = f"{at}/config"
        rest = {key: value for key, value in config.items() if key not in {"variable", "operator", "value", "condition"}}
        return {**rest, "condition": f"{{{{ {self.text.condition(variable, str(operator), config.get('value'))} }}}}"}

    def transform(self, at: str, config: _Object) -> _Object:
        variable, transformation = config.get("inputVariable"), config.get("transformation")
        if not isinstance(variable, str) or not variable.strip():
            self.issue(f"{at}/config/inputVariable", "invalid-config", "A transformation needs the name of a variable.", None)
            variable = "message"
        if not isinstance(transformation, str) or transformation not in transformations:
            fix = f"Use one of {', '.join(transformations)}, or an expression as `value`."
            self.issue(f"{at}/config/transformation", "unknown-transformation", f'There is no transformation "{transformation}".', fix)
            transformation = "uppercase"
        self.origins[f"{at}/config/value"] = f"{at}/config/inputVariable"
        rest = {key: value for key, value in config.items() if key not in {"inputVariable", "transformation"}}
        return {**rest, "value": f"{{{{ {transformations[transformation].format(self.text.variable(variable))} }}}}"}

    def agent(self, at: str, agent: JsonValue, config: _Object) -> None:
        """An embedded agent joins the list once; another one of the same id gets an id of its own."""
        if isinstance(agent, dict):
            made = cast("_Object", _agent(agent))
            name = made.get("id") or made.get("agent_id") or "agent"
            same = [known for known in _objects(self.agents) if known.get("id") == name]
            if same and made not in ({"id": name, **known} for known in same):
                name = f"{name}@{at.rpartition('/')[2]}"
                same = []
            if not same:
                self.origins[pointer("agents", len(self.agents))] = f"{at}/agent"
                self.agents.append({**made, "id": name})
            agent = name
        if "agent" not in config or isinstance(agent, str):
            config["agent"] = agent
            self.origins[f"{at}/config/agent"] = f"{at}/agent"

    def follow(self, at: str, node: _Object) -> None:
        """`nextNodes` as edges: the first of a condition is its `true`, the second its `false`; elsewhere only the first was ever followed."""
        targets = node.get("nextNodes")
        if targets is None:
            return
        if not isinstance(targets, list):
            self.issue(f"{at}/nextNodes", "invalid-shape", "nextNodes is a list of node ids.", None)
            return
        ports = ("true", "false") if node.get("type") == "condition" else ("out",)
        reached = {to for source, _, to in self.known if source == str(node.get("id")) and len(ports) == 1}
        for index, target in enumerate(targets):
            if target is None or target == "":
                continue
            origin = f"{at}/nextNodes/{index}"
            if str(target) in reached:
                continue
            if index < len(ports):
                self.edge(origin, {"from": node.get("id"), "port": ports[index], "to": target})
            elif (str(node.get("id")), str(target)) not in {(source, to) for source, _, to in self.known}:
                first = "first" if len(ports) == 1 else f"first {len(ports)}"
                sentence = f'Only the {first} of nextNodes {"is" if len(ports) == 1 else "are"} followed; "{target}" is not.'
                self.issue(origin, "not-followed", sentence, "Use edges for parallel branches.", "warning")

    def edge(self, origin: str, edge: _Object) -> None:
        if _triple(edge) not in self.known:
            self.known.add(_triple(edge))
            self.origins[pointer("edges", len(self.edges))] = origin
            self.edges.append(edge if edge["port"] != "out" else {"from": edge["from"], "to": edge["to"]})

    def issue(self, at: str, code: str, message: str, fix: str | None, severity: str = "error") -> None:
        self.issues.append(Issue(pointer=at, code=code, message=message, fix=fix, severity=severity))


def _agent(agent: JsonValue) -> JsonValue:
    """A `WorkflowAgent`, or an agent as the API keeps it, without the fields that belong to the record."""
    if not isinstance(agent, dict):
        return agent
    made: _Object = {key: value for key, value in agent.items() if key not in {*_stamps, "status"} and value is not None}
    return {**made, "name": made["id"]} if "id" in made and not made.get("name") else made


def _edge(edge: JsonValue) -> JsonValue:
    """An edge whose port YAML or a client read as a boolean."""
    if isinstance(edge, dict) and isinstance(edge.get("port"), bool):
        return {**edge, "port": "true" if edge["port"] else "false"}
    return edge


def _triple(edge: _Object) -> tuple[str, str, str]:
    return str(edge.get("from")), str(edge.get("port", "out")), str(edge.get("to"))


def _config(node: _Object) -> _Object:
    config = node.get("config")
    return config if isinstance(config, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _objects(value: JsonValue) -> list[_Object]:
    return [item for item in _list(value) if isinstance(item, dict)]
