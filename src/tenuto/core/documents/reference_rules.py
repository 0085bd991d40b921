"""What expressions have to be: readable, and about nodes that are done by then."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import lru_cache

from pydantic import JsonValue

from tenuto.core.documents.scope import Node, Scope
from tenuto.core.errors import InvalidExpression, Issue
from tenuto.core.language.expression import Mixed, Reference, Template, written
from tenuto.core.language.template import parse, references
from tenuto.core.values import JsonObject, pointer

_given = frozenset({"message", "user_id", "session_id"})
_in_runs = frozenset({"input", "nodes", "trigger", "vars", "execution", "now"})
_in_bodies = _in_runs | {"item", "index"}
_after_rounds = frozenset({"item", "index"})
"""What a loop's condition sees beside the run: what its body gave, and the number of the round."""
_in_triggers = frozenset({"event", "trigger", "now"})
_at_start = frozenset({"input", "trigger", "vars", "execution", "now"})
_where = {
    "item": "in the body of a map",
    "index": "in the body of a map or loop",
    "event": "in a trigger, and in what a wait matches",
    "nodes": "in nodes, once the run has begun",
}


def variables(document: JsonObject) -> frozenset[str]:
    """The variables that a run may have: those it begins with and those that nodes set."""
    nodes = document.get("nodes")
    named = (node.get("output_variable") for node in nodes if isinstance(node, dict)) if isinstance(nodes, list) else ()
    return _given | {name for name in named if isinstance(name, str)}


def expression_issues(node: Node, scope: Scope, known_variables: Collection[str]) -> Iterator[Issue]:
    """Everything that is wrong with the expressions in a node's config. What runs by itself (a body, Python code) is left out."""
    skipped = {"code"} if node.type == "code" else set[str]()
    skipped |= {"body"} if node.body else set()
    config: dict[str, JsonValue] = {key: value for key, value in node.config.items() if key not in skipped}
    roots = (_in_bodies if scope.at else _in_runs) | ({"event"} if node.type == "wait" else set[str]())
    for at, text in _texts(config, "/config"):
        named = roots | _after_rounds if (node.type, at) == ("loop", "/config/until") else roots
        template = _read(text)
        if isinstance(template, InvalidExpression):
            yield node.issue(at, _code(template), template.data.detail, template.data.fix)
            continue
        if isinstance(template, Mixed) and (node.type, at) == ("condition", "/config/condition"):
            sentence = "This condition is text with expressions in it, which is neither true nor false."
            yield node.issue(at, "condition-is-text", sentence, "Write all of it as one expression between one pair of {{ }}.")
        for reference in references(template):
            if reference.root not in named:
                yield node.issue(at, "unknown-name", *_misplaced(reference))
            elif reference.node is not None:
                yield from _upstream(node, scope, at, reference, reference.node)
            elif reference.root == "execution":
                yield from _address(node, scope, at, reference)
            elif reference.root == "vars" and not scope.at:
                yield from _variable(node, at, reference, known_variables)


def other_issues(document: JsonObject) -> Iterator[Issue]:
    """Everything that is wrong with expressions outside of nodes: in triggers and in the keys that make a run findable."""
    settings = document.get("settings")
    keys = settings.get("keys") if isinstance(settings, dict) else None
    for value, start, roots in ((document.get("triggers"), "/triggers", _in_triggers), (keys, "/settings/keys", _at_start)):
        for at, text in _texts(value, start):
            template = _read(text)
            if isinstance(template, InvalidExpression):
                yield Issue(pointer=at, code=_code(template), message=template.data.detail, fix=template.data.fix)
                continue
            for reference in references(template):
                if reference.root not in roots:
                    message, fix = _misplaced(reference)
                    yield Issue(pointer=at, code="unknown-name", message=message, fix=fix)


@lru_cache(maxsize=8192)
def _read(text: str) -> Template | InvalidExpression:
    """Parsed once: a definition is checked after every edit, and few of its expressions change."""
    try:
        return parse(text)
    except InvalidExpression as problem:
        return problem.with_traceback(None)


