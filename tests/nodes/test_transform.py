"""A transform's value is its output."""

from __future__ import annotations

from tests.nodes.context import Context

from tenuto.core.node import Completed
from tenuto.nodes.transform import Transform, TransformConfig


async def test_the_value_is_the_output() -> None:
    node = Transform(id="n", config=TransformConfig(value={"a": [1, None, "x"]}))
    assert await node.run(Context()) == Completed({"a": [1, None, "x"]}, "out")
    assert Transform.pure
