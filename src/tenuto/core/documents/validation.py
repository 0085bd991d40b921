"""Whether a workflow may run: every problem of its definition at once, found by reading and never by doing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from pydantic import BaseModel, JsonValue, ValidationError

from tenuto.core.agent import Agent
from tenuto.core.catalog import Catalog
from tenuto.core.connection import Connection
from tenuto.core.documents.agent_rules import agent_issues
from tenuto.core.documents.node_rules import Surroundings, explain, node_issues, place
from tenuto.core.documents.reference_rules import expression_issues, other_issues, variables
from tenuto.core.documents.scope import Node, Scope, graph_issues, read_scope
from tenuto.core.documents.settings_rules import settings_issues
from tenuto.core.documents.translate import translate
from tenuto.core.documents.trigger_rules import trigger_issues
from tenuto.core.documents.undo_rules import undo_issues
from tenuto.core.errors import Invalid, InvalidDefinition, Issue, Problem, TooLarge
from tenuto.core.layout import layout_issues, undrawn
from tenuto.core.values import JsonObject, checked, encode, max_depth, pointer
from tenuto.core.workflow import Edge, NodeSpec, Settings, WorkflowDefinition, max_definition, max_nodes

_parts: dict[str, type[BaseModel]] = {"nodes": NodeSpec, "edges": Edge, "agents": Agent, "settings": Settings}


class Written(NamedTuple):
    """A program of a node: where it stands in the document, and the variables it is given."""

    pointer: str
    node: str
    code: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What was found. There is a definition exactly if no issue is an error."""

    definition: WorkflowDefinition | None
    issues: tuple[Issue, ...]
    programs: tuple[Written, ...] = ()
    """The programs that can be read; whether they are right is another question than whether the workflow is."""

    def with_issues(self, more: Sequence[Issue]) -> Report:
        """The report with further issues."""
        wrong = any(issue.severity == "error" for issue in more)
        return Report(None if wrong else self.definition, (*self.issues, *more), self.programs)

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that keep the workflow from running."""
        return tuple(issue for issue in self.issues if issue.severity == "error")

    def require(self) -> WorkflowDefinition:
        """The definition. Raises `InvalidDefinition` with all issues if there is none."""
        if self.definition is None:
            first, more = self.errors[0], len(self.errors) - 1
            rest = "" if not more else " One more problem is listed." if more == 1 else f" {more} more problems are listed."
            raise InvalidDefinition(first.message + rest, fix=first.fix, pointer=first.pointer, node=first.node, issues=self.issues)
        return self.definition


def validate(
    document: JsonValue,
    catalog: Catalog,
    *,
    agents: Collection[str] = (),
    connections: Sequence[Connection] | None = None,
) -> Report:
    """Check a document of any accepted shape against what is installed and against the workspace's agents and connections.

    Pointers are those of `document` itself, also where an older shape was translated. Without `connections` they are not checked.
    Nothing is executed, resolved or fetched.
    """
    refused = _refused(document)
    if refused:
        return Report(None, (refused,))
    translated = translate(document)
    whole = cast("JsonObject", translated.document)
    current = undrawn(whole)
    definition, shape = _shape(current)
    found = [*shape, *layout_issues(whole)]
    scopes = list(_scopes(read_scope(current)))
    count = sum(len(scope.every) for scope in scopes)
    if count > max_nodes:
        sentence = f"The workflow has {count:,} nodes; at most {max_nodes:,} are accepted."
        found.append(Issue(pointer="/nodes", code="too-many-nodes", message=sentence, fix="Move a part into a workflow of its own."))
    else:
        around = Surroundings(catalog, {*agents, *_own_agents(current)}, connections)
        found += [*agent_issues(current, catalog, connections), *other_issues(current), *settings_issues(current)]
        found += trigger_issues(current, catalog)
        for scope in scopes:
            found += _scope_issues(scope, around, variables(current))
    moved = (issue.model_copy(update={"pointer": translated.origin(issue.pointer)}) for issue in found)
    issues = tuple(dict.fromkeys((*translated.issues, *moved)))
    wrong = any(issue.severity == "error" for issue in issues)
    programs = tuple(each._replace(pointer=translated.origin(each.pointer)) for scope in scopes for each in _programs(scope))
    return Report(None if wrong else definition, issues, programs)


def _refused(document: JsonValue) -> Issue | None:
    """Why nothing else is looked at: it is no object, too deep, too large, or no JSON."""
    if not isinstance(document, dict):
        return Issue(pointer="", code="not-an-object", message="A workflow is an object with a name, nodes and a startNode.")
    deep = _too_deep(document)
    if deep is not None:
        sentence = f"The definition is nested more than {max_depth} levels deep."
        return Issue(pointer=deep, code="too-deep", message=sentence, fix="Move a part into a workflow of its own.")
    try:
        checked(document)
        encode(document, limit=max_definition, what="The definition")
    except TooLarge as problem:
        return _as_issue(problem, "too-large")
    except Invalid as problem:
        return _as_issue(problem, "not-json")
    return None


def _as_issue(problem: Problem, code: str) -> Issue:
    return Issue(pointer=problem.data.pointer or "", code=code, message=problem.data.detail, fix=problem.data.fix)


def _too_deep(document: JsonValue) -> str | None:
    """The pointer of a value below the deepest accepted level; without recursion, because this comes first."""
    level: list[tuple[str, JsonValue]] = [("", document)]
    for _ in range(max_depth + 1):
        level = [(at + pointer(key), item) for at, value in level for key, item in _children(value)]
        if not level:
            return None
    return level[0][0]


def _children(value: JsonValue) -> list[tuple[str | int, JsonValue]]:
    items: list[tuple[str | int, JsonValue]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [(key, item) for key, item in items if isinstance(item, dict | list)]


def _body_shape(node: Node, catalog: Catalog) -> Iterator[Issue]:
    """What is wrong with the shape of a body, which is a graph like a workflow's own."""
    kind, body = catalog.kinds.get(node.type), node.config.get("body")
    if kind is None or not kind.spawns or not isinstance(body, dict):
        return
    extra = sorted(set(body) - {"startNode", "start_node", "nodes", "edges"})
    for key in extra:
        yield node.issue(
            f"/config/body{pointer(key)}", "unknown-field", f'A body has no "{key}".', "A body has startNode, nodes and edges."
        )
    _, issues = _shape({**{key: value for key, value in body.items() if key not in extra}, "name": node.id})
    for issue in issues:
        yield issue.model_copy(update={"pointer": f"{node.at}/config/body{issue.pointer}", "node": issue.node or node.id})


