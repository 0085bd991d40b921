"""Conditions, transformations and references as older clients write them, as expressions of today."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from tenuto.core.language.expression import functions, imports, max_length, roots

operators = ("equals", "notEquals", "contains", "greaterThan", "lessThan")
"""Of the older condition `{variable, operator, value}`."""

transformations: Mapping[str, str] = {
    "json_parse": "json.loads({0})",
    "json_stringify": "json.dumps({0}, ensure_ascii=False)",
    "uppercase": "str({0}).upper()",
    "lowercase": "str({0}).lower()",
}
"""Of the older transform, with the place of what is transformed."""

_known = roots | functions | imports.keys() | {"get", "true", "false", "null"}
_dotted = re.compile(r"[A-Za-z_]\w*(\.\w+)*", re.ASCII)
_result = re.compile(r"""(?<![\w.])results(?:\.([\w-]+)|\[\s*(?:"([^"]+)"|'([^']+)')\s*\])""")
_braces = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}", re.DOTALL)
_name = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class OlderText:
    """Translates the texts of one older workflow: its node ids and the variables its nodes set are known."""

    nodes: Collection[str]
    variables: Collection[str]

    def text(self, text: str) -> str:
        """A text whose `{{ }}` name variables and results: `{{message}}` becomes `{{ vars.message }}`."""
        return _braces.sub(lambda found: f"{{{{ {self.expression(found[1])} }}}}", text)

    def value(self, value: JsonValue) -> JsonValue:
        """The same for every text in a value; `{variable: x}` becomes the variable itself."""
        match value:
            case str():
                return self.text(value)
            case {"variable": str(variable), **rest} if not rest:
                return f"{{{{ {self.variable(variable)} }}}}"
            case dict():
                return {key: self.value(item) for key, item in value.items()}
            case list():
                return [self.value(item) for item in value]
            case _:
                return value

    def bare(self, text: str) -> str:
        """An older condition as one expression: without braces, with them around all of it, or with them around some names."""
        parts = _braces.findall(text)
        whole = len(parts) == 1 and text.strip() == f"{{{{{parts[0]}}}}}"
        return f"{{{{ {self.expression(parts[0] if whole else _braces.sub(_bracketed, text))} }}}}"

    def expression(self, source: str) -> str:
        """One expression whose unknown names are variables. What is not Python stays as it is: validation says what is wrong."""
        source = _result.sub(self._node, source.strip())
        first = source.partition(".")[0]
        if source in self.variables or (_dotted.fullmatch(source) and not self.defined(first)):
            return self.variable(source)
        if len(source) > max_length:
            return source
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source, mode="eval")
            qualifier = _Qualifier(self, tree)
            changed = qualifier.visit(tree)
            return ast.unparse(changed) if qualifier.changed else source
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return source

    def variable(self, path: str) -> str:
        """The expression of a variable (`order.items.0`) or of a result (`results.node-1.id`)."""
        start, steps = self._path(path)
        return start + "".join(f".{step}" if _name.fullmatch(step) else f"[{_key(step)}]" for step in steps)

    def optional(self, path: str) -> str:
        """The same, null where something is missing on the way."""
        expression, steps = self._path(path)
        for step in steps:
            expression = f"get({expression}, {_key(step)})"
        return expression

    def condition(self, variable: str, operator: str, value: JsonValue) -> str:
        """The expression of `{variable, operator, value}`; `operator` is one of `operators`.

        As before, a missing variable is null: it equals nothing, contains nothing, and counts as 0 or as no text.
        """
        left = self.optional(variable)
        right = literal(value)
        match operator:
            case "equals":
                return f"{left} == {right}"
            case "notEquals":
                return f"{left} != {right}"
            case "contains":
                empty = '""' if isinstance(value, str) else "[]"
                return f"{right} in ({left} or {empty})"
            case _:
                sign = ">" if operator == "greaterThan" else "<"
                number = _number(value)
                return f'str({left} or "") {sign} {right}' if number is None else f"float({left} or 0) {sign} {number}"

    def defined(self, name: str) -> bool:
        """Whether a name means something of its own, and so is no variable."""
        return name in _known and name not in self.variables

    def _path(self, path: str) -> tuple[str, list[str]]:
        found = _result.match(path.strip())
        if found:
            rest = path.strip()[found.end() :].lstrip(".")
            return self._node(found), rest.split(".") if rest else []
        whole = path.strip()
        steps = [whole] if whole in self.variables else whole.split(".")
        return "vars", steps[1:] if len(steps) > 1 and steps[0] in {"vars", "variables"} else steps

    def _node(self, found: re.Match[str]) -> str:
        written = found[2] or found[3]
        if written:
            return f"nodes[{literal(written)}].output"
        whole = name = found[1]
        while name not in self.nodes and "-" in name:
            name = name.rpartition("-")[0]
        name = name if name in self.nodes else whole
        return f"nodes[{literal(name)}].output{whole[len(name) :]}"


def literal(value: JsonValue) -> str:
    """A JSON value as an expression; braces in texts are escaped, so that they never end the expression."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False).replace("{", "\\u007b").replace("}", "\\u007d")
        case None | bool():
            return repr(value)
        case dict():
            return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + " }"
        case list():
            return "[" + ", ".join(literal(item) for item in value) + "]"
        case _:
            return repr(value)


def _bracketed(found: re.Match[str]) -> str:
    return f"({found[1].strip()})"


def _key(step: str) -> str:
    return step if step.isascii() and step.isdigit() and len(step) < 10 else literal(step)


def _number(value: JsonValue) -> str | None:
    """A number, or a text that is one, as forms send it."""
    if isinstance(value, int | float):
        return repr(value if not isinstance(value, bool) else int(value))
    is_number = isinstance(value, str) and re.fullmatch(r"\s*-?(0|[1-9]\d{0,300})(\.\d{1,300})?\s*", value, re.ASCII)
    return value.strip() if is_number and isinstance(value, str) else None


class _Qualifier(ast.NodeTransformer):
    """Puts `vars.` before every name that nothing else defines."""

    def __init__(self, text: OlderText, tree: ast.AST) -> None:
        self.text = text
        self.changed = False
        self.bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        self.bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """`context.variables` is `vars`."""
        if isinstance(node.value, ast.Name) and node.value.id == "context" and node.attr == "variables":
            self.changed = True
            return ast.Name("vars", ast.Load())
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """`variables` is `vars`, another unknown name one of its keys."""
        name = node.id
        if name in self.bound or self.text.defined(name):
            return node
        self.changed = True
        variables = ast.Name("vars", ast.Load())
        return variables if name == "variables" and name not in self.text.variables else ast.Attribute(variables, name, ast.Load())
