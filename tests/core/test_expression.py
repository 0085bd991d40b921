"""The expression language as it is read: templates, references, operands, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenuto.core.errors import InvalidExpression
from tenuto.core.language.expression import Computed, Constant, Expression, Get, Mixed, Path, Text, max_length, max_nesting, roots
from tenuto.core.language.template import parse, parse_expression, references


def body(source: str) -> object:
    template = parse(source)
    assert isinstance(template, Expression)
    return template.body


def computed(source: str) -> Computed:
    found = body(source)
    assert isinstance(found, Computed)
    return found


def paths(source: str) -> list[str]:
    return [reference.text for reference in references(parse(source))]


@pytest.mark.parametrize("text", ["", "hello", "{ not one }", "}} alone", '{"a": {"b": 1}}', "{ {", "line\nbreak"])
def test_text_without_an_opening_stands_for_itself(text: str) -> None:
    assert parse(text) == Text(text)


def test_a_string_that_is_one_expression_keeps_its_type_and_any_other_is_text() -> None:
    assert isinstance(parse("{{ input.n }}"), Expression)
    assert isinstance(parse("{{input.n}}"), Expression)
    mixed = parse("a {{ input.n }}{{ input.m }} b")
    assert isinstance(mixed, Mixed)
    assert [part.value if isinstance(part, Text) else part.source for part in mixed.parts] == ["a ", "input.n", "input.m", " b"]
    assert isinstance(parse(" {{ input.n }}"), Mixed)
    assert isinstance(parse("{{ input.n }}\n"), Mixed)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('{{ "{{" }}', "{{"),
        ("{{ '}}' }}", "}}"),
        ('{{ """a "quoted" }} b""" }}', 'a "quoted" }} b'),
        (r'{{ "a\"}}" }}', 'a"}}'),
        ("{{ true }}", True),
        ("{{ False }}", False),
        ("{{ null }}", None),
        ("{{ -3 }}", -3),
        ("{{ 2.5 }}", 2.5),
        ('{{ {"a": {"b": [1, null]}} }}', {"a": {"b": [1, None]}}),
        ('{{{"a": {"b": 1}}}}', {"a": {"b": 1}}),
        ("{{ [] }}", []),
    ],
)
def test_constants_and_the_braces_in_them(source: str, value: object) -> None:
    assert body(source) == Constant(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "root", "steps"),
    [
        ("{{ input }}", "input", ()),
        ("{{ input.items }}", "input", ("items",)),
        ("{{ input['a b'][0][-1].c }}", "input", ("a b", 0, -1, "c")),
        ("{{ nodes.a.output }}", "nodes", ("a", "output")),
        ('{{ nodes["node-1"].output.x }}', "nodes", ("node-1", "output", "x")),
        ("{{ nodes.a.error.detail }}", "nodes", ("a", "error", "detail")),
        ("{{ input\n  .a\n  .b }}", "input", ("a", "b")),
        ("{{ (input.ä) }}", "input", ("ä",)),
        ("{{ now }}", "now", ()),
    ],
)
def test_a_path_is_read_without_the_interpreter(source: str, root: str, steps: tuple[str | int, ...]) -> None:
    assert body(source) == Path(root, steps)


def test_a_path_is_written_as_a_person_writes_it() -> None:
    assert Path("nodes", ("node-1", "output", "a", 0, "b c")).text == 'nodes["node-1"].output.a[0]["b c"]'


def test_get_with_literal_key_is_read_without_the_interpreter() -> None:
    assert body('{{ get(nodes.a.output, "x", "d") }}') == Get(Path("nodes", ("a", "output")), "x", Constant("d"))
    assert body("{{ get(input, 0) }}") == Get(Path("input", ()), 0, Constant(None))
    nested = body('{{ get(get(input, "a"), "b", vars.c) }}')
    assert nested == Get(Get(Path("input", ()), "a", Constant(None)), "b", Path("vars", ("c",)))
    assert [reference.optional for reference in references(parse('{{ get(get(input.x, "a"), "b", vars.c) }}'))] == [True, False]


def test_get_with_a_key_from_elsewhere_is_left_to_the_interpreter() -> None:
    program = computed("{{ get(nodes.a.output, input.key, 1) }}")
    assert program.code == "get(_0, _1, 1)"
    assert "def get(" in program.prelude
    assert dict(program.operands) == {"_0": Get(Path("nodes", ("a", "output")), None, Constant(None)), "_1": Path("input", ("key",))}
    assert [(reference.text, reference.optional) for reference in references(parse("{{ get(nodes.a.output, input.key) }}"))] == [
        ("nodes.a.output", True),
        ("input.key", False),
    ]


def test_get_takes_two_or_three_arguments() -> None:
    for source in ("{{ get(input) }}", "{{ get() }}", "{{ get(input, 'a', 1, 2) }}", "{{ get(input, key='a') }}"):
        with pytest.raises(InvalidExpression, match="a container, a key and a default"):
            parse(source)


def test_every_maximal_path_becomes_one_variable() -> None:
    program = computed("{{ nodes.a.output.n > input.n and nodes.a.output.n < 9 or true }}")
    assert program.code == "_0 > _1 and _0 < 9 or True"
    assert dict(program.operands) == {"_0": Path("nodes", ("a", "output", "n")), "_1": Path("input", ("n",))}
    assert program.prelude == ""


def test_a_called_attribute_is_a_method_and_any_other_is_a_key() -> None:
    assert computed("{{ input.order.items() }}").operands == (("_0", Path("input", ("order",))),)
    assert computed("{{ len(input.order.items) }}").operands == (("_0", Path("input", ("order", "items"))),)


def test_a_dynamic_key_ends_the_path() -> None:
    program = computed("{{ input.rows[index].name }}")
    assert program.code == "_0[_1].name"
    assert dict(program.operands) == {"_0": Path("input", ("rows",)), "_1": Path("index", ())}


def test_attributes_of_now_are_read_by_the_interpreter() -> None:
    program = computed("{{ now.year }}")
    assert (program.code, program.operands) == ("_0.year", (("_0", Path("now", ())),))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ [item.x for item in input.rows] }}", ["input.rows"]),
        ("{{ [input.x for input in input.rows] }}", ["input.rows"]),
        ("{{ [y for input in vars.a for y in input.b if input.c] }}", ["vars.a"]),
        ("{{ {item: now for item, now in input.pairs} }}", ["input.pairs"]),
        ("{{ sum(item for item in input.a) + item }}", ["input.a", "item"]),
        ("{{ sorted(input.a, key=lambda item: item['x'] + vars.y) }}", ["input.a", "vars.y"]),
        ("{{ (lambda input=input.a: input.b)() }}", ["input.a"]),
        ("{{ (lambda *item, **vars: item)(index) }}", ["index"]),
        ("{{ [get(nodes.a.output, x) for x in input.keys] }}", ["input.keys", "nodes.a.output"]),
        ("{{ [true for true in input.flags] }}", ["input.flags"]),
        ('{{ f"{input.a:>{vars.w}} {item!r}" }}', ["input.a", "vars.w", "item"]),
    ],
)
def test_variables_of_comprehensions_and_lambdas_are_no_references(source: str, found: list[str]) -> None:
    assert paths(source) == found


def test_references_know_their_node_and_their_place() -> None:
    source = 'é {{ nodes["a b"].output.x + input.é }} and {{ vars.y }}'
    first, second, third = references(parse(source))
    assert (first.root, first.node, first.path) == ("nodes", "a b", ("a b", "output", "x"))
    assert [source[found.start : found.end] for found in (first, second, third)] == ['nodes["a b"].output.x', "input.é", "vars.y"]
    assert second.node is None


def test_places_are_right_over_several_lines() -> None:
    source = "text\n{{ input.a\n   + ümlaut(input.b) }}".replace("ümlaut", "abs")
    assert [source[found.start : found.end] for found in references(parse(source))] == ["input.a", "input.b"]


def test_variables_never_collide_with_names_of_the_expression() -> None:
    program = computed("{{ [_0 for _0 in input.rows] }}")
    assert program.code == "[_0 for _0 in __0]"


def test_library_names_are_imported_where_they_are_used() -> None:
    assert computed("{{ now + timedelta(days=1) }}").prelude == "from datetime import timedelta"
    assert computed('{{ json.loads(input.text)["a"] + math.pi }}').prelude == "import json\nimport math"


@pytest.mark.parametrize(
    ("source", "sentence", "place"),
    [
        ("a {{ input.x", "never closed", "column 3"),
        ("{{ input.x }", "single }", "column 12"),
        ("{{ (input.x }}", "closes nothing", "column 13"),
        ("{{ input.x) }}", "closes nothing", "column 11"),
        ("{{ (input.x ", r"never closed with \)", "column 4"),
        ('{{ "abc }}', "string that starts here is never closed", "column 4"),
        ("{{ 'a\nb' }}", "string that starts here is never closed", "column 4"),
        ("{{ input.x # why }}", "no comments", "column 12"),
        ("{{ }}", "empty", "column 3"),
        ("one\ntwo {{ messag }}", "no name messag", "line 2, column 8"),
        ("{{ input.a b }}", "not a Python expression", "column"),
        ("{{ x = 1 }}", "not a Python expression", "column"),
        ("{{ (x := 1) }}", "cannot assign", "column 5"),
        ("{{ lambda: 1 }}", "function is not a value", "column 3"),
        ("{{ nodes }}", "named by its id", "column 4"),
        ("{{ len(nodes) }}", "named by its id", "column 8"),
        ("{{ nodes[input.id].output }}", "named by its id", "column 4"),
        ("{{ nodes[0].output }}", "named by its id", "column 4"),
        ("{{ nodes.a }}", "has only output and error", "column 4"),
        ("{{ nodes.a.text }}", "has only output and error", "column 4"),
        ("{{ eval('1') }}", "no name eval", "column 4"),
        ("{{ ''.__class__ }}", "cannot be reached", "column 4"),
        ('{{ "\\ud800" }}', "surrogate", "column 4"),
        ("{{ 0x" + "f" * 5000 + " + 1 }}", "cannot be evaluated", "column 3"),
        ("{{ " + "1" * 5000 + " }}", "not a Python expression", "column"),
        ("{{ a\x00b }}", "NUL|Python expression", "column"),
        ("{{ " + "-" * 5000 + "1 }}", "nested", "column 3"),
        ("{{ " + "not " * (max_nesting + 1) + "1 }}", "nested", "column 3"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "parentheses|nested", "column"),
        ("{{ input" + ".a" * 3000 + " }}", "nested", "column 3"),
        ("{{ " + "1+" * max_length + "1 }}", "longer than", "column 1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(source: str, sentence: str, place: str) -> None:
    with pytest.raises(InvalidExpression, match=sentence) as caught:
        parse(source)
    assert place in caught.value.data.detail


def test_a_misspelt_root_gets_a_suggestion() -> None:
    with pytest.raises(InvalidExpression) as caught:
        parse("{{ inptu.x }}")
    assert caught.value.data.fix == "Did you mean input?"
    with pytest.raises(InvalidExpression) as caught:
        parse("{{ nodes.a.text.b }}")
    assert caught.value.data.fix == "Write nodes.a.output.text.b."


def test_a_bare_condition_is_parsed_as_one_expression() -> None:
    assert parse_expression("input.urgency").body == Path("input", ("urgency",))
    with pytest.raises(InvalidExpression, match=r"column 9"):
        parse_expression("input + foo")


def test_no_warning_escapes_from_the_parser() -> None:
    assert isinstance(body(r'{{ input.a + "\d" }}'), Computed)  # a warning would be an error here


steps = st.lists(st.one_of(st.text(max_size=8), st.integers(-99, 99)), max_size=5).map(tuple)
plain_text = st.text(max_size=20).filter(lambda text: "{" not in text)


@settings(deadline=None)
@given(st.sampled_from(sorted(roots - {"nodes", "now"})), steps)
@example("input", ("class", "if", "None", "match"))
def test_a_written_path_is_read_back(root: str, found: tuple[str | int, ...]) -> None:
    path = Path(root, found)
    try:
        path.text.encode()
    except UnicodeEncodeError:
        return
    assert body("{{ " + path.text + " }}") == path


@settings(deadline=None)
@given(st.lists(st.tuples(plain_text, st.sampled_from(["input.a", "vars['}}']", 'get(input, "{{", {})', "1 + 1"])), max_size=4), plain_text)
def test_a_template_is_taken_apart_where_it_was_put_together(parts: list[tuple[str, str]], last: str) -> None:
    source = "".join(f"{text}{{{{ {expression} }}}}" for text, expression in parts) + last
    template = parse(source)
    pieces = template.parts if isinstance(template, Mixed) else (template,)
    again = "".join(piece.value if isinstance(piece, Text) else f"{{{{ {piece.source} }}}}" for piece in pieces)
    assert again == source


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values)
def test_json_written_as_an_expression_is_that_value(value: object) -> None:
    assert body("{{ " + json.dumps(value, ensure_ascii=False) + " }}") == Constant(value)  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    details: list[str] = []
    for source in (text, "{{" + text, "{{ " + text + " }}"):
        try:
            parse(source)
        except InvalidExpression as problem:
            details.append(problem.data.detail)
    assert all("column" in detail for detail in details)
