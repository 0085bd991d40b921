"""The HTTP application: every route, and what stands around them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from tenuto import __version__
from tenuto.api import (
    agents,
    auth,
    catalog,
    chat,
    documents,
    health,
    integrations,
    keys,
    mcp,
    members,
    problems,
    upload,
    versions,
    workflows,
)
from tenuto.api.accounts import apps, connections, oauth
from tenuto.api.around.envelope import Envelope
from tenuto.api.around.limits import Limits
from tenuto.api.around.metrics import HttpMetrics
from tenuto.api.authoring import draft_runs, drafts, samples, states, templates
from tenuto.api.delegation import grants, page, server
from tenuto.api.identity import Gate
from tenuto.api.people import approvals, waits
from tenuto.api.runs import execute, kin, monitor, operate, replays, values
from tenuto.api.runs import history as executions
from tenuto.api.site import pages
from tenuto.api.site.files import installed
from tenuto.api.triggers import deliveries, hooks
from tenuto.api.triggers import operations as triggers
from tenuto.services.services import Services
from tenuto.settings import Settings

routers = (
    auth.router,
    keys.router,
    members.router,
    execute.router,
    waits.router,
    executions.kept,
    values.router,  # before the routes of one execution, whose ids may hold slashes
    operate.router,
    replays.router,
    replays.lists,
    kin.router,
    executions.router,
    monitor.router,
    approvals.router,
    workflows.router,
    drafts.router,
    drafts.lists,
    states.router,
    samples.router,
    draft_runs.router,
    templates.router,
    versions.router,
    agents.router,
    chat.router,
    upload.router,
    catalog.router,
    integrations.router,
    apps.router,
    oauth.router,
    connections.router,
    mcp.router,
    server.router,
    page.router,
    grants.router,
    hooks.router,
    triggers.router,
    deliveries.router,
    health.router,
    documents.router,
    pages.router,
)
"""One line for each area; who adds an area adds a line."""


def interface() -> FastAPI:
    """Every route, without a database or a port: for the description of the API, and for inventories."""
    app = FastAPI(
        title="Tenuto",
        version=__version__,
        description="Durable workflows in which AI agents, applications and people hand work to each other.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # As they are: `include_router` would make each route anew, a second's work, when an application is asked for the first time.
        routes=[route for router in routers for route in router.routes.routes],
    )
    problems.install(app, pages.nowhere)
    return app


@dataclass(frozen=True, slots=True)
class Served:
    """What the application needs to answer."""

    settings: Settings
    services: Services
    registry: CollectorRegistry
    mcp: mcp.Serve


def serving(given: Served) -> FastAPI:
    """The application, with what its routes need."""
    settings = given.settings
    secure = settings.origin.startswith("https://")
    limits = Limits(
        address=settings.calls_per_address, caller=settings.calls_per_caller, streams=settings.streams_per_caller,
        all_streams=settings.streams,
    )  # fmt: skip
    app = interface()
    app.state.services = given.services
    app.state.registry = given.registry
    app.state.mcp = given.mcp
    app.state.web = installed()
    app.state.gate = Gate(given.services, limits, settings.origin, secure)
    app.add_middleware(Envelope, hosts=names(settings), secure=secure, metrics=HttpMetrics(given.registry))
    return app


def names(settings: Settings) -> frozenset[str]:
    """The host names we answer to; none, which is every name, where only the operator's network knows how it calls us."""
    local = {"localhost", "127.0.0.1", "::1"}
    public = {urlsplit(settings.public_url).hostname or ""} if settings.public_url else set[str]()
    return frozenset(local | public | {settings.host}) if settings.loopback or public else frozenset()
