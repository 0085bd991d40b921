"""How an end finishes the run."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.nodes.context import Context

from tenuto.core.node import Finished
from tenuto.nodes.end import End, EndConfig


async def test_it_finishes_the_run_with_an_output() -> None:
    assert await End(id="n", config=EndConfig(output=[1])).run(Context()) == Finished([1])


async def test_it_finishes_the_run_with_an_error() -> None:
    outcome = await End(id="n", config=EndConfig(error="No such order.")).run(Context())
    assert isinstance(outcome, Finished)
    assert outcome.problem is not None
    assert (outcome.problem.detail, outcome.problem.type, outcome.problem.node) == ("No such order.", "node-failed", "n")


def test_it_has_no_ports_and_not_both_ends() -> None:
    assert End.ports_of({}) == ()
    with pytest.raises(ValidationError, match="not both"):
        EndConfig(output=1, error="x")
