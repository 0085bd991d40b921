"""Microsoft 365's mail and calendar: what is sent and found again, listed, moved, made once and answered, and how Graph says no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.graph import Graph
from tests.doubles.graph_mail import person
from tests.doubles.vendor import Kind

from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, NotFound, Problem, RateLimited, Rejected, Uncertain, VendorFailed

mail = {"to": ["bo@example.com"], "subject": "Grüße", "body": "Text"}
event = {"subject": "Review", "start": "2026-01-05T09:30:00", "end": "2026-01-05T10:00:00", "time_zone": "Europe/Berlin"}


async def do(world: World, action: str, params: dict[str, Any], key: str = "run:node:1") -> dict[str, Any]:
    return await world.do("microsoft365", action, params, key)


def addresses(message: dict[str, Any], name: str) -> list[str]:
    return [each["emailAddress"]["address"] for each in message[name]]


async def test_a_mail_is_sent_with_copies_html_and_files(world: World) -> None:
    files = [{"name": "a.txt", "content": "SGVsbG8=", "media_type": "text/plain"}]
    more = {"cc": ["cy@example.com"], "bcc": ["di@example.com"], "reply_to": ["ed@example.com"], "html": True, "attachments": files}
    assert await do(world, "send_mail", {**mail, "body": "<p>b</p>", **more}) == {"status": "sent", "message": None}
    message = world.double[Graph].mail.messages[0]
    names = ("toRecipients", "ccRecipients", "bccRecipients", "replyTo")
    assert [addresses(message, name) for name in names] == [["bo@example.com"], ["cy@example.com"], ["di@example.com"], ["ed@example.com"]]
    assert (message["subject"], message["body"]) == ("Grüße", {"contentType": "html", "content": "<p>b</p>"})
    found = await do(world, "get_attachment", {"message": message["id"]})
    assert (found["name"], found["content"]) == ("a.txt", "SGVsbG8=")


@pytest.mark.parametrize(
    ("action", "params", "path"),
    [
        ("send_mail", mail, "/sendMail"),
        ("reply_mail", {"body": "b"}, "/reply"),
        ("reply_mail", {"body": "b", "to_all": True}, "/replyAll"),
        ("forward_mail", {"to": ["bo@example.com"]}, "/forward"),
        ("create_draft", mail, "/messages"),
    ],
)
async def test_what_was_written_is_found_again_after_a_lost_answer(world: World, action: str, params: dict[str, Any], path: str) -> None:
    graph = world.double[Graph]
    params = params if "subject" in params else {**params, "message": graph.mail.receive()["id"]}
    await do(world, action, params, "run:other:1")
    world.double.fail("microsoft365", "drop_after", path=path)
    with pytest.raises(Uncertain):
        await do(world, action, params)
    found = await world.look("microsoft365", action, params)
    assert found is not None
    assert found["message"] == graph.mail.messages[0]["id"]
    assert world.double.effects[mark("run:node:1")] == 1
    world.double.fail("microsoft365", "drop_before", path=path)
    with pytest.raises(Uncertain):
        await do(world, action, params, "run:third:1")
    assert await world.look("microsoft365", action, params, "run:third:1") is None


async def test_an_answer_goes_to_the_sender_or_to_all(world: World) -> None:
    graph = world.double[Graph]
    received = graph.mail.receive("Question", ccRecipients=[person("cy@example.com")])
    await do(world, "reply_mail", {"message": received["id"], "body": "Here."})
    answer = graph.mail.messages[0]
    assert (answer["subject"], addresses(answer, "toRecipients"), answer["conversationId"]) == (
        "RE: Question", ["grace@example.com"], received["conversationId"],
    )  # fmt: skip
    assert answer["body"]["content"].startswith("Here.")
    await do(world, "reply_mail", {"message": received["id"], "body": "All.", "to_all": True}, "run:node:2")
    assert "cy@example.com" in addresses(graph.mail.messages[0], "ccRecipients")
    with pytest.raises(NotFound):
        await do(world, "reply_mail", {"message": received["id"][:-4] + "BBB=", "body": "b"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": []}, {"to": ["nobody"]}, {"to": ["a@example.com\r\nBcc: b@example.com"]}, {"cc": ["Ada <ada@example.com>"]},
        {"subject": "a\r\nX: y"}, {"importance": "urgent"}, {"attachments": [{"name": "a", "content": "no base64!"}]},
        {"attachments": [{"name": "a", "content": "", "media_type": "text\r\n"}]},
    ],
)  # fmt: skip
async def test_a_mail_that_cannot_be_is_refused_before_anything_is_sent(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await do(world, "send_mail", {**mail, **wrong})
    assert world.double.calls == []


async def test_mails_are_listed_by_what_is_asked_and_page_by_page(world: World) -> None:
    graph = world.double[Graph]
    for number in range(3):
        graph.mail.receive(f"Mail {number}", text="<b>text</b>", isRead=number == 0)
    graph.mail.receive("Other", sender="o'brien@example.com")
    subjects, skip = list[str](), 0
    while skip is not None:
        page = await do(world, "list_mails", {"folder": "inbox", "limit": 3, "skip": skip})
        subjects += [each["subject"] for each in page["emails"]]
        skip = page["next_skip"]
    assert sorted(subjects) == ["Mail 0", "Mail 1", "Mail 2", "Other"]
    assert len((await do(world, "list_mails", {"unread_only": True}))["emails"]) == 3
    found = (await do(world, "list_mails", {"sender": "o'brien@example.com"}))["emails"]
    assert [(each["subject"], each["from"]["address"]) for each in found] == [("Other", "o'brien@example.com")]
    assert [each["subject"] for each in (await do(world, "list_mails", {"query": "subject:Other"}))["emails"]] == ["Other"]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await do(world, "list_mails", {"since": later}))["emails"] == []
    with pytest.raises(Invalid, match="by query alone"):
        await do(world, "list_mails", {"query": "x", "unread_only": True})
    with pytest.raises(Rejected):
        await do(world, "list_mails", {"folder": "nowhere"})


async def test_a_mail_keeps_its_id_when_it_moves_and_is_not_deleted_by_a_second_attempt(world: World) -> None:
    graph = world.double[Graph]
    one = {"message": graph.mail.receive("Hello", text="Text")["id"]}
    read = await do(world, "get_mail", one)
    assert (read["id"], read["from"]["address"], read["body"], read["read"]) == (one["message"], "grace@example.com", "Text", False)
    assert (await do(world, "mark_mail", one))["read"] is True
    assert (await do(world, "move_mail", {**one, "folder": "archive"}))["folder"] == graph.mail.folders["archive"]
    for _ in range(2):
        assert (await do(world, "trash_mail", one))["folder"] == graph.mail.folders["deleteditems"]
    assert (await do(world, "get_mail", one))["id"] == one["message"]
    assert "Inbox" in [each["name"] for each in (await do(world, "list_folders", {}))["folders"]]


async def test_an_event_is_made_once_though_its_answer_was_lost(world: World) -> None:
    world.double.fail("microsoft365", "drop_after", path="/events")
    with pytest.raises(Problem):
        await do(world, "create_event", {**event, "guests": ["bo@example.com"], "online": True})
    made = await do(world, "create_event", {**event, "guests": ["bo@example.com"], "online": True})
    assert (made["subject"], made["start"]) == ("Review", "2026-01-05T08:30:00.0000000")
    assert made["meeting"].startswith("https://teams.microsoft.com/")
    assert len(world.double[Graph].calendar.events) == 1
    assert world.double.effects[mark("run:node:1")] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": "2026-01-05T09:00:00"}, {"start": "2026-01-05"}, {"start": "2026-01-05T09:30:00+01:00"}, {"time_zone": "Mars/Olympus"},
        {"all_day": True}, {"guests": ["nobody"]}, {"subject": ""}, {"reminder_minutes": -1},
    ],
)  # fmt: skip
async def test_an_event_that_cannot_be_is_refused_before_anything_is_sent(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await do(world, "create_event", {**event, **wrong})
    assert world.double.calls == []


async def test_events_are_listed_changed_answered_and_taken_away(world: World) -> None:
    calendar = world.double[Graph].calendar
    for hour in (11, 9, 10):
        calendar.add(str(hour), f"2026-01-05T{hour:02}:00:00", f"2026-01-05T{hour:02}:30:00")
    span = {"start": "2026-01-05T00:00:00Z", "end": "2026-01-06T00:00:00Z", "limit": 2}
    first = await do(world, "list_events", span)
    rest = await do(world, "list_events", {**span, "skip": first["next_skip"]})
    assert [each["subject"] for each in first["events"] + rest["events"]] == ["9", "10", "11"]
    assert rest["next_skip"] is None
    one = {"event": first["events"][0]["id"]}
    moved = await do(
        world, "update_event", {**one, "start": "2026-01-05T10:00:00", "end": "2026-01-05T11:00:00", "time_zone": "Europe/Berlin"}
    )
    assert (moved["subject"], moved["start"]) == ("9", "2026-01-05T09:00:00.0000000")
    assert len((await do(world, "changed_events", {"since": "2026-01-01T00:00:00Z"}))["events"]) == 3
    busy = await do(world, "get_schedule", {"addresses": ["ada@example.com", "bo@example.com"], "start": span["start"], "end": span["end"]})
    assert [len(each["busy"]) for each in busy["schedules"]] == [3, 0]
    for _ in range(2):
        assert await do(world, "delete_event", one) == {"event": one["event"], "status": "deleted"}
    theirs = calendar.add("Theirs", "2026-01-05T12:00:00", "2026-01-05T13:00:00", isOrganizer=False)
    assert (await do(world, "respond_to_event", {"event": theirs["id"], "answer": "accept"}))["status"] == "accepted"
    assert (await do(world, "get_event", {"event": theirs["id"]}))["answer"] == "accepted"
    with pytest.raises(Rejected, match="organizer"):
        await do(world, "respond_to_event", {"event": first["events"][1]["id"], "answer": "accept"})


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("unauthorized", AuthRejected), ("forbidden", Rejected), ("rate_limited", RateLimited), ("secondary_limit", RateLimited),
        ("server_error", VendorFailed), ("unavailable", VendorFailed), ("html", InvalidOutput), ("malformed", InvalidOutput),
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ["list_mails", "changed_events", "list_teams"])
async def test_refusals_are_problems(world: World, kind: Kind, problem: type[Problem], action: str) -> None:
    world.double.fail("microsoft365", kind)
    with pytest.raises(problem) as refused:
        await do(world, action, {})
    assert kind != "rate_limited" or refused.value.data.retry_after == 10
