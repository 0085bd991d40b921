"""How Stripe is asked: forms with brackets and idempotency keys, lists by cursor, searches by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue

from tenuto.connectors.stripe.answers import Page
from tenuto.connectors.stripe.shapes import Listing, Search
from tenuto.core.connector import Calls, QueryValue, Request, Result, mark

page_size = 100

R = TypeVar("R", bound=Result)


def made(result: type[R], path: str, sent: Mapping[str, JsonValue], key: str) -> Request[R]:
    """A POST that may be sent again: Stripe answers the same to the same key, for a day."""
    return Request(result=result, method="POST", path=path, headers={"idempotency-key": mark(key)}, form=form(sent))


def form(value: JsonValue | Mapping[str, JsonValue], name: str = "") -> dict[str, str]:
    """Brackets for what is nested: `metadata[order]=A-17`, `line_items[0][price]=price_1`; what is not given is left out."""
    match value:
        case None:
            return {}
        case Mapping():
            parts = [(f"{name}[{key}]" if name else str(key), each) for key, each in value.items()]
        case list():
            parts = [(f"{name}[{place}]", each) for place, each in enumerate(value)]
        case bool():
            return {name: "true" if value else "false"}
        case _:
            return {name: str(value)}
    return {key: text for part, each in parts for key, text in form(each, part).items()}


async def listed(calls: Calls, item: type[R], path: str, query: Mapping[str, QueryValue], params: Listing) -> tuple[R, ...]:
    """Page by page, each after the last item of the one before."""
    asked: dict[str, QueryValue] = {**query, "limit": min(params.limit, page_size)}
    if params.created_after:
        asked["created[gte]"] = int(params.created_after.timestamp())
    found: list[R] = []
    while True:
        page = await calls.send(Request(result=Page[item], method="GET", path=path, query=dict(asked)))
        found += page.data
        if not page.has_more or not page.data or len(found) >= params.limit:
            return tuple(found[: params.limit])
        asked["starting_after"] = str(getattr(page.data[-1], "id", ""))


async def searched(calls: Calls, item: type[R], path: str, params: Search) -> tuple[R, ...]:
    """The first results, page by page."""
    asked: dict[str, QueryValue] = {"query": params.query, "limit": min(params.limit, page_size)}
    found: list[R] = []
    while True:
        page = await calls.send(Request(result=Page[item], method="GET", path=path, query=dict(asked)))
        found += page.data
        if page.next_page is None or len(found) >= params.limit:
            return tuple(found[: params.limit])
        asked["page"] = page.next_page
