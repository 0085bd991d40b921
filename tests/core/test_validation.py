"""Validation: each rule with its code, its place and its advice, all of them at once, and in time."""

from __future__ import annotations

import itertools
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.agents.simulated import Simulated
from tenuto.connectors.github import github
from tenuto.connectors.gmail import gmail
from tenuto.connectors.slack import slack
from tenuto.core.catalog import Catalog, discover
from tenuto.core.connection import Connection
from tenuto.core.documents.reader import dump_yaml, read_document
from tenuto.core.documents.validation import Report, validate
from tenuto.core.errors import InvalidDefinition, Issue

root = Path(__file__).parents[2]
simulated = Simulated()
catalog = Catalog(
    kinds=discover().kinds,
    connectors=MappingProxyType({connector.key: connector for connector in (github, gmail, slack)}),
    providers=MappingProxyType({"lyzr": simulated, "model": simulated, "simulated": simulated}),
)


def node(id: str, value: Any = 1, **fields: Any) -> dict[str, Any]:
    return {"id": id, "type": "transform", "config": {"value": value}} | fields


def workflow(*nodes: Any, edges: Any = None, **fields: Any) -> Any:
    """A chain of the nodes, unless edges are given."""
    ids = [one["id"] for one in nodes]
    chain = [{"from": first, "to": then} for first, then in itertools.pairwise(ids)]
    return {"name": "x", "startNode": ids[0] if ids else "a", "nodes": list(nodes), "edges": chain if edges is None else edges} | fields


def found(document: Any, **around: Any) -> list[tuple[str, str]]:
    return [(issue.code, issue.pointer) for issue in validate(document, catalog, **around).issues]


def only(document: Any, **around: Any) -> Issue:
    issues = validate(document, catalog, **around).issues
    assert len(issues) == 1, issues
    return issues[0]


def kind_of(kind: str, config: Any) -> Any:
    return workflow(node("a", type=kind, config=config))


def test_a_sound_workflow_is_a_definition() -> None:
    report = validate(workflow(node("a"), node("b", "{{ nodes.a.output + 1 }}")), catalog)
    assert report.issues == ()
    assert report.require().start_node == "a"


@pytest.mark.parametrize("path", sorted((root / "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_examples_are_sound(path: Path) -> None:
    installed = discover()
    report = validate(read_document(path.read_bytes()), installed)
    assert report.issues == ()
    definition = report.require()
    again = validate(read_document(dump_yaml(definition)), installed).require()
    assert again.version_hash == definition.version_hash
    assert all(one.position and one.name for one in definition.nodes), "a picture can be drawn of it"


@pytest.mark.parametrize("path", sorted((root / "tests/fixtures/definitions").glob("*.json")), ids=lambda path: path.stem)
def test_definitions_of_older_clients_are_sound(path: Path) -> None:
    report = validate(read_document(path.read_bytes()), catalog)
    assert [issue for issue in report.issues if issue.severity == "error"] == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, [("not-an-object", "")]),
        ([], [("not-an-object", "")]),
        ({}, [("missing-field", "/name"), ("missing-field", "/nodes")]),
        ({"name": 1, "nodes": 2, "startNode": 3}, [("wrong-type", "/name"), ("wrong-type", "/startNode"), ("wrong-type", "/nodes")]),
        ({"name": "", "nodes": [], "startNode": "a"}, [("invalid-value", "/name"), ("no-nodes", "/nodes")]),
        ({"name": "x", "nodes": [3], "startNode": "a"}, [("wrong-type", "/nodes/0")]),
        (workflow({"id": "a"}), [("missing-field", "/nodes/0/type")]),
        (workflow(node("a", notes=3)), [("wrong-type", "/nodes/0/notes")]),
        (workflow(node("a", retry={"attempts": 0})), [("invalid-value", "/nodes/0/retry/attempts")]),
        (workflow(node("a"), edges=[{"from": "a"}]), [("missing-field", "/edges/0/to")]),
        (workflow(node("a"), edges=[7]), [("wrong-type", "/edges/0")]),
        (workflow(node("a"), settings={"timeout": "soon"}), [("invalid-value", "/settings/timeout")]),
        (workflow(node("a\n")), [("invalid-value", "/startNode"), ("invalid-value", "/nodes/0/id")]),
    ],
)
def test_shapes(document: Any, expected: list[tuple[str, str]]) -> None:
    assert found(document) == expected


