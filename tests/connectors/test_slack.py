"""Slack: refusals with status 200, limits, cursors, and a message whose answer was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.slack import Slack, slack_channel
from tests.doubles.vendor import Kind

from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, Problem, RateLimited, Rejected, Uncertain, VendorFailed

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


async def test_a_person_is_written_to_directly_and_the_message_is_found_again(world: World) -> None:
    params = {"channel": "W012A3CDE", "text": "Hello"}
    world.double.fail("slack", "drop_after")
    with pytest.raises(Uncertain):
        await world.do("slack", "send_message", params)
    found = await world.look("slack", "send_message", params)
    assert found is not None
    assert found["channel"].startswith("D")
    opened = await world.do("slack", "open_conversation", {"users": ["W012A3CDE"]})
    assert opened["channel"] == found["channel"]


async def test_a_thread_is_read_whole_by_any_of_its_messages(world: World) -> None:
    world.double.page_max = 2
    first = await world.do("slack", "send_message", message, "run:0:1")
    for number in range(3):
        reply = await world.do("slack", "send_message", {**message, "text": str(number), "thread_ts": first["ts"]}, f"run:{number}:2")
    for ts in (first["ts"], reply["ts"]):
        thread = await world.do("slack", "get_thread", {"channel": "#support", "ts": ts})
        assert [each["text"] for each in thread["messages"]] == ["Hello", "0", "1", "2"]
    assert (await world.do("slack", "get_messages", {"channel": "#support"}))["total"] == 1, "a thread's messages are not the channel's"
    with pytest.raises(Rejected, match="thread_not_found"):
        await world.do("slack", "get_thread", {"channel": "#support", "ts": "1.000000"})


async def test_an_app_changes_and_deletes_only_what_it_posted(world: World) -> None:
    world.double[Slack].messages["C00000000"].insert(0, {"type": "message", "ts": "5.000000", "text": "mine", "user": "W012A3CDE"})
    for action, params in (("update_message", {"text": "yours"}), ("delete_message", {})):
        with pytest.raises(Rejected, match="cant_") as refused:
            await world.do("slack", action, {"channel": "#support", "ts": "5.000000", **params})
        assert refused.value.data.fix


@pytest.mark.parametrize(("kind", "gone"), [("drop_before", False), ("drop_after", True)])
async def test_a_deletion_whose_answer_was_lost_is_looked_up_in_its_thread(world: World, kind: Kind, gone: bool) -> None:
    first = await world.do("slack", "send_message", message, "run:0:1")
    reply = await world.do("slack", "send_message", {**message, "thread_ts": first["ts"]}, "run:0:2")
    params = {"channel": "C00000000", "ts": reply["ts"]}
    world.double.fail("slack", kind)
    with pytest.raises(Uncertain):
        await world.do("slack", "delete_message", params)
    assert (await world.look("slack", "delete_message", params) is not None) is gone


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("add_reaction", {"emoji": "thumbsup"}),
        ("remove_reaction", {"emoji": "thumbsup"}),
        ("pin_message", {}),
        ("archive_channel", None),
        ("join_channel", None),
        ("invite_to_channel", {"users": ["U0G9QF9C6", "W012A3CDE"]}),
    ],
)
async def test_what_is_so_already_is_no_error(world: World, action: str, params: dict[str, Any] | None) -> None:
    posted = await world.do("slack", "send_message", message)
    where = {"channel": "C00000000"}
    asked = {**where, **(params or {})} if params is None or "users" in params else {**where, "ts": posted["ts"], **params}
    first, second = [await world.do("slack", action, asked) for _ in range(2)]
    if action == "invite_to_channel":
        assert (first["invited"], second["invited"]) == (["U0G9QF9C6"], []), "one who is there does not keep the others out"
    else:
        assert first == second


async def test_people_of_other_organisations(world: World) -> None:
    with pytest.raises(Rejected, match="users_not_found") as unknown:
        await world.do("slack", "find_user_by_email", {"email": "mallory@other.example"})
    assert unknown.value.data.fix
    assert (await world.do("slack", "get_user", {"user": "U0STRANGE"}))["is_stranger"] is True
    with pytest.raises(Rejected, match="cant_invite") as refused:
        await world.do("slack", "invite_to_channel", {"channel": "#support", "users": ["U0STRANGE"]})
    assert "Slack Connect" in (refused.value.data.fix or "")
    assert (await world.do("slack", "list_users", {}))["total"] == 2


async def test_a_message_is_scheduled_found_again_and_called_off(world: World) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    params = {"channel": "#support", "text": "Lunch", "post_at": later.isoformat()}
    world.double.fail("slack", "drop_after", path="scheduleMessage")
    with pytest.raises(Uncertain):
        await world.do("slack", "schedule_message", params)
    found = await world.look("slack", "schedule_message", params)
    assert found is not None
    assert await world.look("slack", "schedule_message", {**params, "text": "Dinner"}) is None
    cancelled = {"channel": "#support", "scheduled_message_id": found["id"]}
    assert await world.look("slack", "cancel_scheduled", cancelled) is None
    await world.do("slack", "cancel_scheduled", cancelled)
    assert await world.look("slack", "cancel_scheduled", cancelled)
    for days, words in ((-1, "time_in_past"), (121, "time_too_far")):
        with pytest.raises(Rejected, match=words) as refused:
            await world.do("slack", "schedule_message", {**params, "post_at": (later + timedelta(days=days)).isoformat()})
        assert refused.value.data.fix


async def test_a_file_goes_where_slack_says_without_the_token(world: World) -> None:
    shared = await world.do("slack", "upload_file", {"channel": "#support", "filename": "a.bin", "content_base64": "AP8=", "comment": "c"})
    file = world.double[Slack].files[0]
    assert (file["content"], file["title"], shared["id"]) == (b"\x00\xff", "a.bin", file["id"])
    assert world.double[Slack].messages["C00000000"][0]["text"] == "c"
    sent = next(call for call in world.double.calls if "/upload/" in call.path)
    assert not {"authorization", "cookie"} & set(sent.headers)
    for wrong in ({}, {"content": ""}, {"content": "a", "content_base64": "YQ=="}, {"content_base64": "?"}):
        with pytest.raises(Invalid):
            await world.do("slack", "upload_file", {"channel": "#support", "filename": "a.txt", **wrong})
