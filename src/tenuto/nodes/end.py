"""The node kind `end`: finish the run now."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints, model_validator

from tenuto.core.errors import NodeFailed
from tenuto.core.node import Finished, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject


class EndConfig(Frozen):
    """How the run ends."""

    output: JsonValue = Field(default=None, description="The run's output.", examples=["{{ nodes.answer.output }}"])
    error: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = Field(
        default=None, description="If given, the run fails with this sentence.", examples=["The order {{ input.order }} does not exist."]
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> EndConfig:
        if self.error is not None and self.output is not None:
            raise ValueError("give an output or an error, not both")
        return self


class End(NodeKind, frozen=True):
    """Finish the whole run now, well or badly; other branches are stopped."""

    pure: ClassVar[bool] = True
    passes: ClassVar = ("output",)
    ports: ClassVar = ()
    example: ClassVar[JsonObject] = {"output": {"answer": "Done."}}

    type: Literal["end"] = "end"
    config: EndConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Ends the run with the output, or as failed with the error."""
        if self.config.error is None:
            return Finished(self.config.output)
        return Finished(problem=NodeFailed(self.config.error, node=self.id).data)
