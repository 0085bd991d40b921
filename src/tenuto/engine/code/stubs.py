"""The connectors as modules of the sandbox: what code can call, and the stubs by which it is checked."""

from __future__ import annotations

import json
import keyword
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tenuto.core.catalog import Catalog
from tenuto.core.connector import Action, Connector
from tenuto.core.program import http_module

_head = "from typing import Any, Literal, NotRequired, Sequence, TypedDict\n"

http_functions = ("request",)
_http = (
    _head
    + """
class Response(TypedDict):
    status: int
    headers: dict[str, str]
    body: Any

async def request(*, method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = ..., url: str,
    headers: dict[str, str] | None = ..., query: dict[str, Any] | None = ..., body: Any = ..., connection: str | None = ...,
    effect: Literal["read", "idempotent_write", "write"] | None = ...,
    response: Literal["auto", "json", "text", "binary"] = ...) -> Response:
    \"\"\"Send any HTTP request, as a node of type http does.\"\"\"
"""
)


def modules_named(words: Collection[str], catalog: Catalog) -> Sequence[str]:
    """The modules of the house among the names of a program."""
    return sorted(name for name in words if name == http_module or (name in catalog.connectors and name.isidentifier()))


def functions_of(module: str, catalog: Catalog) -> Sequence[str]:
    """What a module of the house offers."""
    if module == http_module:
        return http_functions
    return tuple(name for name in catalog.connectors[module].actions if _speakable(name))


def stub_of(module: str, catalog: Catalog) -> str:
    """The `.pyi` text of a module of the house."""
    return _http if module == http_module else _stub(_Known(catalog.connectors[module]))


class _Known:
    """A connector by identity: what it declares does not change while a process runs."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector

    def __hash__(self) -> int:
        return id(self.connector)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.connector is self.connector


@lru_cache(maxsize=256)
def _stub(known: _Known) -> str:
    classes: dict[str, str] = {}
    functions = [_function(action, classes) for key, action in known.connector.actions.items() if _speakable(key)]
    return _head + "\n" + "\n".join(classes.values()) + "\n" + "\n".join(functions)


def _function(action: Action, classes: dict[str, str]) -> str:
    given = list(_parameters(action.params))
    result = _typed(action.result, classes)
    doc = json.dumps(action.doc.partition("\n")[0])
    return f"async def {action.key}(*, {', '.join(given)}) -> {result}:\n    {doc}\n"


def _parameters(params: type[BaseModel]) -> Iterator[str]:
    fields = {field.alias or name: field for name, field in params.model_fields.items()}
    for name, field in fields.items():
        if _speakable(name):
            type_ = "Any" if _converted(field.metadata) else _type(field.annotation, {}, given=True)
            yield f"{name}: {type_}" + ("" if field.is_required() else " = ...")
    if "connection" not in fields:
        yield "connection: str | None = ..."
    if not all(_speakable(name) for name in fields):
        yield "**others: Any"


def _typed(model: type[BaseModel], classes: dict[str, str]) -> str:
    """The name of the TypedDict that a result is; it and those in it are added to `classes`."""
    name = "".join(letter for letter in model.__name__ if letter.isalnum() or letter == "_") or "Result"
    if name not in classes:
        classes[name] = ""
        fields = {_key(key, field): _type(field.annotation, classes) for key, field in model.model_fields.items()}
        if all(_speakable(key) for key in fields):
            lines = [f"    {key}: {type_}" for key, type_ in fields.items()] or ["    pass"]
            classes[name] = f"class {name}(TypedDict):\n" + "\n".join(lines) + "\n"
        else:
            pairs = ", ".join(f"{key!r}: {type_}" for key, type_ in fields.items())
            classes[name] = f"{name} = TypedDict({name!r}, {{{pairs}}})\n"
    return name


def _key(name: str, field: FieldInfo) -> str:
    return field.serialization_alias or field.alias or name


_plain: Mapping[object, str] = {
    str: "str", bool: "bool", int: "int", float: "float", NoneType: "None", None: "None", datetime: "str", date: "str"
}  # fmt: skip


def _type(annotation: object, classes: dict[str, str], *, given: bool = False) -> str:
    """An annotation as code sees it: JSON. What is not said precisely is `Any`, so that nothing right is refused."""
    if annotation in _plain:
        return _plain[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return "Any" if given and _converted(arguments[1:]) else _type(arguments[0], classes, given=given)
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(_type(each, classes, given=given) for each in arguments))
    if origin is Literal:
        return f"Literal[{', '.join(repr(each) for each in arguments)}]" if all(isinstance(a, str | int) for a in arguments) else "Any"
    if origin in (tuple, list) and arguments:
        inner = _type(arguments[0], classes, given=given)
        return f"Sequence[{inner}]" if given else f"list[{inner}]"
    if origin is dict and len(arguments) == 2:
        return f"dict[str, {_type(arguments[1], classes, given=given)}]"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "dict[str, Any]" if given else _typed(annotation, classes)
    return "Any"


def _converted(marks: Sequence[object]) -> bool:
    """Whether the parameter takes other values than its type says."""
    return any(type(mark).__name__ in ("BeforeValidator", "PlainValidator", "WrapValidator") for mark in marks)


def _speakable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")
