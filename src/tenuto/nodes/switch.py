"""The node kind `switch`: one of many ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints, field_validator

from tenuto.core.node import Completed, NodeContext, NodeKind, Outcome
from tenuto.core.values import Frozen, JsonObject

Port = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Case(Frozen):
    """One value and the way it takes."""

    when: JsonValue = Field(description="The value that takes this way; compared as JSON, so 1 equals 1.0 and differs from true and '1'.")
    port: Port = Field(description="The port the node leaves by. Several cases may share one.", examples=["billing"])


class SwitchConfig(Frozen):
    """What is looked at, and where each value leads."""

    value: JsonValue = Field(description="What is compared with the cases.", examples=["{{ nodes.classify.output.topic }}"])
    cases: tuple[Case, ...] = Field(
        description="Tried in this order; the first that equals the value wins, else `default`.", max_length=256
    )

    @field_validator("cases")
    @classmethod
    def _leave_error_free(cls, cases: tuple[Case, ...]) -> tuple[Case, ...]:
        if any(case.port == "error" for case in cases):
            raise ValueError("the port `error` is where a failed node leaves; call the case's port something else")
        return cases


class Switch(NodeKind, frozen=True):
    """Go the way that belongs to a value."""

    pure: ClassVar[bool] = True
    ports: ClassVar = ("default",)
    example: ClassVar[JsonObject] = {"value": "billing", "cases": [{"when": "billing", "port": "billing"}]}

    type: Literal["switch"] = "switch"
    config: SwitchConfig

    @classmethod
    def ports_of(cls, config: JsonObject) -> Sequence[str]:
        """The ports of the cases in their order, each once, then `default`; what cannot be read as a case has none."""
        cases = config.get("cases")
        named = [case.get("port") for case in cases if isinstance(case, dict)] if isinstance(cases, list) else []
        return tuple(dict.fromkeys([*(port for port in named if isinstance(port, str)), "default"]))

    async def run(self, ctx: NodeContext) -> Outcome:
        """Leaves by the port of the first case that equals the value; the value is the output."""
        value = self.config.value
        port = next((case.port for case in self.config.cases if same(case.when, value)), "default")
        return Completed(value, port)


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are the same JSON: in Python `True == 1`, in JSON they differ."""
    match one, other:
        case (bool(), _) | (_, bool()):
            return one is other
        case dict(), dict():
            return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return one == other
