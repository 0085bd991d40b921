"""The client of authorization servers: RFC 6749, 7636, 7009 and 7662, with each vendor's ways as its connector states them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple, assert_never
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import httpx2
from pydantic import JsonValue, SecretStr

from tenuto.core.answer import Answer
from tenuto.core.auth import OAuth2
from tenuto.core.connection import Ticket
from tenuto.core.connector import Outbound
from tenuto.core.errors import EgressRefused, InvalidOutput, Outgoing, Rejected, Uncertain
from tenuto.vault.oauth.answers import granted, read
from tenuto.vault.oauth.apps import App
from tenuto.vault.oauth.tokens import Granted, Tokens
from tenuto.vault.sender import VaultSender

answer_within = 20.0
"""Seconds for one request; a renewal holds the connection's row while it waits."""
largest = 256 * 1024


class Server(NamedTuple):
    """A vendor's authorization server, and who we are there."""

    name: str
    auth: OAuth2
    app: App


def new_verifier() -> SecretStr:
    """A code verifier of 256 bits (RFC 7636, 4.1)."""
    return SecretStr(secrets.token_urlsafe(32))


def challenge(verifier: SecretStr) -> str:
    """Its S256 challenge."""
    digest = hashlib.sha256(verifier.get_secret_value().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def authorize_url(server: Server, *, redirect: str, state: str, verifier: SecretStr, scopes: Sequence[str]) -> str:
    """Where a person is sent to consent."""
    auth, app = server.auth, server.app
    query = dict(auth.extra) | {"response_type": "code", "client_id": app.client_id, "redirect_uri": redirect, "state": state}
    if scopes:
        query["scope"] = auth.scope_separator.join(scopes)
    if auth.pkce:
        query |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    url = app.at(auth.authorize_url)
    return url + ("&" if urlsplit(url).query else "?") + urlencode(query)


class OAuthClient:
    """Asks token servers, through a guarded door that holds no secrets of its own."""

    def __init__(self, sender: VaultSender) -> None:
        """`sender` follows no redirect away from the server: each request is confined to its host."""
        self._sender = sender

    async def exchange(self, server: Server, workspace: int, *, code: str, redirect: str, verifier: SecretStr) -> Granted:
        """Tokens for an authorization code. Raises as `answers.granted`, and what the door raises."""
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        if server.auth.pkce:
            given["code_verifier"] = verifier.get_secret_value()
        return await self._granted(server, workspace, given)

    async def refresh(self, server: Server, workspace: int, tokens: Tokens) -> Granted:
        """New tokens for a refresh token; where the server sends no new one, the former stays.

        An answer that is lost is asked for once more with the same token: the server may not have seen the request, or let it pass
        for a while; if neither, the grant is over, as it would have been without. Raises as `exchange`.
        """
        given = {"grant_type": "refresh_token", "refresh_token": tokens.refresh.get_secret_value()}
        try:
            found = await self._granted(server, workspace, given)
        except (Uncertain, InvalidOutput):
            found = await self._granted(server, workspace, given)
        if found.tokens.refresh.get_secret_value():
            return found
        kept = Tokens(access=found.tokens.access, refresh=tokens.refresh)
        return Granted(tokens=kept, lifetime=found.lifetime, refresh_lifetime=found.refresh_lifetime, scopes=found.scopes)

    async def own(self, server: Server, workspace: int) -> Granted:
        """A token of the client itself (RFC 6749, 4.4). Raises as `exchange`; `Misconfigured` where its id and secret are refused."""
        given = dict(server.auth.extra) | {"grant_type": "client_credentials"}
        if server.auth.scopes:
            given["scope"] = server.auth.scope_separator.join(server.auth.scopes)
        return await self._granted(server, workspace, given)

    async def post(self, name: str, workspace: int, request: Outbound) -> Answer:
        """One request to a vendor that gives tokens. Raises `EgressRefused` for one without TLS, and `Rejected` for a redirect."""
        parsed = httpx2.URL(request.url)
        if not await self._sender.confidential(parsed):
            raise EgressRefused(f"Tokens of {name} may not be sent to {parsed.host} without TLS.", fix="Use https.")
        answer = await self._sender.send(request, Ticket(workspace=workspace, allow=(parsed.host,)))
        if 300 <= answer.status < 400:
            raise Rejected(f"The token server of {name} answered with a redirect.")
        return answer

    async def revoke(self, server: Server, workspace: int, tokens: Tokens) -> bool:
        """Ask the server to end a grant; False where it has no way to, refuses, or is not there."""
        if server.auth.revoke_url is None:
            return False
        try:
            answer = await self._end(server, workspace, server.auth.revoke_url, tokens)
            if answer.body.strip():
                read(server.name, answer)
        except (Outgoing, InvalidOutput):
            return False
        return answer.status < 400

    async def active(self, server: Server, workspace: int, tokens: Tokens) -> bool | None:
        """Whether the server holds the access token for good (RFC 7662); None where it cannot be asked."""
        if server.auth.introspect_url is None:
            return None
        answer = await self._ask(server, workspace, server.auth.introspect_url, {"token": tokens.access.get_secret_value()})
        return read(server.name, answer).get("active") is True

    async def _granted(self, server: Server, workspace: int, given: Mapping[str, str]) -> Granted:
        return granted(server.name, server.auth, await self._ask(server, workspace, server.auth.token_url, given))

    async def _ask(self, server: Server, workspace: int, url: str, given: Mapping[str, str]) -> Answer:
        """Send parameters with the client's own id and secret, where the vendor wants them."""
        client, secret = server.app.client_id, server.app.client_secret.get_secret_value()
        if server.auth.client == "basic":
            pair = f"{quote_plus(client)}:{quote_plus(secret)}"
            return await self._send(server, workspace, url, given, {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()})
        own = {"client_id": client} | ({"client_secret": secret} if secret else {})
        return await self._send(server, workspace, url, own | dict(given), {})

    async def _end(self, server: Server, workspace: int, url: str, tokens: Tokens) -> Answer:
        access = tokens.access.get_secret_value()
        match server.auth.revoke_by:
            case "token":
                ending = tokens.refresh.get_secret_value() or access
                return await self._ask(server, workspace, url, {"token": ending})
            case "bearer":
                return await self._send(server, workspace, url, {}, {"authorization": f"Bearer {access}"})
            case "current":
                return await self._delete(server, workspace, url, {"authorization": f"Bearer {access}"}, None)
            case "grant":
                client, secret = server.app.client_id, server.app.client_secret.get_secret_value()
                pair = base64.b64encode(f"{client}:{secret}".encode()).decode()  # not form-encoded: the API's own authentication
                grant = f"{url}/{quote(client, safe='')}/grant"
                return await self._delete(server, workspace, grant, {"authorization": f"Basic {pair}"}, {"access_token": access})
            case _:
                assert_never(server.auth.revoke_by)

    async def _delete(self, server: Server, workspace: int, url: str, headers: Mapping[str, str], body: JsonValue) -> Answer:
        accepted = {"accept": "application/json", **headers}
        request = Outbound(method="DELETE", url=server.app.at(url), headers=accepted, json=body, timeout=answer_within, max_bytes=largest)
        return await self.post(server.name, workspace, request)

    async def _send(self, server: Server, workspace: int, url: str, given: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        as_json = server.auth.body == "json" and bool(given)
        body: JsonValue = {**given} if as_json else None
        outbound = Outbound(
            method="POST",
            url=server.app.at(url),
            headers={"accept": "application/json", **headers},
            json=body,
            form=None if as_json else given,
            timeout=answer_within,
            max_bytes=largest,
        )
        return await self.post(server.name, workspace, outbound)
