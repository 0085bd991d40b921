"""Tokens recognised without a query each time: who holds one is remembered for seconds, so that a revocation counts everywhere soon."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from tenuto.core.access import Principal
from tenuto.core.delegation import permissions
from tenuto.store.people.members import Known
from tenuto.vault.crypto import hash_token

remembered_for = 5.0
"""Seconds until the database is asked again; the contract allows ten."""
_most = 10_000
_longest = 512


class Recognised:
    """Principals by the hash of their token; only tokens that are good are remembered."""

    def __init__(
        self,
        kind: Literal["key", "member"],
        find: Callable[[bytes], Awaitable[Known | None]],
        *,
        remembered_for: float = remembered_for,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind: Literal["key", "member"] = kind
        self._find = find
        self._remembered_for = remembered_for
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def principal(self, token: str) -> Principal | None:
        """Who holds a token; None if nobody good does."""
        if len(token) > _longest:
            return None
        digest = hash_token(token)
        until, principal = self._known.get(digest, (0.0, None))
        if principal is not None and self._clock() < until:
            return principal
        asked_at = self._clock()
        known = await self._find(digest)
        if known is None:
            self._known.pop(digest, None)
            return None
        only = permissions(known.scopes) if known.scopes is not None else None
        principal = Principal(known.workspace, self._kind, known.id, known.name, known.role, known.behind, only)
        self._known[digest] = (asked_at + self._remembered_for, principal)
        self._known.move_to_end(digest)
        if len(self._known) > _most:
            self._known.popitem(last=False)
        return principal

    def forget(self) -> None:
        """Ask the database again for everybody: something was revoked or changed here."""
        self._known.clear()


class Remembering(Protocol):
    """Whatever keeps what it was told of members."""

    def forget(self) -> None:
        """Ask the database again."""


def forgetting(*everybody: Remembering) -> Callable[[], None]:
    """What lets all of them forget at once."""

    def forget() -> None:
        for each in everybody:
            each.forget()

    return forget
