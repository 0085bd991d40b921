"""Whose secret goes out with a request, how it is put in, and how it is kept out of everything that comes back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, assert_never
from urllib.parse import quote, quote_plus
from uuid import UUID

from pydantic import SecretStr

from tenuto.core.answer import Answer
from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2, PathToken, QueryKey
from tenuto.core.errors import ConnectionMissing, Misconfigured, Unreachable

shortest_masked = 8
"""Shorter secrets are not looked for in answers: they would blank out ordinary words."""


_unquoted = "!$&'()*+,;=:@"
"""What a segment of a path may hold beside letters, digits and `-._~`."""


class Ticket(Protocol):
    """On whose behalf a request goes out; the engine's `Ticket`, as far as the vault reads it."""

    @property
    def workspace(self) -> int: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def integration(self) -> str | None: ...
    @property
    def connection(self) -> str | None: ...
    @property
    def connection_id(self) -> UUID | None: ...
    @property
    def optional(self) -> bool: ...
    @property
    def hosts(self) -> tuple[str, ...]: ...
    @property
    def allow(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A secret and the way in which its integration wants it; `user` is the user name of `Basic`.

    Where a sign-in gives tokens, it is the token: a client's secret or an app's key never leaves for an API.
    """

    auth: Auth
    secret: SecretStr
    user: str = ""
    origin: tuple[int, UUID, int] | None = None
    """The connection it is of: workspace, id and generation of its tokens; None for a setting's."""

    def header(self) -> tuple[str, str] | None:
        """The header, name and value, that carries the secret; None where no header does.

        Raises `Misconfigured` if it cannot stand in a header.
        """
        secret = self.secret.get_secret_value()
        match self.auth:
            case NoAuth() | QueryKey() | PathToken():
                return None
            case ApiKey(header=name, prefix=prefix):
                header = name, prefix + secret
            case Basic(user_suffix=suffix):
                if ":" in self.user:
                    raise Misconfigured("A user name for Basic authentication has no colon (RFC 7617).")
                header = "Authorization", "Basic " + base64.b64encode(f"{self.user}{suffix}:{secret}".encode()).decode()
            case OAuth2() | ClientCredentials() | GitHubApp():
                header = "Authorization", f"Bearer {secret}"
            case _:
                assert_never(self.auth)
        _require_text(header[1])
        return header

    def plain(self) -> str:
        """The secret as it stands in a query. Raises `Misconfigured` for what no vendor gives out."""
        return _require_text(self.secret.get_secret_value())

    def in_path(self) -> str:
        """The secret within a path: what may stand there unquoted is left as it is (RFC 3986, 3.3). Raises as `plain`."""
        if self.plain() in (".", ".."):
            raise Misconfigured("A token that is made of dots alone cannot stand in a path.")
        return quote(self.plain(), safe=_unquoted)

    def mask(self) -> Mask:
        """What hides this secret in an answer."""
        return Mask(self._forms)

    @cached_property
    def _forms(self) -> Sequence[bytes]:
        header, secret = self.header(), self.secret.get_secret_value()
        value = header[1].rpartition(" ")[2] if header else ""
        return forms(secret, value, quote(secret, safe=_unquoted))


class Secrets(Protocol):
    """Where secrets come from. It is asked for every request, so that a renewed token is used at once."""

    async def find(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> Credential | None:
        """The credential of a named connection; else of the user; else of the workspace. None if there is none."""
        ...

    async def has(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> bool:
        """Whether `find` would find one, also where that needs attention. Nothing is renewed."""
        ...

    async def renewed(self, refused: Credential) -> Credential | None:
        """Another credential of the same connection for one that a vendor refused; None if there is none."""
        ...

    def answered(self, integration: str, credential: Credential, answer: Answer) -> None:
        """What came back of a request that carried a credential, which may be the end of it."""
        ...

    def remedy(self, integration: str, connection: str | None) -> str:
        """What a person has to do so that `find` finds one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A credential that comes from the environment: `name` is the variable (`LYZR_API_KEY`); no credential while it is not set."""

    name: str
    credential: Credential | None


class SettingSecrets:
    """Secrets of the settings, by integration (`agent:lyzr`): one for everybody, and no connection of a name."""

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        self._settings = dict(settings)

    async def find(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> Credential | None:
        """The setting's credential; None where the node names a connection, which a setting cannot be."""
        setting = self._settings.get(integration)
        return setting.credential if setting and connection is None else None

    async def has(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> bool:
        """Whether the setting is set."""
        found = await self.find(workspace, integration, user_id, connection)
        return found is not None and bool(found.secret.get_secret_value())

    async def renewed(self, refused: Credential) -> Credential | None:
        """A setting is what it is until the next start."""
        return None

    def answered(self, integration: str, credential: Credential, answer: Answer) -> None:
        """A setting is in nobody's list of accounts."""

    def account(self, ticket: Ticket) -> str:
        """Whose rate limits a request counts against: a setting's account is everybody's."""
        if ticket.connection is None and ticket.integration in self._settings:
            return "default"
        return ticket.connection or ticket.user_id or "default"

    def remedy(self, integration: str, connection: str | None) -> str:
        setting = self._settings.get(integration)
        if connection is None and setting:
            return f"Set {setting.name} and start again."
        return f"Connect an account for {integration}" + (f" and name it {connection}." if connection else ".")


async def credential_for(secrets: Secrets, ticket: Ticket) -> Credential | None:
    """The credential a ticket asks for; None if it asks for none, or may go without and there is none.

    Raises `ConnectionMissing`, which says what to connect or set, and `Unreachable` if it is no more the one that the URL was made for.
    """
    if ticket.integration is None:
        return None
    found = await secrets.find(ticket.workspace, ticket.integration, ticket.user_id, ticket.connection)
    if found is None or not (found.secret.get_secret_value() or isinstance(found.auth, NoAuth)):
        if ticket.connection is not None or not ticket.optional:
            raise missing(secrets, ticket.integration, ticket.connection)
        return None
    if ticket.connection_id is not None and found.origin is not None and found.origin[1] != ticket.connection_id:
        raise Unreachable(f"Another account was connected for {ticket.integration} while the request was made.")
    return found


def missing(secrets: Secrets, integration: str, connection: str | None) -> ConnectionMissing:
    """That nobody is connected, and what to do about it."""
    named = f" named {connection}" if connection else ""
    return ConnectionMissing(f"There is no connection{named} for {integration}.", fix=secrets.remedy(integration, connection))


def _require_text(secret: str) -> str:
    if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", secret):
        raise Misconfigured("A credential contains a line break or another character that no header may hold.")
    return secret


class Mask:
    """Hides secrets in what a server sends back (an echo, an error page): as they are, and base64-, hex-, URL- or JSON-encoded."""

    def __init__(self, forms: Sequence[bytes] = ()) -> None:
        """`forms` are those of `forms`, longest first."""
        self._forms = forms
        self._held = b""

    def __repr__(self) -> str:
        return "Mask(***)"

    def finds(self, data: bytes) -> bool:
        """Whether any form of any secret is there."""
        return any(form in data for form in self._forms)

    def hide(self, data: bytes) -> bytes:
        """The data with every form of every secret as `***`."""
        for form in self._forms:
            if form in data:
                data = data.replace(form, b"***")
        return data

    def piece(self, data: bytes, *, last: bool = False) -> bytes:
        """The same for a stream: holds back the end of a piece that may be the beginning of a secret, until the next or last one."""
        data = self.hide(self._held + data)
        keep = 0 if last else self._begun(data)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def _begun(self, data: bytes) -> int:
        longest = min(len(data), max((len(form) for form in self._forms), default=1) - 1)
        return next((n for n in range(longest, 0, -1) if any(form.startswith(data[-n:]) for form in self._forms)), 0)


def forms(*secrets: str) -> Sequence[bytes]:
    """Every form in which secrets are looked for, the longest first; none for short ones."""
    found = {form.encode() for secret in secrets if len(secret) >= shortest_masked for form in _forms(secret)}
    return sorted(found, key=len, reverse=True)


def _forms(secret: str) -> set[str]:
    """Base64 has three forms, one per offset in the text that surrounds the secret; the characters shared with neighbours are cut."""
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    quoted |= {re.sub("%..", lambda found: found[0].lower(), text) for text in quoted}
    forms = {secret, json.dumps(secret)[1:-1], *quoted}
    raw = secret.encode()
    forms |= {raw.hex(), raw.hex().upper()}
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        start = (offset * 8 + 5) // 6
        end = (offset + len(raw)) * 8 // 6
        text = whole[start:end].decode()
        forms |= {text, text.replace("+", "-").replace("/", "_")}
    return forms