def test_unknown_fields_are_named_with_the_nearest() -> None:
    report = validate(workflow(node("a", timeot="PT1S"), triger=[]), catalog)
    first, second = report.issues
    assert (first.code, first.pointer, "timeout" in (first.fix or "")) == ("unknown-field", "/nodes/0/timeot", True)
    assert (second.code, second.pointer, '"triggers"' in (second.fix or "")) == ("unknown-field", "/triger", True)


@pytest.mark.parametrize(
    ("document", "code", "pointer", "message", "fix"),
    [
        (workflow(node("a"), node("a"), edges=[]), "duplicate-node-id", "/nodes/1/id", "/nodes/0", "another id"),
        (workflow(node("first"), startNode="fist"), "missing-start", "/startNode", "fist", '"first"'),
        (workflow(node("a"), edges=[{"from": "a", "to": "b"}]), "dangling-edge", "/edges/0/to", '"b"', "Known: a"),
        (workflow(node("a"), edges=[{"from": "z", "to": "a"}]), "dangling-edge", "/edges/0/from", '"z"', "Known: a"),
        (workflow(node("a"), node("b"), edges=[{"from": "a", "to": "b"}] * 2), "duplicate-edge", "/edges/1", "/edges/0", "Remove"),
        (
            workflow(node("a"), node("b"), edges=[{"from": "a", "port": "yes", "to": "b"}]),
            "unknown-port",
            "/edges/0/port",
            '"out"',
            '"out"',
        ),
        (
            workflow(node("a"), node("b"), edges=[{"from": "a", "port": "error", "to": "b"}, {"from": "a", "to": "b"}]),
            "unknown-port",
            "/edges/0/port",
            "error",
            "on_error",
        ),
        (workflow(node("a", type="end", config={}), node("b")), "unknown-port", "/edges/0/port", "run ends", "Remove"),
        (workflow(node("a", on_error="port")), "unused-error-port", "/nodes/0/on_error", "no edge", "port: error"),
        (
            workflow(
                node("a", type="condition", config={"condition": "{{ input.x }}"}, on_error="continue"),
                node("b"),
                edges=[{"from": "a", "port": "true", "to": "b"}],
            ),
            "unused-error-port",
            "/nodes/0/on_error",
            "condition does not have",
            "port: error",
        ),
        (workflow(node("a"), node("b"), edges=[]), "unreachable-node", "/nodes/1", "never runs", "edge"),
        (workflow(node("a", undo="b")), "unknown-undo", "/nodes/0/undo", '"b"', "Known"),
        (workflow(node("a", undo="a")), "unknown-undo", "/nodes/0/undo", "itself", "Known"),
        (workflow(node("a"), node("b", undo="a")), "invalid-undo", "/nodes/1/undo", "starts with", "another node"),
        (
            workflow(node("a", undo="u"), node("b", undo="u"), node("u"), edges=[{"from": "a", "to": "b"}]),
            "invalid-undo",
            "/nodes/1/undo",
            'undoes "a" already',
            "its own node",
        ),
        (
            workflow(node("a", undo="u"), node("u"), edges=[{"from": "a", "to": "u"}]),
            "invalid-undo",
            "/nodes/0/undo",
            "edges lead",
            "Remove the edges",
        ),
        (
            workflow(node("a", undo="u"), node("u"), node("z"), edges=[{"from": "u", "to": "z"}]),
            "invalid-undo",
            "/nodes/0/undo",
            "edges lead",
            "Remove the edges",
        ),
        (
            workflow(node("a", undo="u"), node("u", undo="v"), node("v"), edges=[]),
            "invalid-undo",
            "/nodes/0/undo",
            "undone itself",
            "Remove its undo",
        ),
        (workflow(node("a", type="transfrom")), "unknown-node-type", "/nodes/0/type", "transfrom", '"transform"'),
        (workflow(node("a", "{{ nodes.a.output }}")), "reference-self", "/nodes/0/config/value", "this very node", "before"),
        (
            workflow(node("a"), node("b", "{{ nodes.aa.output.x }}")),
            "reference-missing-node",
            "/nodes/1/config/value",
            '"aa"',
            "nodes.a.output.x",
        ),
        (
            workflow(node("a-1"), node("b", {"x": ["{{ nodes['a-2'].output }}"]})),
            "reference-missing-node",
            "/nodes/1/config/value/x/0",
            "a-2",
            'nodes["a-1"].output',
        ),
        (workflow(node("a", "{{ nodes.b.output }}"), node("b")), "reference-not-upstream", "/nodes/0/config/value", '"b"', "Lead edges"),
        (workflow(node("a", "{{ vars.mesage }}")), "unknown-variable", "/nodes/0/config/value", "mesage", "vars.message"),
        (workflow(node("a", "x {{ inpt.x }}")), "unknown-name", "/nodes/0/config/value", "column 6", "input"),
        (workflow(node("a", "{{ item.x }}")), "unknown-name", "/nodes/0/config/value", "body of a map", "input"),
        (workflow(node("a", "{{ 1 + }}")), "invalid-expression", "/nodes/0/config/value", "column", ""),
        (workflow(node("a", "{{ 1 ")), "invalid-expression", "/nodes/0/config/value", "never closed", ""),
        (
            workflow(node("a"), triggers=[{"id": "t", "type": "webhook", "input": "{{ nodes.a.output }}"}]),
            "unknown-name",
            "/triggers/0/input",
            "nodes",
            "",
        ),
        (workflow(node("a"), settings={"keys": ["{{ item }}"]}), "unknown-name", "/settings/keys/0", "item", ""),
        (kind_of("switch", {"value": 1, "cases": [{"when": 1}]}), "invalid-config", "/nodes/0/config/cases/0/port", "missing", "Add"),
        (kind_of("delay", {}), "invalid-config", "/nodes/0/config", "exactly one", ""),
        (kind_of("delay", {"duration": "PT1H", "untill": 1}), "invalid-config", "/nodes/0/config/untill", "no field", '"until"'),
        (kind_of("approval", {"title": "x", "required": "3"}), "invalid-config", "/nodes/0/config/required", "integer", ""),
        (kind_of("approval", {"title": "x", "form": {"type": "objekt"}}), "invalid-schema", "/nodes/0/config/form", "objekt", ""),
        (
            kind_of("http", {"url": "https://x.y", "query": {"a": {"b": 1}}}),
            "invalid-config",
            "/nodes/0/config/query/a",
            "none of the accepted",
            "",
        ),
        (
            kind_of("integration", {"integration": "slak", "action": "x"}),
            "unknown-integration",
            "/nodes/0/config/integration",
            "slak",
            '"slack"',
        ),
        (
            kind_of("integration", {"integration": "{{ input.x }}", "action": "x"}),
            "unknown-integration",
            "/nodes/0/config/integration",
            "",
            "Write the name",
        ),
        (
            kind_of("integration", {"integration": "slack", "action": "send"}),
            "unknown-action",
            "/nodes/0/config/action",
            "Slack",
            "send_message",
        ),
        (
            kind_of("integration", {"integration": "slack", "action": "send_message", "params": {"channel": "#x"}}),
            "invalid-params",
            "/nodes/0/config/params/text",
            "missing",
            "Add",
        ),
        (kind_of("agent", {"agent": "nobody"}), "unknown-agent", "/nodes/0/config/agent", "nobody", "agents"),
    ],
)
def test_rules(document: Any, code: str, pointer: str, message: str, fix: str) -> None:
    issue = only(document)
    assert (issue.code, issue.pointer) == (code, pointer)
    assert message in issue.message
    assert fix in (issue.fix or "")
    assert issue.message.endswith(".")


