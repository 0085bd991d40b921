"""The node kind `condition`: one of two ways."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from tenuto.core.errors import Invalid
from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject


class ConditionConfig(Frozen):
    """What is asked."""

    condition: JsonValue = Field(
        description="An expression that is true or false: `{{ nodes.classify.output.urgency >= 8 }}`. "
        "Zero, null, an empty list and an empty object count as false, every other number, list and object as true. "
        "Text is an error, because the text `false` would count as true.",
        examples=["{{ nodes.classify.output.urgency >= 8 }}"],
    )


class Condition(NodeKind, frozen=True):
    """Go one way if something is true, and another if it is not."""

    pure: ClassVar[bool] = True
    ports: ClassVar = ("true", "false")
    example: ClassVar[JsonObject] = {"condition": True}

    type: Literal["condition"] = "condition"
    config: ConditionConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Leaves by `true` or `false`, with that as its output. Raises `Invalid` for text."""
        value = self.config.condition
        if isinstance(value, str):
            raise Invalid(
                f"The condition is the text {_short(value)!r}, which is neither true nor false.",
                fix="Write it as one expression that compares something: {{ nodes.a.output.text != '' }}.",
                pointer="/config/condition",
            )
        return Completed(bool(value), "true" if value else "false")


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
