"""The house, built and kept: a database that is there and migrated, an engine at work, services, and the application."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from tenuto import __version__
from tenuto.api.around.metrics import UsageMetrics
from tenuto.api.bodies import input_limit
from tenuto.app.authoring import Authoring, authoring
from tenuto.app.connecting import Connecting, connecting
from tenuto.app.engine import Engine, engine
from tenuto.app.installed import installed
from tenuto.app.interface import Served, serving
from tenuto.app.keeping import keeping
from tenuto.app.secrecy import local_keys, sealing
from tenuto.app.triggering import triggering
from tenuto.core.agent import AgentProvider
from tenuto.core.catalog import Catalog
from tenuto.core.errors import Misconfigured
from tenuto.engine.outside.addresses import Addresses
from tenuto.engine.spending.prices import read_prices
from tenuto.engine.worker import Worker
from tenuto.mcp.server import McpServer
from tenuto.services.executions import Executions
from tenuto.services.executions.sources import KnownCredentials, StoredAgents, StoredDefinitions
from tenuto.services.health import Health
from tenuto.services.keys import Keys
from tenuto.services.members import Members
from tenuto.services.offers import Offers
from tenuto.services.people.approvals import Approvals
from tenuto.services.people.waits import Waits
from tenuto.services.recognition import forgetting
from tenuto.services.rotation import KeyRotation
from tenuto.services.services import Services
from tenuto.services.sign_in import SignIn
from tenuto.services.triggers import Triggers
from tenuto.services.triggers.install import Installer
from tenuto.settings import Settings
from tenuto.store.database import Database
from tenuto.store.migrate import migrate
from tenuto.store.server.account import default_folder
from tenuto.store.server.embedded import embedded_server
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Secrets, Setting, SettingSecrets

workspace = 1
"""The workspace that the first migration makes; the first owner and the bootstrap key belong to it."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs, until the block that gave it ends."""

    settings: Settings
    database: Database
    catalog: Catalog
    envelope: Envelope
    engine: Engine
    services: Services
    registry: CollectorRegistry
    app: FastAPI
    first_link: str | None
    """Where the first owner signs in, to be printed; None when there is an owner."""

    @property
    def worker(self) -> Worker:
        """What drives runs in this process."""
        return self.engine.worker


@asynccontextmanager
async def house(settings: Settings, *, working: bool = True, bases: Mapping[str, str] | None = None) -> AsyncGenerator[House]:
    """Open everything, and close it in reverse when the block ends.

    With `working` the process also claims runs; `bases` replaces base URLs by connector key. Raises `Misconfigured` for settings
    that cannot be served with, and `Unavailable` for a database that cannot be reached.
    """
    _refuse_unguarded(settings)
    async with AsyncExitStack() as end:
        database = await _database(settings, end)
        keyring = local_keys(settings)
        envelope = await sealing(settings, database, keyring, end)
        sign_in, keys = SignIn(database), Keys(database)
        first_link = await _first_owner(settings, sign_in, keys)
        catalog = installed(settings)
        providers = {key: provider.configure(settings.environment) for key, provider in catalog.providers.items()}
        given = connecting(database, envelope, catalog, settings, fixed=_secrets(settings, providers), bases=bases or {})
        secrets = (connected := await end.enter_async_context(given)).secrets
        sender = await end.enter_async_context(_door(settings, secrets))
        registry = CollectorRegistry()
        observe, prices = UsageMetrics(registry).count, read_prices(settings.prices or {})
        addresses = Addresses(settings.origin, keyring.signatures)
        working_parts = engine(
            database, catalog, sender, providers, addresses=addresses, slots=settings.slots, working=working, bases=bases,
            accounts=connected.accounts, prices=prices, observe=observe, account=secrets.account, largest=settings.largest_value,
            programs=settings.code_processes,
        )  # fmt: skip
        running = await end.enter_async_context(working_parts)
        executions = _executions(running, catalog, secrets, settings)
        await end.enter_async_context(keeping(executions.retention, connected.care(running.journal), working=working))
        installer = Installer(envelope, running.now, settings.origin)
        writing = await authoring(
            running, catalog, installer, executions, workspace=workspace, agent_id=settings.agent_id, development=settings.development
        )
        known = KnownCredentials(catalog, secrets)
        waits = Waits(database, running.journal, running.mailbox, executions.watches, addresses)
        firing = triggering(
            running, catalog, known, envelope, installer, offer=waits.offer, development=settings.development, working=working
        )  # fmt: skip
        triggers = await end.enter_async_context(firing)
        services = _services(
            sign_in, keys, executions, writing, running, triggers=triggers, waits=waits, working=working,
            connected=connected,
        )  # fmt: skip
        app = await _application(settings, services, catalog, registry, end)
        yield House(settings, database, catalog, envelope, running, services, registry, app, first_link)


