"""What members allow applications: `/api/grants`, where they are asked and where they look after it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field

from tenuto.api.around.challenge import site
from tenuto.api.fields import Ask, Cursor, Done, Limit
from tenuto.api.routing import Caller, Provided, Router, gate
from tenuto.core.delegation import Grant, destination, scopes
from tenuto.services.delegation.consent import AuthorizationRequest, Sought

router = Router("/api/grants", tag="Applications")

Word = Annotated[str | None, Query(max_length=2_000)]
Text = Annotated[str | None, Field(max_length=2_000)]


class AskedBody(Ask):
    """The parameters with which the application sent the person here."""

    client_id: Text = None
    redirect_uri: Text = None
    response_type: Text = None
    scope: Text = None
    state: Text = None
    code_challenge: Text = None
    code_challenge_method: Text = None
    resource: Text = None


class Decision(Ask):
    """What the person says."""

    request: AskedBody
    decision: Literal["allow", "refuse"]
    scopes: tuple[str, ...] = Field(default=(), max_length=20, description="Those that are allowed.")


class ScopeView(Done):
    """One thing that is asked for."""

    scope: str
    said: str = Field(description="What it is, to a person.")


class SoughtAnswer(Done):
    """What an application asks."""

    name: str = Field(description="What the application calls itself; nobody has checked it.")
    published: str | None = Field(description="The host that vouches for it; null where it registered itself.")
    destination: str = Field(description="Where the person is sent back to.")
    member: str = Field(description="For whom it would act.")
    scopes: tuple[ScopeView, ...]
    refused: str | None = Field(default=None, description="What is wrong with the request; there is nothing to allow then.")


class Onward(Done):
    """Where the browser goes on."""

    url: str


class GrantAnswer(Done):
    """One grant."""

    grant: Grant


class GrantsAnswer(Done):
    """A page of grants."""

    grants: tuple[Grant, ...]
    next: str | None = None


@router.get("/asked", permission="known")
async def asked(
    request: Request,
    caller: Caller,
    services: Provided,
    *,
    client_id: Word = None,
    redirect_uri: Word = None,
    response_type: Word = None,
    scope: Word = None,
    state: Word = None,
    code_challenge: Word = None,
    code_challenge_method: Word = None,
    resource: Word = None,
) -> SoughtAnswer:
    """What an application asks of a person who is signed in, by the parameters of its authorization request."""
    wanted = AuthorizationRequest(client_id, redirect_uri, response_type, scope, state, code_challenge, code_challenge_method, resource)
    return _view(await services.delegation.consent.look(caller, wanted, site(request, gate(request))), caller.name)


@router.post("", permission="known")
async def decide(body: Decision, request: Request, caller: Caller, services: Provided) -> Onward:
    """Allow an application what it asks, or a part of it, or refuse it. Only for people, from our own page."""
    wanted, at = AuthorizationRequest(**body.request.model_dump()), site(request, gate(request))
    if body.decision == "refuse":
        return Onward(url=await services.delegation.consent.refuse(caller, wanted, at))
    return Onward(url=await services.delegation.consent.allow(caller, wanted, body.scopes, at))


@router.get("", permission="known")
async def list_grants(
    caller: Caller,
    services: Provided,
    *,
    everybody: Annotated[bool, Query(description="Of all members; for those who manage keys.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> GrantsAnswer:
    """What the caller has allowed applications, newest first, the ended included."""
    found = await services.delegation.tokens.list(caller, everybody=everybody, limit=limit, cursor=cursor)
    return GrantsAnswer(grants=found.items, next=found.next)


@router.delete("/{id}", permission="known")
async def end_grant(id: UUID, caller: Caller, services: Provided) -> GrantAnswer:
    """End one's own grant, or any for those who manage keys: at once in this process, within seconds in others."""
    return GrantAnswer(grant=await services.delegation.tokens.end(caller, id))


def _view(sought: Sought, member: str) -> SoughtAnswer:
    return SoughtAnswer(
        name=sought.client.name,
        published=sought.client.published,
        destination=destination(sought.redirect_uri),
        member=member,
        scopes=tuple(ScopeView(scope=each, said=scopes[each].said) for each in sought.scopes),
        refused=sought.refused.data.detail if sought.refused else None,
    )
