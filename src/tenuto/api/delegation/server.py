"""The authorization server for `/mcp`, as applications speak with it: metadata, registration, tokens and their end.

RFC 8414, 9728, 7591, 6749 with 7636 and 9207, 7009, as the authorization page of the MCP specification (2026-07-28) asks.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, NamedTuple

from fastapi import Form, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, JsonValue

from tenuto.api.around.challenge import metadata_path, resource_path, site
from tenuto.api.bodies import open_limit
from tenuto.api.identity import address_of
from tenuto.api.problems import refusal_schema
from tenuto.api.routing import Provided, Router, gate
from tenuto.core.delegation import scopes
from tenuto.core.errors import OAuthRefused, type_prefix
from tenuto.services.delegation.consent import resource_of
from tenuto.services.delegation.tokens import Issued, access_life
from tenuto.services.services import Services

router = Router(tag="Applications")

_public = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
_secret = {"cache-control": "no-store", "pragma": "no-cache"}
_object: dict[str, object] = {"type": "object"}
_found: dict[int | str, dict[str, object]] = {200: {"description": "The metadata.", "content": {"application/json": {"schema": _object}}}}
_either = {"application/json": {"schema": {"anyOf": [refusal_schema, _object]}}}
_refusals: dict[int | str, dict[str, object]] = {
    400: {"description": "Bad Request", "content": _either},
    401: {"description": "Unauthorized", "content": _either},
}
_why = "applications ask before anybody has allowed them anything; it tells and takes nothing of anybody"
_proven = "the code or token in the body is the right; wrong ones are counted per address"

Word = Annotated[str | None, Form(max_length=4_000)]


class Metadata(BaseModel):
    """What an application says of itself (RFC 7591, 2); fields that are not known are passed over."""

    model_config = ConfigDict(frozen=True, extra="allow")

    redirect_uris: JsonValue = None


@router.get(metadata_path, permission=None, open_because=_why, response_class=Response, responses=_found)
@router.get(metadata_path + resource_path, permission=None, open_because=_why, response_class=Response, responses=_found)
async def protected_resource(request: Request) -> Response:
    """What `/mcp` is, and who gives access to it (RFC 9728)."""
    at = site(request, gate(request))
    about: dict[str, object] = {
        "resource": resource_of(at),
        "resource_name": "Tenuto",
        "authorization_servers": [at],
        "scopes_supported": list(scopes),
        "bearer_methods_supported": ["header"],
    }
    return JSONResponse(about, headers=_public)


@router.get("/.well-known/oauth-authorization-server", permission=None, open_because=_why, response_class=Response, responses=_found)
async def authorization_server(request: Request) -> Response:
    """Where to register, to ask and to be given tokens (RFC 8414)."""
    at = site(request, gate(request))
    about: dict[str, object] = {
        "issuer": at,
        "authorization_endpoint": f"{at}/oauth/authorize",
        "token_endpoint": f"{at}/oauth/token",
        "registration_endpoint": f"{at}/oauth/register",
        "revocation_endpoint": f"{at}/oauth/revoke",
        "scopes_supported": list(scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }
    return JSONResponse(about, headers=_public)


@router.post(
    "/oauth/register", permission=None, open_because="applications register before anybody has allowed them anything; limited per address",
    limit=open_limit, response_class=Response, status_code=201,
    responses={201: {"description": "Registered.", "content": {"application/json": {"schema": _object}}}, **_refusals},
)  # fmt: skip
async def register(body: Metadata, request: Request, services: Provided) -> Response:
    """Register an application (RFC 7591). Every one is a public client: there is no secret to keep."""
    await gate(request).limits.of_registration(address_of(request))
    try:
        made = await services.delegation.clients.register(body.model_dump())
    except OAuthRefused as refused:
        return _refusal(refused)
    granted = ["authorization_code", "refresh_token"] if made.renewable else ["authorization_code"]
    about: dict[str, object] = {
        "client_id": made.id,
        "client_name": made.name,
        "redirect_uris": made.redirect_uris,
        "grant_types": granted,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": " ".join(scopes),
    }
    return JSONResponse(about, 201, headers=_secret)


@router.post(
    "/oauth/token", permission=None, open_because=_proven, limit=open_limit, response_class=Response,
    responses={200: {"description": "Tokens.", "content": {"application/json": {"schema": _object}}}, **_refusals},
)  # fmt: skip
async def token(
    request: Request,
    services: Provided,
    *,
    grant_type: Word = None,
    client_id: Word = None,
    code: Word = None,
    redirect_uri: Word = None,
    code_verifier: Word = None,
    refresh_token: Word = None,
    scope: Word = None,
    resource: Word = None,
) -> Response:
    """Tokens for a code, or for a refresh token, which is good once."""
    asked = _Asked(grant_type, client_id, code, redirect_uri, code_verifier, refresh_token, scope, resource)
    try:
        async with _guessing(request):
            issued = await _answered(services, asked)
    except OAuthRefused as refused:
        return _refusal(refused)
    return JSONResponse(_issued(issued), headers=_secret)


@router.post(
    "/oauth/revoke", permission=None, open_because=_proven, limit=open_limit, response_class=Response,
    responses={200: {"description": "It is good no more, whether it was or not."}, **_refusals},
)  # fmt: skip
async def revoke(request: Request, services: Provided, *, token: Word = None, client_id: Word = None) -> Response:
    """End what a token is of, with all its other tokens (RFC 7009)."""
    await gate(request).limits.of_guesses(address_of(request))
    try:
        await services.delegation.tokens.revoke(_given(client_id, "client_id"), _given(token, "token"))
    except OAuthRefused as refused:
        return _refusal(refused)
    return Response(headers=_secret)


class _Asked(NamedTuple):
    grant_type: str | None
    client_id: str | None
    code: str | None
    redirect_uri: str | None
    code_verifier: str | None
    refresh_token: str | None
    scope: str | None
    resource: str | None


async def _answered(services: Services, asked: _Asked) -> Issued:
    tokens = services.delegation.tokens
    match asked.grant_type:
        case "authorization_code":
            client, code = _given(asked.client_id, "client_id"), _given(asked.code, "code")
            verifier = _given(asked.code_verifier, "code_verifier")
            return await tokens.exchange(client, code=code, redirect_uri=asked.redirect_uri, verifier=verifier, resource=asked.resource)
        case "refresh_token":
            return await tokens.renew(_given(asked.client_id, "client_id"), _given(asked.refresh_token, "refresh_token"), asked.scope)
        case _:
            raise OAuthRefused("unsupported_grant_type", "grant_type is authorization_code or refresh_token here.")


@asynccontextmanager
async def _guessing(request: Request) -> AsyncGenerator[None]:
    """Count codes and tokens that are none, and answer nothing to an address from which too many came."""
    limits, address = gate(request).limits, address_of(request)
    await limits.of_guesses(address)
    try:
        yield
    except OAuthRefused as refused:
        if refused.code == "invalid_grant":
            await limits.count_guess(address)
        raise


def _issued(issued: Issued) -> dict[str, object]:
    about: dict[str, object] = {
        "access_token": issued.access.get_secret_value(),
        "token_type": "Bearer",
        "expires_in": int(access_life.total_seconds()),
        "scope": " ".join(issued.scopes),
    }
    return about | ({"refresh_token": issued.refresh.get_secret_value()} if issued.refresh is not None else {})


def _given(value: str | None, name: str) -> str:
    if not value:
        raise OAuthRefused("invalid_request", f"{name} is needed.")
    return value


def _refusal(refused: OAuthRefused) -> Response:
    """As the protocol writes it: `error` is its own name for what is wrong. The fields of our other failures stand beside it."""
    status = 401 if refused.code == "invalid_client" else 400
    said = {"error": refused.code, "error_description": refused.data.detail, "success": False}
    about = {"type": type_prefix + refused.data.type, "title": "Refused", "status": status, "detail": refused.data.detail}
    return JSONResponse(said | about, status, headers=_secret)
