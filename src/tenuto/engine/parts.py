"""What performing a node needs of the rest of the house, handed in once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tenuto.core.agent import AgentProvider
from tenuto.core.catalog import Catalog
from tenuto.core.errors import Misconfigured
from tenuto.engine.actions.act import Actor
from tenuto.engine.code.programs import Programs
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.outside.addresses import Addresses, ephemeral
from tenuto.engine.ports import Exchange, Lend, Lent, Sender
from tenuto.engine.spending.purse import Spending


def lend_nothing(exchange: Exchange) -> Lent:
    """For a house without such clients. Raises `Misconfigured`."""
    del exchange
    raise Misconfigured("There is no HTTP client to lend here.")


@dataclass(frozen=True)
class Parts:
    """The catalog, the providers bound to their settings, the guarded door, the sandbox and the programs."""

    catalog: Catalog
    providers: Mapping[str, AgentProvider]
    sender: Sender
    actor: Actor
    sandbox: Sandbox
    addresses: Addresses = field(default_factory=ephemeral)
    spending: Spending = field(default_factory=Spending)
    programs: Programs = field(default_factory=Programs)
    lend: Lend = lend_nothing
    """Makes HTTP clients for vendors' own libraries."""

    async def close(self) -> None:
        """End the processes in which expressions and programs are evaluated."""
        await self.sandbox.close()
        await self.programs.close()
