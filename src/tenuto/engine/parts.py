"""What performing a node needs of the rest of the house, handed in once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tenuto.core.agent import AgentProvider
from tenuto.core.catalog import Catalog
from tenuto.engine.actions.act import Actor
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.ports import Sender


@dataclass(frozen=True)
class Parts:
    """The catalog, the providers bound to their settings, the guarded door and the sandbox."""

    catalog: Catalog
    providers: Mapping[str, AgentProvider]
    sender: Sender
    actor: Actor
    sandbox: Sandbox