def _shape(document: JsonObject) -> tuple[WorkflowDefinition | None, Sequence[Issue]]:
    try:
        return WorkflowDefinition.model_validate(document), ()
    except ValidationError as error:
        issues: list[Issue] = []
        for details in error.errors(include_url=False):
            at, _, _ = place(details, cast("JsonValue", document))
            if (at, details["type"]) == ("/startNode", "missing"):
                continue  # the graph's rules say more about it
            message, fix = explain(details, at, _model_at(at))
            issues.append(Issue(pointer=at, code=_codes.get(details["type"], "invalid-value"), message=message, fix=fix))
        return None, issues


def _model_at(at: str) -> type[BaseModel] | None:
    """The model that a field belongs to, where it is one of those that people write most."""
    steps = at.split("/")[1:]
    if len(steps) == 1:
        return WorkflowDefinition
    return _parts.get(steps[0]) if len(steps) == (2 if steps[0] == "settings" else 3) else None


_codes = {
    "missing": "missing-field",
    "extra_forbidden": "unknown-field",
    "string_type": "wrong-type",
    "dict_type": "wrong-type",
    "tuple_type": "wrong-type",
    "model_type": "wrong-type",
}


def _scopes(scope: Scope) -> Iterator[Scope]:
    """A graph and the bodies in it; their nesting is bounded by the depth of the document."""
    yield scope
    for node in scope.every:
        if node.body:
            at, graph = node.body
            yield from _scopes(read_scope(graph, at, (scope, node)))


def _scope_issues(scope: Scope, around: Surroundings, known_variables: Collection[str]) -> Iterator[Issue]:
    yield from graph_issues(scope)
    yield from undo_issues(scope)
    for node in scope.every:
        yield from node_issues(node, scope, around)
        yield from _body_shape(node, around.catalog)
        yield from expression_issues(node, scope, known_variables)


def _programs(scope: Scope) -> Iterator[Written]:
    for node in scope.every:
        code, inputs = node.config.get("code"), node.config.get("inputs", {})
        if node.type == "code" and isinstance(code, str) and isinstance(inputs, dict):
            yield Written(f"{node.at}/config/code", node.id, code, tuple(name for name in inputs if name.isidentifier()))


def _own_agents(document: JsonObject) -> Iterator[str]:
    agents = document.get("agents")
    for agent in agents if isinstance(agents, list) else []:
        if isinstance(agent, dict) and isinstance(name := agent.get("id"), str):
            yield name
