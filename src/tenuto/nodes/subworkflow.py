"""The node kind `subworkflow`: another workflow as a run of its own."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints

from tenuto.core.errors import ProblemData
from tenuto.core.node import Called, Completed, Failed, NodeContext, NodeKind, Outcome, Spawned
from tenuto.core.values import Frozen, JsonObject


class SubworkflowConfig(Frozen):
    """Which workflow, and what it is given."""

    workflow: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(
        description="Id of a stored workflow; it is pinned when this node starts.", examples=["answer-a-question"]
    )
    version: int | None = Field(default=None, ge=1, description="A published version; the newest if it is not given.")
    input: JsonValue = Field(default=None, description="Its input.", examples=[{"message": "{{ item }}"}])
    wait: bool = Field(default=True, description="Whether this node waits for its end, or starts it and goes on.")


class Subworkflow(NodeKind, frozen=True):
    """Run another workflow and go on with what it gave. At most 16 runs stand within one another.

    Output: the output of the workflow; with `wait: false` `{"execution_id": …}` of a run that goes on by itself.
    """

    spawns: ClassVar[bool] = True
    example: ClassVar[JsonObject] = {"workflow": "answer-a-question", "input": {"message": "Where is my parcel?"}}

    type: Literal["subworkflow"] = "subworkflow"
    config: SubworkflowConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Asks for the run."""
        config = self.config
        return Spawned(called=Called(config.workflow, config.version, config.input, config.wait))

    async def gather(self, ctx: NodeContext) -> Outcome:
        """What the run came to."""
        result = next(iter(await ctx.gathered()), None)
        if result is None or result.problem is not None:
            problem = result.problem if result and result.problem else ProblemData(type="node-failed", status=500, detail="It is gone.")
            return Failed(problem.model_copy(update={"detail": f"The workflow failed: {problem.detail}", "node": None}))
        return Completed(result.output)