def _code(problem: InvalidExpression) -> str:
    return "unknown-name" if problem.data.detail.startswith("There is no name") else "invalid-expression"


def _texts(value: JsonValue, at: str) -> Iterator[tuple[str, str]]:
    """Each text with an expression and its pointer; nesting is bounded before this is called."""
    match value:
        case str() if "{{" in value:
            yield at, value
        case dict():
            for key, item in value.items():
                yield from _texts(item, at + pointer(key))
        case list():
            for index, item in enumerate(value):
                yield from _texts(item, at + pointer(index))
        case _:
            pass


def _misplaced(reference: Reference) -> tuple[str, str]:
    where = _where.get(reference.root)
    sentence = f"{reference.text} has no value here" + (f": {reference.root} exists only {where}." if where else ".")
    return sentence, "Use input, or what the place itself is given."


def _upstream(node: Node, scope: Scope, at: str, reference: Reference, name: str) -> Iterator[Issue]:
    if name == node.id:
        yield node.issue(at, "reference-self", f"{reference.text} is the output of this very node.", "Refer to a node before it.")
    elif name not in scope.nodes:
        if (holder := _holder(scope, name)) is not None:
            outer, around = holder
            if name == around.id or not outer.precedes(name, around.id):
                sentence = f'{reference.text} refers to "{name}", which does not run before "{around.id}", whose body this is.'
                yield node.issue(at, "reference-not-upstream", sentence, f'Lead edges from "{name}" to "{around.id}".')
            return
        near = get_close_matches(name, scope.nodes, 1)
        rest = reference.text.partition(".output")[2] if ".output" in reference.text else ""
        fix = f"Write {_path(near[0])}.output{rest}." if near else _before(node, scope)
        yield node.issue(at, "reference-missing-node", f'{reference.text} refers to "{name}", which is not a node here.', fix)
    elif not scope.precedes(name, node.id):
        sentence = f'{reference.text} refers to "{name}", which does not run before "{node.id}".'
        yield node.issue(at, "reference-not-upstream", sentence, f'Lead edges from "{name}" to "{node.id}". {_before(node, scope)}')


def _holder(scope: Scope, name: str) -> tuple[Scope, Node] | None:
    """The graph around a body that has a node of this name, and its node in whose body the body is."""
    while scope.around is not None:
        if name in scope.around[0].nodes:
            return scope.around
        scope = scope.around[0]
    return None


def _address(node: Node, scope: Scope, at: str, reference: Reference) -> Iterator[Issue]:
    """`execution.urls.<id>` is there for nodes that wait for a call; the node may come later, that is what it is for."""
    if reference.path[:1] != ("urls",) or len(reference.path) < 2:
        return
    name, waits = str(reference.path[1]), [each.id for each in scope.nodes.values() if each.type == "wait" and not each.config.get("event")]
    if name not in waits:
        sentence = f'{reference.text} is the address of "{name}", which is no node that waits for a call.'
        fix = f"Nodes that do: {', '.join(waits)}." if waits else "Add a node of type wait without an event."
        yield node.issue(at, "no-address", sentence, fix)


def _before(node: Node, scope: Scope) -> str:
    names = [name for name in scope.nodes if name != node.id and scope.precedes(name, node.id)]
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"Before this node run {listed}." if names else "No node runs before this one; the run's input is input."


def _variable(node: Node, at: str, reference: Reference, known_variables: Collection[str]) -> Iterator[Issue]:
    name = reference.path[0] if reference.path else None
    if isinstance(name, str) and name not in known_variables and not reference.optional:
        near = get_close_matches(name, known_variables, 1)
        fix = f"Did you mean vars.{near[0]}?" if near else f"Set output_variable: {name} on a node, or use input or nodes.<id>.output."
        yield node.issue(at, "unknown-variable", f'No node sets the variable "{name}".', fix, "warning")


def _path(name: str) -> str:
    return f"nodes{written([name])}"
