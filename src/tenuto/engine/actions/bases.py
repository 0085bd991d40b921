"""Where the requests of an action go: the connector's base URL, the account's, or the one that the operator put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from tenuto.core.account import Account, filled, placeholders, token_field
from tenuto.core.connecting import base_template, base_url, needs_account, signs_in, varies
from tenuto.core.connector import Connector
from tenuto.core.errors import ConnectionMissing, Misconfigured
from tenuto.engine.ports import ConnectedAccounts, Ticket


class Base(NamedTuple):
    """A base URL, and the ticket with which requests below it go out."""

    url: str
    ticket: Ticket


class Bases:
    """Finds base URLs; asks for the account only where it matters."""

    def __init__(self, replaced: Mapping[str, str], accounts: ConnectedAccounts | None) -> None:
        """`replaced` are the operator's base URLs by connector key; they may have fields of the account as well.

        `accounts` may be None where nobody can be connected.
        """
        self._replaced, self._accounts = dict(replaced), accounts

    async def of(self, connector: Connector, ticket: Ticket) -> Base:
        """Where to, for the account that the ticket will be signed for.

        Raises `ConnectionMissing` if it needs an account and there is none, `AuthRejected` for one that has to be connected again,
        `EgressRefused` for one whose address is none of the connector's, and `Misconfigured` for the operator's without a place for the token.
        """
        ticket = replace(ticket, integration=connector.key, optional=not needs_account(connector))
        if not signs_in(connector):
            ticket = replace(ticket, connection=None)  # of which nothing would be used
        operators = self._replaced.get(connector.key)
        if operators:
            _require_place(connector, operators)
            account = await self._account(connector, ticket) if _has_fields(operators) else None
            url = filled(operators, account.fields) if account else operators
            return Base(url, _confined(ticket, account, _host(url)))
        account = await self._account(connector, ticket) if varies(connector) else None
        url = base_url(connector, account) if account else base_template(connector, connector.auth)
        return Base(url, _confined(ticket, account, _host(url), *connector.hosts))

    async def _account(self, connector: Connector, ticket: Ticket) -> Account:
        if self._accounts is None:
            raise ConnectionMissing(
                f"No account is connected for {connector.key}, and where {connector.name} is depends on the account.",
                fix=f"Connect an account for {connector.key}.",
            )
        return await self._accounts.account(ticket)


def secretless(ticket: Ticket) -> Ticket:
    """The same without any account: for an address that is not the integration's own."""
    return replace(ticket, integration=None, connection=None, connection_id=None, hosts=())


def _require_place(connector: Connector, operators: str) -> None:
    place = "{" + token_field + "}"
    if place in base_template(connector, connector.auth) and place not in operators:
        raise Misconfigured(f"The base URL that is set for {connector.key} has no {place}.", fix=f"Put {place} where its token goes.")


def _has_fields(template: str) -> bool:
    return any(name != token_field for name in placeholders(template))


def _confined(ticket: Ticket, account: Account | None, *hosts: str) -> Ticket:
    """The secret goes to these hosts only, and where they depend on an account, only that account's."""
    return replace(ticket, hosts=hosts, connection_id=account.id if account else None)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower()