def _door(settings: Settings, secrets: Secrets) -> VaultSender:
    return VaultSender(secrets, allow=settings.egress_allow, largest=settings.largest_value, commands=settings.mcp_commands)


async def _application(
    settings: Settings, services: Services, catalog: Catalog, registry: CollectorRegistry, end: AsyncExitStack
) -> FastAPI:
    """Every route, and the tools for MCP clients."""
    tools = McpServer(services, catalog, origin=settings.origin, version=__version__, largest=input_limit)
    await end.enter_async_context(tools.running())
    return serving(Served(settings, services, registry, tools.serve))


def _executions(running: Engine, catalog: Catalog, secrets: Secrets, settings: Settings) -> Executions:
    return Executions(
        database=running.database,
        journal=running.journal,
        mailbox=running.mailbox,
        claims=running.claims,
        feed=running.feed,
        launcher=running.worker,
        catalog=catalog,
        definitions=StoredDefinitions(running.database, running.journal),
        agents=StoredAgents(running.database),
        credentials=KnownCredentials(catalog, secrets),
        development=settings.development,
        checker=running.checker,
        retention=settings.retention,
    )


def _services(
    sign_in: SignIn,
    keys: Keys,
    executions: Executions,
    writing: Authoring,
    running: Engine,
    *,
    triggers: Triggers,
    waits: Waits,
    working: bool,
    connected: Connecting,
) -> Services:
    worker, database = running.worker, running.database
    delegated = connected.delegation(workspace)
    return Services(
        health=Health(database, claiming=lambda: worker.working or not working),
        members=Members(database, changed=forgetting(keys, sign_in, delegated.tokens)),
        keys=keys,
        sign_in=sign_in,
        executions=executions,
        approvals=Approvals(database, executions.answers),
        waits=waits,
        workflows=writing.workflows,
        editing=writing.editing,
        versions=writing.versions,
        agents=writing.agents,
        catalog=writing.catalog,
        integrations=writing.integrations,
        conversations=writing.conversations,
        offers=Offers(database),
        triggers=triggers,
        rotation=KeyRotation(database, connected.envelope),
        connections=connected.connections(running.journal),
        oauth_apps=connected.oauth_apps(),
        delegation=delegated,
    )


async def _database(settings: Settings, end: AsyncExitStack) -> Database:
    """The database of DATABASE_URL, or the embedded one; migrated."""
    if settings.database_url is not None:
        dsn = settings.database_url.get_secret_value()
        await migrate(dsn)
        database = await Database.open(dsn)
    else:
        embedded = await end.enter_async_context(embedded_server(_folder(settings)))
        await migrate(embedded.dsn)
        database = await Database.open(embedded.dsn, revive=embedded.ensure)
    end.push_async_callback(database.close)
    return database


async def _first_owner(settings: Settings, sign_in: SignIn, keys: Keys) -> str | None:
    """See that somebody can own the house: by the bootstrap key, else by a link. Raises `Misconfigured` where strangers could be first."""
    if settings.bootstrap_key is not None:
        await keys.bootstrap(settings.bootstrap_key, workspace)
    if not settings.loopback and not await sign_in.owned(workspace):
        raise Misconfigured(
            f"{settings.host} can be reached by others, and nobody owns this installation yet.",
            fix="Start once on 127.0.0.1 and open the link it prints, or set TENUTO_BOOTSTRAP_KEY.",
        )
    link = await sign_in.first_link(workspace)
    return f"{settings.origin}/sign-in#{link.get_secret_value()}" if link else None


def _refuse_unguarded(settings: Settings) -> None:
    if not settings.loopback and settings.secret_key is None:
        raise Misconfigured(
            f"{settings.host} can be reached by others, and TENUTO_SECRET_KEY is not set.",
            fix="Set it (32 random bytes in base64), or serve on 127.0.0.1.",
        )


def _folder(settings: Settings) -> Path:
    return settings.data_dir or default_folder()


def _secrets(settings: Settings, providers: Mapping[str, AgentProvider]) -> SettingSecrets:
    """The credentials of agent providers that come from the environment."""
    found: dict[str, Setting] = {}
    for vendor in (vendor for provider in providers.values() for vendor in provider.vendors()):
        secret = settings.variable(vendor.credential)
        credential = Credential(auth=vendor.auth, secret=secret) if secret else None
        found[vendor.integration] = Setting(name=vendor.credential, credential=credential)
    return SettingSecrets(found)
