"""Where tokens come from, for each way to sign in that has any: a person's consent, a client of one's own, an app's installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from tenuto.core.account import filled
from tenuto.core.auth import ClientCredentials, GitHubApp, OAuth2
from tenuto.core.connecting import way_kept
from tenuto.core.connector import Connector
from tenuto.core.errors import AuthRejected, Misconfigured
from tenuto.store.connections.rows import Held
from tenuto.vault.oauth.apps import App, Apps, app_name, name_of
from tenuto.vault.oauth.client import OAuthClient, Server
from tenuto.vault.oauth.installation import installed
from tenuto.vault.oauth.tokens import Granted, Tokens


class Grants:
    """Asks vendors for tokens, as their connectors say."""

    def __init__(
        self, connectors: Mapping[str, Connector], *, apps: Apps, client: OAuthClient, bases: Mapping[str, str] | None = None
    ) -> None:
        """`bases` are the operator's base URLs by connector key."""
        self._connectors, self.apps, self._client, self._bases = connectors, apps, client, bases or {}

    async def server(self, held: Held) -> Server | None:
        """Who is to be asked about a connection; None if nobody consented to it, or there is no app any more."""
        connector = self._connectors.get(held.integration)
        way = way_kept(connector, held.way) if connector is not None else None
        if connector is None or not isinstance(way, OAuth2):
            return None
        app = await self.apps.of(held.workspace, held.integration, way)
        return consent_server(connector, way, app, held.fields) if app is not None else None

    async def renewed(self, held: Held, tokens: Tokens) -> Granted:
        """Tokens in the place of these. Raises `AuthRejected` where there are none any more, and whatever keeps a vendor from answering."""
        connector = self._connectors.get(held.integration)
        way = way_kept(connector, held.way) if connector is not None else None
        match way:
            case OAuth2() if connector is not None:
                server = await self.server(held)
                if server is not None:
                    return await self._client.refresh(server, held.workspace, tokens)
                raise Misconfigured(
                    f"The token of {held.integration} has to be renewed, and there is no OAuth app to do it with.",
                    fix=f"Store it (`tenuto apps set {app_name(held.integration, way)}`), or set {name_of(held.integration, way)}_CLIENT_ID.",
                )
            case ClientCredentials() | GitHubApp() if connector is not None:
                return await self.bought(connector, way, held.workspace, held.fields, tokens)
            case _:
                raise Misconfigured(
                    f"The token of {held.integration} has to be renewed, and no connector says how.", fix="Install it again."
                )

    async def bought(
        self, connector: Connector, way: ClientCredentials | GitHubApp, workspace: int, fields: Mapping[str, str], tokens: Tokens
    ) -> Granted:
        """A token for what lasts: `tokens` have the client's secret, or the app's key, as `refresh`, and its id as user.

        Raises `AuthRejected` where these are refused, and as `renewed`.
        """
        if isinstance(way, GitHubApp):
            url = moved_by(self._bases.get(connector.key), connector, filled(way.token_url, fields))
            return await installed(self._client, connector.name, url, workspace, tokens)
        auth = OAuth2(
            authorize_url="",
            token_url=filled(way.token_url, fields),
            app=connector.key,
            scopes=way.scopes,
            scope_separator=way.scope_separator,
            extra=way.extra,
            client=way.client,
            body=way.body,
            token_under=way.token_under,
            base_url_field=way.base_url_field,
        )
        app = App(client_id=tokens.user, client_secret=tokens.refresh, server=self.apps.server(name_of(connector.key, auth)))
        try:
            found = await self._client.own(Server(connector.name, auth, app), workspace)
        except Misconfigured:  # the client is not the operator's, but the account's own
            raise AuthRejected(
                f"{connector.name} does not accept this client's id and secret.", fix="Compare both with the vendor's."
            ) from None
        return replace(found, tokens=Tokens(access=found.tokens.access, refresh=tokens.refresh, user=tokens.user), refresh_lifetime=None)


def consent_server(connector: Connector, way: OAuth2, app: App, fields: Mapping[str, str]) -> Server:
    """The authorization server of an account with these fields. Raises as `filled`."""
    urls = {name: url for name in ("authorize_url", "token_url", "revoke_url", "introspect_url") if (url := getattr(way, name)) is not None}
    return Server(connector.name, replace(way, **{name: filled(url, fields) for name, url in urls.items()}), app)


def moved_by(operators: str | None, connector: Connector, url: str) -> str:
    """An address of the vendor's API, at the operator's base URL: below it, or elsewhere on its host."""
    if operators is None:
        return url
    if url.startswith(connector.base_url + "/"):
        return operators.rstrip("/") + url.removeprefix(connector.base_url)
    own, theirs = urlsplit(operators), urlsplit(url)
    if theirs.netloc != urlsplit(connector.base_url).netloc:
        return url
    return theirs._replace(scheme=own.scheme, netloc=own.netloc).geturl()
