"""What comes from outside for waiting runs: calls of one-time addresses, and events."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Request, Response
from pydantic import Field, JsonValue, StringConstraints

from tenuto.api.fields import Ask, Done, Said
from tenuto.api.identity import address_of
from tenuto.api.routing import Caller, Permission, Provided, Router, gate
from tenuto.core.errors import NotFound

router = Router("/api", tag="Waiting")

_call_limit = 256 * 1024
"""Bytes of what a call may bring: whoever has the address was trusted with that much."""


class EventBody(Ask):
    """Something that happened."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    payload: JsonValue = Field(default=None, description="What `event` is in the expressions that say whether it is the one.")
    id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="The same id again is the same event, which no run hears twice."
    )


class OfferedAnswer(Done):
    """Who was told."""

    count: int = Field(description="How many waiting runs were told; each sees for itself whether it is concerned.")


class AddressesAnswer(Done):
    """Secrets: who has one may let the run go on."""

    urls: dict[str, str] = Field(description="By node; only those that can still be called.")


@router.post(
    "/waits/{token}",
    permission=None,
    open_because="the address is the right: unguessable, and good for one call",
    limit=_call_limit,
    responses={202: {"model": Said, "description": "Received; the run has not reacted yet."}},
)
async def call(token: str, request: Request, services: Provided, response: Response, body: Annotated[JsonValue, Body()] = None) -> Said:
    """Let the run that waits for this call go on, once. The body, any JSON, becomes the node's output."""
    limits, address = gate(request).limits, address_of(request)
    await limits.of_guesses(address)
    try:
        settled = await services.waits.call(token, body)
    except NotFound:
        await limits.count_guess(address)
        raise
    if not settled:
        response.status_code = 202
    return Said(message="Received")


@router.post("/events", permission=Permission.execution_operate)
async def offer(body: EventBody, caller: Caller, services: Provided) -> OfferedAnswer:
    """Tell every run that waits for an event of this name."""
    return OfferedAnswer(count=await services.waits.publish(caller, body.name, body.payload, body.id))


@router.get("/executions/{id:path}/urls", permission=Permission.execution_operate)
async def addresses(id: str, caller: Caller, services: Provided) -> AddressesAnswer:
    """The one-time addresses of a run's nodes that wait, or will wait, for a call."""
    return AddressesAnswer(urls=dict(await services.waits.addresses(caller, id)))
