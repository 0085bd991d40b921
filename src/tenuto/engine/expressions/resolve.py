"""Puts values in the place of the expressions of a config: natively where paths suffice, in the sandbox where not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar, assert_never

from pydantic import JsonValue

from tenuto.core.blob import references
from tenuto.core.errors import ExpressionFailed, Problem
from tenuto.core.language.expression import Computed, Expression, Mixed, Path, Text
from tenuto.core.language.template import parse
from tenuto.core.values import pointer
from tenuto.engine.expressions.sandbox import Sandbox, max_given
from tenuto.engine.expressions.scope import Read, Scope, reader

_Fill: TypeAlias = Callable[[Scope, Sequence[JsonValue]], JsonValue]
"""Gives the value in a scope, with the results of the sandbox in the order of `Resolvable.evaluations`."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One expression for the sandbox, and where it stands."""

    expression: Expression
    program: Computed
    variables: tuple[tuple[str, Read | None], ...]
    """None stands for `now`, which the sandbox gets as a datetime."""
    pointer: str

    async def run(self, scope: Scope, sandbox: Sandbox) -> JsonValue:
        """The expression's value. Raises `ExpressionFailed` with the expression and the pointer."""
        variables: dict[str, JsonValue | datetime] = {name: read(scope) if read else scope.now for name, read in self.variables}
        try:
            if scope.large:
                variables = {name: value if isinstance(value, datetime) else _given(value, scope) for name, value in variables.items()}
            return await sandbox.evaluate(self.program.code, variables, scope.now, prelude=self.program.prelude)
        except ExpressionFailed as problem:
            detail = f"{{{{ {_short(self.expression.source)} }}}} failed. {self._named(problem.data.detail)}"
            raise ExpressionFailed(detail, fix=problem.data.fix, pointer=self.pointer) from None
        except Problem as problem:
            raise problem.at(pointer=self.pointer) from None

    def _named(self, text: str) -> str:
        """The sandbox's message with paths in the place of its variables."""
        texts = {name: operand.text for name, operand in self.program.operands}
        return re.sub(r"\b_+\d+\b", lambda match: texts.get(match[0], match[0]), text)


@dataclass(frozen=True, slots=True)
class Resolvable:
    """A value whose expressions have been parsed. Parts without expressions are shared by all that is made of it: do not change them."""

    fill: _Fill
    evaluations: tuple[Evaluation, ...]

    @property
    def native(self) -> bool:
        """Whether it needs no sandbox."""
        return not self.evaluations


def compile_value(value: JsonValue, *, at: str = "", leave: Collection[str] = ()) -> Resolvable:
    """Parse all expressions in a JSON value: in texts at any depth, not in keys.

    Problems carry JSON pointers that start with `at`. `leave` names keys of the outermost object that stay as they are written,
    because they are meant for another scope (the body of a map). Raises `InvalidExpression`.
    """
    compiler = _Compiler()
    fill = compiler.object_(value, at, leave) if isinstance(value, dict) and leave else compiler.value(value, at)
    return Resolvable(fill or _same(value), tuple(compiler.evaluations))


def resolve_now(resolvable: Resolvable, scope: Scope) -> JsonValue:
    """The value at once, for one that is `native`. Raises `ExpressionFailed` with the pointer of the expression."""
    if resolvable.evaluations:
        raise ValueError("this value needs the sandbox: await resolve()")
    return resolvable.fill(scope, ())


async def resolve(resolvable: Resolvable, scope: Scope, sandbox: Sandbox) -> JsonValue:
    """The value, with the sandbox's help where that is needed. Raises `ExpressionFailed` with the pointer of the expression."""
    results = [await evaluation.run(scope, sandbox) for evaluation in resolvable.evaluations]
    return resolvable.fill(scope, results)


V = TypeVar("V", bound=JsonValue)


class _Compiler:
    """Makes functions of values; None stands for a value without expressions."""

    def __init__(self) -> None:
        self.evaluations: list[Evaluation] = []

    def value(self, value: JsonValue, at: str) -> _Fill | None:
        match value:
            case str():
                return self.text(value, at)
            case dict():
                return self.object_(value, at)
            case list():
                return self.list_(value, at)
            case _:
                return None

    def object_(self, value: dict[str, JsonValue], at: str, leave: Collection[str] = ()) -> _Fill | None:
        filled = {key: self.value(item, at + pointer(key)) for key, item in value.items() if key not in leave}
        fills = tuple((key, fill) for key, fill in filled.items() if fill)
        if not fills:
            return None
        if len(fills) == len(value):
            return lambda scope, results: {key: fill(scope, results) for key, fill in fills}

        def some(scope: Scope, results: Sequence[JsonValue]) -> JsonValue:
            copy = value.copy()  # keeps the order of the keys
            for key, fill in fills:
                copy[key] = fill(scope, results)
            return copy

        return some

    def list_(self, value: list[JsonValue], at: str) -> _Fill | None:
        filled = [self.value(item, at + pointer(index)) for index, item in enumerate(value)]
        fills = tuple((index, fill) for index, fill in enumerate(filled) if fill)
        if not fills:
            return None

        def some(scope: Scope, results: Sequence[JsonValue]) -> JsonValue:
            copy = value.copy()
            for index, fill in fills:
                copy[index] = fill(scope, results)
            return copy

        return some

    def text(self, value: str, at: str) -> _Fill | None:
        try:
            template = parse(value)
        except Problem as problem:
            raise problem.at(pointer=at) from None
        match template:
            case Text():
                return None
            case Expression():
                return self.expression(template, at)
            case Mixed(parts=parts):
                fills = [_same(part.value) if isinstance(part, Text) else self.part(part, at) for part in parts]
                return lambda scope, results: "".join([fill(scope, results) for fill in fills])
            case _:
                assert_never(template)

    def part(self, expression: Expression, at: str) -> Callable[[Scope, Sequence[JsonValue]], str]:
        """An expression within text."""
        fill = self.expression(expression, at)

        def text(scope: Scope, results: Sequence[JsonValue]) -> str:
            value = fill(scope, results)
            if isinstance(value, str):
                return value
            if scope.large:
                value = scope.opened(value)
            if value is None:
                fix = 'Write get(…, "key", "default"), or (value or "").'
                raise ExpressionFailed(f"{{{{ {_short(expression.source)} }}}} is null, which is no text.", fix=fix, pointer=at)
            return json.dumps(value, ensure_ascii=False)

        return text

    def expression(self, expression: Expression, at: str) -> _Fill:
        body = expression.body
        if isinstance(body, Computed):
            place = len(self.evaluations)
            variables = tuple((name, None if operand == Path("now", ()) else reader(operand, at)) for name, operand in body.operands)
            self.evaluations.append(Evaluation(expression, body, variables, at))
            return lambda _scope, results: results[place]
        read = reader(body, at)
        return lambda scope, _results: read(scope)


def _given(value: JsonValue, scope: Scope) -> JsonValue:
    """A value for the sandbox, whole. Raises `ExpressionFailed` for more than it takes before any of it is loaded."""
    if (size := sum(found.blob.size for _, found in references(value))) > max_given:
        raise ExpressionFailed(
            f"A value has {size:,} bytes, and Python that is evaluated takes at most {max_given:,}.",
            fix="Take the part that is needed by a path of its own, in a transform before this.",
        )
    return scope.opened(value)


def _same(value: V) -> Callable[[Scope, Sequence[JsonValue]], V]:
    return lambda _scope, _results: value


def _short(source: str) -> str:
    return source if len(source) <= 120 else source[:119] + "…"
