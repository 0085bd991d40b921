"""For contributors: checks that a connector is complete, so that all that is derived from it works."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.fields import FieldInfo

from tenuto.core.account import bounded, filled, host_name, plain_for, token_field
from tenuto.core.auth import Auth, OAuth2, PathToken
from tenuto.core.connecting import base_template, fields_used, templates, ways_of
from tenuto.core.connector import Action, Connector, Effect, Params, Request, doors
from tenuto.core.errors import Issue, Problem
from tenuto.core.values import encode, pointer
from tenuto.core.ways import base_field, kind_of, sign_in_urls, typed_in
from tenuto.engine.actions.act import validated
from tenuto.engine.actions.simulate import simulate

__all__ = ["check_connector", "example_params"]

_key = re.compile(r"[a-z][a-z0-9_]*")
_placeholder = re.compile(r"\{(\w+)\}")


def check_connector(connector: Connector) -> tuple[Issue, ...]:
    """All that is missing or wrong, empty when nothing is: `assert check_connector(slack) == ()`.

    Held against what is derived: keys that fit an address, documentation, an example for every parameter that the parameter
    accepts, a declared effect, scopes that the sign-in asks for, a request that can be built, a simulation that fits the result;
    ways to sign in whose addresses can be filled in and lead nowhere else, and whose secrets can be tried.
    """
    actions = (issue for action in connector.actions.values() for issue in _action(connector, action))
    return (*_connector(connector), *_sign_in(connector), *_account_fields(connector), *actions)


def example_params(action: Action) -> dict[str, JsonValue]:
    """The smallest parameters that should work: the examples of what is required, and of one more field where it takes one."""
    examples = {name: cast("JsonValue", field.examples[0]) for name, field in _fields(action.params).items() if field.examples}
    required = {name: examples[name] for name, field in _fields(action.params).items() if field.is_required() and name in examples}
    tries = [required, *({**required, name: example} for name, example in examples.items())]
    return next((params for params in tries if _valid(action, params)), required)


def _connector(connector: Connector) -> Iterator[Issue]:
    if not _key.fullmatch(connector.key):
        yield _issue("key", "/key", f'The key "{connector.key}" does not fit an address.', "Use lower-case letters, digits and _.")
    if connector.base_url.partition("://")[0] not in doors:
        yield _issue("base-url", "/base_url", "The base URL is not https.", "Secrets only travel encrypted.")
    if not connector.doc:
        yield _issue("doc", "/doc", "The connector says nothing about itself.", "Give it a `doc` of one sentence.")
    if not connector.actions:
        yield _issue("actions", "/actions", "The connector can do nothing.", "Declare a function with @connector.action(…).")


def _sign_in(connector: Connector) -> Iterator[Issue]:
    ways, found = ways_of(connector), connector.discovery
    for way in ways:
        yield from _way(connector, way)
    if len({kind_of(way) for way in ways}) < len(ways):
        yield _issue("ways", "/also", "Two ways to sign in are of the same kind.", "A connection knows its way by the kind: keep one.")
    if any(typed_in(way) for way in ways) and connector.check is None:
        yield _issue("check", "/check", "A new secret cannot be tried.", "Give `check` a request that says whose the secret is.")
    if connector.check and (missing := set(_placeholder.findall(connector.check.path)) - set(connector.check.fill)):
        yield _issue("check", "/check", f"Nothing fills {', '.join(sorted(missing))} of the check.", "Use `fill`.")
    if found and not (found.url.startswith("https://") and any(set(found.gives) & set(fields_used(connector, way)) for way in ways)):
        yield _issue("discovery", "/discovery", "What is discovered is in no URL, or not asked for by https.", "Mend it, or leave it out.")
    for domain in connector.domains:
        if not re.fullmatch(host_name, domain) or "." not in domain or domain != domain.lower():
            yield _issue("domains", "/domains", f'"{domain}" is no domain.', "Such as salesforce.com.")


def _way(connector: Connector, way: Auth) -> Iterator[Issue]:
    at = "/auth" if way is connector.auth else pointer("also", connector.also.index(way))
    said = {field.name for field in connector.fields}
    known = said | set(connector.discovery.gives if connector.discovery else ())
    base, path = base_template(connector, way), "{" + token_field + "}"
    if isinstance(way, PathToken) and (base.count(path), urlsplit(base).path.count(path)) != (1, 1):
        yield _issue("token", at, f"{base} has not {path} once in its path.", "That is where the token goes.")
    if base_field(way) and not connector.domains:
        yield _issue("domains", "/domains", "Nothing bounds the base URL that comes with a token.", "Name the vendor's domains.")
    for url in templates(connector, way):
        if not url.startswith("https://") and url != connector.base_url:
            yield _issue("url", at, f"{url} is not https.", "Secrets only travel encrypted.")
    yield from _url(base.replace(path, "") if isinstance(way, PathToken) else base, known, at)
    for url in sign_in_urls(way):
        yield from _url(url, said, at)  # what is discovered is not known before


def _url(url: str, known: set[str], at: str) -> Iterator[Issue]:
    parts = urlsplit(url)
    names = _placeholder.findall(url)
    for name in sorted(set(names) - known):
        yield _issue("placeholder", at, f"Nothing gives {{{name}}} of {url}.", "Declare it in `fields`, or let `discovery` give it.")
    if len(_placeholder.findall(parts.netloc.rpartition("@")[2])) + len(_placeholder.findall(parts.path)) != len(names):
        yield _issue("placeholder", at, f"{url} has a field outside of its host and path.", "Fields are part of these alone.")
    if not bounded(url):
        yield _issue("host", at, f"Whoever fills in {url} can lead it to another domain.", "Leave two labels to the right of a field.")


def _account_fields(connector: Connector) -> Iterator[Issue]:
    used = {name for way in ways_of(connector) for name in fields_used(connector, way)}
    given = set(connector.discovery.gives if connector.discovery else ())
    for number, field in enumerate(connector.fields):
        at = pointer("fields", number)
        if not _key.fullmatch(field.name) or field.name == token_field or field.name in given:
            yield _issue("field", at, f'"{field.name}" cannot be the name of a field.', "Lower-case, and neither `token` nor discovered.")
        if field.name not in used:
            yield _issue("field", at, f"No URL has {{{field.name}}}.", "Leave it out.")
        if not field.description:
            yield _issue("description", at, f"{field.name} has no description.", "People have to find it.")
        if not (plain_for(field.name, field.example) and re.fullmatch(field.pattern, field.example)):
            yield _issue("example", at, f"{field.name} does not accept its own example.", "Mend the one or the other.")
    examples = dict.fromkeys(given, "x") | {field.name: field.example for field in connector.fields}
    for template in {template for way in ways_of(connector) for template in templates(connector, way)}:
        if set(_placeholder.findall(template)) <= {*examples, token_field}:
            try:
                filled(template, examples)
            except Problem as problem:
                yield _issue("example", "/fields", problem.data.detail, "Mend the examples.")


def _action(connector: Connector, action: Action) -> Iterator[Issue]:
    at = pointer("actions", action.key)
    if not action.doc:
        yield _issue("doc", at, f"{action.key} has no docstring.", "Say in one sentence what it does.")
    if action.effect not in get_args(Effect):
        yield _issue("effect", at, f'"{action.effect}" is no effect.', f"One of {', '.join(get_args(Effect))}.")
    if action.verify and action.effect != "write":
        yield _issue("verify", at, f"{action.key} has a verify, but is no write.", "Only a write is ever looked up.")
    asked = [set(way.scopes) for way in ways_of(connector) if isinstance(way, OAuth2)]
    if unknown := set(action.scopes).difference(*asked) if asked else None:
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
    if bool(request.path) == (request.url is not None):
        yield _issue("path", at, f"{action.key} asks for no address, or for two.", "Give its request a path below the base URL, or a url.")
    filled = {*request.fill, *type(params).model_fields}
    for name in _placeholder.findall(request.path):
        if name not in filled:
            yield _issue("path", at, f"Nothing fills {{{name}}} of {request.path}.", "Name a parameter like it, or use `fill`.")


def _fields(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _issue(code: str, at: str, message: str, fix: str) -> Issue:
    return Issue(pointer=at, code=code, message=message, fix=fix)
