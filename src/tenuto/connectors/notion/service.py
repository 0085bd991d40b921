"""How Notion is reached, how it says no, and how its lists are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from pydantic import Field, JsonValue

from tenuto.core.auth import ApiKey, OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Method, Params, Request, Result, Whoami
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited
from tenuto.core.limits import Limits, RateLimit

page_size = 100
busy_wait = 1.0
"""Seconds after a conflict of two that save at once, for which Notion names no time."""
markdown = {"notion-version": "2026-03-11"}
_reconnect = "Connect Notion again, and choose the pages that it may see."


def _workspace(answer: Answer, params: Params) -> Whoami:
    del params
    if not isinstance(answer.json, dict):
        raise InvalidOutput("Notion answered something else than an object.", raw=answer.text)
    bot = answer.json.get("bot")
    return Whoami(account=str((bot.get("workspace_name") if isinstance(bot, dict) else None) or answer.json.get("name")))


notion = Connector(
    key="notion",
    name="Notion",
    doc="Pages, entries of databases, and comments.",
    base_url="https://api.notion.com",
    headers={"notion-version": "2025-09-03"},
    auth=OAuth2(
        authorize_url="https://api.notion.com/v1/oauth/authorize",
        token_url="https://api.notion.com/v1/oauth/token",  # noqa: S106 - an address, not a password
        revoke_url="https://api.notion.com/v1/oauth/revoke",
        introspect_url="https://api.notion.com/v1/oauth/introspect",
        extra=(("owner", "user"),),
        rotation="optional",
        client="basic",
        body="json",
        pkce=False,
        account=("workspace_name",),
    ),
    also=(ApiKey(prefix="Bearer ", label="Internal integration secret"),),
    check=Request(result=Whoami, method="GET", path="/v1/users/me", read=_workspace),
    webhook=schemes["notion"],
    events=("page", "database", "data_source", "comment"),
    limits=Limits(known=(RateLimit(180, 60, burst=20),)),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message="message",
            reason="code",
            kinds={
                **dict.fromkeys(("rate_limited", "conflict_error"), RateLimited),
                **dict.fromkeys(("unauthorized", "restricted_resource"), AuthRejected),
            },
            fixes={
                "unauthorized": _reconnect,
                "restricted_resource": "Give the integration the capability for this in Notion, and connect it again.",
                "object_not_found": "Check the id, and that the page is shared with the integration: Notion answers the same for both.",
            },
            wait=lambda _answer: busy_wait,
        ),
    ),
)

T = TypeVar("T", bound=Result)


class Some(Result, Generic[T]):
    """A page of a list."""

    results: tuple[T, ...]
    following: str | None = Field(default=None, validation_alias="next_cursor")


async def listed(
    calls: Calls,
    item: type[T],
    limit: int,
    path: str,
    *,
    body: Mapping[str, JsonValue] | None = None,
    query: Mapping[str, str] | None = None,
) -> tuple[T, ...]:
    """The first `limit` items, page by page: a question is posted with a body, and got without."""
    found: list[T] = []
    method: Method = "GET" if body is None else "POST"
    more: dict[str, str | int] = {"page_size": min(limit, page_size)}
    while True:
        asked = Request(
            result=Some[item], method=method, path=path,
            query={**(query or {}), **more} if body is None else {},
            json=None if body is None else {**body, **more},
        )  # fmt: skip
        page = await calls.send(asked)
        found += page.results
        if page.following is None or len(found) >= limit:
            return tuple(found[:limit])
        more["start_cursor"] = page.following
