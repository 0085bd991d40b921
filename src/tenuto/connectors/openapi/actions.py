"""An operation as an action: typed parameters, a described request, and a result whose examples make its simulation."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from keyword import iskeyword
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from tenuto.connectors.openapi.arguments import Argument, Given, arguments_of, form_of, query_of, simple
from tenuto.connectors.openapi.document import Document, Object, Operation, first_sentence, part, text
from tenuto.connectors.openapi.samples import sample
from tenuto.connectors.openapi.schemas import schema_of
from tenuto.connectors.openapi.ways import Ways
from tenuto.core.connector import Action, Answer, Effect, Params, QueryValue, Request, Result
from tenuto.core.errors import Invalid, InvalidOutput
from tenuto.core.language.schema import sentence, violations

_form = "application/x-www-form-urlencoded"
_reserved = frozenset(dir(BaseModel))


class Strict(Params):
    """Parameters that only their own names fill."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=False, protected_namespaces=())


class Answered(Result):
    """What an operation answers: the fields that the document names, and what else there is."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


def action_of(document: Document, operation: Operation, ways: Ways, *, taken: Collection[str]) -> Action:
    """The action of an operation. Raises `Invalid` for one that asks for what no action can send."""
    document.count_anew()
    if not ways.possible(document, operation):
        raise Invalid("It is signed in to in a way that is not offered.", pointer=operation.at)
    given = arguments_of(document, operation)
    document.count_anew()
    result, read = _answer(document, operation)
    return Action(
        key=_key(operation, taken),
        doc=_doc(operation),
        params=_params(operation, given),
        result=result,
        effect=_effect(operation, given),
        scopes=ways.scopes(document, operation),
        function=_function(operation, given, result, read),
        takes_calls=False,
        keyed=given.idempotent is not None,
    )


def _key(operation: Operation, taken: Collection[str]) -> str:
    words = operation.identifier or f"{operation.method} {operation.path}"
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words)
    key = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_") or "operation"
    key = key if key[0].isalpha() else f"do_{key}"
    numbered = (f"{key}_{number}" for number in range(2, 10_000))
    return key if key not in taken else next(each for each in numbered if each not in taken)


def _doc(operation: Operation) -> str:
    words = text(operation.content.get("summary")) or text(operation.content.get("description"))
    return first_sentence(words) or f"{operation.method} {operation.path}."


def _effect(operation: Operation, given: Given) -> Effect:
    """By the methods' own meaning (RFC 9110, 9.2); a key that the API takes makes any write one that may be sent again."""
    if operation.method in ("GET", "HEAD"):
        return "read"
    return "idempotent_write" if operation.method in ("PUT", "DELETE") or given.idempotent else "write"


def _params(operation: Operation, given: Given) -> type[Params]:
    return cast(
        "type[Params]", create_model(_title(operation), __base__=Strict, **_model_fields([(e.name, _typed(e)) for e in given.arguments]))
    )


def _typed(argument: Argument) -> tuple[Any, Any]:
    annotation = Annotated[JsonValue, WithJsonSchema(cast("dict[str, Any]", argument.schema)), AfterValidator(_fitting(argument.schema))]
    default: Any = ... if argument.required else None
    fits = not violations(argument.example, argument.schema)  # documents hold wrong examples, and a pattern cannot be turned around
    return annotation, Field(default, alias=argument.name, description=argument.doc, examples=[argument.example] if fits else None)


def _fitting(schema: Object) -> Callable[[JsonValue], JsonValue]:
    def fitting(value: JsonValue) -> JsonValue:
        if issues := violations(value, schema):
            words = sentence(issues).removeprefix("/: ")
            raise PydanticCustomError("schema", "{words}", {"words": words})
        return value

    return fitting


def _model_fields(fields: list[tuple[str, tuple[Any, Any]]]) -> Mapping[str, Any]:
    """By names that Python allows; where the API's own is none, it is the alias alone."""
    made: dict[str, Any] = {}
    for number, (name, typed) in enumerate(fields):
        fine = name.isidentifier() and not iskeyword(name) and not name.startswith("_") and name not in _reserved
        made[name if fine else f"field_{number}"] = typed
    return made


def _title(operation: Operation) -> str:
    return "".join(word.capitalize() for word in re.split(r"\W+|_", operation.identifier or f"{operation.method} {operation.path}"))