@pytest.mark.parametrize(
    "text",
    ["*", "*.", "http://a.example", "a.example/path", "a*.example", "", "a b", "a..example", ".a.example", "a.example:0", "a.example:65536",
     "*.127.0.0.1", "2130706433", "a.0x7f", "127.1:80", "[::1]:65536", "[a.example]", "*.[::1]"],
)  # fmt: skip
def test_an_allowed_host_that_is_none_is_told(text: str) -> None:
    issue = only(workflow(node("a"), settings={"egress": ["api.example.com", text]}))
    assert (issue.code, issue.pointer, issue.severity) == ("no-such-host", "/settings/egress/1", "warning")


@pytest.mark.parametrize(
    "text",
    [
        "a.example",
        "*.a.example",
        "a.example:8443",
        "[::1]:80",
        "a.example.",
        "127.0.0.1",
        "127.0.0.1:80",
        "a.example/",
        "1.example",
        "_a.b-c.example:65535/",
    ],
)
def test_a_host_is_a_host(text: str) -> None:
    assert found(workflow(node("a"), settings={"egress": [text]})) == []


def test_a_budget_that_nothing_is_held_to_is_told() -> None:
    daily = {"usd": 5, "period": "day"}
    assert found(workflow(node("a"), settings={"budget": daily})) == [("budget-without-id", "/settings/budget/period")]
    assert found(workflow(node("a"), settings={"budget": [{"calls": 3}, daily]})) == [("budget-without-id", "/settings/budget/1/period")]
    assert found(workflow(node("a"), settings={"budget": daily}, id="w")) == []


