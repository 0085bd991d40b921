"""Tokens by user, as older clients keep them, and connecting by consent: `/api/oauth`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from tenuto.api.accounts.returning import connected, failed, wants_page
from tenuto.api.fields import Done, Said
from tenuto.api.routing import Caller, Permission, Provided, Router, gate
from tenuto.core.connection import Connection, Health
from tenuto.core.errors import Malformed, NotFound, Problem
from tenuto.services.connections.consents import Asked
from tenuto.services.connections.consents import life as consent_life
from tenuto.services.connections.keeping import Kept
from tenuto.vault.crypto import new_token
from tenuto.vault.oauth.tokens import Granted, Tokens

router = Router("/api/oauth", tag="Connections")

User = Annotated[str | None, Query(max_length=128, description="Whose.")]
Integration = Annotated[str | None, Query(max_length=64)]
NamedField = Annotated[str, StringConstraints(max_length=500)]
_seconds_most = 10 * 365 * 86_400


class TokenBody(BaseModel):
    """A token to keep. Fields that are not known are passed over, as older clients expect."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"required": ["user_id", "integration", "access_token"]})

    user_id: str | None = None
    integration: str | None = None
    access_token: SecretStr | None = Field(default=None, max_length=16_384)
    refresh_token: SecretStr | None = Field(default=None, max_length=16_384)
    expires_in: int | None = Field(default=None, ge=0, le=_seconds_most, description="Seconds.")
    scope: str | None = Field(default=None, max_length=10_000, description="Scopes, separated by spaces or commas.")


class TokenView(BaseModel):
    """What may be known of a token; nobody ever reads it back."""

    model_config = ConfigDict(frozen=True)

    integration: str
    scope: str | None = None
    expires_at: int | None = Field(default=None, description="Milliseconds since 1970.")
    has_access_token: bool = True
    has_refresh_token: bool
    created_at: datetime
    updated_at: datetime
    status: Health
    account: str | None = None


class TokenAnswer(Done):
    """One token."""

    token: TokenView


class TokensAnswer(Done):
    """All tokens of a user."""

    tokens: tuple[TokenView, ...]
    total: int


class KeptToken(Said):
    """A token was kept."""

    integration: str


class Consent(Done):
    """Where to send a person."""

    url: str


@router.get("/tokens", permission=Permission.connection_read)
async def get_tokens(
    caller: Caller, services: Provided, user_id: User = None, integration: Integration = None
) -> TokenAnswer | TokensAnswer:
    """What is known of a user's tokens; with `integration`, of one."""
    found = await services.connections.tokens(caller, _given(user_id, "user_id"), integration)
    if integration is None:
        return TokensAnswer(tokens=tuple(_view(each) for each in found), total=len(found))
    if not found:
        raise NotFound(f"There is no token of {user_id!r} for {integration!r}.", fix="Connect the account, or store its token.")
    return TokenAnswer(token=_view(found[0]))


@router.post("/tokens", permission=Permission.connection_write)
async def keep_token(body: TokenBody, caller: Caller, services: Provided) -> KeptToken:
    """Keep a token: it becomes the user's connection, named by the user's id."""
    user, integration = _given(body.user_id, "user_id"), _given(body.integration, "integration")
    access = _given(body.access_token.get_secret_value() if body.access_token else None, "access_token")
    for name, text in (("access_token", access), ("refresh_token", body.refresh_token.get_secret_value() if body.refresh_token else "")):
        if not re.fullmatch(r"[!-~]*", text):
            raise Malformed(f"{name} holds a character that no header may hold.", pointer=f"/{name}")
    scopes = tuple(scope for scope in re.split(r"[ ,]+", body.scope or "") if scope)
    tokens = Tokens(access=SecretStr(access), refresh=body.refresh_token or SecretStr(""))
    granted = Granted(tokens=tokens, lifetime=body.expires_in, scopes=scopes)
    await services.connections.put(caller, Kept(integration=integration, name=user, user_id=user, granted=granted))
    return KeptToken(message="Token stored successfully", integration=integration)


@router.delete("/tokens", permission=Permission.connection_write)
async def delete_token(caller: Caller, services: Provided, user_id: User = None, integration: Integration = None) -> Said:
    """Forget a token, and ask the vendor to end it."""
    await services.connections.delete_tokens(caller, _given(user_id, "user_id"), _given(integration, "integration"))
    return Said(message="Token deleted successfully")


