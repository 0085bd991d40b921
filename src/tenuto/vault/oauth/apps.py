"""Who we are at authorization servers: apps that a workspace's owner put into the vault, or the operator into the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from tenuto.core.auth import OAuth2
from tenuto.core.errors import Misconfigured
from tenuto.store.connections.apps import AppFinder
from tenuto.store.database import Database
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.tokens import unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An OAuth app: registered at the vendor by whoever runs this installation."""

    client_id: str
    client_secret: SecretStr = field(default=SecretStr(""), repr=False)
    """Empty for a public client, which proves itself by PKCE alone."""
    server: str | None = None
    """`https://github.example.com`: takes the place of scheme and host of the vendor's addresses, for an installation of one's own."""

    def at(self, url: str) -> str:
        """An address of the vendor, at this app's server."""
        if self.server is None:
            return url
        parts, own = urlsplit(url), urlsplit(self.server)
        return urlunsplit((own.scheme, own.netloc, own.path.rstrip("/") + parts.path, parts.query, ""))


class Apps:
    """Apps by name: the workspace's own, else `TENUTO_<NAME>_CLIENT_ID`, `…_CLIENT_SECRET`; `…_OAUTH_SERVER` for an own server.

    Where the server is, the operator alone says: whoever could change it would be sent the refresh tokens of others.
    """

    def __init__(self, environment: Mapping[str, str], database: Database, envelope: Envelope) -> None:
        self._environment, self._envelope = environment, envelope
        self._finder = AppFinder(database)

    async def of(self, workspace: int, integration: str, auth: OAuth2) -> App | None:
        """The app that an integration is connected with; None where there is none. Raises `Misconfigured` for a wrong server, and as `open`."""
        found = await self._finder.find(workspace, app_name(integration, auth))
        if found is None:
            return self.operators(integration, auth)
        kept = await unseal(self._envelope, workspace, *found)
        return App(client_id=kept.user, client_secret=kept.access, server=self.server(name_of(integration, auth)))

    def operators(self, integration: str, auth: OAuth2) -> App | None:
        """The app of the environment. Raises `Misconfigured` for a wrong server."""
        name = name_of(integration, auth)
        client_id = self._environment.get(f"{name}_CLIENT_ID")
        if not client_id:
            return None
        secret = SecretStr(self._environment.get(f"{name}_CLIENT_SECRET", ""))
        return App(client_id=client_id, client_secret=secret, server=self.server(name))

    def server(self, name: str) -> str | None:
        """The operator's own server, by the name that variables begin with. Raises `Misconfigured` for a wrong one."""
        server = self._environment.get(f"{name}_OAUTH_SERVER") or None
        if server is not None and (urlsplit(server).scheme not in ("http", "https") or not urlsplit(server).hostname):
            raise Misconfigured(f"{name}_OAUTH_SERVER is not an address.", fix="Write https://host, without a path where there is none.")
        return server

    async def needed(self, workspace: int, integration: str, auth: OAuth2) -> App:
        """The same as `of`. Raises `Misconfigured` where there is none, saying what to do."""
        app = await self.of(workspace, integration, auth)
        if app is None:
            name, variables = app_name(integration, auth), name_of(integration, auth)
            raise Misconfigured(
                f"There is no OAuth app for {integration}.",
                fix=f"Register one at the vendor, and store it (`tenuto apps set {name}`) or set {variables}_CLIENT_ID and its secret.",
            )
        return app


def app_name(integration: str, auth: OAuth2) -> str:
    """What an integration's app is called: `google` for all that is Google's."""
    return auth.app or integration


def name_of(integration: str, auth: OAuth2) -> str:
    """How an integration's variables begin: `TENUTO_GITHUB`."""
    return "TENUTO_" + app_name(integration, auth).upper().replace("-", "_")
