"""An integration node calls its action and takes over its effect."""

from __future__ import annotations

import pytest
from tests.nodes.context import Context

from tenuto.core.errors import RateLimited, Uncertain
from tenuto.core.node import Completed
from tenuto.nodes.integration import Integration, IntegrationConfig

node = Integration(id="n", config=IntegrationConfig(integration="slack", action="send_message", connection="team", params={"text": "Hi"}))


async def test_the_action_is_called_and_its_result_is_the_output() -> None:
    context = Context(results=[{"ts": "1"}])
    assert await node.run(context) == Completed({"ts": "1"})
    assert context.calls == [("slack", "send_message", {"text": "Hi"}, "team")]


async def test_its_problem_is_the_nodes() -> None:
    with pytest.raises(RateLimited):
        await node.run(Context(results=[RateLimited("Slow down.", retry_after=3)]))


def test_the_effect_is_the_actions_and_an_unknown_one_may_do_anything() -> None:
    assert node.effect({("slack", "send_message"): "idempotent_write"}) == "idempotent_write"
    assert node.effect({("slack", "list_channels"): "read"}) == "write"


async def test_after_a_lost_answer_the_action_says_what_became_of_it() -> None:
    assert await node.verify(Context(results=[{"ts": "1"}])) == Completed({"ts": "1"})
    assert await node.verify(Context(results=[None])) is None
    with pytest.raises(Uncertain):
        await node.verify(Context(results=[Uncertain("Nobody knows.")]))
