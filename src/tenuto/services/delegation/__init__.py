"""Delegation: members allow applications to act for them over MCP, and end that again (OAuth 2.1 as an authorization server)."""

from __future__ import annotations

from dataclasses import dataclass

from tenuto.services.delegation.clients import Clients, Fetch
from tenuto.services.delegation.consent import Consent
from tenuto.services.delegation.tokens import DelegatedTokens
from tenuto.store.database import Database

__all__ = ["Delegation", "Fetch", "delegation"]


@dataclass(frozen=True, slots=True)
class Delegation:
    """Its use cases."""

    clients: Clients
    consent: Consent
    tokens: DelegatedTokens


def delegation(database: Database, fetch: Fetch, *, home: int) -> Delegation:
    """Put together; `home` is the workspace in which applications are kept that register before anybody's is known."""
    clients = Clients(database, fetch, home=home)
    return Delegation(clients, Consent(database, clients), DelegatedTokens(database))
