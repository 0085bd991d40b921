"""For contributors: checks that a connector is complete, so that all that is derived from it works."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast, get_args

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.fields import FieldInfo

from tenuto.core.auth import OAuth2
from tenuto.core.connector import Action, Connector, Effect, Params, Request
from tenuto.core.errors import Issue, Problem
from tenuto.core.values import encode, pointer
from tenuto.engine.actions.act import validated
from tenuto.engine.actions.simulate import simulate

__all__ = ["check_connector", "example_params"]

_key = re.compile(r"[a-z][a-z0-9_]*")
_placeholder = re.compile(r"\{(\w+)\}")


def check_connector(connector: Connector) -> tuple[Issue, ...]:
    """All that is missing or wrong, empty when nothing is: `assert check_connector(slack) == ()`.

    Held against what is derived: keys that fit an address, documentation, an example for every parameter that the parameter
    accepts, a declared effect, scopes that the sign-in asks for, a request that can be built, a simulation that fits the result.
    """
    return tuple(_connector(connector)) + tuple(issue for action in connector.actions.values() for issue in _action(connector, action))


def example_params(action: Action) -> dict[str, JsonValue]:
    """The smallest parameters that should work: the examples of what is required, and of one more field where it takes one."""
    examples = {name: cast("JsonValue", field.examples[0]) for name, field in _fields(action.params).items() if field.examples}
    required = {name: examples[name] for name, field in _fields(action.params).items() if field.is_required() and name in examples}
    tries = [required, *({**required, name: example} for name, example in examples.items())]
    return next((params for params in tries if _valid(action, params)), required)


def _connector(connector: Connector) -> Iterator[Issue]:
    if not _key.fullmatch(connector.key):
        yield _issue("key", "/key", f'The key "{connector.key}" does not fit an address.', "Use lower-case letters, digits and _.")
    if not connector.base_url.startswith("https://"):
        yield _issue("base-url", "/base_url", "The base URL is not https.", "Secrets only travel encrypted.")
    if not connector.doc:
        yield _issue("doc", "/doc", "The connector says nothing about itself.", "Give it a `doc` of one sentence.")
    if not connector.actions:
        yield _issue("actions", "/actions", "The connector can do nothing.", "Declare a function with @connector.action(…).")


def _action(connector: Connector, action: Action) -> Iterator[Issue]:
    at = pointer("actions", action.key)
    if not action.doc:
        yield _issue("doc", at, f"{action.key} has no docstring.", "Say in one sentence what it does.")
    if action.effect not in get_args(Effect):
        yield _issue("effect", at, f'"{action.effect}" is no effect.', f"One of {', '.join(get_args(Effect))}.")
    if action.verify and action.effect != "write":
        yield _issue("verify", at, f"{action.key} has a verify, but is no write.", "Only a write is ever looked up.")
    if isinstance(connector.auth, OAuth2) and (unknown := set(action.scopes) - set(connector.auth.scopes)):
        yield _issue("scopes", at, f"The sign-in does not ask for {', '.join(sorted(unknown))}.", "Add it to the scopes of `auth`.")
    yield from _parameters(connector, action, at)
    yield from _results(action.result, at + "/result")
    yield from _whole(action, at)


def _parameters(connector: Connector, action: Action, at: str) -> Iterator[Issue]:
    for name, field in _fields(action.params).items():
        place = at + "/params" + pointer(name)
        if not field.description:
            yield _issue("description", place, f"{name} has no description.", "People and agents read it.")
        if not field.examples:
            yield _issue("example", place, f"{name} has no example.", "Forms, docs and tests use it.")
        for example in field.examples or ():
            yield from _accepted(action, name, cast("JsonValue", example), place)
        yield from _choices(connector, field, name, place)


def _valid(action: Action, params: dict[str, JsonValue]) -> bool:
    try:
        validated(action, params)
    except Problem:
        return False
    return True


def _accepted(action: Action, name: str, example: JsonValue, place: str) -> Iterator[Issue]:
    try:
        action.params.model_validate_json(encode({**example_params(action), name: example}))
    except ValidationError as error:
        wrong = [detail["msg"] for detail in error.errors() if detail["loc"] and detail["loc"][0] == name]
        if wrong:
            yield _issue("example", place, f"{name} does not accept its own example: {wrong[0]}.", "Mend the one or the other.")


def _choices(connector: Connector, field: FieldInfo, name: str, place: str) -> Iterator[Issue]:
    extra = cast("dict[str, JsonValue]", field.json_schema_extra) if isinstance(field.json_schema_extra, dict) else {}
    choices = extra.get("x-options")
    if not isinstance(choices, dict):
        return
    listing = connector.actions.get(str(choices["action"]))
    if listing is None or choices["items"] not in listing.result.model_fields:
        yield _issue("options", place, f"{name} offers what no action lists.", "Name an action of this connector and its list.")


def _results(model: type[BaseModel], at: str) -> Iterator[Issue]:
    for name, field in _fields(model).items():
        if not field.description:
            yield _issue("description", at + pointer(name), f"{name} of {model.__name__} has no description.", "It is documentation.")


def _whole(action: Action, at: str) -> Iterator[Issue]:
    params = example_params(action)
    try:
        typed = validated(action, params)
        simulate(action, params, key="check")
    except Problem as problem:
        yield _issue("simulation", at, problem.data.detail, problem.data.fix or "Mend the examples.")
        return
    except ValidationError as error:
        yield _issue("simulation", at, f"Its simulation does not fit its result: {error.errors()[0]['msg']}.", "Mend the examples.")
        return
    if not action.takes_calls:
        yield from _request(action, typed, at)


def _request(action: Action, params: Params, at: str) -> Iterator[Issue]:
    described = action.function(params, "check") if action.keyed else action.function(params)
    if not isinstance(described, Request):
        yield _issue("request", at, f"{action.key} does not return a Request.", "Return Request(result=…, method=…, path=…).")
        return
    request = cast("Request[BaseModel]", described)
    filled = {*request.fill, *type(params).model_fields}
    for name in _placeholder.findall(request.path):
        if name not in filled:
            yield _issue("path", at, f"Nothing fills {{{name}}} of {request.path}.", "Name a parameter like it, or use `fill`.")


def _fields(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _issue(code: str, at: str, message: str, fix: str) -> Issue:
    return Issue(pointer=at, code=code, message=message, fix=fix)
