"""OAuth apps: what the workspace is to vendors, put here by an owner, or by the operator in the environment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

import uuid_utils.compat as uuids
from pydantic import Field, SecretStr

from tenuto.core.access import Permission, Principal
from tenuto.core.auth import OAuth2
from tenuto.core.catalog import Catalog
from tenuto.core.connecting import ways_of
from tenuto.core.errors import Invalid, NotFound
from tenuto.core.values import Frozen
from tenuto.store.connections.apps import AppRows
from tenuto.store.database import Database
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.apps import Apps, app_name, name_of
from tenuto.vault.oauth.tokens import Tokens, seal


class OAuthApp(Frozen):
    """An app, without its secret."""

    name: str = Field(description="`google` for all that is Google's; else the integration's own name.")
    integrations: tuple[str, ...] = Field(description="What is connected with it.")
    client_id: str | None = Field(default=None, description="Null: there is none yet.")
    source: str | None = Field(default=None, description="`stored`, or `environment` where the operator set it; what is stored goes first.")
    variables: tuple[str, str] = Field(description="What the operator would set.")


class OAuthApps:
    """The use cases of apps."""

    def __init__(self, database: Database, envelope: Envelope, catalog: Catalog, apps: Apps) -> None:
        self._database, self._envelope, self._apps = database, envelope, apps
        self._known: dict[str, tuple[OAuth2, list[str]]] = {}
        for connector in catalog.connectors.values():
            for way in ways_of(connector):
                if isinstance(way, OAuth2):
                    self._known.setdefault(app_name(connector.key, way), (way, []))[1].append(connector.key)

    async def list(self, caller: Principal) -> Sequence[OAuthApp]:
        """One for each vendor whose accounts are connected by consent, by name."""
        caller.require(Permission.key_manage)
        async with self._database.transaction(caller.workspace) as tx:
            stored = {row.name: row.client_id for row in await AppRows(tx).all()}
        return [self._shown(name, stored.get(name)) for name in sorted(self._known)]

    async def put(self, caller: Principal, name: str, client_id: str, secret: SecretStr) -> OAuthApp:
        """Keep an app's id and secret; one of the same name gets them in place of its own. Raises `NotFound` and `Invalid`.

        Accounts that were connected with another app have to be connected again: their tokens are that one's.
        """
        caller.require(Permission.key_manage)
        self._known_as(name)
        if not re.fullmatch(r"[!-~]{1,500}", client_id):
            raise Invalid("A client id has 1 to 500 printable characters, and no spaces.", pointer="/client_id")
        if not re.fullmatch(r"[ -~]{0,4096}", secret.get_secret_value()):
            raise Invalid("A client secret has at most 4,096 printable characters.", pointer="/client_secret")
        async with self._database.transaction(caller.workspace) as tx:
            await self._envelope.ready(tx)
            rows = AppRows(tx)
            found = await rows.named(name, lock=True)
            row = found.id if found is not None else UUID(str(uuids.uuid7()))
            sealed = await seal(self._envelope, tx, row, Tokens(access=secret, user=client_id))
            if found is None:
                await rows.make(row, name, client_id=client_id, sealed=sealed.data, key=sealed.key, made_by=caller.person)
            else:
                await rows.change(row, client_id=client_id, sealed=sealed.data, key=sealed.key, made_by=caller.person)
        return self._shown(name, client_id)

    async def delete(self, caller: Principal, name: str) -> None:
        """Forget an app; the operator's, where there is one, is used again. Raises `NotFound`."""
        caller.require(Permission.key_manage)
        self._known_as(name)
        async with self._database.transaction(caller.workspace) as tx:
            if not await AppRows(tx).remove(name):
                raise NotFound(f"No OAuth app is stored for {name}.")

    def _known_as(self, name: str) -> tuple[OAuth2, Sequence[str]]:
        found = self._known.get(name)
        if found is None:
            raise NotFound(f'Nothing is connected with an OAuth app "{name[:64]}".', fix=f"There are: {', '.join(sorted(self._known))}.")
        return found

    def _shown(self, name: str, stored: str | None) -> OAuthApp:
        way, integrations = self._known[name]
        begins = name_of(integrations[0], way)
        operators = self._apps.operators(integrations[0], way)
        client_id = stored or (operators.client_id if operators is not None else None)
        source = "stored" if stored else ("environment" if operators is not None else None)
        variables = (f"{begins}_CLIENT_ID", f"{begins}_CLIENT_SECRET")
        return OAuthApp(name=name, integrations=tuple(sorted(integrations)), client_id=client_id, source=source, variables=variables)
