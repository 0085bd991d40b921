"""Every failure as one answer: `{success: false, error, …}` with the fields of RFC 9457 beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Literal, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from tenuto.core.errors import Invalid, Issue, Malformed, NotFound, Problem, ProblemData, TooLarge, type_prefix
from tenuto.core.values import pointer


class ProblemAnswer(BaseModel):
    """What every failed call gets: `error` for people and older clients, the rest for programs (RFC 9457, `application/json`)."""

    model_config = ConfigDict(frozen=True)

    success: Literal[False] = False
    error: str = Field(description="One sentence that says what happened.")
    type: str = Field(description=f"`{type_prefix}` and the problem's stable name.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="The same sentence as `error`.")
    fix: str | None = Field(default=None, description="What to do about it, where that is known.")
    pointer: str | None = Field(default=None, description="JSON pointer (RFC 6901) to the part of the input concerned.")
    node: str | None = Field(default=None, description="The node concerned.")
    retryable: bool = Field(default=False, description="Whether the same call may succeed later.")
    retry_after: float | None = Field(default=None, description="Seconds to wait before trying again.")
    issues: tuple[Issue, ...] = Field(default=(), description="Every single thing that is wrong with the input.")
    raw: str | None = Field(default=None, description="What was received, shortened, where that helps.")
    instance: str | None = Field(default=None, description="The number of this request in the log, for an error that is ours.")


always: tuple[int, ...] = (400, 404, 409, 413, 422, 429, 503)
"""Statuses that any route may answer."""


refusal_schema = {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}
"""A failure, where a route's other answers are no JSON and its failures have to be described by hand."""

_most_issues = 100
"""A body of a few megabytes can hold half a million unknown fields; nobody reads of more than these."""


def documented(statuses: Sequence[int]) -> dict[int | str, dict[str, object]]:
    """The answers of a route's failures, for its documentation.

    The first brings the model's schema, and the others name it: FastAPI builds a validator for each model of each answer, and for
    fifteen hundred failures that took a sixth of the time until the server is ready.
    """
    named = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}}}
    first, *others = sorted(set(statuses))
    described: dict[int | str, dict[str, object]] = {first: {"model": ProblemAnswer}, **{status: {"content": named} for status in others}}
    return {status: {"description": HTTPStatus(int(status)).phrase, **answer} for status, answer in described.items()}


def answer(
    data: ProblemData,
    *,
    instance: str | None = None,
    headers: Mapping[str, str] | None = None,
    model: type[ProblemAnswer] = ProblemAnswer,
    told: Mapping[str, object] | None = None,
) -> Response:
    """The answer to a problem, with `Retry-After` and `WWW-Authenticate` where they belong; of a `model` that has more to tell, with that."""
    more = {"error": data.detail, "type": type_prefix + data.type, "title": _phrase(data.status), "instance": instance}
    body = model.model_validate({**data.model_dump(), **more, **(told or {})})
    extra = dict(headers or {})
    if data.retry_after is not None:
        extra.setdefault("Retry-After", str(max(1, math.ceil(data.retry_after))))
    if data.status == HTTPStatus.UNAUTHORIZED and data.type == "unauthenticated":
        extra.setdefault("WWW-Authenticate", "Bearer")
    text = body.model_dump_json(exclude_none=True, exclude=None if data.issues else {"issues"})
    return Response(text, status_code=data.status, media_type="application/json", headers=extra)


def install(app: FastAPI, nowhere: Callable[[Request], Response | None] = lambda _: None) -> None:
    """Have the application answer every expected failure this way; what is not expected is caught by `Envelope`.

    `nowhere` may answer for an address without a route: a page, where a person looks.
    """

    async def http(request: Request, error: Exception) -> Response:
        error = cast("HTTPException", error)
        page = nowhere(request) if error.status_code == HTTPStatus.NOT_FOUND else None
        return page or answer(_of_status(request, error), headers=error.headers)

    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, http)


def refusal(error: RequestValidationError) -> ProblemData:
    """The problem of a request that does not fit its schema: every wrong part with its place, and never what was sent."""
    found = error.errors()
    issues = tuple(_issue(cast("Mapping[str, object]", item)) for item in found[:_most_issues])
    first = issues[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    kind = Malformed if first.code == "json-invalid" else Invalid
    return kind(f"{first.message}{more}", pointer=first.pointer, issues=issues).data


async def _problem(_: Request, error: Exception) -> Response:
    return answer(cast("Problem", error).data)


async def _invalid(_: Request, error: Exception) -> Response:
    return answer(refusal(cast("RequestValidationError", error)))


def _of_status(request: Request, error: HTTPException) -> ProblemData:
    match error.status_code:
        case 404:
            return NotFound(f"There is nothing at {_path(request)}.", fix="See /docs for every route.").data
        case 405:
            allowed = (error.headers or {}).get("Allow", "another method")
            detail = f"{request.method} is not possible at {_path(request)}."
            return ProblemData(type="method-not-allowed", status=405, detail=detail, fix=f"Use {allowed}.")
        case 413:
            return TooLarge(error.detail).data
        case 400:
            return Malformed("The body of the request cannot be read.").data
        case status:
            return ProblemData(type=_phrase(status).lower().replace(" ", "-"), status=status, detail=f"{_phrase(status)}.")


def _issue(item: Mapping[str, object]) -> Issue:
    place, *path = cast("Sequence[str | int]", item["loc"])
    message = str(item["msg"]).removeprefix("Value error, ")
    where = _shown(pointer(*path))
    named = f"{place} {where}" if where and place != "body" else where or f"the {place}"
    return Issue(pointer=where, code=str(item["type"]).replace("_", "-"), message=f"{_shown(named)}: {message}.".replace("..", "."))


def _shown(text: str) -> str:
    return text.encode(errors="replace").decode()[:300]


def _path(request: Request) -> str:
    return _shown(request.url.path)[:200]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
