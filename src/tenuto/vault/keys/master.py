"""Master keys: what seals the data keys of the workspaces, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pydantic import SecretStr

from tenuto.core.errors import Misconfigured
from tenuto.vault.crypto import Keyring, Place, Sealed


class Wrapped(NamedTuple):
    """A data key as it is stored, and the name of the master key that sealed it: `<kind>:<which>`."""

    master: str
    data: bytes

    def __repr__(self) -> str:
        return f"Wrapped({self.master}, ***)"


class Master(Protocol):
    """What can seal data keys: the one port to key management. `place` binds a sealed key to its row."""

    @property
    def kind(self) -> str:
        """What the names of its keys begin with, before the colon."""
        ...

    async def current(self) -> str:
        """The name of the key that seals now. Raises `Misconfigured` and `Unavailable`."""
        ...

    async def wrap(self, key: bytes, place: Place) -> Wrapped:
        """Seal a data key. Raises `Misconfigured` and `Unavailable`."""
        ...

    async def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        """The data key again. Raises `Misconfigured` if it cannot be, and `Unavailable` if it cannot be now."""
        ...


class LocalMaster:
    """The master keys of TENUTO_SECRET_KEY, or the one in the data folder: the first seals, every one opens."""

    kind = "local"

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def current(self) -> str:
        return f"{self.kind}:{self._keyring.current}"

    async def wrap(self, key: bytes, place: Place) -> Wrapped:
        sealed = self._keyring.seal(SecretStr(base64.b64encode(key).decode()), place)
        return Wrapped(f"{self.kind}:{sealed.key}", sealed.data)

    async def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        return base64.b64decode(self._keyring.open(Sealed(wrapped.data), place).get_secret_value())


class Masters:
    """Several masters as one: the first seals, and each opens what is its own, so that an installation can move from one to another."""

    def __init__(self, masters: Sequence[Master]) -> None:
        """`masters` begin with the one that seals."""
        self._first = masters[0]
        self._by_kind = {master.kind: master for master in masters}

    async def current(self) -> str:
        """The name of the key that seals now."""
        return await self._first.current()

    async def wrap(self, key: bytes, place: Place) -> Wrapped:
        """Seal a data key with the first master."""
        return await self._first.wrap(key, place)

    async def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        """Open a data key with the master that sealed it. Raises `Misconfigured` if that is not set up here."""
        master = self._by_kind.get(wrapped.master.partition(":")[0])
        if master is None:
            raise Misconfigured(
                f"A data key was sealed by {wrapped.master}, which is not set up here.",
                fix="Set TENUTO_VAULT_URL again; to leave it, also TENUTO_MASTER=environment, and run `tenuto rotate-keys`.",
            )
        return await master.unwrap(wrapped, place)