def _function(operation: Operation, given: Given, result: type[BaseModel], read: Callable[..., BaseModel]) -> Callable[..., object]:
    known = {argument.name: argument for argument in given.arguments}

    def described(params: Params, key: str | None = None) -> Request[BaseModel]:
        values = cast("Object", params.model_dump(mode="json", by_alias=True, exclude_unset=True))
        sent = [(known[name], value) for name, value in values.items()]
        fields: Object = {argument.sent_as: value for argument, value in sent if argument.place == "field"}
        body = next((value for argument, value in sent if argument.place == "body"), fields or ({} if given.body_required else None))
        headers = {argument.sent_as: simple(value) for argument, value in sent if argument.place == "header"}
        query: dict[str, QueryValue] = {}
        for argument, value in sent:
            if argument.place == "query":
                query |= query_of(argument, value)
        if given.idempotent and key is not None:
            headers[given.idempotent] = key
        if given.media not in (None, _form, "application/json") and body is not None:
            headers["Content-Type"] = given.media
        form = given.media == _form
        return Request(
            result=result,
            method=operation.method,
            path=_quoted(operation.path),
            fill={_slot(argument.sent_as): simple(value) for argument, value in sent if argument.place == "path"},
            query=query,
            headers=headers,
            json=None if form else body,
            form=form_of(body) if form and isinstance(body, dict) else None,
            read=read,
        )

    return described


def _quoted(path: str) -> str:
    return re.sub(r"\{([^{}]+)\}", lambda found: "{" + _slot(found[1]) + "}", path)


def _slot(name: str) -> str:
    """A path parameter by a name that a described request's placeholder may have (`user-id`)."""
    return re.sub(r"\W", "_", name)


def _answer(document: Document, operation: Operation) -> tuple[type[BaseModel], Callable[..., BaseModel]]:
    """The result, and how an answer is read: an object as it is, a list under `items`, anything else under `value`."""
    responses = part(operation.content, "responses")
    good = next((responses[code] for code in ("200", "201", "202", "203", "2XX", "204", "default") if code in responses), None)
    content = part(document.resolved(good, operation.at + "/responses"), "content") if good is not None else {}
    media = next((each for each in content if each.split(";")[0].endswith("json")), None)
    given = part(content, media) if media else {}
    schema = schema_of(document, given.get("schema") or {}, operation.at + "/responses", answer=True)
    shown = given.get("example")
    example = shown if shown is not None else sample(schema) if schema else None
    if isinstance(example, dict):
        described = part(schema, "properties")
        fields = {name: _shown(value, described.get(name)) for name, value in example.items()}
        return _model(operation, fields), _read_object
    if isinstance(example, list):
        return _model(operation, {"items": _shown(cast("JsonValue", example), schema)}), _read_items
    if not content:
        return _model(operation, {"status": _shown(204, {"description": "The HTTP status."})}), _read_status
    return _model(operation, {"value": _shown(example, schema)}), _read_value


def _model(operation: Operation, fields: Mapping[str, tuple[Any, Any]]) -> type[BaseModel]:
    aliased = [(name, (kind, Field(None, alias=name, **facts))) for name, (kind, facts) in fields.items()]
    return create_model(_title(operation) + "Answer", __base__=Answered, **_model_fields(aliased))


def _shown(example: JsonValue, schema: JsonValue) -> tuple[Any, dict[str, Any]]:
    known = schema if isinstance(schema, dict) else {}
    facts: dict[str, Any] = {
        "description": first_sentence(text(known.get("description"))) or "As the API answers it.",
        "examples": [example],
    }
    return Annotated[JsonValue, WithJsonSchema(cast("dict[str, Any]", known))], facts


def _read_object(answer: Answer, _params: object) -> Answered:
    if not isinstance(answer.json, dict):
        raise InvalidOutput("An object was expected.", raw=answer.text)
    return _validated(answer.json)


def _read_items(answer: Answer, _params: object) -> Answered:
    if not isinstance(answer.json, list):
        raise InvalidOutput("A list was expected.", raw=answer.text)
    return _validated({"items": answer.json})


def _read_value(answer: Answer, _params: object) -> Answered:
    return _validated({"value": answer.json if "json" in answer.headers.get("content-type", "") else answer.text})


def _read_status(answer: Answer, _params: object) -> Answered:
    return _validated({"status": answer.status})


def _validated(fields: object) -> Answered:
    return Answered.model_validate(fields)
