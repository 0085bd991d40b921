"""Python that people write into a workflow: the program, what it may use, and which actions it names."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from pydantic import Field, JsonValue

from tenuto.core.values import Frozen

http_module = "http"
"""The module through which code sends any request; a connector of this name would be hidden by it."""

max_code = 100_000
"""Characters of one program."""


class CodeLimits(Frozen):
    """What one program may use; what goes beyond is stopped."""

    seconds: float = Field(default=5, gt=0, le=60, description="Of computing, waiting not counted.", examples=[5])
    memory_mb: int = Field(default=64, ge=8, le=256, description="Of values, in megabytes.", examples=[64])
    calls: int = Field(default=1000, ge=1, le=10_000, description="Actions, requests, sleeps and looks at the clock.", examples=[1000])


class Program(NamedTuple):
    """A program, the values of its variables, and its limits."""

    code: str
    inputs: Mapping[str, JsonValue]
    limits: CodeLimits


class Called(NamedTuple):
    """An action that code names, with the connection that it names literally."""

    module: str
    action: str
    connection: str | None


class Names(NamedTuple):
    """What a program names, by reading it: every name it looks up or imports, and every `module.attribute` that it calls."""

    words: frozenset[str]
    calls: tuple[Called, ...]


_word = re.compile(r"[A-Za-z_]\w*")
_dotted = re.compile(r"\b([A-Za-z_]\w*)\s*\.\s*([A-Za-z_]\w*)\s*\(")


@lru_cache(maxsize=512)
def names_in(code: str) -> Names:
    """What a program names. Nothing is run; what cannot be parsed here (the sandbox knows newer syntax) is read word by word."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = tuple(dict.fromkeys(Called(module, action, None) for module, action in _dotted.findall(code)))
        return Names(frozenset(_word.findall(code)), found)
    words: set[str] = set()
    aliases: dict[str, str] = {}
    members: dict[str, tuple[str, str]] = {}
    calls: list[ast.Call] = []
    touched: dict[int, tuple[str, str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                words.add(name)
            case ast.Import(names=names):
                words.update(each.name for each in names)
                aliases |= {each.asname or each.name: each.name for each in names}
            case ast.ImportFrom(module=str(module), names=names):
                words.add(module)
                members |= {each.asname or each.name: (module, each.name) for each in names}
            case ast.Call():
                calls.append(node)
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                touched[id(node)] = (module, name)
            case _:
                pass
    asked = {id(call.func) for call in calls}
    found = [*_called(calls, aliases, members)]
    found += [Called(aliases.get(module, module), name, None) for at, (module, name) in touched.items() if at not in asked]
    spoken = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    found += [Called(*member, None) for name, member in members.items() if name not in spoken]
    return Names(frozenset(words), tuple(dict.fromkeys(found)))


def digest(name: str, arguments: bytes) -> str:
    """What tells whether a call is the same as before: SHA-256 of its name and its arguments as JSON."""
    return hashlib.sha256(name.encode() + b"\0" + arguments).hexdigest()


def _called(calls: list[ast.Call], aliases: Mapping[str, str], members: Mapping[str, tuple[str, str]]) -> Iterator[Called]:
    for call in calls:
        match call.func:
            case ast.Attribute(value=ast.Name(id=module), attr=action):
                yield Called(aliases.get(module, module), action, _connection(call))
            case ast.Name(id=name) if name in members:
                yield Called(*members[name], _connection(call))
            case _:
                pass


def _connection(call: ast.Call) -> str | None:
    for keyword in call.keywords:
        if keyword.arg == "connection" and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            return keyword.value.value
    return None
