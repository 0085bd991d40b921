"""Cuts the paths out of an expression's syntax tree, so that only what is used is copied into the sandbox."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import cast

from pydantic import JsonValue

from tenuto.core.errors import InvalidExpression
from tenuto.core.language.expression import (
    Constant,
    Get,
    Offsets,
    Operand,
    Path,
    Place,
    Reference,
    Step,
    functions,
    imports,
    max_bits,
    node_members,
    roots,
    written,
)

_surrogate = re.compile("[\ud800-\udfff]")
_literals: dict[str, JsonValue] = {"true": True, "false": False, "null": None}


class Cutter(ast.NodeTransformer):
    """Puts a variable in the place of every maximal path that starts at a root; `operands` says what each variable is.

    A variable of a comprehension or a lambda hides the root of its name. An attribute that is called is a method, never a key:
    no JSON value can be called. Raises `InvalidExpression` for names that do not exist and for what an expression may not do.
    """

    def __init__(self, source: str, place: Place) -> None:
        self.references: list[Reference] = []
        self.operands: dict[str, tuple[str, Operand]] = {}
        self.imports: set[str] = set()
        self.gets = False
        self._place = place
        self._offsets = Offsets(source)
        self._bound: frozenset[str] = frozenset()
        self._optional = False
        self._prefix = "_"
        while f"{self._prefix}0" in source:
            self._prefix += "_"

    def operand(self, node: ast.expr) -> Operand | None:
        """The node as something that needs no interpreter, or None; its references are noted."""
        return self._constant(node) or (self._get(node) if isinstance(node, ast.Call) else self._path(node))

    def visit(self, node: ast.AST) -> ast.AST:
        """The node with variables in the place of its paths."""
        match node:
            case ast.Attribute() | ast.Subscript() | ast.Call() | ast.Name():
                operand = self.operand(node)
                if operand is not None:
                    return self._variable(node, operand)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.Lambda():
                return self._lambda(node)
            case ast.NamedExpr() | ast.Await() | ast.Yield() | ast.YieldFrom():
                raise self._error(node, "An expression cannot assign, await or yield", "Use a code node.")
            case _:
                return self.generic_visit(node)
        return self._plain(node)

    def _plain(self, node: ast.AST) -> ast.AST:
        """A name that is no path, a call, or a path whose end is only known when it is evaluated."""
        match node:
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Attribute(attr=attr) if attr.startswith("__") and attr.endswith("__"):
                raise self._error(node, f"The attribute {attr} cannot be reached", f'For a key of that name write ["{attr}"].')
            case ast.Call(func=ast.Name(id="get")) if "get" not in self._bound:
                return self._computed_get(node)
            case ast.Call(func=ast.Attribute() as method):
                # The method itself is left out of the path: `nodes.a.output.items()` is the method of the object, not its key.
                if method.attr.startswith("__"):
                    raise self._error(method, f"The attribute {method.attr} cannot be reached")
                method.value = cast("ast.expr", self.visit(method.value))
                node.args = [cast("ast.expr", self.visit(argument)) for argument in node.args]
                node.keywords = [cast("ast.keyword", self.visit(keyword)) for keyword in node.keywords]
                return node
            case _:
                return self.generic_visit(node)

    def _name(self, node: ast.Name, name: str) -> ast.AST:
        if name in self._bound or name in functions:
            return node
        if name in imports:
            self.imports.add(name)
            return node
        if name == "get":
            self.gets = True
            return node
        near = get_close_matches(name, [*roots, *functions, *imports], 1)
        fix = f"Did you mean {near[0]}?" if near else f"Names are {', '.join(sorted(roots))}; a value of the run's input is input.{name}."
        raise self._error(node, f"There is no name {name} here", fix)

    def _variable(self, node: ast.expr, operand: Operand) -> ast.expr:
        if isinstance(operand, Constant):
            return ast.Name(str(operand.value), ast.Load())  # true, false and null are Python's True, False and None
        key = f"{operand.text} {self._optional}"
        if key not in self.operands:
            self.operands[key] = (f"{self._prefix}{len(self.operands)}", operand)
        return ast.Name(self.operands[key][0], ast.Load())

    def _constant(self, node: ast.expr) -> Constant | None:
        match node:
            case ast.Constant(value=str() as value):
                if not value.isascii() and _surrogate.search(value):
                    raise self._error(node, "Half of a surrogate pair is not text")
                return Constant(value)
            case ast.Constant(value=None | int() as value) if value is None or value.bit_length() <= max_bits:
                return Constant(value)
            case ast.Constant(value=float() as value) if value - value == 0:
                return Constant(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
                return self._negative(number)
            case ast.Name(id=name) if name in _literals and name not in self._bound:
                return Constant(_literals[name])
            case ast.List(elts=items):
                values = self._constants(items)
                return None if values is None else Constant(values)
            case ast.Dict(keys=keys, values=values):
                return self._constant_object(keys, values)
            case _:
                return None

    def _constants(self, nodes: Sequence[ast.expr]) -> list[JsonValue] | None:
        found = [self._constant(node) for node in nodes]
        return None if None in found else [constant.value for constant in found if constant]

    def _constant_object(self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr]) -> Constant | None:
        names = self._constants([key for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)])
        items = self._constants(values)
        if names is None or items is None or len(names) < len(items):
            return None
        return Constant(dict(zip(cast("list[str]", names), items, strict=True)))

    def _negative(self, node: ast.Constant) -> Constant | None:
        constant = self._constant(node)
        value = constant.value if constant else None
        return Constant(-value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def _path(self, node: ast.expr) -> Path | None:
        steps: list[Step] = []
        last = node
        while not isinstance(node, ast.Name):
            match node:
                case ast.Attribute(value=value, attr=attr):
                    steps.append(attr)
                case ast.Subscript(value=value, slice=key) if (step := self._step(key)) is not None:
                    steps.append(step)
                case _:
                    return None
            node = value
        if node.id not in roots or node.id in self._bound or (node.id == "now" and steps):
            return None  # `now` is a datetime, not JSON: its attributes are read in the sandbox
        steps.reverse()
        if node.id == "nodes":
            self._check_node(last, steps)
        path = Path(node.id, tuple(steps))
        self._note(path, last)
        return path

    def _step(self, key: ast.expr) -> Step | None:
        constant = self._constant(key)
        value = constant.value if constant else None
        return value if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)) else None

    def _check_node(self, node: ast.expr, steps: Sequence[Step]) -> None:
        if not steps or not isinstance(steps[0], str):
            raise self._error(node, "A node is named by its id, written out", 'Write nodes.<id>.output or nodes["<id>"].output.')
        if len(steps) < 2 or steps[1] not in node_members:
            here = "nodes" + written(steps[:1])
            fix = f"Write {here}.output{written(steps[1:])}."
            raise self._error(node, f"{here} has only {' and '.join(node_members)}", fix)

    def _note(self, path: Path, node: ast.expr) -> None:
        start, end = (self._place.start + offset for offset in self._offsets.span(node))
        named = str(path.steps[0]) if path.root == "nodes" else None
        self.references.append(Reference(path.root, named, path.steps, start, end, path.text, self._optional))

    def _get(self, node: ast.Call) -> Get | None:
        """`get(operand, literal[, operand])`, and nothing else."""
        match node:
            case ast.Call(func=ast.Name(id="get"), args=[container, key, *default], keywords=[]) if (
                "get" not in self._bound and len(default) < 2
            ):
                step = self._step(key)
            case _:
                return None
        noted = len(self.references)
        outer, self._optional = self._optional, True
        inner = self.operand(container)
        self._optional = outer
        fallback = self.operand(default[0]) if default else Constant(None)
        if step is None or inner is None or fallback is None:
            del self.references[noted:]  # the interpreter's `get` takes it, and its parts are noted when they are visited
            return None
        return Get(inner, step, fallback)

    def _computed_get(self, node: ast.Call) -> ast.AST:
        if not 2 <= len(node.args) <= 3 or node.keywords:
            raise self._error(node, "get takes a container, a key and a default", 'Write get(nodes.a.output, "key", default).')
        self.gets = True
        outer, self._optional = self._optional, True
        operand = self.operand(node.args[0])
        container = self._variable(node.args[0], Get(operand, None, Constant(None))) if operand else self.visit(node.args[0])
        self._optional = outer
        node.args = [cast("ast.expr", container), *(cast("ast.expr", self.visit(argument)) for argument in node.args[1:])]
        return node

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> ast.AST:
        outer = self._bound
        for generator in node.generators:
            generator.iter = cast("ast.expr", self.visit(generator.iter))  # sees the variables of the loops before it, not its own
            self._bound |= {part.id for part in ast.walk(generator.target) if isinstance(part, ast.Name)}
            generator.ifs = [cast("ast.expr", self.visit(condition)) for condition in generator.ifs]
        if isinstance(node, ast.DictComp):
            node.key, node.value = cast("ast.expr", self.visit(node.key)), cast("ast.expr", self.visit(node.value))
        else:
            node.elt = cast("ast.expr", self.visit(node.elt))
        self._bound = outer
        return node

    def _lambda(self, node: ast.Lambda) -> ast.AST:
        outer, arguments = self._bound, node.args
        arguments.defaults = [cast("ast.expr", self.visit(default)) for default in arguments.defaults]
        arguments.kw_defaults = [cast("ast.expr", self.visit(default)) if default else None for default in arguments.kw_defaults]
        self._bound |= {part.arg for part in ast.walk(arguments) if isinstance(part, ast.arg)}
        node.body = cast("ast.expr", self.visit(node.body))
        self._bound = outer
        return node

    def _error(self, node: ast.expr, message: str, fix: str | None = None) -> InvalidExpression:
        return self._place.error(message, self._offsets.span(node)[0], fix)