@router.head("/tokens", permission=Permission.connection_read)
async def has_token(caller: Caller, services: Provided, user_id: User = None, integration: Integration = None) -> Response:
    """200 if there is such a token, else 404."""
    found = await services.connections.tokens(caller, _given(user_id, "user_id"), _given(integration, "integration"))
    return Response(status_code=200 if found else 404, media_type="application/json")  # as GET would


@router.get(
    "/{integration}/authorize",
    permission=Permission.connection_write,
    also=(503,),
    response_class=Response,
    responses={
        200: {"description": "With `Accept: application/json`: where to send the person.", "model": Consent},
        302: {"description": "To the vendor."},
    },
)
async def authorize(
    integration: str,
    request: Request,
    caller: Caller,
    services: Provided,
    *,
    user_id: User = None,
    name: Annotated[str | None, Query(max_length=128, description="What nodes will call it; the user's id by default.")] = None,
    shared: Annotated[bool, Query(description="An account of the workspace, that everybody's runs may use.")] = False,
    scope: Annotated[str | None, Query(max_length=2_000, description="Scopes, separated by spaces; all by default.")] = None,
    field: Annotated[
        list[NamedField] | None, Query(max_length=20, description="What stands in the account's addresses: `site:acme`.")
    ] = None,
    tenant: Annotated[str | None, Query(max_length=500, description="For whom it is to speak, where it may for several.")] = None,
) -> Response:
    """Send a person to the vendor to consent. Only for people who are signed in; who comes back has to be in the same browser."""
    held = request.cookies.get(_cookie(request), "")
    browser = SecretStr(held) if re.fullmatch(r"br_[A-Za-z0-9_-]{43}", held) else new_token("br")
    fields = {name: value for name, _, value in (each.partition(":") for each in field or ())}
    asked = Asked(integration, name, user_id, shared, tuple((scope or "").split()), fields, tenant)
    try:
        url = await services.connections.consents.ask(caller, asked, browser)
    except Problem as problem:
        if wants_page(request):
            return failed(problem.data)
        raise
    as_json = "application/json" in request.headers.get("accept", "")
    answer = JSONResponse({"success": True, "url": url}) if as_json else RedirectResponse(url, 302)
    # Lax, unlike the session's: the browser comes back from another site, and has to bring it along.
    answer.set_cookie(
        _cookie(request),
        browser.get_secret_value(),
        max_age=int(consent_life.total_seconds()),
        path="/",
        secure=gate(request).secure,
        httponly=True,
        samesite="lax",
    )
    answer.headers["cache-control"] = "no-store"
    return answer


@router.get(
    "/callback",
    permission=None,
    open_because="vendors send people back here; the state, good once and only in the browser that began, is the right",
    also=(401, 502, 504),
    response_class=Response,
    status_code=303,
    responses={
        200: {"description": "For a browser: what is connected now.", "content": {"text/html": {"schema": {"type": "string"}}}},
        303: {"description": "Connected; to the start page."},
    },
)
async def callback(
    request: Request,
    services: Provided,
    *,
    state: Annotated[str | None, Query(max_length=500)] = None,
    code: Annotated[str | None, Query(max_length=4000)] = None,
    error: Annotated[str | None, Query(max_length=500)] = None,
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Where vendors send people back to, with a code that becomes tokens. A browser gets a page that says what came of it."""
    given = {"code": code, "error": error, "iss": iss}
    answer = {name: value for name, value in given.items() if value is not None}
    try:
        connection = await services.connections.consents.finish(_given(state, "state"), request.cookies.get(_cookie(request)), answer)
    except Problem as problem:
        if wants_page(request):
            return failed(problem.data)
        raise
    if wants_page(request):
        return connected(services.catalog.name(connection.integration), connection)
    return RedirectResponse(f"/?connected={connection.integration}", 303, headers={"cache-control": "no-store"})


def _cookie(request: Request) -> str:
    return "__Host-tenuto-consent" if gate(request).secure else "tenuto-consent"


def _given(value: str | None, name: str) -> str:
    if not value:
        raise Malformed(f"{name} is needed.", pointer=f"/{name}")
    return value


def _view(connection: Connection) -> TokenView:
    return TokenView(
        integration=connection.integration,
        scope=" ".join(connection.scopes) or None,
        expires_at=int(connection.expires_at.timestamp() * 1000) if connection.expires_at else None,
        has_refresh_token=connection.renewable,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
        status=connection.status,
        account=connection.account,
    )
