"""Tokens of a connection: as a server answered them, and sealed as they are stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import SecretStr

from tenuto.store.database import Transaction
from tenuto.vault.crypto import Place, Sealed
from tenuto.vault.keys.envelope import Envelope

nothing = SecretStr("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What opens an account; `access` is the key or password where there is no OAuth."""

    access: SecretStr
    refresh: SecretStr = nothing
    user: str = ""
    """The user name that goes with a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a server gave. Lifetimes are in seconds; None where it does not say."""

    tokens: Tokens
    lifetime: int | None = None
    refresh_lifetime: int | None = None
    scopes: Sequence[str] | None = None
    account: str | None = None
    base_url: str | None = None

    def with_scopes(self, scopes: Sequence[str]) -> Granted:
        """The same, with scopes that the server did not repeat because it granted what was asked (RFC 6749, 5.1)."""
        return replace(self, scopes=tuple(scopes))


async def seal(envelope: Envelope, tx: Transaction, id: UUID, tokens: Tokens) -> Sealed:
    """As they are stored, in the transaction that stores them; they open in this row alone. Raises `Misconfigured` and `Unavailable`."""
    text = json.dumps({"access": tokens.access.get_secret_value(), "refresh": tokens.refresh.get_secret_value(), "user": tokens.user})
    return await envelope.seal(tx, SecretStr(text), Place(tx.workspace, "connections", str(id)))


async def unseal(envelope: Envelope, workspace: int, id: UUID, sealed: bytes) -> Tokens:
    """The tokens again. Raises `Misconfigured` if their key is not here, and `Unavailable` if it cannot be asked for."""
    text = (await envelope.open(Sealed(sealed), Place(workspace, "connections", str(id)))).get_secret_value()
    kept: dict[str, str] = json.loads(text)
    return Tokens(access=SecretStr(kept["access"]), refresh=SecretStr(kept["refresh"]), user=kept["user"])
