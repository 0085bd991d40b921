"""Connecting by consent: a person is sent to the vendor, and comes back in the same browser with a code that becomes tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from pydantic import SecretStr

from tenuto.core.access import Permission, Principal, Role
from tenuto.core.auth import OAuth2
from tenuto.core.catalog import Catalog
from tenuto.core.connecting import consent_of, fields_asked, fields_checked
from tenuto.core.connection import Connection, default_name, everybody
from tenuto.core.connector import Connector
from tenuto.core.errors import Forbidden, Invalid, Rejected, Unauthenticated
from tenuto.core.ways import kind_of
from tenuto.services.connections.keeping import Kept, checked, keep, may_change
from tenuto.services.connections.probes import New, Probes
from tenuto.store.connections.flows import Flow, Flows
from tenuto.store.connections.rows import Connections as Rows
from tenuto.store.database import Database
from tenuto.store.people.members import MemberRows
from tenuto.vault.crypto import Place, Sealed, hash_token, new_token, same
from tenuto.vault.keys.envelope import Envelope
from tenuto.vault.oauth.client import OAuthClient, Server, authorize_url, new_verifier
from tenuto.vault.oauth.grants import Grants, consent_server

life = timedelta(minutes=10)
callback_path = "/api/oauth/callback"


class Asked(NamedTuple):
    """What somebody wants to connect."""

    integration: str
    name: str | None = None
    user_id: str | None = None
    shared: bool = False
    scopes: Sequence[str] = ()
    fields: Mapping[str, str] = MappingProxyType({})
    """What stands in the account's addresses."""
    tenant: str | None = None
    """For whom it is to speak, where it may for several."""


