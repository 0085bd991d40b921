"""How each connector is held against its vendor's document: what a module of `tests.connectors.worlds` says, and the sender that checks.

A connector is one module there with one `Conformance`; it is found by its file, and one that is missing fails a test.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

import tests.connectors.worlds
from tests.connectors.contracts import Contract, Refused
from tests.doubles.vendor import Vendor
from tests.doubles.vendors import VendorsDouble

from tenuto.core.auth import Auth
from tenuto.core.connector import Answer, Connector, Outbound
from tenuto.core.errors import EgressRefused
from tenuto.core.values import JsonObject
from tenuto.engine.ports import Sender, Ticket

Cases: TypeAlias = Callable[[VendorsDouble], Generator[tuple[str, JsonObject], dict[str, Any], None]]
"""Yields (action, parameters) and is sent the result, so that a case may use what an earlier one made."""


@dataclass(frozen=True, kw_only=True)
class Conformance:
    """A connector, the double that answers it, the document that judges it, and cases that ask for each action at least once."""

    connector: Connector
    double: type[Vendor]
    contract: Contract | None
    """None where no document of the vendor is in the specs: the double's docstring cites the vendor's page then."""
    cases: Cases
    beyond: Mapping[str, str] = field(default_factory=dict[str, str])
    """`METHOD address` (regular expressions) of operations that the document does not have, and where the vendor says that they are."""
    blind: Mapping[str, str] = field(default_factory=dict[str, str])
    """Writes that cannot be found again, and why the vendor offers no way."""
    base: str = ""
    """What the connector's requests have after the double's address (`/bot{token}`)."""
    real: str = ""
    """The vendor's base URL, where the connector's own depends on the account."""
    way: Auth | None = None
    """How the double is signed in to, if not by the connector's first way."""

    def addressed(self, request: Outbound, double: str) -> Outbound:
        """The request as it would go to the vendor."""
        return replace(request, url=(self.real or self.connector.base_url) + request.url.removeprefix(double + self.base))

    def outside(self, request: Outbound) -> bool:
        """Whether the document is known not to have the operation."""
        return any(re.fullmatch(pattern, f"{request.method} {request.url}") for pattern in self.beyond)


@cache
def every() -> Mapping[str, Conformance]:
    """All of them by connector key."""
    names = [each.name for each in pkgutil.iter_modules(tests.connectors.worlds.__path__)]
    found: list[Conformance] = [importlib.import_module(f"tests.connectors.worlds.{name}").conformance for name in names]
    for each in found:
        assert each.double.key == each.connector.key, f"the double of {each.connector.key} has another key"
    return {each.connector.key: each for each in found}


class Checked:
    """A sender that lets only conforming requests through; `bases` are the doubles' addresses by connector."""

    def __init__(self, inner: Sender, bases: Mapping[str, str]) -> None:
        self._inner, self._bases = inner, bases
        self.sent: list[Outbound] = []
        """The requests, addressed to the vendor itself."""
        self.judged: dict[tuple[str, str], Outbound] = {}
        """The last request of each operation that a document knows, by connector and operation."""

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        if ticket.integration is None:  # an address that somebody gave (a signed upload) is in nobody's document
            return await self._inner.send(request, ticket)
        conformance = every()[ticket.integration]
        addressed = conformance.addressed(request, self._bases[conformance.connector.key])
        if conformance.contract and not conformance.outside(addressed):
            self.judged[conformance.connector.key, conformance.contract.check(addressed)] = addressed
        self.sent.append(addressed)
        return await self._inner.send(request, ticket)

    def stream(self, request: Outbound, ticket: Ticket) -> Any:
        raise EgressRefused("No action streams.")


__all__ = ["Cases", "Checked", "Conformance", "Refused", "every"]
