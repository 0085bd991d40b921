"""The node kind `map`: a body once for each item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, cast

from pydantic import Field, JsonValue

from tenuto.core.errors import ProblemData
from tenuto.core.family import ChildResult
from tenuto.core.node import Completed, Failed, NodeContext, NodeKind, Outcome, Spawned
from tenuto.core.values import Frozen, JsonObject


class MapConfig(Frozen):
    """The items, and what is done with each."""

    items: tuple[JsonValue, ...] = Field(
        max_length=100_000, description="A list: the body runs once for each of its items.", examples=["{{ input.questions }}"]
    )
    body: dict[str, JsonValue] = Field(
        description="`{startNode, nodes, edges}`. Its expressions see `item` and `index` beside the run's `input`, `vars` and `trigger`, "
        "and the outputs of nodes before this one."
    )
    concurrency: int = Field(default=10, ge=1, le=1_000, description="How many items are worked on at the same time.")
    on_item_error: Literal["fail", "continue"] = Field(
        default="fail",
        description="Whether the first item that fails ends the others and fails this node, or is listed in `errors` while the rest go on.",
    )


class Map(NodeKind, frozen=True):
    """Run a body once for each item of a list, some at a time, wherever there is room; the results keep the order of the items.

    Output: `{"results": […], "errors": […]}`. `results` has what the body gave for each item, `null` where it failed; `errors` has
    `{"index", "problem"}` of each item that failed, and is empty unless `on_item_error` is `continue`. A further attempt of the node
    runs only the items that have not been completed.
    """

    spawns: ClassVar[bool] = True
    deferred: ClassVar = ("body",)
    example: ClassVar[JsonObject] = {
        "items": ["one", "two"],
        "body": {"startNode": "shout", "nodes": [{"id": "shout", "type": "transform", "config": {"value": "{{ item.upper() }}"}}]},
    }

    type: Literal["map"] = "map"
    config: MapConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Asks for one run for each item; without items it is done at once."""
        config = self.config
        if not config.items:
            return Completed({"results": [], "errors": []})
        return Spawned(config.items, concurrency=config.concurrency, stop_on_failure=config.on_item_error == "fail")

    async def gather(self, ctx: NodeContext) -> Outcome:
        """The results in their order; or the failure of the first item that failed by itself."""
        found = await ctx.gathered()
        failed = [result for result in found if result.problem is not None]
        if failed and self.config.on_item_error == "fail":
            return Failed(_first(failed))
        errors = [
            {"index": each.index, "problem": each.problem.model_dump(mode="json", exclude_none=True)} for each in failed if each.problem
        ]
        return Completed({"results": [result.output for result in found], "errors": cast("JsonValue", errors)})


def _first(failed: Sequence[ChildResult]) -> ProblemData:
    """The problem of the first item that failed by itself; the others were cancelled because of one that did."""
    own = next((each for each in failed if each.problem is not None and each.problem.type != "cancelled"), failed[0])
    problem = own.problem or ProblemData(type="node-failed", status=500, detail="It failed.")
    return problem.model_copy(update={"detail": f"Item {own.index} failed: {problem.detail}", "node": None})