def test_a_cycle_is_named_and_a_loop_suggested() -> None:
    issue = only(
        workflow(node("a"), node("b"), node("c"), edges=[{"from": "a", "to": "b"}, {"from": "b", "to": "c"}, {"from": "c", "to": "b"}])
    )
    assert (issue.code, issue.pointer) == ("cycle", "/edges/2")
    assert "b → c → b" in issue.message
    assert "loop" in (issue.fix or "")


@pytest.mark.parametrize(
    "config",
    [
        {"url": "{{ input.url }}", "method": "{{ input.method }}", "query": "{{ input.query }}", "headers": {"x": "{{ input.h }}"}},
        {"url": "https://x.y/{{ input.id }} ?", "query": {"a": "{{ input.a }}", "b": 1}, "response": "{{ input.r }}"},
    ],
)
def test_an_expression_stands_for_any_type(config: Any) -> None:
    assert found(kind_of("http", config)) == []
    assert found(kind_of("delay", {"duration": "{{ input.d }}"})) == []
    assert found(kind_of("approval", {"title": "x", "required": "{{ input.n }}", "approvers": "{{ input.who }}"})) == []


def test_agents_providers_and_tools() -> None:
    agents = [
        {"id": "w", "name": "W", "provider": "lyzer", "tools": ["github.list_issues", "github.list_isues", "jira.find"]},
        {"id": "w", "name": "Again"},
    ]
    document = workflow(node("a", type="agent", config={"agent": "w", "tools": ["slak.send_message"]}), agents=agents)
    assert found(document) == [
        ("unknown-provider", "/agents/0/provider"),
        ("unknown-tool", "/agents/0/tools/1"),
        ("unknown-tool", "/agents/0/tools/2"),
        ("duplicate-agent-id", "/agents/1/id"),
        ("unknown-tool", "/nodes/0/config/tools/0"),
    ]
    assert found(kind_of("agent", {"agent": "of-the-workspace"}), agents={"of-the-workspace"}) == []


def test_what_is_to_be_approved_exists_and_is_a_tool() -> None:
    agents = [{"id": "w", "name": "W", "tools": ["github.create_issue"], "approve": ["*", "github.create_isue", "jira.find"]}]
    config = {"agent": "w", "tools": ["github.list_issues"], "approve": ["github.list_issues", "github.create_issue", "githb.x"]}
    issues = validate(workflow(node("a", type="agent", config=config), agents=agents), catalog).issues
    assert [(issue.code, issue.pointer, issue.severity) for issue in issues] == [
        ("unknown-tool", "/agents/0/approve/1", "error"),
        ("unknown-tool", "/agents/0/approve/2", "error"),
        ("unused-approval", "/nodes/0/config/approve/1", "warning"),
        ("unknown-tool", "/nodes/0/config/approve/2", "error"),
    ]
    assert issues[0].fix == 'Did you mean "github.create_issue"?'
    assert "Did you mean" in (issues[3].fix or "")


def test_tools_of_servers_are_named_by_connection() -> None:
    known = discover()
    tools = ["mcp:docs/search", "mcp:docs/*", "mcp_command:files/read", "mcp:docs", "mpc:docs/x", "github:docs/x", "mcp:elsewhere/x"]
    agent = {"id": "w", "name": "W", "tools": tools, "approve": ["mcp:docs/anything", "mcp:docs/search"]}
    document = workflow(node("a", type="agent", config={"agent": "w", "tools": ["mcp:docs/x"], "approve": ["mcp:docs/*"]}), agents=[agent])
    now = datetime(2026, 3, 1, tzinfo=UTC)
    docs = Connection(id=uuid4(), name="docs", integration="mcp", created_at=now, updated_at=now)
    assert [(issue.code, issue.pointer, issue.severity) for issue in validate(document, known, connections=[docs]).issues] == [
        ("unknown-tool", "/agents/0/tools/3", "error"),
        ("unknown-tool", "/agents/0/tools/4", "error"),
        ("unknown-tool", "/agents/0/tools/5", "error"),
        ("unknown-connection", "/agents/0/tools/6", "warning"),
    ]


