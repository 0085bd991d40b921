"""How Linear is reached, how one signs in, how it says no, and how its lists are read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import AliasPath, Field, JsonValue, ValidationError

from tenuto.core.auth import ApiKey, OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, Request, Result, Whoami
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited, Rejected, VendorFailed

page_size = 50
"""Linear counts a query's points before it runs: a list within a list multiplies, and 10,000 are the most."""
_reconnect = "Connect Linear again."


class Missing(Rejected):
    """There is no such thing, or the account may not see it."""


def _error(answer: Answer) -> Mapping[str, JsonValue]:
    """The first error of the answer; empty where there is none."""
    try:
        errors = answer.json.get("errors") if isinstance(answer.json, dict) else None
    except InvalidOutput:
        return {}
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _extension(answer: Answer, name: str) -> str:
    extensions = _error(answer).get("extensions")
    return str(extensions.get(name) or "") if isinstance(extensions, dict) else ""


def _message(answer: Answer) -> str:
    return str(_error(answer).get("message") or "")


def _sentence(answer: Answer) -> str:
    """What went wrong, and the sentence for people where it says more."""
    message, presentable = _message(answer).rstrip("."), _extension(answer, "userPresentableMessage").rstrip(".")
    return f"{message}: {presentable}" if presentable and presentable != message else message


def _wait(answer: Answer) -> float | None:
    """Until the bucket that is empty is full again, by Linear's own clock; its times are in milliseconds."""
    for which in ("requests", "complexity", "endpoint-requests"):
        reset = answer.headers.get(f"x-ratelimit-{which}-reset", "")
        if answer.headers.get(f"x-ratelimit-{which}-remaining") == "0" and reset.isascii() and reset.isdecimal():
            try:
                return int(reset) / 1000 - parsedate_to_datetime(answer.headers["date"]).timestamp()
            except (ValueError, TypeError, KeyError, OverflowError):
                return None
    return None


def at(answer: Answer, *path: str) -> JsonValue:
    """What the answer has at `path` below its data."""
    value: JsonValue = answer.json
    for part in ("data", *path):
        if not isinstance(value, dict) or part not in value:
            raise InvalidOutput(f"Linear's answer has no {part}.", raw=answer.text)
        value = value[part]
    return value


def _whoami(answer: Answer, _params: Params) -> Whoami:
    return Whoami(account=str(at(answer, "viewer", "email")))


linear = Connector(
    key="linear",
    name="Linear",
    doc="Issues of Linear: created, found, changed, commented and linked.",
    base_url="https://api.linear.app",
    auth=OAuth2(
        authorize_url="https://linear.app/oauth/authorize",
        token_url="https://api.linear.app/oauth/token",  # noqa: S106 - an address, not a password
        revoke_url="https://api.linear.app/oauth/revoke",
        scopes=("read", "write"),
        scope_separator=",",
        extra=(("prompt", "consent"),),
        rotation="always",
    ),
    also=(ApiKey(label="Personal API key"),),
    check=Request(result=Whoami, method="POST", path="/graphql", json={"query": "query { viewer { id email } }"}, read=_whoami, asks=True),
    webhook=schemes["linear"],
    events=(  # `type` of https://linear.app/developers/webhooks, by the names of @linear/sdk's LinearWebhookEventType
        *("Issue", "Comment", "IssueLabel", "Attachment", "Reaction", "IssueSLA", "Cycle", "Project", "ProjectUpdate", "Document"),
        *("Initiative", "InitiativeUpdate", "Customer", "CustomerNeed", "User", "AuditEntry", "OAuthApp", "AppUserNotification"),
        *("PermissionChange", "AgentSessionEvent"),
    ),
    errors=(
        ErrorRule(
            when=lambda answer: _message(answer).startswith("Entity not found"),
            message=_sentence,
            kind=Missing,
            fixes={"": "Check the id, and that the connected account may see it: Linear answers the same for both."},
        ),
        ErrorRule(
            when=lambda answer: _message(answer).startswith("Invalid scope"),
            message=_sentence,
            kind=AuthRejected,
            fixes={"": "Connect Linear again and grant the scope that is missing."},
        ),
        ErrorRule(
            when=lambda answer: bool(_error(answer)),
            message=_sentence,
            reason="errors.0.extensions.code",
            kinds={"RATELIMITED": RateLimited, "AUTHENTICATION_ERROR": AuthRejected, "INTERNAL_SERVER_ERROR": VendorFailed},
            fixes={"AUTHENTICATION_ERROR": _reconnect},
            wait=_wait,
        ),
    ),
)

T = TypeVar("T", bound=Result)


def chosen(key: str) -> str:
    """The id of what the step with that key makes: Linear takes a UUID of version 4 only, so the key's hash is written as one."""
    return str(UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4))


def asked(result: type[T], query: str, variables: Mapping[str, JsonValue], *path: str) -> Request[T]:
    """An operation whose result stands at `path` of its data."""

    def read(answer: Answer, _params: Params) -> T:
        return _valid(result, at(answer, *path), answer)

    asks = query.startswith("query")
    return Request(result=result, method="POST", path="/graphql", json={"query": query, "variables": {**variables}}, read=read, asks=asks)


def _valid(result: type[T], value: JsonValue, answer: Answer) -> T:
    try:
        return result.model_validate(value)
    except ValidationError as wrong:
        where = ".".join(str(each) for each in wrong.errors()[0]["loc"])
        raise InvalidOutput(f"Linear answered something else than was asked for ({where or 'the whole'}).", raw=answer.text) from None


class _Page(Result, Generic[T]):
    nodes: tuple[T, ...]
    more: bool = Field(validation_alias=AliasPath("pageInfo", "hasNextPage"))
    end: str | None = Field(default=None, validation_alias=AliasPath("pageInfo", "endCursor"))


async def listed(calls: Calls, item: type[T], query: str, variables: Mapping[str, JsonValue], *path: str, limit: int) -> tuple[T, ...]:
    """The first `limit` items of the list at `path`, page by page; the query takes $first and $after."""

    found: list[T] = []
    after: str | None = None
    while True:
        more: dict[str, JsonValue] = {**variables, "first": min(limit - len(found), page_size), "after": after}
        page = await calls.send(asked(_Page[item], query, more, *path))
        found += page.nodes
        after = page.end
        if not page.more or after is None or len(found) >= limit:
            return tuple(found[:limit])


async def made(calls: Calls, create: Request[T], look: Request[T]) -> T:
    """What `create` makes under an id of ours; where that is refused and it is there already, an earlier attempt made it.

    Linear documents no error for an id that is taken, so each refusal is looked into.
    """
    try:
        return await calls.send(create)
    except Rejected as refused:
        if isinstance(refused, AuthRejected):
            raise
        try:
            return await calls.send(look)
        except Rejected:
            raise refused from None
