"""A request that code makes: what a node of the kind `http` does, as a step of another node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pydantic import JsonValue, ValidationError

from tenuto.core.catalog import Catalog
from tenuto.core.errors import Invalid, Issue
from tenuto.core.node import Completed, NodeKind, Outcome
from tenuto.core.program import http_module
from tenuto.core.values import JsonObject, encode, pointer
from tenuto.engine.actions.steps import Step


def http_step(catalog: Catalog, name: str, config: JsonObject, run: Callable[[NodeKind, str], Awaitable[Outcome]]) -> Step:
    """The request as a step; `run` performs the node kind under the step's key. What is wrong with it is the step's own failure."""
    request: JsonValue = dict(config)
    try:
        kind = _kind(catalog, config)
    except Invalid as problem:
        wrong = problem  # the name of an `except` is gone when its block ends

        async def refuse(_: str) -> JsonValue:
            raise wrong

        return Step(name=name, effect="read", do=refuse, request=request)

    async def do(key: str) -> JsonValue:
        outcome = await run(kind, key)
        if not isinstance(outcome, Completed):
            raise Invalid("This request came to no answer.")
        return outcome.output

    return Step(name=name, effect=kind.effect(catalog.effects), do=do, request=request)


def _kind(catalog: Catalog, config: JsonObject) -> NodeKind:
    document = encode({"id": http_module, "type": http_module, "config": config}, what="The request")
    try:
        return catalog.kind(http_module).model_validate_json(document, strict=True)
    except ValidationError as error:
        found = [(pointer(*each["loc"][1:]), each["type"].replace("_", "-"), each["msg"]) for each in error.errors(include_url=False)]
        issues = tuple(Issue(pointer=at, code=code, message=message) for at, code, message in found)
        raise Invalid(f"{issues[0].pointer.lstrip('/')}: {issues[0].message}", issues=issues) from None
