"""Who we are at authorization servers: the operator's own OAuth apps, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from tenuto.core.auth import OAuth2
from tenuto.core.errors import Misconfigured


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
    """Apps by name: `TENUTO_<NAME>_CLIENT_ID`, `…_CLIENT_SECRET` and, for an own server, `…_OAUTH_SERVER`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def of(self, integration: str, auth: OAuth2) -> App | None:
        """The app that an integration is connected with; None where none is set. Raises `Misconfigured` for a wrong server."""
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

    def needed(self, integration: str, auth: OAuth2) -> App:
        """The same. Raises `Misconfigured` where none is set, naming what to set."""
        app = self.of(integration, auth)
        if app is None:
            name = name_of(integration, auth)
            raise Misconfigured(
                f"There is no OAuth app for {integration}.",
                fix=f"Register one at the vendor, and set {name}_CLIENT_ID and {name}_CLIENT_SECRET.",
            )
        return app


def name_of(integration: str, auth: OAuth2) -> str:
    """How an integration's variables begin: `TENUTO_GITHUB`."""
    return "TENUTO_" + (auth.app or integration).upper().replace("-", "_")
