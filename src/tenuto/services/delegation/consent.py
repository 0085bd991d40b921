"""Consent: what an application asks of a member, and the code that it gets where the member allows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import uuid_utils.compat as uuids

from tenuto.core.access import Principal
from tenuto.core.delegation import Application, Grant, Scope, permissions, scopes, sends_to
from tenuto.core.errors import Forbidden, Invalid, OAuthRefused
from tenuto.services.delegation.clients import Clients
from tenuto.store.database import Database
from tenuto.store.people.delegations import Given, GrantRows
from tenuto.vault.crypto import hash_token, new_token

code_life = timedelta(minutes=1)
_challenge = re.compile(r"[A-Za-z0-9_-]{43}")
longest_state = 2_000


class AuthorizationRequest(NamedTuple):
    """The parameters with which an application sends a person here (RFC 6749, 4.1.1; RFC 7636; RFC 8707)."""

    client_id: str | None = None
    redirect_uri: str | None = None
    response_type: str | None = None
    scope: str | None = None
    state: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    resource: str | None = None


class Sought(NamedTuple):
    """What is asked of the member, checked."""

    client: Application
    redirect_uri: str
    scopes: Sequence[Scope]
    """Those asked for; the ones that the member's role has nothing of are left out."""
    refused: OAuthRefused | None
    """What is wrong with the request, of which the application may be told."""


class Consent:
    """The use cases of a member who is asked."""

    def __init__(self, database: Database, clients: Clients) -> None:
        self._database, self._clients = database, clients

    async def look(self, caller: Principal, asked: AuthorizationRequest, site: str) -> Sought:
        """What is asked. `site` is where we are reached, `https://tenuto.example`: who asks for access to another place is refused.

        Raises `Forbidden` for a caller who is no person, and `OAuthRefused` where it is not certain that the address to go back to is the
        application's: nobody is sent there.
        """
        _person(caller)
        client = await self._clients.find(asked.client_id or "")
        redirect = asked.redirect_uri or (client.redirect_uris[0] if len(client.redirect_uris) == 1 else "")
        if not sends_to(client.redirect_uris, redirect):
            raise OAuthRefused("invalid_request", "The address to go back to is not one that the application registered.")
        wanted = _scopes(asked.scope)
        own = [scope for scope in wanted if caller_has(caller, scope)]
        return Sought(client, redirect, own, _wrong(asked, site, wanted, own))

    async def allow(self, caller: Principal, asked: AuthorizationRequest, chosen: Sequence[str], site: str) -> str:
        """Where the person's browser goes on, with a code. Raises as `look`, and `Invalid` for a choice of nothing or more than is asked."""
        sought = await self.look(caller, asked, site)
        if sought.refused is not None:
            raise sought.refused
        if not chosen or not set(chosen) <= set(sought.scopes):
            raise Invalid("Allow at least one, and only of what is asked for.", pointer="/scopes")
        code, client = new_token("tnc"), sought.client
        kept = tuple(scope for scope in sought.scopes if scope in chosen)
        grant = Grant(
            id=uuids.uuid7(), member=_person(caller), client=client.id, name=client.name, scopes=kept, created_at=datetime.now(UTC)
        )
        given = Given(grant, client.renewable, sought.redirect_uri, asked.code_challenge or "", resource_of(site))
        await self._clients.used(client)
        async with self._database.transaction(caller.workspace) as tx:
            await GrantRows(tx).begin(given, hash_token(code), code_life)
        return _back(sought.redirect_uri, asked.state, site, code=code.get_secret_value())

    async def refuse(self, caller: Principal, asked: AuthorizationRequest, site: str) -> str:
        """Where the person's browser goes on, with a no, or with what was wrong with the request. Raises as `look`."""
        sought = await self.look(caller, asked, site)
        return _back(sought.redirect_uri, asked.state, site, error=sought.refused.code if sought.refused else "access_denied")


def resource_of(site: str) -> str:
    """What tokens are for (RFC 8707): the one resource there is."""
    return f"{site}/mcp"


def same_resource(asked: str, site: str) -> bool:
    """Whether an address names it: the query, which chooses tools, and a slash at the end do not matter, and what stands above it is taken too."""
    parts = urlsplit(asked)
    return not parts.fragment and f"{parts.scheme}://{parts.netloc}".lower() == site and parts.path.rstrip("/") in ("", "/mcp")


def caller_has(caller: Principal, scope: Scope) -> bool:
    """Whether the member's role has all that the scope is about."""
    return all(caller.may(each) for each in permissions([scope]))


def _person(caller: Principal) -> UUID:
    if caller.kind != "member" or caller.id is None or caller.only is not None:
        raise Forbidden("Consent is given by a person, in a browser that is signed in.", fix="Sign in, and open this address there.")
    return caller.id


def _scopes(asked: str | None) -> Sequence[Scope]:
    """Those of ours among the asked ones; all where none are named, for the person chooses."""
    words = (asked or "").split()
    return [scope for scope in scopes if scope in words] if words else list(scopes)


def _wrong(asked: AuthorizationRequest, site: str, wanted: Sequence[Scope], own: Sequence[Scope]) -> OAuthRefused | None:
    if asked.response_type != "code":
        return OAuthRefused("unsupported_response_type", "The application wants something other than a code.")
    if asked.code_challenge_method != "S256" or not _challenge.fullmatch(asked.code_challenge or ""):
        return OAuthRefused("invalid_request", "The application does not protect its code by PKCE with S256.")
    if asked.resource is not None and not same_resource(asked.resource, site):
        return OAuthRefused("invalid_target", "The application wants access to something that is not here.")
    if asked.state is not None and len(asked.state) > longest_state:
        return OAuthRefused("invalid_request", "The application's state is too long.")
    if not wanted:
        return OAuthRefused("invalid_scope", f"The application asks for nothing that there is here: {', '.join(scopes)}.")
    if not own:
        return OAuthRefused("invalid_scope", "Your role has nothing of what the application asks for.")
    return None


def _back(redirect: str, state: str | None, site: str, **given: str) -> str:
    """The application's address with our answer, and who answers (RFC 9207): what keeps it from taking one server's code to another."""
    query = given | ({"state": state} if state is not None else {}) | {"iss": site}
    return redirect + ("&" if urlsplit(redirect).query else "?") + urlencode(query)
