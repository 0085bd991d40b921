"""What a new secret is tried with before anything is kept: whose account it is, and for whom it may speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias, cast
from urllib.parse import urlsplit
from uuid import UUID

from tenuto.core.account import Account, Discovery, Tenant, filled
from tenuto.core.auth import Auth
from tenuto.core.catalog import Catalog
from tenuto.core.connecting import base_url, check_of, discovers
from tenuto.core.connection import Ticket
from tenuto.core.connector import Action, Answer, Connector, Outbound, Params, Request, Whoami, problem_of
from tenuto.core.errors import AuthRejected, Invalid, Issue
from tenuto.core.ways import kind_of
from tenuto.engine.actions.act import Actor, Errand
from tenuto.vault.oauth.grants import moved_by
from tenuto.vault.oauth.tokens import Granted
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Secrets

Door: TypeAlias = Callable[[Secrets], VaultSender]
"""A guarded door that has these secrets and no others."""

_nobody = UUID(int=0)
_most_named = 20


@dataclass(frozen=True, slots=True)
class _Only:
    """The secrets and the accounts of somebody who has nothing but a new one."""

    credential: Credential
    known: Account

    async def find(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> Credential | None:
        return self.credential

    async def has(self, workspace: int, integration: str, user_id: str | None, connection: str | None) -> bool:
        return True

    async def renewed(self, refused: Credential) -> Credential | None:
        return None

    def answered(self, integration: str, credential: Credential, answer: Answer) -> None:
        return None

    def remedy(self, integration: str, connection: str | None) -> str:
        return "Give a secret."

    async def account(self, ticket: Ticket) -> Account:
        return self.known


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An account that is about to be connected."""

    connector: Connector
    way: Auth
    workspace: int
    fields: Mapping[str, str]
    granted: Granted
    tenant: str | None = None

    def account(self) -> Account:
        """As requests see it."""
        return Account(id=_nobody, name="new", way=kind_of(self.way), fields=self.fields, base_url=self.granted.base_url)

    def only(self) -> _Only:
        """Its secret, and no other."""
        tokens = self.granted.tokens
        return _Only(Credential(auth=self.way, secret=tokens.access, user=tokens.user), self.account())


class Probes:
    """Asks vendors with new secrets."""

    def __init__(self, door: Door, bases: Mapping[str, str]) -> None:
        """`bases` are the operator's base URLs by connector key."""
        self._door, self._bases = door, bases

    async def settled(self, new: New) -> New:
        """The account with all the fields of its addresses, those included that only the vendor knows.

        Raises `Invalid` where it is not clear for whom it is to speak, `EgressRefused` for an address that is none of the connector's, and
        what the vendor's answer is.
        """
        discovery = new.connector.discovery
        if discovery is not None and discovers(new.connector, new.way):
            tenant = _chosen(new, await self._tenants(new, discovery))
            new = replace(new, fields={**new.fields, **tenant.fields}, granted=_named(new.granted, tenant.name))
        if new.connector.key not in self._bases:
            base_url(new.connector, new.account())
        return new

    async def whose(self, new: New) -> str | None:
        """The account's name, as the vendor says when it is asked with the new secret; None where there is nothing to ask.

        Raises `AuthRejected`, and whatever else the vendor's answer is.
        """
        check = check_of(new.connector, new.way)
        if check is None:
            return None
        key, only = new.connector.key, new.only()
        asking = replace(new.connector, actions={"check": _action(check)})
        catalog = Catalog(kinds={}, connectors={key: asking}, providers={})
        async with self._door(only) as sender:
            actor = Actor(catalog, sender, bases=self._bases, accounts=only)
            ticket, now = Ticket(workspace=new.workspace, integration=key), datetime.now(UTC)
            found = await actor.perform(Errand(connector=key, action="check", params={}, ticket=ticket, key="check", now=now))
        return cast("dict[str, str]", found)["account"][:500]

    async def _tenants(self, new: New, discovery: Discovery) -> Sequence[Tenant]:
        connector = new.connector
        url = moved_by(self._bases.get(connector.key), connector, filled(discovery.url, new.fields))
        ticket = Ticket(workspace=new.workspace, integration=connector.key, hosts=(urlsplit(url).netloc.lower(),))
        async with self._door(new.only()) as sender:
            answer = await sender.send(Outbound(method="GET", url=url, headers={**connector.headers, "accept": "application/json"}), ticket)
        if problem := problem_of(connector, answer):
            raise problem
        return discovery.read(answer)


def _action(check: Request[Whoami]) -> Action:
    def ask(_: Params) -> Request[Whoami]:
        return check

    return Action(key="check", doc="", params=Params, result=Whoami, effect="read", scopes=(), function=ask, takes_calls=False)


def _chosen(new: New, tenants: Sequence[Tenant]) -> Tenant:
    if not tenants:
        raise AuthRejected(
            f"{new.connector.name} says that this account may speak for nobody.", fix="Sign in as somebody who has access, and allow it."
        )
    if new.tenant is None and len(tenants) == 1:
        return tenants[0]
    found = [each for each in tenants if new.tenant is not None and new.tenant in (each.name, *each.fields.values())]
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.name[:100] for each in tenants[:_most_named] if each.name.isprintable())
    said = "may speak for several" if new.tenant is None or found else f"does not speak for {new.tenant!r}"
    message, fix = f"This account of {new.connector.name} {said}.", f"Say as tenant which is meant: {names}."
    raise Invalid(message, pointer="/tenant", fix=fix, issues=(Issue(pointer="/tenant", code="tenant", message=message, fix=fix),))


def _named(granted: Granted, name: str) -> Granted:
    return granted if granted.account or not name.isprintable() else replace(granted, account=name[:500])
