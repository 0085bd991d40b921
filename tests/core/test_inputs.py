"""What a workflow is given as a tool, read off its expressions."""

from __future__ import annotations

from typing import Any

from jsonschema_rs import validator_for
from tests.api.runs import document, value

from tenuto.core.documents.inputs import input_schema
from tenuto.core.workflow import WorkflowDefinition


def properties(*nodes: dict[str, Any], **more: Any) -> set[str]:
    schema = input_schema(WorkflowDefinition.model_validate(document(*nodes, **more)))
    assert validator_for(schema).is_valid({"anything": 1})
    assert validator_for(schema).is_valid({})
    assert not validator_for(schema).is_valid([])
    found = schema["properties"]
    assert isinstance(found, dict)
    return set(found)


def test_each_name_that_is_read_is_a_property_however_deep_it_stands() -> None:
    deep = {"list": [{"x": "{{ input.order.id }} of {{ input['customer name'] }}"}], "y": "{{ get(input, 'note', '') }}"}
    assert properties(value("a", deep), value("b", "{{ input.order.total > 5 }}")) >= {"order", "customer name"}
    body = {"startNode": "c", "nodes": [value("c", "{{ input.inner }}")], "edges": []}
    each = {"id": "m", "type": "map", "config": {"items": "{{ input.rows }}", "body": body}}
    assert properties(each) == {"rows", "inner"}


def test_what_is_no_input_is_no_property() -> None:
    code = {"id": "c", "type": "code", "config": {"code": "x = '{{'\nreturn {{}}", "inputs": {"a": "{{ input.a }}"}}}
    assert properties(value("a", "{{ nodes.b.output.input }} input.x {{ vars.y }}"), code) == {"a"}


def test_a_message_is_given_where_one_is_read_or_where_nothing_is() -> None:
    assert properties(value("a", 1)) == {"message"}
    assert properties(value("a", "{{ vars.message }}"), value("b", "{{ input.x }}")) == {"message", "x"}
    assert properties({"id": "a", "type": "agent", "config": {"agent": "x"}}, value("b", "{{ input.x }}")) == {"message", "x"}
    assert properties({"id": "a", "type": "agent", "config": {"agent": "x", "message": "{{ input.x }}"}}) == {"x"}
