"""Whose secret goes out with a request, and how it is put in."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, assert_never
from urllib.parse import quote
from uuid import UUID

from pydantic import SecretStr

from tenuto.core.answer import Answer
from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2, PathToken, QueryKey
from tenuto.core.errors import ConnectionMissing, Misconfigured, Unreachable
from tenuto.vault.mask import Mask, forms

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