def test_connections_are_warnings_because_a_simulated_run_needs_none() -> None:
    config = {"integration": "slack", "action": "send_message", "connection": "team", "params": {"channel": "#x", "text": "x"}}
    document = kind_of("integration", config)
    assert found(document) == []
    assert only(document, connections=[]).code == "unknown-connection"
    now = datetime.now(UTC)
    team = Connection(id=uuid4(), name="team", integration="slack", scopes=("channels:read",), created_at=now, updated_at=now)
    issue = only(document, connections=[team])
    assert (issue.code, issue.severity, "chat:write" in issue.message) == ("missing-scope", "warning", True)
    assert found(document, connections=[team.model_copy(update={"scopes": ("chat:write",)})]) == []
    assert only(document, connections=[team.model_copy(update={"integration": "gmail"})]).code == "unknown-connection"


def test_a_node_that_undoes_another_is_reached_and_sees_it() -> None:
    document = workflow(node("a", undo="back"), node("b"), node("back", "{{ nodes.a.output }}"), edges=[{"from": "a", "to": "b"}])
    assert found(document) == []


def test_bodies_are_graphs_of_their_own() -> None:
    body = {
        "startNode": "x",
        "nodes": [node("x", "{{ item }}"), node("y", "{{ nodes.m.output }}")],
        "edges": [{"from": "x", "to": "z"}],
    }
    document = workflow(node("outer"), node("m", type="transform", config={"value": 1, "body": body}))
    assert found(document) == [
        ("invalid-config", "/nodes/1/config/body"),  # a transform has none; what is in it is looked at all the same
        ("dangling-edge", "/nodes/1/config/body/edges/0/to"),
        ("unreachable-node", "/nodes/1/config/body/nodes/1"),
        ("reference-not-upstream", "/nodes/1/config/body/nodes/1/config/value"),
    ]


def mapping(*nodes: object, **more: object) -> dict[str, object]:
    return {"id": "each", "type": "map", "config": {"items": [1], "body": {"startNode": "x", "nodes": list(nodes), **more}}}


def test_a_body_sees_the_nodes_before_the_one_that_holds_it_through_every_level() -> None:
    inner = mapping(node("x", "{{ nodes.outer.output }}")) | {"id": "x"}
    document = workflow(
        node("outer"), mapping(inner), node("after"), edges=[{"from": "outer", "to": "each"}, {"from": "each", "to": "after"}]
    )
    assert found(document) == []
    inner = mapping(node("x", "{{ nodes.after.output }}"), node("y", "{{ nodes.nobody.output }}"), edges=[{"from": "x", "to": "y"}]) | {
        "id": "x"
    }
    document = workflow(
        node("outer"), mapping(inner), node("after"), edges=[{"from": "outer", "to": "each"}, {"from": "each", "to": "after"}]
    )
    at = "/nodes/1/config/body/nodes/0/config/body/nodes"
    assert found(document) == [
        ("reference-not-upstream", f"{at}/0/config/value"),
        ("reference-missing-node", f"{at}/1/config/value"),
    ]


def test_a_loops_condition_sees_what_its_body_gave_and_nothing_else_does() -> None:
    inner = {"startNode": "x", "nodes": [node("x", "{{ item }}")]}
    sound = node("a", type="loop", config={"until": "{{ item.done or index > 3 }}", "body": inner})
    assert found(workflow(sound)) == []
    assert found(workflow(sound | {"config": {**sound["config"], "state": "{{ item }}"}})) == [("unknown-name", "/nodes/0/config/state")]


def test_the_shape_of_a_body_is_that_of_a_graph() -> None:
    assert found(workflow(mapping(node("x"), settings={}))) == [("unknown-field", "/nodes/0/config/body/settings")]
    assert found(workflow(mapping({"id": "x", "type": "transform", "config": {"value": 1}, "retry": 3}))) == [
        ("wrong-type", "/nodes/0/config/body/nodes/0/retry")
    ]
    assert found(workflow({"id": "each", "type": "map", "config": {"items": [], "body": {}}}))[0][1] == "/nodes/0/config/body/nodes"
    cycle = mapping(node("x"), node("y"), edges=[{"from": "x", "to": "y"}, {"from": "y", "to": "x"}])
    assert [code for code, _ in found(workflow(cycle))] == ["cycle"]


