"""Older shapes: what becomes of each of their parts, and that problems point at where they were written."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tenuto.core.documents.translate import Translated, translate
from tenuto.core.language.template import parse
from tenuto.core.workflow import WorkflowDefinition

agent = {"id": "a1", "name": "Helper", "description": "", "agent_id": "66a0c0ffee", "type": "coordinator", "capabilities": ["routing"]}


def older(*nodes: dict[str, Any], **fields: Any) -> Any:
    start = nodes[0]["id"]
    document = {"id": "w-1", "name": "Old", "description": "d", "agents": [], "nodes": list(nodes), "startNode": start}
    return document | {"created": "2024-01-01T00:00:00Z", "updated": "2024-01-02T00:00:00Z"} | fields


def node(kind: str, config: dict[str, Any], *following: Any, id: str = "node-1", **fields: Any) -> dict[str, Any]:
    return {"id": id, "type": kind, "config": config, "nextNodes": list(following), **fields}


def made(document: Any) -> tuple[Any, Translated]:
    before = copy.deepcopy(document)
    translated = translate(document)
    assert document == before, "the original was changed"
    return translated.document, translated


def test_the_shape_of_today_passes_untouched() -> None:
    document: Any = {
        "name": "x",
        "startNode": "a",
        "agents": [{"id": "a1", "name": "A"}],
        "nodes": [
            {"id": "a", "type": "agent", "config": {"agent": "a1", "message": "{{ message }}"}},
            {"id": "b", "type": "condition", "config": {"condition": "{{ nodes.a.output.x }}"}},
            {"id": "c", "type": "integration", "config": {"integration": "slack", "action": "send_message", "params": {"variable": "x"}}},
        ],
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "port": "true", "to": "c"}],
    }
    _, translated = made(document)
    assert translated.document is document
    assert translated.origin("/nodes/2/config/params") == "/nodes/2/config/params"


@pytest.mark.parametrize(
    "document", [None, 3, "x", [], {}, {"nodes": 3}, {"nodes": [1, None]}, {"nodes": [{"nextNodes": 5, "config": []}]}]
)
def test_what_cannot_be_understood_is_left_to_validation(document: Any) -> None:
    made(document)


def test_an_older_workflow_becomes_a_definition() -> None:
    document, _ = made(
        older(
            node("agent", {"message": "Sort {{message}}"}, "node-2", agent=agent),
            node("condition", {"variable": "message", "operator": "contains", "value": "urgent"}, "node-3", "node-4", id="node-2"),
            node("integration", {"integrationType": "slack", "action": "send_message", "params": {"channel": "#x"}}, id="node-3"),
            node("transform", {"inputVariable": "message", "transformation": "uppercase", "outputVariable": "loud"}, id="node-4"),
        )
    )
    definition = WorkflowDefinition.model_validate(document)
    assert [(edge.source, edge.port, edge.target) for edge in definition.edges] == [
        ("node-1", "out", "node-2"),
        ("node-2", "true", "node-3"),
        ("node-2", "false", "node-4"),
    ]
    assert definition.agents[0].agent_id == "66a0c0ffee"
    assert definition.agents[0].provider == "lyzr"
    assert definition.nodes[0].config == {"agent": "a1", "message": "Sort {{ vars.message }}"}
    assert definition.nodes[2].config == {"integration": "slack", "action": "send_message", "params": {"channel": "#x"}}
    assert definition.nodes[3].output_variable == "loud"


def test_only_the_first_of_next_nodes_was_ever_followed() -> None:
    document, translated = made(older(node("agent", {"agent": "a"}, "b", "c"), node("agent", {"agent": "a"}, id="b")))
    assert document["edges"] == [{"from": "node-1", "to": "b"}]
    (issue,) = translated.issues
    assert (issue.pointer, issue.severity, issue.code) == ("/nodes/0/nextNodes/1", "warning", "not-followed")


@pytest.mark.parametrize(
    ("following", "edges"), [(["a"], [("true", "a")]), (["", "b"], [("false", "b")]), ([None, "b"], [("false", "b")]), ([], [])]
)
def test_a_condition_without_a_second_way_ends(following: list[Any], edges: list[tuple[str, str]]) -> None:
    document, _ = made(older(node("condition", {"condition": "message"}, *following)))
    assert [(edge["port"], edge["to"]) for edge in document.get("edges", [])] == edges


def test_edges_that_are_there_already_are_not_doubled_and_next_nodes_counts() -> None:
    document, translated = made(
        older(node("agent", {"agent": "a"}, "b"), edges=[{"from": "node-1", "to": "b"}, {"from": "node-1", "to": "c"}])
    )
    assert document["edges"] == [{"from": "node-1", "to": "b"}]
    assert [(issue.pointer, issue.severity) for issue in translated.issues] == [("/edges/1", "warning")]


def test_an_embedded_agent_is_listed_once() -> None:
    other = agent | {"agent_id": "77"}
    document, translated = made(
        older(
            node("agent", {}, "n2", agent=agent),
            node("agent", {}, "n3", id="n2", agent=agent),
            node("agent", {}, id="n3", agent=other),
            agents=[agent | {"status": "active", "created": "x", "updated": "y", "integrations": None}],
        )
    )
    assert [(one["id"], one["agent_id"]) for one in document["agents"]] == [("a1", "66a0c0ffee"), ("a1@2", "77")]
    assert [one["config"]["agent"] for one in document["nodes"]] == ["a1", "a1", "a1@2"]
    assert translated.origin("/agents/1/provider") == "/nodes/2/agent/provider"
    assert translated.origin("/nodes/2/config/agent") == "/nodes/2/agent"
    WorkflowDefinition.model_validate(document)


def get(container: Any, key: Any, default: Any = None) -> Any:
    try:
        return container[key]
    except (LookupError, TypeError):
        return default


def decide(variable: str, operator: str, value: Any, **variables: Any) -> bool:
    document, _ = made(older(node("condition", {"variable": variable, "operator": operator, "value": value})))
    condition = document["nodes"][0]["config"]["condition"]
    expression: Any = parse(condition)
    assert expression.source, "it is one expression"
    return bool(eval(expression.source, {"get": get, "vars": variables}))  # the words are Python's; what they mean is tested here


@pytest.mark.parametrize(
    ("operator", "value", "is_value", "expected"),
    [
        ("equals", "yes", "yes", True),
        ("equals", 'a "quoted" \\ {{ }} \n value', 'a "quoted" \\ {{ }} \n value', True),
        ("equals", 5, 5, True),
        ("equals", None, None, True),
        ("equals", True, False, False),
        ("equals", {"a": {"b": [1, "}}"]}}, {"a": {"b": [1, "}}"]}}, True),
        ("notEquals", "yes", "no", True),
        ("notEquals", "yes", "yes", False),
        ("contains", "urgent", "it is urgent", True),
        ("contains", "urgent", ["urgent"], True),
        ("contains", "urgent", "calm", False),
        ("contains", 5, [4, 5], True),
        ("greaterThan", 5, 6, True),
        ("greaterThan", "5", "10", True),
        ("greaterThan", 5, 5, False),
        ("greaterThan", "b", "c", True),
        ("lessThan", 5.5, 5, True),
        ("lessThan", -1, "-2", True),
    ],
)
def test_older_operators_mean_what_they_meant(operator: str, value: Any, is_value: Any, expected: bool) -> None:
    assert decide("x", operator, value, x=is_value) is expected
    assert decide("a.b.0", operator, value, a={"b": [is_value]}) is expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("equals", "x", False),
        ("notEquals", "x", True),
        ("contains", "x", False),
        ("contains", 1, False),
        ("greaterThan", 1, False),
        ("lessThan", 1, True),
    ],
)
def test_a_missing_variable_is_null_and_no_error(operator: str, value: Any, expected: bool) -> None:
    assert decide("nothing", operator, value) is expected
    assert decide("there.nothing.at.all", operator, value, there={}) is expected


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("urgency > 5", "{{ vars.urgency > 5 }}"),
        ("input.urgency > 5", "{{ input.urgency > 5 }}"),
        ("message", "{{ vars.message }}"),
        ("variables.urgency > 5", "{{ vars.urgency > 5 }}"),
        ("context.variables.urgency > 5", "{{ vars.urgency > 5 }}"),
        ("results.node-1.status == 'ok'", "{{ nodes['node-1'].output.status == 'ok' }}"),
        ("results['node-1'] == 1", '{{ nodes["node-1"].output == 1 }}'),
        ("any(x > 1 for x in numbers)", "{{ any((x > 1 for x in vars.numbers)) }}"),
        ("{{urgency}} > 5", "{{ vars.urgency > 5 }}"),
        ("{{ urgency > 5 }}", "{{ vars.urgency > 5 }}"),
        ("true", "{{ true }}"),
        ("len(message) > 3", "{{ len(vars.message) > 3 }}"),
        ("this is no expression", "{{ this is no expression }}"),
    ],
)
def test_an_older_condition_is_one_expression(written: str, expression: str) -> None:
    first = node("agent", {"agent": "a"}, "node-2")
    document, _ = made(older(first, node("condition", {"condition": written}, id="node-2")))
    got = document["nodes"][1]["config"]["condition"]
    assert got.replace('"', "'") == expression.replace('"', "'")


@pytest.mark.parametrize(
    ("written", "translated"),
    [
        ("{{message}}", "{{ vars.message }}"),
        ("Dear {{ user.name }}, {{message}}", "Dear {{ vars.user.name }}, {{ vars.message }}"),
        ("{{items.0.name}}", '{{ vars["items"][0].name }}'),
        ("{{results.node-1}}", '{{ nodes["node-1"].output }}'),
        ("{{results.node-1.text}}", '{{ nodes["node-1"].output.text }}'),
        ("{{input.x}} {{now}}", "{{ input.x }} {{ now }}"),
        ("no braces", "no braces"),
        ({"variable": "ticket"}, "{{ vars.ticket }}"),
        ({"variable": "results.node-1.id"}, '{{ nodes["node-1"].output.id }}'),
        ({"variable": "x", "more": 1}, {"variable": "x", "more": 1}),
        (["{{a}}", 1, None], ["{{ vars.a }}", 1, None]),
    ],
)
def test_references_in_older_params(written: Any, translated: Any) -> None:
    config = {"integrationType": "slack", "action": "send_message", "params": {"text": written}}
    document, _ = made(older(node("integration", config)))
    got = document["nodes"][0]["config"]["params"]["text"]
    assert json.dumps(got).replace('["items"]', ".items") == json.dumps(translated).replace('["items"]', ".items").replace(
        '[\\"items\\"]', ".items"
    )


@pytest.mark.parametrize(
    ("transformation", "expression"),
    [
        ("json_parse", "{{ json.loads(vars.x) }}"),
        ("json_stringify", "{{ json.dumps(vars.x, ensure_ascii=False) }}"),
        ("uppercase", "{{ str(vars.x).upper() }}"),
        ("lowercase", "{{ str(vars.x).lower() }}"),
    ],
)
def test_older_transformations(transformation: str, expression: str) -> None:
    document, _ = made(older(node("transform", {"inputVariable": "x", "transformation": transformation, "outputVariable": "y"})))
    assert document["nodes"][0] == {"id": "node-1", "type": "transform", "config": {"value": expression}, "output_variable": "y"}
    parse(expression)


def test_unknown_operators_and_transformations_are_told_where_they_are() -> None:
    _, translated = made(
        older(
            node("condition", {"variable": "x", "operator": "like", "value": 1}, "n2"),
            node("transform", {"inputVariable": "x", "transformation": "reverse"}, id="n2"),
        )
    )
    assert [(issue.code, issue.pointer) for issue in translated.issues] == [
        ("unknown-operator", "/nodes/0/config/operator"),
        ("unknown-transformation", "/nodes/1/config/transformation"),
    ]
    assert "greaterThan" in (translated.issues[0].fix or "")


def test_a_port_that_yaml_read_as_a_boolean() -> None:
    document, _ = made({"nodes": [], "edges": [{"from": "a", "port": True, "to": "b"}, {"from": "a", "port": False, "to": "c"}]})
    assert [edge["port"] for edge in document["edges"]] == ["true", "false"]


def test_hostile_older_texts_are_left_as_they_are() -> None:
    deep = "(" * 5_000 + "x" + ")" * 5_000
    long = "x." * 100_000 + "x"
    for condition in (deep, long, "x" + "." * 50_000, "{{" * 20_000, "\0", "[" * 9_000, "-" * 9_000 + "x"):
        made(older(node("condition", {"condition": condition})))
