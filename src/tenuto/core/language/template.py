"""Reads strings with `{{ … }}`: where an expression begins and ends, and what it refers to."""

from __future__ import annotations

import ast
import re
import warnings
from typing import assert_never, cast

from tenuto.core.errors import InvalidExpression
from tenuto.core.language.expression import (
    Computed,
    Expression,
    Mixed,
    Offsets,
    Place,
    Reference,
    Template,
    Text,
    imports,
    max_length,
    max_nesting,
)
from tenuto.core.language.paths import Cutter

_braces = 'Write }} after the expression; for the characters {{ write {{ "{{" }}.'

_token = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[()\[\]{}#"\']',
    re.DOTALL,
)
_closing = {"(": ")", "[": "]", "{": "}"}

_get = """\
def get(container, key, default=None):
    try:
        return container[key]
    except (LookupError, TypeError):
        return default
"""


def parse(text: str) -> Template:
    """What a string means: itself, one expression, or text with expressions. Raises `InvalidExpression` with the column.

    Braces within an expression's own strings and brackets do not end it.
    """
    begin = text.find("{{")
    if begin < 0:
        return Text(text)
    parts: list[Text | Expression] = []
    position = 0
    while begin >= 0:
        if begin > position:
            parts.append(Text(text[position:begin]))
        end = _end(text, begin + 2)
        parts.append(parse_expression(text[begin + 2 : end], Place(text, begin + 2)))
        position = end + 2
        begin = text.find("{{", position)
    if position < len(text):
        parts.append(Text(text[position:]))
    return parts[0] if len(parts) == 1 else Mixed(tuple(parts))


def parse_expression(source: str, place: Place | None = None) -> Expression:
    """One expression without braces. Raises `InvalidExpression` with the column in `place.whole`, by default the source itself.

    Host `ast` only finds the paths; the sandbox's own parser has the last word on what remains.
    """
    place = place or Place(source, 0)
    if not source.strip():
        raise place.error("The expression is empty", fix='Write a value such as input.message; for the characters {{ write {{ "{{" }}.')
    if len(source) > max_length:
        raise place.error(f"The expression is longer than {max_length:,} characters", fix="Use a code node.")
    tree = _syntax_tree(source, place)
    cutter = Cutter(source, place)
    body = cutter.operand(tree) or _computed(cutter, tree, place)
    return Expression(source.strip(), body, tuple(cutter.references), place.start)


def references(template: Template) -> tuple[Reference, ...]:
    """Every path in a template, in the order in which they are written. Variables of comprehensions and lambdas are none."""
    match template:
        case Text():
            return ()
        case Expression():
            return template.references
        case Mixed():
            return tuple(reference for part in template.parts for reference in references(part))
        case _:
            assert_never(template)


def _computed(cutter: Cutter, tree: ast.expr, place: Place) -> Computed:
    if isinstance(tree, ast.Lambda):
        raise place.error("A function is not a value that can be kept", fix="Write the value that the function would give.")
    body = cutter.visit(tree)
    prelude = [imports[name] for name in sorted(cutter.imports)] + ([_get] if cutter.gets else [])
    try:
        code = ast.unparse(body)
    except ValueError as error:
        raise place.error(f"This expression cannot be evaluated: {error}", fix="Use a code node.") from None
    return Computed(code, "\n".join(prelude), tuple(cutter.operands.values()))


def _end(text: str, start: int) -> int:
    """Where the `}}` of the expression that starts here is."""
    place, open_brackets = Place(text, start), list[tuple[str, int]]()
    for token in _token.finditer(text, start, start + max_length + 2):
        at, mark = token.start(), token.group()
        if mark in _closing:
            open_brackets.append((_closing[mark], at))
        elif mark == "}" and not open_brackets:
            if text.startswith("}}", at):
                return at
            raise place.error("A single } does not end the expression", at - start, _braces)
        elif mark in ")]}":
            if not open_brackets or open_brackets.pop()[0] != mark:
                raise place.error(f"This {mark} closes nothing", at - start)
        elif len(mark) == 1:
            raise _stray(place, mark, at - start)
    if len(text) > start + max_length:
        raise place.error(f"The expression is longer than {max_length:,} characters, or its }}}} is missing", -2, _braces)
    if open_brackets:
        closer, at = open_brackets[-1]
        raise place.error(f"The bracket that opens here is never closed with {closer}", at - start, _braces)
    raise place.error("The {{ that opens here is never closed", -2, _braces)


def _stray(place: Place, mark: str, offset: int) -> InvalidExpression:
    if mark == "#":
        return place.error("An expression holds no comments", offset, "Use the node's notes.")
    return place.error("The string that starts here is never closed", offset, f"Write {mark} at its end.")


def _syntax_tree(source: str, place: Place) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The parentheses let an expression go over several lines.
            tree = ast.parse(f"({source}\n)", mode="eval").body
    except SyntaxError as error:
        offset = Offsets(source).at(error.lineno or 1, (error.offset or 1) - 1, encoded=False)
        raise place.error(f"This is not a Python expression: {error.msg}", offset) from None
    except (ValueError, RecursionError, MemoryError):
        raise place.error("The expression is too deeply nested or contains a NUL character", fix="Use a code node.") from None
    level = [cast("ast.AST", tree)]
    for _ in range(max_nesting):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise place.error(f"The expression is nested more than {max_nesting} levels deep", fix="Use a code node.")
