"""Threat 7: a route that declares no permission, and is not open on purpose, fails the build."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from tenuto.api.site.pages import places

package = Path(__file__).parents[2] / "src" / "tenuto"

factory = "interface"
"""The function of tenuto.app that answers the FastAPI application with every route, without a database or a port."""

open_routes = {
    "/healthz": "a load balancer asks before anybody signs in",
    "/readyz": "a load balancer asks before anybody signs in",
    "/metrics": "Prometheus scrapes it; it holds counts and no content",
    "/api/auth/sign-in": "this is how one comes in; it takes a one-time link and is limited per address",
    "/api/hooks/{path:path}": "vendors call it; the signature over the body, or the address itself, is the right",
    "/api/waits/{token}": "the address is the right: unguessable, and good for one call; wrong ones are counted per address",
    "/api/oauth/callback": "vendors send people back here; a state that is good once, in the browser that began, is the right",
    "/.well-known/oauth-protected-resource": "applications ask where access is given; the same for everybody",
    "/.well-known/oauth-protected-resource/mcp": "applications ask where access is given; the same for everybody",
    "/.well-known/oauth-authorization-server": "applications ask where access is given; the same for everybody",
    "/oauth/register": "applications register before anybody has allowed them anything; limited per address, forgotten unless used",
    "/oauth/token": "the code or refresh token in the body is the right; wrong ones are counted per address",
    "/oauth/revoke": "the token in the body is the right, and is ended by it",
    "/oauth/authorize": "a page without content; what it shows it asks for as whoever is signed in",
    "/oauth/consent.js": "the script of that page, static",
    "/oauth/consent.css": "the style of that page, static",
    "/docs": "documentation, static",
    "/openapi.json": "documentation, static",
    "/": "a page without content; what it shows it asks for as whoever is signed in",
    **{path: "the same page" for name in places for path in (f"/{name}", f"/{name}/{{rest:path}}")},
    "/theme.js": "a script of these pages, static",
    "/favicon.svg": "a picture, static",
    "/sign-in": "the page that posts the token of a one-time link",
    "/assets/{name}": "scripts and styles of these pages, static",
}


def test_every_route_declares_a_permission() -> None:
    found = undeclared(application().routes, open_routes)
    assert not found, "\n".join(f"{path} declares no permission." for path in found)


def test_every_open_route_exists() -> None:
    known = {route.path for route in iter_route_contexts(application().routes)}
    assert set(open_routes) <= known, f"No such route any more: {', '.join(sorted(set(open_routes) - known))}."


def test_a_route_without_a_permission_is_found_also_in_a_nested_router() -> None:
    inner, outer, app = APIRouter(), APIRouter(prefix="/runs"), FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @inner.get("/declared")
    @permission("runs.read")
    async def declared() -> None: ...

    @inner.get("/forgotten")
    async def forgotten() -> None: ...

    @app.get("/healthz")
    async def health() -> None: ...

    outer.include_router(inner)
    app.include_router(outer, prefix="/api")
    assert undeclared(app.routes, {"/healthz": "open"}) == ["GET /api/runs/forgotten"]


def application() -> FastAPI:
    """The application as tenuto.app builds it."""
    module = importlib.import_module("tenuto.app")
    if not hasattr(module, factory):
        pytest.fail(f"tenuto.app has no function {factory}(); say in tests/architecture/test_routes.py which one answers the application.")
    return getattr(module, factory)()


def undeclared(routes: Sequence[BaseRoute], open_paths: dict[str, str]) -> list[str]:
    """`METHOD /path` of every route with an endpoint of its own that names no permission and is not open."""
    return [
        f"{'/'.join(sorted(route.methods or {'ANY'}))} {route.path}"
        for route in iter_route_contexts(routes)
        if route.endpoint and route.path not in open_paths and not getattr(route.endpoint, "__permission__", None)
    ]


def permission(name: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """What the house's router leaves on an endpoint, for the test of the rule."""

    def declare(endpoint: Callable[..., object]) -> Callable[..., object]:
        endpoint.__dict__["__permission__"] = name
        return endpoint

    return declare
