"""How Google's APIs say no, in their two dialects: `errors` with a reason (Calendar, Drive), and a `status` with details (Sheets).

From https://developers.google.com/workspace/calendar/api/guides/errors, …/drive/api/guides/handle-errors, …/sheets/api/limits,
https://cloud.google.com/apis/design/errors and …/storage/docs/json_api/v1/status-codes (the header of 401).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Fault, Json, Routes

_statuses = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip
_domains = {"rateLimitExceeded": "usageLimits", "userRateLimitExceeded": "usageLimits", "quotaExceeded": "usageLimits"}
_challenge = {"www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'}


class Refusal(Exception):
    """What an API refuses; `where` is the parameter or header that is to blame."""

    def __init__(self, status: int, reason: str, message: str, where: str | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.where = status, reason, where


def with_reason(refusal: Refusal) -> Response:
    """The dialect of Calendar and Drive."""
    message = str(refusal)
    error: Json = {"domain": _domains.get(refusal.reason, "global"), "reason": refusal.reason, "message": message}
    if refusal.where:
        kind = "header" if refusal.where in ("Authorization", "If-Match") else "parameter"
        error |= {"locationType": kind, "location": refusal.where}
    body = {"error": {"errors": [error], "code": refusal.status, "message": message}}
    return JSONResponse(body, refusal.status, _challenge if refusal.status == 401 else None)


def with_status(refusal: Refusal) -> Response:
    """The dialect of Sheets; the reason, where there is one, stands in the details."""
    error: Json = {"code": refusal.status, "message": str(refusal), "status": _statuses[refusal.status]}
    if refusal.reason:
        info = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": info, "reason": refusal.reason, "domain": "googleapis.com", "metadata": {"service": "sheets"}}]
    return JSONResponse({"error": error}, refusal.status, _challenge if refusal.status == 401 else None)


def refusal_of(fault: Fault) -> Refusal:
    """The refusal that a fault is; a limit is 403 or, the second one, 429. `Fault.error` is another reason."""
    status, reason, message, where = {
        "unauthorized": (401, "authError", "Invalid Credentials", "Authorization"),
        "forbidden": (403, "insufficientPermissions", "Insufficient Permission: Request had insufficient authentication scopes.", None),
        "invalid": (400, "parseError", "Parse Error", None),
        "rate_limited": (403, "userRateLimitExceeded", "User Rate Limit Exceeded", None),
        "secondary_limit": (429, "rateLimitExceeded", "Rate Limit Exceeded", None),
        "unavailable": (503, "backendError", "Service unavailable. Please try again later.", None),
    }.get(fault.kind, (500, "backendError", "Backend Error", None))
    return Refusal(status, fault.error or reason, message, where)


def guarded(routes: Routes, say: Callable[[Refusal], Response]) -> Routes:
    """The routes, with refusals said in an API's dialect."""

    def entrance(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            try:
                return await endpoint(request, sent)
            except Refusal as refusal:
                return say(refusal)

        return enter

    return [(method, path, entrance(endpoint)) for method, path, endpoint in routes]


def flag(request: Request, name: str) -> bool:
    """A Boolean query parameter."""
    value = request.query_params.get(name, "false")
    if value not in ("true", "false"):
        raise Refusal(400, "invalidParameter", f"Invalid boolean value: '{value}'.", name)
    return value == "true"


def number(request: Request, name: str, usual: int, most: int, least: int = 1) -> int:
    """A whole number of the query."""
    value = request.query_params.get(name, str(usual))
    if not value.isdecimal() or not least <= int(value) <= most:
        text = f"Invalid value '{value}'. Values must be within the range: [{least}, {most}]"
        raise Refusal(400, "invalidParameter", text, name)
    return int(value)


def one_of(request: Request, name: str, choices: tuple[str, ...], usual: str | None = None) -> str | None:
    """A word of the query."""
    value = request.query_params.get(name, usual)
    if value is not None and value not in choices:
        raise Refusal(400, "invalidParameter", f"Invalid string value: '{value}'. Allowed values: [{', '.join(choices)}]", name)
    return value


def many(of: Json, name: str) -> list[Any]:
    """A list that need not be there."""
    found: list[Any] = of.get(name) or []
    return found


def inner(of: Json, name: str) -> Json:
    """An object that need not be there."""
    found: Json = of.get(name) or {}
    return found


def picked(value: Any, mask: str | None) -> Any:
    """What a `fields` selector leaves: `a,b/c,d(e,f)`, where a dot may stand for the slash and * for everything."""
    return value if mask in (None, "*") else _within(value, _parsed(mask or ""))


def _parsed(mask: str) -> Json:
    tree: Json = {}
    for part in _split(mask):
        head = re.match(r"([\w*]+)(.*)", part, re.DOTALL)
        if head is None:
            raise Refusal(400, "invalidParameter", f"Invalid field selection {part}", "fields")
        name, below = head[1], head[2].strip()
        below = below[1:-1] if below.startswith("(") else below.lstrip("/.")
        tree[name] = {**tree.get(name, {}), **(_parsed(below) if below else {})}
    return tree


def _split(mask: str) -> list[str]:
    parts, depth = [""], 0
    for letter in mask:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _within(value: Any, tree: Json) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_within(each, tree) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _within(each, tree[name]) for name, each in cast("Json", value).items() if name in tree}
    return value
