"""Configs with expressions in them: what comes out, what is shared, and what is said when a path leads nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from tenuto.core.errors import ExpressionFailed, InvalidExpression, TooLarge
from tenuto.engine.expressions.resolve import compile_value, resolve, resolve_now
from tenuto.engine.expressions.sandbox import Sandbox, max_given
from tenuto.engine.expressions.scope import Scope

now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
nodes: dict[str, dict[str, JsonValue]] = {
    "classify": {"output": {"urgency": 9, "summary": "hot", "items": [1, 2], "tags": {"items": "a key"}}},
    "node-1": {"output": "text"},
    "broken": {"error": {"detail": "no"}},
}
statuses = {"classify": "completed", "node-1": "completed", "broken": "failed", "page": "skipped", "slow": "running", "dead": "failed"}


def scope(**more: JsonValue) -> Scope:
    given_input: JsonValue = {"name": "Ada", "n": 3, "ok": True, "null": None, "pi": 3.5, "rows": [{"v": 1}, {}], "é": {"a b": 1}}
    return Scope(
        now=now,
        input=given_input,
        nodes=nodes.get,
        status=statuses.get,
        vars={"key": "urgency"},
        execution={"id": "e1"},
        **more,  # type: ignore[arg-type]
    )


def native(value: JsonValue, **more: JsonValue) -> JsonValue:
    return resolve_now(compile_value(value), scope(**more))


def refusal(value: JsonValue, **more: JsonValue) -> ExpressionFailed:
    with pytest.raises(ExpressionFailed) as caught:
        native(value, **more)
    return caught.value


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    pool = Sandbox()
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("plain", "plain"),
        ("{{ input.n }}", 3),
        ("{{ input.null }}", None),
        ("{{ input.ok }}", True),
        ("{{ input.rows[0] }}", {"v": 1}),
        ("{{ input.rows[-2].v }}", 1),
        ('{{ input.é["a b"] }}', 1),
        ("{{ nodes.classify.output.items }}", [1, 2]),
        ("{{ nodes.classify.output.tags.items }}", "a key"),
        ('{{ nodes["node-1"].output }}', "text"),
        ("{{ nodes.broken.error.detail }}", "no"),
        ("{{ vars.key }}", "urgency"),
        ("{{ execution.id }}", "e1"),
        ("{{ now }}", "2026-03-04T05:06:07Z"),
        ('{{ "{{" }}', "{{"),
        ("{{ [1, 2] }}", [1, 2]),
    ],
)
def test_one_expression_keeps_its_type(source: str, value: JsonValue) -> None:
    result = native(source)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{ input.name }}!", "Hi Ada!"),
        ("{{ input.n }}{{ input.n }}", "33"),
        ("{{ input.ok }} {{ input.pi }} ", "true 3.5 "),
        ("{{ nodes.classify.output.items }} {{ input.rows }}", '[1, 2] [{"v": 1}, {}]'),
        ('literal {{ "{{" }} {{ "}}" }}', "literal {{ }}"),
        ("at {{ now }}", "at 2026-03-04T05:06:07Z"),
    ],
)
def test_in_text_containers_are_json(source: str, text: str) -> None:
    assert native(source) == text


def test_null_in_text_is_an_error() -> None:
    problem = refusal({"a": ["x", "y {{ input.null }}"]})
    assert "input.null" in problem.data.detail
    assert "null" in problem.data.detail
    assert problem.data.pointer == "/a/1"


def test_what_was_inserted_is_never_evaluated_again() -> None:
    dangerous = "{{ input.secret }}"
    given_scope = Scope(now=now, input={"text": dangerous, "secret": "s3cret"})
    assert resolve_now(compile_value("{{ input.text }}"), given_scope) == dangerous
    assert resolve_now(compile_value("{{ input.text }} {{ input.text }}"), given_scope) == f"{dangerous} {dangerous}"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('{{ get(input, "name", "x") }}', "Ada"),
        ('{{ get(input, "missing", "x") }}', "x"),
        ('{{ get(input, "missing") }}', None),
        ('{{ get(input, "null", "x") }}', None),
        ('{{ get(input.a.b.c, "d", "x") }}', "x"),
        ("{{ get(input.rows, 5, 0) }}", 0),
        ('{{ get(nodes.page.output, "x", "skipped") }}', "skipped"),
        ('{{ get(nodes.classify.output.urgency, "x", input.n) }}', 3),
        ('{{ get(get(input, "é", {}), "a b", 0) }}', 1),
        ('{{ get(get(input, "zz", {}), "a b", 0) }}', 0),
        ('{{ get(item, "x", "none") }}', "none"),
        ("n: {{ get(input, 'missing', 7) }}", "n: 7"),
    ],
)
def test_get_is_optional_all_the_way(source: str, value: JsonValue) -> None:
    assert native(source) == value


def test_the_default_of_get_must_be_there_when_it_is_used() -> None:
    assert native('{{ get(input, "name", vars.missing) }}') == "Ada"
    assert "vars.missing" in refusal('{{ get(input, "zz", vars.missing) }}').data.detail


@pytest.mark.parametrize(
    ("source", "sentence", "fix"),
    [
        ("{{ nodes.classify.output.urgencyy }}", "has urgency, summary, items, tags, not urgencyy", "nodes.classify.output.urgency?"),
        ("{{ nodes.classify.output.items.name }}", "is a list of 2 and has no key name", "items[0].name"),
        ("{{ input.rows[9] }}", "is a list of 2 and has no place 9", "get(input.rows, 9, default)"),
        ("{{ input.rows[1].v }}", "input.rows[1] is empty, not v", 'get(input.rows[1], "v", default)'),
        ("{{ input.null.x }}", "input.null is null and has no x", 'get(input.null, "x", default)'),
        ("{{ input.name.x }}", "is text of 3 characters and has no x", "json.loads"),
        ("{{ input.name[7] }}", "is text of 3 characters and has no place 7", "get("),
        ("{{ input.n.x }}", "is a number and has no x", "get("),
        ("{{ input.ok.x }}", "is a truth value and has no x", "get("),
        ("{{ nodes.page.output.x }}", "the node was skipped", "get(nodes.page.output"),
        ("{{ nodes.slow.output.x }}", "it is running", "get(nodes.slow.output"),
        ("{{ nodes.dead.output }}", "the node failed", "get(nodes.dead.output"),
        ("{{ nodes.nowhere.output }}", "has not run", "comes before"),
        ("{{ nodes.broken.output }}", "nodes.broken has error, not output", None),
        ("{{ item.x }}", "item has no value here", "map"),
        ("{{ index }}", "index has no value here", "loop"),
        ("{{ trigger.x }}", "trigger has no value here", "trigger"),
        ("{{ event }}", "event has no value here", "trigger"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(source: str, sentence: str, fix: str | None) -> None:
    problem = refusal({"deep": [{"a/b": source}]})
    assert sentence in problem.data.detail
    assert source[3:-3] in problem.data.detail
    assert problem.data.pointer == "/deep/0/a~1b"
    assert fix is None or fix in (problem.data.fix or "")


def test_a_long_list_of_keys_is_shortened() -> None:
    with pytest.raises(ExpressionFailed) as caught:
        resolve_now(compile_value("{{ input.q }}"), Scope(now=now, input={f"key{n}" + "x" * 100: n for n in range(500)}))
    assert "and 490 more" in caught.value.data.detail
    assert len(caught.value.data.detail) < 700


def test_item_and_index_of_a_body() -> None:
    given_scope = Scope(now=now, item={"x": 1}, index=0)
    assert resolve_now(compile_value(["{{ item.x }}", "{{ index }}"]), given_scope) == [1, 0]
    assert resolve_now(compile_value("{{ item }}"), Scope(now=now, item=None)) is None


def test_objects_keep_their_order_and_their_plain_parts() -> None:
    config: JsonValue = {"z": 1, "a": "{{ input.n }}", "m": {"deep": [1, {"x": "y"}]}, "l": [0, "{{ input.name }}", None]}
    resolvable = compile_value(config)
    result = resolve_now(resolvable, scope())
    assert result == {"z": 1, "a": 3, "m": {"deep": [1, {"x": "y"}]}, "l": [0, "Ada", None]}
    assert isinstance(result, dict)
    assert list(result) == ["z", "a", "m", "l"]
    assert result["m"] is config["m"]  # type: ignore[index]
    assert config["a"] == "{{ input.n }}"  # type: ignore[index]
    assert resolve_now(resolvable, Scope(now=now, input={"n": 4, "name": "Bo"})) == {**result, "a": 4, "l": [0, "Bo", None]}


def test_keys_are_no_templates() -> None:
    assert native({"{{ input.n }}": "{{ input.n }}"}) == {"{{ input.n }}": 3}


def test_keys_meant_for_another_scope_stay_as_written() -> None:
    config: JsonValue = {"items": "{{ input.rows }}", "body": {"nodes": [{"text": "{{ item.v }}"}]}}
    assert resolve_now(compile_value(config, leave=("body",)), scope()) == {
        "items": [{"v": 1}, {}],
        "body": {"nodes": [{"text": "{{ item.v }}"}]},
    }


def test_a_broken_expression_is_found_when_it_is_compiled_and_named_by_its_pointer() -> None:
    with pytest.raises(InvalidExpression) as caught:
        compile_value({"params": {"text": "{{ nope }}"}}, at="/nodes/3/config")
    assert caught.value.data.pointer == "/nodes/3/config/params/text"


def test_what_needs_the_sandbox_is_not_resolved_at_once() -> None:
    resolvable = compile_value("{{ input.n + 1 }}")
    assert not resolvable.native
    with pytest.raises(ValueError, match="sandbox"):
        resolve_now(resolvable, scope())
    assert compile_value({"a": "{{ input.n }}"}).native


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ nodes.classify.output.urgency >= 8 and input.ok }}", True),
        ("{{ input.n + 1 }} of {{ input.pi * 2 }}", "4 of 7.0"),
        ("{{ [x['v'] for x in input.rows if 'v' in x] }}", [1]),
        ('{{ sum(get(x, "v", 10) for x in input.rows) }}', 11),
        ("{{ get(nodes.classify.output, vars.key, 0) }}", 9),
        ("{{ get(nodes.page.output, vars.key, 0) }}", 0),
        ("{{ input.name.upper() }}", "ADA"),
        ("{{ list(nodes.classify.output.tags.items()) }}", [["items", "a key"]]),
        ("{{ nodes.classify.output.items[:1] }}", [1]),
        ("{{ (input.null or 'none') }}", "none"),
        ("{{ not input.ok }}", False),
        ("{{ null if input.ok else 1 }}", None),
        ("{{ now.year }}", 2026),
        ("{{ datetime.now(timezone.utc) == now }}", True),
        ("{{ now + timedelta(days=1) }}", "2026-03-05T05:06:07+00:00"),
        ('{{ json.loads("[1]")[0] + math.floor(2.5) }}', 3),
        ('{{ re.sub("d", "t", input.name) }}', "Ata"),
        ('{{ f"{input.name:>5}" }}', "  Ada"),
        ('{{ {"n": input.n, "t": (1, 2)} }}', {"n": 3, "t": [1, 2]}),
        ("{{ [item for item in input.rows][0] }}", {"v": 1}),
        ("{{ sorted(input.rows, key=lambda now: len(now))[0] }}", {}),
    ],
)
async def test_expressions_in_the_sandbox(source: str, value: JsonValue, sandbox: Sandbox) -> None:
    assert await resolve(compile_value({"a": source}), scope(), sandbox) == {"a": value}


async def test_native_and_evaluated_parts_stand_together(sandbox: Sandbox) -> None:
    config: JsonValue = {"a": "{{ input.n }}", "b": ["{{ input.n + 1 }}", "x{{ input.n + 2 }}y{{ input.name }}"], "c": "{{ input.n * 2 }}"}
    assert await resolve(compile_value(config), scope(), sandbox) == {"a": 3, "b": [4, "x5yAda"], "c": 6}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ input.n + input.name }}", "input.n + input.name"),
        ("{{ 1 / (input.n - 3) }}", "ZeroDivisionError"),
        ("{{ input.rows[input.n] }}", "IndexError"),
        ("{{ [x.v for x in input.rows] }}", "no attribute"),
        ("{{ input.missing + 1 }}", "input.missing"),
        ("{{ {1, input.n} }}", "JSON"),
        ("t {{ null if input.ok else 1 }}", "null"),
    ],
)
async def test_failures_name_the_expression_and_the_pointer(source: str, sentence: str, sandbox: Sandbox) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        await resolve(compile_value({"p": {"q": source}}), scope(), sandbox)
    assert sentence in caught.value.data.detail
    assert caught.value.data.pointer == "/p/q"
    assert "_0" not in caught.value.data.detail


async def test_more_than_an_expression_may_use_is_refused_with_the_pointer(sandbox: Sandbox) -> None:
    with pytest.raises(TooLarge) as caught:
        await resolve(compile_value({"a": "{{ len(input) }}"}), Scope(now=now, input="x" * (max_given + 1)), sandbox)
    assert caught.value.data.pointer == "/a"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values)
def test_a_path_gives_the_very_value(value: JsonValue) -> None:
    given_scope = Scope(now=now, input=value, vars={"x": [value]})
    assert resolve_now(compile_value("{{ input }}"), given_scope) is value
    assert resolve_now(compile_value({"a": ["{{ vars.x[0] }}"]}), given_scope) == {"a": [value]}


@settings(deadline=None)
@given(json_values)
def test_a_value_without_expressions_is_itself(value: JsonValue) -> None:
    literal = compile_value(["fixed", value] if "{{" not in repr(value) else ["fixed"])
    assert literal.native
    result = resolve_now(literal, Scope(now=now))
    assert result is resolve_now(literal, Scope(now=now))
