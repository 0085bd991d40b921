"""The node kind `loop`: a body again and again until a condition holds."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from tenuto.core.errors import Invalid
from tenuto.core.node import Completed, Failed, NodeContext, NodeKind, Outcome, Spawned
from tenuto.core.values import Frozen, JsonObject


class LoopConfig(Frozen):
    """What is repeated, and until when."""

    body: dict[str, JsonValue] = Field(
        description="`{startNode, nodes, edges}`. Its expressions see `item` (the state: what the round before gave, at first `state`) and "
        "`index` (the number of the round, from 0) beside the run's `input`, `vars` and `trigger`, and the outputs of nodes before this one."
    )
    until: bool | str = Field(
        description="The condition, evaluated after each round: `item` is what the body gave, `index` the number of the round.",
        examples=["{{ item.done }}"],
    )
    max_iterations: int = Field(default=100, ge=1, le=10_000, description="Rounds after which it ends all the same, with `done: false`.")
    state: JsonValue = Field(default=None, description="`item` of the first round.", examples=[{"page": 1}])


class Loop(NodeKind, frozen=True):
    """Repeat a body until a condition holds; what a round gives is the state of the next.

    Output: `{"output": …, "iterations": 3, "done": true}`: what the last round gave, how many there were, and whether the condition held
    or the rounds ran out. A round that fails fails the node; a further attempt of the node goes on with that round.
    """

    spawns: ClassVar[bool] = True
    deferred: ClassVar = ("body", "until")
    example: ClassVar[JsonObject] = {
        "state": 1,
        "body": {"startNode": "double", "nodes": [{"id": "double", "type": "transform", "config": {"value": "{{ item * 2 }}"}}]},
        "until": "{{ item > 20 }}",
        "max_iterations": 10,
    }

    type: Literal["loop"] = "loop"
    config: LoopConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Asks for the first round."""
        return Spawned((self.config.state,))

    async def gather(self, ctx: NodeContext) -> Outcome:
        """Asks for one round more, or ends. Raises `Invalid` for a condition that is neither true nor false."""
        items = ctx.waiting.get("items")
        known = items if isinstance(items, int) and ctx.waiting.get("attempt") == ctx.attempt else 1
        last = None
        for result in await ctx.gathered(first=known - 1):
            if result.problem is not None:
                if result.attempt < ctx.attempt:
                    break  # where an attempt before this one came to its end
                detail = f"Round {result.index} failed: {result.problem.detail}"
                return Failed(result.problem.model_copy(update={"detail": detail, "node": None}))
            last = result
        if last is None:
            return Spawned((self.config.state,))
        done, rounds = await ctx.evaluate("until", item=last.output, index=last.index), last.index + 1
        if not isinstance(done, bool):
            raise Invalid(f"The condition gave {type(done).__name__}, which is neither true nor false.", pointer="/config/until")
        if done or rounds >= self.config.max_iterations:
            return Completed({"output": last.output, "iterations": rounds, "done": done})
        return Spawned((last.output,), first=rounds)
