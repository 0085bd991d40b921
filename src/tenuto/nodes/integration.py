"""The node kind `integration`: one action of one connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints

from tenuto.core.connector import Effect
from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class IntegrationConfig(Frozen):
    """Which action, on whose behalf, with which parameters."""

    integration: Name = Field(description="The connector's key.", examples=["slack"])
    action: Name = Field(description="The action's key.", examples=["send_message"])
    connection: Name | None = Field(default=None, description="The connection's name; else the user's own, else the workspace's default.")
    params: dict[str, JsonValue] = Field(default_factory=dict, description="The action's parameters.", examples=[{"channel": "#oncall"}])


class Integration(NodeKind, frozen=True):
    """Do one thing in a connected application."""

    example: ClassVar[JsonObject] = {
        "integration": "slack",
        "action": "send_message",
        "params": {"channel": "#support", "text": "A parcel is late."},
    }

    type: Literal["integration"] = "integration"
    config: IntegrationConfig

    def effect(self, effects: Mapping[tuple[str, str], Effect]) -> Effect:
        """What the action declares; an unknown action may do anything."""
        return effects.get((self.config.integration, self.config.action), "write")

    async def run(self, ctx: NodeContext) -> Outcome:
        """The action's result. Raises what the action raises."""
        config = self.config
        return Completed(await ctx.call(config.integration, config.action, config.params, connection=config.connection))

    async def verify(self, ctx: NodeContext) -> Outcome | None:
        """Asks the action's own `verify`. Raises `Uncertain` where it has none."""
        config = self.config
        found = await ctx.verify(config.integration, config.action, config.params, connection=config.connection)
        return None if found is None else Completed(found)
