"""The node kind `code`: Python in the sandbox, each of its calls a step of its own."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

from tenuto.core.connector import Effect
from tenuto.core.errors import Conflict
from tenuto.core.node import Again, Answered, NodeContext, NodeKind, Outcome, Wakening
from tenuto.core.program import CodeLimits, Program, max_code
from tenuto.core.values import Frozen, JsonObject


def _no_keyword(name: str) -> str:
    if keyword.iskeyword(name):
        raise ValueError(f"{name} is a word of Python and cannot be a variable")
    return name


Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64), AfterValidator(_no_keyword)]


class CodeConfig(Frozen):
    """A program, what it is given, and what it may use."""

    code: Annotated[str, StringConstraints(max_length=max_code)] = Field(
        description="Python. The value of its last expression (or of a top-level `return`) is the output. It is never read as a "
        "template: `{{` stays as it is. Actions are awaited as `await github.create_issue(owner=…)`, any request as "
        '`await http.request(method="GET", url=…)`; `asyncio.gather` does several at once, `asyncio.sleep` waits without a process.',
        examples=["total = sum(order['price'] for order in orders)\n{'total': total}"],
    )
    inputs: dict[Variable, JsonValue] = Field(
        default_factory=dict, description="Variables of the program, by name.", examples=[{"orders": "{{ nodes.fetch.output.orders }}"}]
    )
    limits: CodeLimits = Field(default=CodeLimits(), description="What it may use at most.")


class Code(NodeKind, frozen=True):
    """Run Python. Each action it awaits is done once, also where the process is killed in the middle of it.

    The program itself is played again after a crash or a wait, with the answers that are recorded: what it does must follow from its
    inputs, the answers, the clock and `random`, which are the same each time. What it prints is told as `node_progress`.
    """

    stepped: ClassVar[bool] = True
    replays: ClassVar[bool] = True
    deferred: ClassVar[tuple[str, ...]] = ("code",)
    example: ClassVar[JsonObject] = {
        "code": "prices = [order['price'] for order in orders]\n{'orders': len(prices), 'total': sum(prices)}",
        "inputs": {"orders": [{"price": 12}, {"price": 30}]},
    }

    type: Literal["code"] = "code"
    config: CodeConfig

    def effect(self, effects: Mapping[tuple[str, str], Effect]) -> Effect:
        """Computing reads; its calls are steps with effects of their own."""
        return "read"

    async def run(self, ctx: NodeContext) -> Outcome:
        """The program's value as JSON: tuples are lists. Suspended while it only sleeps."""
        return await ctx.python(Program(self.config.code, self.config.inputs, self.config.limits))

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome | Again:
        """Goes on when a sleep is over. Raises `Conflict` for an answer: nobody was asked."""
        if isinstance(wakening, Answered):
            raise Conflict("This node waits for a time; there is nothing to answer.", node=self.id)
        return Again()
