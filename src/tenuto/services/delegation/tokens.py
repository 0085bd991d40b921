"""Tokens of applications: codes exchanged, refresh tokens used once each, and grants ended; kept as hashes alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from pydantic import SecretStr

from tenuto.core.access import Permission, Principal
from tenuto.core.delegation import Grant
from tenuto.core.errors import NotFound, OAuthRefused, Unauthenticated
from tenuto.services.delegation.consent import same_resource
from tenuto.services.recognition import Recognised, remembered_for
from tenuto.store.database import Database, Transaction
from tenuto.store.people.delegations import DelegationRecognition, Given, GrantRows, TokenRows
from tenuto.store.people.members import MemberRows
from tenuto.store.repository import Page
from tenuto.vault.crypto import hash_token, new_token

access_prefix = "tna_"
access_life = timedelta(minutes=30)
refresh_life = timedelta(days=30)
"""From the last time; an application that is not used for so long has to ask again."""
_verifier = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Issued(NamedTuple):
    """What an application is given."""

    access: SecretStr
    refresh: SecretStr | None
    scopes: Sequence[str]


class DelegatedTokens:
    """The use cases of whoever holds a code or a token, and of members who end what they allowed."""

    def __init__(self, database: Database, *, remembered_for: float = remembered_for) -> None:
        """`remembered_for` is how many seconds a recognised token is not asked for again."""
        self._database = database
        self._recognition = DelegationRecognition(database)
        self._recognised = Recognised("member", self._recognition.access, remembered_for=remembered_for)

    async def identify(self, value: str) -> Principal:
        """The member for whom the holder acts, who may do only what was allowed. Raises `Unauthenticated`."""
        principal = await self._recognised.principal(value)
        if principal is None:
            raise Unauthenticated("This access has ended or run out.", fix="Have the application renew it, or connect it again.")
        return principal

    async def exchange(self, client_id: str, *, code: str, redirect_uri: str | None, verifier: str, resource: str | None) -> Issued:
        """Tokens for a code. Whoever brings it again, or with anything that does not fit, ends the grant. Raises `OAuthRefused`."""
        digest = hash_token(code)
        workspace = await self._recognition.code(digest)
        if workspace is None:
            raise _no_good("code")
        async with self._database.transaction(workspace) as tx:
            rows = GrantRows(tx)
            given = await rows.of_code(digest)
            if given is not None and await rows.fresh(given.grant.id) and _fits(given, client_id, redirect_uri, verifier):
                if resource is not None and not same_resource(resource, given.resource.removesuffix("/mcp")):
                    raise OAuthRefused("invalid_target", "The code is for something else.")
                await rows.exchanged(given.grant.id)
                return await _issue(TokenRows(tx), given)
            if given is not None:
                await rows.end(given.grant.id, "its code came twice, too late, or from somebody else")
        self._recognised.forget()
        raise _no_good("code")

    async def renew(self, client_id: str, refresh: str, scope: str | None) -> Issued:
        """New tokens for a refresh token, which is good once: of two who bring it one has stolen it, so the second ends the grant.

        Raises `OAuthRefused`.
        """
        digest = hash_token(refresh)
        workspace = await self._recognition.token(digest)
        if workspace is None:
            raise _no_good("refresh token")
        async with self._database.transaction(workspace) as tx:
            rows, tokens = GrantRows(tx), TokenRows(tx)
            held = await tokens.good(digest, lock=True)
            given = await rows.find(held.grant, lock=True) if held is not None and held.kind == "refresh" else None
            if held is None or given is None or given.grant.client != client_id or not await _stands(tx, given.grant):
                raise _no_good("refresh token")
            if scope is not None and not set(scope.split()) <= set(given.grant.scopes):
                raise OAuthRefused("invalid_scope", "More is asked for than was allowed.")
            if not held.used:
                await tokens.use(digest)
                return await _issue(tokens, given)
            await rows.end(given.grant.id, "a refresh token came twice: somebody else may hold it")
        self._recognised.forget()
        raise _no_good("refresh token")

    async def revoke(self, client_id: str, value: str) -> None:
        """End the grant of a token, whichever of its tokens it is (RFC 7009). Nothing is said of one that is not known."""
        digest = hash_token(value)
        workspace = await self._recognition.token(digest)
        if workspace is None:
            return
        async with self._database.transaction(workspace) as tx:
            held = await TokenRows(tx).good(digest)
            given = await GrantRows(tx).find(held.grant, lock=True) if held is not None else None
            if given is not None and given.grant.client == client_id:
                await GrantRows(tx).end(given.grant.id, "the application gave it back")
        self._recognised.forget()

    async def list(self, caller: Principal, *, everybody: bool = False, limit: int = 50, cursor: str | None = None) -> Page[Grant]:
        """What the caller allowed, newest first, the ended included; of everybody for those who manage keys."""
        member = caller.id if caller.kind == "member" else None
        if everybody or member is None:
            caller.require(Permission.key_manage)
        async with self._database.transaction(caller.workspace) as tx:
            page = await GrantRows(tx).list(member=None if everybody else member, limit=limit, cursor=cursor)
        return Page(tuple(given.grant for given in page.items), page.next)

    async def end(self, caller: Principal, id: UUID) -> Grant:
        """End a grant of one's own, or any for those who manage keys: here at once, elsewhere within seconds. Raises `NotFound`."""
        async with self._database.transaction(caller.workspace) as tx:
            rows = GrantRows(tx)
            found = await rows.find(id, lock=True)
            mine = found is not None and caller.kind == "member" and found.grant.member == caller.id
            if found is None or not (mine or caller.may(Permission.key_manage)):
                raise NotFound(f'There is no grant "{id}".')
            await rows.end(id, f"ended by {caller.label}")
            ended = (await rows.get(id)).grant
        self._recognised.forget()
        return ended

    def forget(self) -> None:
        """Ask the database again for every token: a member was changed."""
        self._recognised.forget()


async def _stands(tx: Transaction, grant: Grant) -> bool:
    member = await MemberRows(tx).find(grant.member)
    return grant.ended_at is None and member is not None and member.disabled_at is None


async def _issue(rows: TokenRows, given: Given) -> Issued:
    access, refresh = new_token("tna"), new_token("tnr") if given.renewable else None
    kept = [(hash_token(access), "access", access_life)]
    if refresh is not None:
        kept.append((hash_token(refresh), "refresh", refresh_life))
    await rows.add_all(given.grant.id, kept)
    return Issued(access, refresh, given.grant.scopes)


def _fits(given: Given, client_id: str, redirect_uri: str | None, verifier: str) -> bool:
    """Whether who brings a code is who asked for it (RFC 6749, 4.1.3; RFC 7636, 4.6)."""
    if not _verifier.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(digest, given.challenge) and given.grant.client == client_id and redirect_uri in (given.redirect_uri, None)


def _no_good(what: str) -> OAuthRefused:
    return OAuthRefused("invalid_grant", f"This {what} was used, is too old, or is none of this application's.")
