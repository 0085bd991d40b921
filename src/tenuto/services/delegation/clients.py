"""Applications: those that register themselves (RFC 7591), and those whose id is the address of a document that describes them.

The latter is draft-ietf-oauth-client-id-metadata-document, which the MCP specification prefers: the host of the address vouches for it.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import JsonValue

from tenuto.core.connection import Ticket
from tenuto.core.connector import Answer, Outbound
from tenuto.core.delegation import Application, registrable
from tenuto.core.errors import OAuthRefused, Problem, TooManyRequests
from tenuto.core.values import decode
from tenuto.store.database import Database
from tenuto.store.people.delegations import ClientRows
from tenuto.vault.crypto import new_token

most_waiting = 5_000
"""Applications that registered and were allowed nothing: who fills this up keeps others from registering, and nobody from working."""
most_redirects = 10
_document_bytes = 16 * 1024
_document_kept = 300.0
_documents = 500
_printable = re.compile(r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]{1,100}")
_document_address = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?/[!-~]{1,500}")


class Fetch(Protocol):
    """The guarded way out, without secrets."""

    async def send(self, request: Outbound, ticket: Ticket) -> Answer: ...


class Clients:
    """Who the applications are."""

    def __init__(self, database: Database, fetch: Fetch, *, home: int) -> None:
        """`home` is the workspace in which registrations are kept, which are made before anybody's is known."""
        self._database, self._fetch, self._home = database, fetch, home
        self._read: OrderedDict[str, tuple[float, Application]] = OrderedDict()

    async def register(self, metadata: Mapping[str, JsonValue]) -> Application:
        """Keep what an application says of itself, under a new id. Raises `OAuthRefused` and `TooManyRequests`."""
        made = described(metadata, new_token("app").get_secret_value())
        async with self._database.transaction(self._home) as tx:
            rows = ClientRows(tx)
            if await rows.waiting() >= most_waiting:
                raise TooManyRequests(
                    "Too many applications have registered and are not used.", fix="Try again tomorrow.", retry_after=3600
                )
            await rows.register(made)
        return made

    async def find(self, id: str) -> Application:
        """The application with this id. Raises `OAuthRefused` for one that is not known, or whose document is none."""
        if id.startswith("https://"):
            return await self._published(id)
        found = None
        if re.fullmatch(r"app_[A-Za-z0-9_-]{43}", id):
            async with self._database.transaction(self._home) as tx:
                found = await ClientRows(tx).find(id)
        if found is None:
            raise OAuthRefused("invalid_client", "This application is not registered here.", fix="Have the application register again.")
        return found

    async def used(self, client: Application) -> None:
        """Somebody allowed it something."""
        if client.published is None:
            async with self._database.transaction(self._home) as tx:
                await ClientRows(tx).used(client.id)

    async def _published(self, id: str) -> Application:
        until, known = self._read.get(id, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        parts = urlsplit(id)
        if not _document_address.fullmatch(id) or parts.fragment or "@" in parts.netloc or _dotted(parts.path):
            raise OAuthRefused("invalid_client", "The application's id is no address of a document.")
        found = described(await self._document(id, parts.hostname or ""), id)
        self._read[id] = (time.monotonic() + _document_kept, found)
        self._read.move_to_end(id)
        if len(self._read) > _documents:
            self._read.popitem(last=False)
        return found

    async def _document(self, id: str, host: str) -> Mapping[str, JsonValue]:
        asked = Outbound(method="GET", url=id, headers={"accept": "application/json"}, timeout=10, max_bytes=_document_bytes)
        try:
            answer = await self._fetch.send(asked, Ticket(workspace=self._home, allow=(host,)))
            read = decode(answer.body) if answer.status == 200 else None
        except Problem:
            read = None
        if not isinstance(read, dict) or read.get("client_id") != id:
            raise OAuthRefused("invalid_client", f"There is no description of this application at {host}.", fix="Tell whoever makes it.")
        if "client_secret" in read:
            raise OAuthRefused("invalid_client", "The application's document holds a secret, which everybody can read.")
        return read


def described(metadata: Mapping[str, JsonValue], id: str) -> Application:
    """What an application says of itself, if it can be served. Raises `OAuthRefused`.

    Every one is a public client, whatever it asks for: PKCE binds the code, and rotation the refresh token (RFC 7591, 3.2.1 lets us).
    """
    uris = metadata.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= most_redirects:
        raise OAuthRefused("invalid_redirect_uri", f"redirect_uris has to hold 1 to {most_redirects} addresses.")
    wrong = next((each for each in uris if not isinstance(each, str) or not registrable(each)), None)
    if wrong is not None:
        said = "Each of redirect_uris has to be https, http on this very machine, or a scheme of the application's own, without a fragment."
        raise OAuthRefused("invalid_redirect_uri", said)
    grants = _words(metadata, "grant_types", ("authorization_code",))
    if "authorization_code" not in grants or "code" not in _words(metadata, "response_types", ("code",)):
        raise OAuthRefused(
            "invalid_client_metadata", "Only the authorization code is served: grant_types and response_types have to hold it."
        )
    name = metadata.get("client_name")
    shown = name.strip() if isinstance(name, str) and _printable.fullmatch(name.strip()) else "An application without a name"
    return Application(id=id, name=shown, redirect_uris=tuple(str(each) for each in uris), renewable="refresh_token" in grants)


def _words(metadata: Mapping[str, JsonValue], name: str, default: Sequence[str]) -> Sequence[str]:
    given = metadata.get(name)
    if given is None:
        return default
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise OAuthRefused("invalid_client_metadata", f"{name} has to be a list of words.")
    return [str(each) for each in given]


def _dotted(path: str) -> bool:
    return any(part in (".", "..") for part in path.replace("%2e", ".").replace("%2E", ".").split("/"))