def test_all_problems_are_told_at_once_and_the_first_one_is_raised() -> None:
    report = validate(workflow(node("a", type="x"), node("b", "{{ 1 + }}"), node("c", bad=1), startNode="d"), catalog)
    assert {issue.code for issue in report.issues} == {"unknown-field", "missing-start", "unknown-node-type", "invalid-expression"}
    with pytest.raises(InvalidDefinition, match="3 more problems") as raised:
        report.require()
    assert raised.value.data.issues == report.issues


def test_warnings_alone_do_not_keep_a_workflow_from_running() -> None:
    report = validate(workflow(node("a"), node("b"), edges=[]), catalog)
    assert report.issues
    assert report.require().nodes


def test_pointers_are_those_of_an_older_document() -> None:
    document = {
        "name": "Old",
        "startNode": "n1",
        "nodes": [
            {"id": "n1", "type": "agent", "agent": {"id": "a", "name": "A", "type": "boss"}, "config": {}, "nextNodes": ["n2"]},
            {"id": "n2", "type": "integration", "config": {"integrationType": "slak", "action": "x", "params": {}}, "nextNodes": ["n9"]},
        ],
    }
    assert sorted(found(document)) == [
        ("dangling-edge", "/nodes/1/nextNodes/0/to"),
        ("invalid-value", "/nodes/0/agent/type"),
        ("unknown-integration", "/nodes/1/config/integrationType"),
    ]


def test_limits() -> None:
    deep: Any = 1
    for _ in range(64):
        deep = [deep]
    assert only(workflow(node("a", deep))).code == "too-deep"
    for _ in range(100_000):
        deep = [deep]
    assert only(workflow(node("a", deep))).code == "too-deep"
    assert only(workflow(node("a", "x" * (2 * 1024 * 1024)))).code == "too-large"
    assert found(workflow(*(node(f"n{index}") for index in range(2_001)))) == [("too-many-nodes", "/nodes")]
    assert only(workflow(node("a", float("nan")))).code == "not-json"
    assert only(workflow(node("a", "\ud800"))).code == "not-json"


def big(count: int) -> Any:
    return workflow(
        *(node(f"n{index}", {"a": f"{{{{ nodes.n{index - 1}.output.a + {index} }}}}" if index else 1}) for index in range(count))
    )


def test_two_thousand_nodes_are_checked_in_time() -> None:
    document = big(2_000)
    begun = time.process_time()
    report = validate(document, catalog)
    spent = time.process_time() - begun
    assert report.issues == ()
    assert spent < 5, "under a second when nothing else runs; the limit is there to notice a quadratic rule"


def test_a_dense_graph_with_a_long_way_has_no_quadratic_rule() -> None:
    names = [f"n{index}" for index in range(300)]
    edges = [{"from": first, "to": then} for place, first in enumerate(names) for then in names[place + 1 : place + 30]]
    begun = time.process_time()
    assert found(workflow(*(node(name) for name in names), edges=[*edges, {"from": "n299", "to": "n0"}]))[0][0] == "cycle"
    assert time.process_time() - begun < 5


fields = [
    "id",
    "type",
    "config",
    "nodes",
    "edges",
    "from",
    "to",
    "port",
    "startNode",
    "agents",
    "agent",
    "nextNodes",
    "params",
    "body",
    "value",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "b", "{{ nodes.a.output }}", "{{ x", "slack", "end", "out", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(fields),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(deadline=None)
@given(json_values, st.sampled_from(["transform", "agent", "integration", "condition", "switch", "http"]))
def test_no_document_whatever_breaks_it(value: Any, kind: str) -> None:
    for document in (
        value,
        workflow(node("a", config=value, type=kind)),
        workflow(node("a"), edges=value, agents=value),
        {"nodes": [value], "startNode": "a"},
    ):
        report = validate(document, catalog)
        assert isinstance(report, Report)
        assert (report.definition is None) == bool(report.errors)
        json.dumps([issue.model_dump() for issue in report.issues])