class Consents:
    """The use cases of consent."""

    def __init__(
        self, database: Database, envelope: Envelope, catalog: Catalog, *, grants: Grants, client: OAuthClient, probes: Probes, origin: str
    ) -> None:
        self._database, self._envelope, self._catalog = database, envelope, catalog
        self._grants, self._client, self._probes = grants, client, probes
        self.redirect = origin + callback_path
        """The one address that vendors send people back to; registered there as it is."""

    async def ask(self, caller: Principal, asked: Asked, browser: SecretStr) -> str:
        """The vendor's address to send a person to, whose browser holds `browser`.

        Raises `Forbidden`, `NotFound` for an integration that is not there, `Invalid` for a scope or an integration that is not
        connected this way, and `Misconfigured` where nobody has registered an app.
        """
        caller.require(Permission.connection_write)
        if caller.kind != "member":
            raise Forbidden("Consent is given by a person, in a browser that is signed in.", fix="Sign in, and open this address there.")
        connector, way = self._way(asked.integration)
        fields = fields_checked(connector, way, asked.fields)
        server = await self._server(caller.workspace, asked.integration, fields)
        user = caller.user(asked.user_id or (None if asked.shared else str(caller.id)))
        name = asked.name or user or default_name
        checked(asked.integration, name, user)
        scopes = _scopes(server.auth, asked.scopes)
        state, verifier = new_token(f"st{caller.workspace}"), new_verifier()
        hashed = hash_token(state)
        shared = (everybody,) if asked.shared else ()
        async with self._database.transaction(caller.workspace) as tx:
            found = await Rows(tx).named(asked.integration, user, name)
            if found is not None and not may_change(found, caller):
                raise Forbidden(f"There is a connection named {name!r} that is somebody else's.", fix="Choose another name.")
            sealed = await self._envelope.seal(tx, verifier, _place(caller.workspace, hashed))
            about = (asked.integration, name, user, caller.id, caller.person, shared, scopes)
            await Flows(tx).begin(Flow(hashed, hash_token(browser), *about, sealed.data, fields, asked.tenant), life)
        return authorize_url(server, redirect=self.redirect, state=state.get_secret_value(), verifier=verifier, scopes=scopes)

    async def ready(self, caller: Principal, integration: str) -> None:
        """Raise as `ask` would for an integration that nobody can connect by consent here."""
        connector, way = self._way(integration)
        await self._server(caller.workspace, integration, {field.name: field.example for field in fields_asked(connector, way)})

    async def finish(self, state: str, browser: str | None, answer: Mapping[str, str]) -> Connection:
        """Use a consent up: `answer` is what the vendor sent along (`code`, or `error`; `iss`).

        Raises `Unauthenticated` for a state that is not of this browser, was used or ran out, `Rejected` where the person or the vendor
        said no, and what the exchange raises. Whatever happens, the state is used up.
        """
        workspace = _workspace(state)
        flow, caller = await self._used(workspace, state, browser)
        server = await self._server(workspace, flow.integration, flow.fields)
        if "iss" in answer and server.auth.issuer is not None and answer["iss"] != server.app.at(server.auth.issuer).rstrip("/"):
            raise Unauthenticated("This answer is from another server than the one that was asked.", fix="Begin again.")
        if error := answer.get("error"):
            said = error if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", error) else "an error"
            raise Rejected(f"{server.name} gave no consent: {said}.", fix="Begin again, and allow what is asked for.")
        if not answer.get("code"):
            raise Invalid("The vendor's answer has no code.", fix="Begin again.")
        verifier = await self._envelope.open(Sealed(flow.sealed), _place(workspace, flow.hash))
        granted = await self._client.exchange(server, workspace, code=answer["code"], redirect=self.redirect, verifier=verifier)
        if granted.scopes is None:
            granted = granted.with_scopes(flow.scopes)
        connector, way = self._way(flow.integration)
        new = New(connector=connector, way=way, workspace=workspace, fields=flow.fields, granted=granted, tenant=flow.tenant)
        new = await self._probes.settled(new)
        kept = Kept(
            integration=flow.integration, name=flow.name, user_id=flow.user_id, granted=new.granted, shared_with=tuple(flow.shared_with),
            way=kind_of(way), fields=new.fields,
        )  # fmt: skip
        async with self._database.transaction(workspace) as tx:
            return await keep(tx, self._envelope, caller, kept)

    async def _used(self, workspace: int, state: str, browser: str | None) -> tuple[Flow, Principal]:
        """The consent, and who began it, if that one may still do so."""
        refused = Unauthenticated("This consent was not begun in this browser, was used, or is too old.", fix="Begin again.")
        async with self._database.transaction(workspace) as tx:
            flow = await Flows(tx).use(hash_token(state))
            member = await MemberRows(tx).find(flow.member) if flow is not None and flow.member is not None else None
        if flow is None or browser is None or not same(flow.browser, hash_token(browser)):
            raise refused
        if member is None or member.disabled_at is not None:
            raise refused
        caller = Principal(workspace, "member", member.id, member.name, Role(member.role))
        caller.require(Permission.connection_write)
        return flow, caller

    def _way(self, integration: str) -> tuple[Connector, OAuth2]:
        connector = self._catalog.connector(integration)
        way = consent_of(connector)
        if way is None:
            raise Invalid(f"{connector.name} is not connected by consent.", fix="Store its key: POST /api/connections.")
        return connector, way

    async def _server(self, workspace: int, integration: str, fields: Mapping[str, str]) -> Server:
        connector, way = self._way(integration)
        return consent_server(connector, way, await self._grants.apps.needed(workspace, integration, way), fields)


def _scopes(auth: OAuth2, asked: Sequence[str]) -> Sequence[str]:
    """The asked ones, else all the connector knows. Raises `Invalid` for one it does not know: nobody is asked for more than is used."""
    if unknown := [scope for scope in asked if scope not in auth.scopes]:
        raise Invalid(f"The scope {unknown[0]!r} is not known.", pointer="/scope", fix=f"Choose of: {', '.join(auth.scopes) or 'none'}.")
    return tuple(asked) or auth.scopes


def _place(workspace: int, hash: bytes) -> Place:
    return Place(workspace, "oauth_flows", hash.hex())


def _workspace(state: str) -> int:
    """The workspace that a state names. It is trusted no further than to look there for the state's hash."""
    found = re.fullmatch(r"st([1-9][0-9]{0,8})_[A-Za-z0-9_-]{43}", state)
    if found is None:
        raise Unauthenticated("This is no state of ours.", fix="Begin again.")
    return int(found[1])
