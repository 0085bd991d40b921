"""Signing in and out, who one is, and the browsers one is signed in with: `/api/auth`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from tenuto.api.bodies import open_limit
from tenuto.api.fields import Ask, Done, Line, Said
from tenuto.api.identity import address_of, cookie_name
from tenuto.api.routing import Caller, Provided, Router, gate
from tenuto.core.access import Principal, Role, matrix
from tenuto.core.members import Session

router = Router("/api/auth", tag="Who is calling")

_life = timedelta(days=30)


class SignInBody(Ask):
    """What a one-time link holds after its `#`."""

    token: Annotated[str, Field(min_length=1, max_length=512)]
    name: Line | None = Field(default=None, description="What the first owner is called.")


class Me(Done):
    """Who is calling."""

    kind: str = Field(description="`member` or `key`.")
    id: str | None
    name: str
    role: Role
    workspace: int
    permissions: tuple[str, ...]


class Sessions(Done):
    """The caller's own sessions."""

    sessions: tuple[Session, ...]


@router.post("/sign-in", permission=None, open_because="this is how one comes in", limit=open_limit, also=(401, 403))
async def sign_in(body: SignInBody, request: Request, response: Response, services: Provided) -> Me:
    """Use a one-time link up; the answer sets the session's cookie."""
    passed = gate(request)
    await passed.limits.of_sign_in(address_of(request))
    passed.refuse_foreign_page(request, from_browser=False)
    signed_in = await services.sign_in.redeem(body.token, body.name)
    response.set_cookie(
        cookie_name(secure=passed.secure),
        signed_in.cookie.get_secret_value(),
        max_age=int(_life.total_seconds()),
        path="/",
        secure=passed.secure,
        httponly=True,
        samesite="strict",
    )
    return _me(await services.sign_in.identify(signed_in.cookie.get_secret_value()))


@router.post("/sign-out", permission="known")
async def sign_out(request: Request, response: Response, caller: Caller, services: Provided) -> Said:
    """End the session this call came by; a key stays good."""
    name = cookie_name(secure=gate(request).secure)
    if caller.kind == "member" and (cookie := request.cookies.get(name)):
        await services.sign_in.sign_out(caller, cookie)
    response.delete_cookie(name, path="/", secure=gate(request).secure, httponly=True, samesite="strict")
    return Said(message="Signed out.")


@router.get("/me", permission="known")
async def me(caller: Caller) -> Me:
    """Who is calling, and what that one may do."""
    return _me(caller)


@router.get("/sessions", permission="known")
async def sessions(request: Request, caller: Caller, services: Provided) -> Sessions:
    """The browsers in which the caller is signed in."""
    cookie = request.cookies.get(cookie_name(secure=gate(request).secure))
    return Sessions(sessions=await services.sign_in.sessions(caller, cookie))


@router.delete("/sessions/{id}", permission="known")
async def end_session(id: str, caller: Caller, services: Provided) -> Said:
    """Sign the caller out of one browser."""
    await services.sign_in.end_session(caller, id)
    return Said(message="Session ended.")


def _me(caller: Principal) -> Me:
    return Me(
        kind=caller.kind,
        id=str(caller.id) if caller.id else None,
        name=caller.name,
        role=caller.role,
        workspace=caller.workspace,
        permissions=tuple(sorted(matrix[caller.role])),
    )
