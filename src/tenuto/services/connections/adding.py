"""Connecting without consent: somebody gives a key, a password, or what tokens can be had for; it is tried before it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import SecretStr

from tenuto.core.auth import Auth, Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2
from tenuto.core.catalog import Catalog
from tenuto.core.connecting import check_of, consent_of, fields_checked, fields_used, way_kept, way_of, ways_of
from tenuto.core.connector import Connector
from tenuto.core.errors import AuthRejected, Invalid, Malformed, Rejected
from tenuto.core.ways import Kind, kind_of, labels_of, typed_in
from tenuto.services.connections.keeping import Kept
from tenuto.services.connections.probes import New, Probes
from tenuto.store.connections.rows import Held
from tenuto.vault.oauth.grants import Grants
from tenuto.vault.oauth.tokens import Granted, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody says of an account."""

    integration: str
    name: str
    secret: SecretStr
    user: str = ""
    user_id: str | None = None
    shared_with: tuple[str, ...] = ()
    way: Kind | None = None
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    tenant: str | None = None


class Adding:
    """Makes of it what is kept."""

    def __init__(self, catalog: Catalog, grants: Grants, probes: Probes) -> None:
        self._catalog, self._grants, self._probes = catalog, grants, probes

    async def tried(self, workspace: int, given: Given) -> Kept:
        """What is to be kept, after the vendor accepted it.

        Raises `Malformed` and `Invalid` for what cannot be right, or is refused by the vendor, and whatever keeps the vendor from answering.
        """
        connector = self._catalog.connectors.get(given.integration)
        if connector is None:
            return _unknown(given)
        way = _way(connector, given.way)
        fields = fields_checked(connector, way, given.fields)
        _require_user(connector, way, given.user)
        _require_secret(way, given.secret)
        new = New(connector=connector, way=way, workspace=workspace, fields=fields, granted=Granted(tokens=_tokens(way, given)))
        try:
            new = await self._accepted(replace(new, tenant=given.tenant))
        except (AuthRejected, Rejected) as refused:
            pointer = "/secret" if isinstance(refused, AuthRejected) or not fields else "/fields"
            detail = f"{connector.name} does not accept this account: {refused.data.detail}"
            raise Invalid(detail, pointer=pointer, fix=refused.data.fix or _fix(connector, way)) from None
        return _kept(given, new.granted, kind_of(way), new.fields)

    def tries(self, integration: str, kind: Kind | None) -> bool:
        """Whether a secret for this way is tried with the vendor before it is kept; else a wrong one shows when it is used."""
        connector = self._catalog.connectors.get(integration)
        way = way_kept(connector, kind) if connector is not None else None
        return connector is not None and way is not None and (not typed_in(way) or check_of(connector, way) is not None)

    def token_way(self, integration: str) -> Kind | None:
        """How somebody is signed in to who brings a token of a consent that was given elsewhere."""
        connector = self._catalog.connectors.get(integration)
        way = consent_of(connector) if connector is not None else None
        return kind_of(way) if way is not None else None

    async def works(self, held: Held, tokens: Tokens) -> bool | None:
        """Whether the vendor takes what is kept; None where there is nothing to ask it. Raises `AuthRejected` where it does not, and `Outgoing`."""
        connector = self._catalog.connectors.get(held.integration)
        way = way_kept(connector, held.way) if connector is not None else None
        if connector is None or way is None or check_of(connector, way) is None or isinstance(way, NoAuth):
            return None
        granted = Granted(tokens=tokens, base_url=held.base_url)
        await self._probes.whose(New(connector=connector, way=way, workspace=held.workspace, fields=held.fields, granted=granted))
        return True

    async def _accepted(self, new: New) -> New:
        way = new.way
        if isinstance(way, ClientCredentials | GitHubApp):
            granted = await self._grants.bought(new.connector, way, new.workspace, new.fields, new.granted.tokens)
            new = replace(new, granted=granted)
        new = await self._probes.settled(new)
        if not typed_in(way):
            return new
        whose = await self._probes.whose(new)
        return new if whose is None else replace(new, granted=replace(new.granted, account=whose))


def _way(connector: Connector, asked: Kind | None) -> Auth:
    """The asked one; else the first for which something is typed in."""
    ways = [way for way in ways_of(connector) if not isinstance(way, NoAuth) or fields_used(connector, way)]
    if not ways:
        raise Invalid(f"{connector.name} needs no account.", pointer="/integration", fix="Use it as it is.")
    if asked is None:
        return next((way for way in ways if not isinstance(way, OAuth2)), ways[0])
    way = way_of(connector, asked)
    if way is None or way not in ways:
        kinds = ", ".join(kind_of(each) for each in ways)
        raise Invalid(f"{connector.name} is not signed in to by {asked}.", pointer="/way", fix=f"One of {kinds}.")
    return way


def _require_user(connector: Connector, way: Auth, user: str) -> None:
    label = labels_of(way).user
    if label is not None and (not user or not user.isprintable() or (isinstance(way, Basic) and ":" in user)):
        raise Invalid(f"{label} of {connector.name} is missing, or cannot be one.", pointer="/user", fix="Give it as user.")


def _require_secret(way: Auth, secret: SecretStr) -> None:
    text = secret.get_secret_value()
    if isinstance(way, NoAuth):
        if text:
            raise Invalid("There is no secret for this account.", pointer="/secret", fix="Leave it out.")
        return
    if not text:
        raise Invalid("The secret is missing.", pointer="/secret", fix="Give the key, token or password.")
    allowed = r"[ -~\r\n]+" if isinstance(way, GitHubApp) else r"[!-~]([ -~]*[!-~])?"
    if not re.fullmatch(allowed, text):
        raise Malformed("The secret holds a line break or another character that no header may hold.", pointer="/secret")


def _tokens(way: Auth, given: Given) -> Tokens:
    """What tokens are had for is kept where a refresh token is."""
    if isinstance(way, ClientCredentials | GitHubApp):
        return Tokens(access=SecretStr(""), refresh=given.secret, user=given.user)
    return Tokens(access=given.secret, user=given.user)


def _unknown(given: Given) -> Kept:
    """Of an integration that is not installed nothing is known, so nothing can be tried."""
    if given.fields or given.way is not None or given.tenant is not None:
        raise Invalid(
            f"{given.integration!r} is not installed.", pointer="/integration", fix="Leave out how it is signed in to, and its fields."
        )
    _require_secret(OAuth2(authorize_url="", token_url=""), given.secret)
    return _kept(given, Granted(tokens=Tokens(access=given.secret, user=given.user)), None, {})


def _kept(given: Given, granted: Granted, way: Kind | None, fields: Mapping[str, str]) -> Kept:
    return Kept(
        integration=given.integration,
        name=given.name,
        user_id=given.user_id,
        granted=granted,
        shared_with=given.shared_with,
        way=way,
        fields=fields,
    )


def _fix(connector: Connector, way: Auth) -> str:
    return f"Compare it with the {labels_of(way).secret or 'token'} in the settings of {connector.name}."
