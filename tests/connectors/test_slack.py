"""Slack: refusals with status 200, limits, cursors, and a message whose answer was lost."""

from __future__ import annotations

import pytest
from tests.connectors.world import World
from tests.doubles.slack import Slack, slack_channel

from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, InvalidOutput, Problem, RateLimited, Rejected, Uncertain, VendorFailed

message = {"channel": "#support", "text": "Hello"}


async def test_a_message_is_posted_as_json_with_its_charset(world: World) -> None:
    posted = await world.do("slack", "send_message", message)
    assert world.double.calls[-1].headers["content-type"] == "application/json; charset=utf-8"
    assert posted["channel"] == "C00000000"
    assert posted["text"] == "Hello"
    assert posted["sent_at"].startswith("20")
    assert posted["ts"] == world.double[Slack].messages["C00000000"][0]["ts"]


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        ("channel_not_found", Rejected),
        ("not_in_channel", Rejected),
        ("missing_scope", AuthRejected),
        ("token_revoked", AuthRejected),
        ("ratelimited", RateLimited),
    ],
)
async def test_a_refusal_with_status_200_is_a_problem_with_a_remedy(world: World, error: str, problem: type[Problem]) -> None:
    world.double.fail("slack", "invalid", error=error)
    with pytest.raises(problem, match=error) as refused:
        await world.do("slack", "send_message", message)
    assert type(refused.value) is problem
    assert refused.value.data.fix or error == "ratelimited"


async def test_a_limit_says_how_long_to_wait(world: World) -> None:
    world.double.fail("slack", "rate_limited")
    with pytest.raises(RateLimited) as limited:
        await world.do("slack", "send_message", message)
    assert limited.value.data.retry_after == 30


async def test_a_fatal_error_leaves_a_write_uncertain_and_a_question_retryable(world: World) -> None:
    world.double.fail("slack", "server_error", times=2)
    with pytest.raises(Uncertain):
        await world.do("slack", "send_message", message)
    with pytest.raises(VendorFailed):
        await world.do("slack", "list_channels", {})


async def test_an_answer_that_is_no_json_after_the_effect_is_uncertain(world: World) -> None:
    world.double.fail("slack", "html")
    with pytest.raises(Uncertain):
        await world.do("slack", "send_message", message)
    assert world.double.effects[mark("run:node:1")] == 1
    world.double.fail("slack", "html")
    with pytest.raises(InvalidOutput):
        await world.do("slack", "list_channels", {})


@pytest.mark.parametrize("thread", [None, "1767605400.000100"])
async def test_a_message_whose_answer_was_lost_is_found_among_many(world: World, thread: str | None) -> None:
    world.double.page_max = 2
    params = {**message, "thread_ts": thread}
    world.double.fail("slack", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("slack", "send_message", params)
    for number in range(5):
        await world.do("slack", "send_message", params, f"run:other:{number}")
    found = await world.look("slack", "send_message", params)
    assert found is not None
    assert found["ts"] == world.double[Slack].messages["C00000000"][-1]["ts"]
    assert await world.look("slack", "send_message", params, "run:node:2") is None
    assert world.double.effects[mark("run:node:1")] == 1


async def test_a_question_left_open_by_a_refusal_is_no_answer(world: World) -> None:
    world.double.fail("slack", "forbidden", path="history")
    with pytest.raises(AuthRejected):
        await world.look("slack", "send_message", message)


async def test_a_channel_is_created_and_described(world: World) -> None:
    created = await world.do("slack", "create_channel", {"name": "incident-42", "description": "All about it"})
    assert (created["name"], created["description"], created["is_private"]) == ("incident-42", "All about it", False)
    with pytest.raises(Rejected, match="name_taken"):
        await world.do("slack", "create_channel", {"name": "incident-42"})


async def test_a_channel_that_could_not_be_described_is_not_created_twice(world: World) -> None:
    world.double.fail("slack", "rate_limited", path="setPurpose")
    with pytest.raises(Rejected, match="was created, but not described") as half:
        await world.do("slack", "create_channel", {"name": "incident-42", "description": "All about it"})
    assert not half.value.data.retryable
    assert world.double.effects["channel:incident-42"] == 1


async def test_whether_a_channel_was_created_cannot_be_found_out(world: World) -> None:
    with pytest.raises(Uncertain):
        await world.look("slack", "create_channel", {"name": "incident-42"})


async def test_channels_come_page_by_page_without_archived_ones(world: World) -> None:
    world.double.page_max = 2
    world.double[Slack].channels += [slack_channel(f"C1000000{n}", f"c{n}", archived=n == 1, private=n == 2) for n in range(5)]
    listed = await world.do("slack", "list_channels", {"limit": 3})
    assert [channel["name"] for channel in listed["channels"]] == ["support", "c0", "c3"]
    assert listed["total"] == 3
    private = await world.do("slack", "list_channels", {"types": "private_channel"})
    assert [channel["name"] for channel in private["channels"]] == ["c2"]


async def test_messages_are_read_by_name_or_id_newest_first(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        await world.do("slack", "send_message", {"channel": "#support", "text": str(number)}, f"run:{number}:1")
    read = await world.do("slack", "get_messages", {"channel": "#support", "limit": 3})
    assert [each["text"] for each in read["messages"]] == ["4", "3", "2"]
    assert (read["channel"], read["total"]) == ("#support", 3)
    before = await world.do("slack", "get_messages", {"channel": "C00000000", "latest": read["messages"][2]["ts"]})
    assert [each["text"] for each in before["messages"]] == ["1", "0"]
    with pytest.raises(Rejected, match="no channel #nowhere"):
        await world.do("slack", "get_messages", {"channel": "#nowhere"})
