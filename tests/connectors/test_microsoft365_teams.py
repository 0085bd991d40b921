"""Microsoft Teams: channels and chats, messages and answers, and what Graph refuses of them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.graph import Graph

from tenuto.core.errors import Invalid, Problem, Rejected, Uncertain


async def do(world: World, action: str, params: dict[str, Any], key: str = "run:node:1") -> dict[str, Any]:
    return await world.do("microsoft365", action, params, key)


def general(world: World) -> dict[str, Any]:
    teams = world.double[Graph].teams
    return {"team": teams.teams[0]["id"], "channel": teams.general["id"]}


async def test_teams_and_channels_are_listed(world: World) -> None:
    of = general(world)
    assert [each["name"] for each in (await do(world, "list_teams", {}))["teams"]] == ["Engineering"]
    found = (await do(world, "list_channels", {"team": of["team"]}))["channels"]
    assert [(each["name"], each["kind"], each["id"]) for each in found] == [("General", "standard", of["channel"])]
    with pytest.raises(Rejected, match="No team found"):
        await do(world, "list_channels", {"team": "00000000-0000-0000-0000-000000000000"})


async def test_a_channel_is_made_once(world: World) -> None:
    new = {"team": general(world)["team"], "name": "Incident 42", "description": "d"}
    world.double.fail("microsoft365", "drop_after", path="/channels", times=2)
    for _ in range(2):
        with pytest.raises(Problem):
            await do(world, "create_channel", new)
    made = await do(world, "create_channel", new)
    assert (made["name"], (await do(world, "create_channel", {**new, "name": "INCIDENT 42"}))["id"]) == ("Incident 42", made["id"])
    assert len(world.double[Graph].teams.channels[new["team"]]) == 2
    with pytest.raises(Invalid):
        await do(world, "create_channel", {**new, "name": "a/b"})


async def test_messages_and_answers_in_a_channel(world: World) -> None:
    of = general(world)
    sent = await do(world, "send_channel_message", {**of, "text": "<b>Hello</b>", "html": True, "subject": "s", "importance": "high"})
    assert (sent["text"], sent["kind"], sent["subject"]) == ("<b>Hello</b>", "html", "s")
    answer = await do(world, "reply_in_channel", {**of, "message": sent["id"], "text": "Hi"}, "run:node:2")
    assert answer["reply_to"] == sent["id"]
    world.double[Graph].teams.add_message(of["channel"], "Third")
    listed = await do(world, "list_channel_messages", {**of, "limit": 5})
    assert [(each["text"], each["sender"]) for each in listed["messages"]] == [("Third", "Grace Hopper"), ("<b>Hello</b>", "Ada Lovelace")]
    replies = await do(world, "list_channel_replies", {**of, "message": sent["id"]})
    assert [each["text"] for each in replies["messages"]] == ["Hi"]
    with pytest.raises(Rejected, match="not found"):
        await do(world, "reply_in_channel", {**of, "message": "1", "text": "Hi"})


async def test_a_chat_with_somebody_is_opened_once_and_written_to(world: World) -> None:
    chat = await do(world, "open_chat", {"address": "grace@example.com"})
    assert (await do(world, "open_chat", {"address": "grace@example.com"}))["id"] == chat["id"]
    assert chat["id"] in [each["id"] for each in (await do(world, "list_chats", {}))["chats"]]
    sent = await do(world, "send_chat_message", {"chat": chat["id"], "text": "Hello"})
    assert [each["id"] for each in (await do(world, "list_chat_messages", {"chat": chat["id"]}))["messages"]] == [sent["id"]]


async def test_whether_a_message_was_posted_is_not_guessed(world: World) -> None:
    of = {**general(world), "text": "Hello"}
    world.double.fail("microsoft365", "drop_after", path="/messages")
    with pytest.raises(Uncertain):
        await do(world, "send_channel_message", of)
    with pytest.raises(Uncertain):
        await world.look("microsoft365", "send_channel_message", of)


@pytest.mark.parametrize("wrong", [{"text": ""}, {"text": "ä" * 14_001}, {"channel": "../../me"}, {"importance": "low"}])
async def test_a_message_that_cannot_be_is_refused_before_anything_is_sent(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await do(world, "send_channel_message", {**general(world), "text": "Hello", **wrong})
    assert world.double.calls == []
