"""Gmail beyond sending and searching: answers in their thread, drafts, files, labels, the trash, what is new, page by page."""

from __future__ import annotations

import email
import email.policy
from base64 import b64decode, b64encode, urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from tests.connectors.world import World
from tests.doubles.gmail import Gmail

from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, InvalidOutput, Problem, RateLimited, Rejected, Uncertain, VendorFailed

question = (
    "From: Ada <ada@example.com>\r\nTo: me@example.com, Bo <bo@example.com>\r\nCc: cy@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    "Message-ID: <m2@example.com>\r\nReferences: <m1@example.com>\r\n\r\nWhere is it?"
)
rich = {"to": "ada@example.com", "subject": "Files", "body": "plain", "html": "<p>html</p>"}


def written(world: World, place: str = "/send") -> EmailMessage:
    body = next(call.body for call in reversed(world.double.calls) if call.method == "POST" and call.path.endswith(place))
    raw = body["raw"] if "raw" in body else body["message"]["raw"]
    return email.message_from_bytes(urlsafe_b64decode(raw), policy=email.policy.SMTP)


async def test_an_answer_stands_in_its_thread_and_names_what_it_answers(world: World) -> None:
    mail = world.double[Gmail].receive(question)
    answered = await world.do("gmail", "reply", {"message_id": mail, "body": "Here."})
    sent = written(world)
    assert (sent["In-Reply-To"], sent["References"]) == ("<m2@example.com>", "<m1@example.com> <m2@example.com>")
    assert (sent["Subject"], sent["To"], sent["Cc"]) == ("Re: Grüße", "ada@example.com", None)
    assert answered["thread_id"] == mail
    thread = await world.do("gmail", "get_thread", {"thread_id": mail})
    assert [each["body"].strip() for each in thread["emails"]] == ["Where is it?", "Here."]
    again = await world.do("gmail", "reply", {"message_id": answered["message_id"], "body": "One thing more."}, "run:node:2")
    assert (again["to"], again["subject"], again["thread_id"]) == ("ada@example.com", "Re: Grüße", mail)


async def test_an_answer_to_all_leaves_out_ourselves_and_the_sender_s_wish_is_heard(world: World) -> None:
    mail = world.double[Gmail].receive(question)
    await world.do("gmail", "reply", {"message_id": mail, "body": "b", "to_all": True})
    sent = written(world)
    assert (sent["To"], sent["Cc"]) == ("ada@example.com", "bo@example.com, cy@example.com")
    comma = world.double[Gmail].receive(question.replace("Ada <", "=?utf-8?q?L=C3=B6we=2C_Ada?= <"))
    assert (await world.do("gmail", "reply", {"message_id": comma, "body": "b"}, "run:node:3"))["to"] == "ada@example.com"
    elsewhere = world.double[Gmail].receive(question.replace("Subject", "Reply-To: desk@example.com\r\nSubject"))
    await world.do("gmail", "reply", {"message_id": elsewhere, "body": "b"}, "run:node:2")
    assert written(world)["To"] == "desk@example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Subject", "=?utf-8?q?x=0D=0ABcc:_eve@example.com?="),
        ("Subject", "x\r\nBcc: eve@example.com"),
        ("Message-ID", "<a@b>\r\nBcc: eve@example.com"),
        ("References", "<a@b>\r\nBcc: eve@example.com"),
        ("From", "=?utf-8?q?x=0D=0ABcc=3A_eve=40example.com?= <ada@example.com>"),
    ],
)
async def test_what_strangers_wrote_into_headers_adds_none_to_the_answer(world: World, name: str, value: str) -> None:
    mail = world.double[Gmail].receive("From: ada@example.com\r\nSubject: x\r\n\r\nb")
    world.double[Gmail].mails[0]["payload"]["headers"].insert(0, {"name": name, "value": value})
    await world.do("gmail", "reply", {"message_id": mail, "body": "b"})
    sent = written(world)
    assert (sent["Bcc"], [address.addr_spec for address in sent["To"].addresses]) == (None, ["ada@example.com"])


async def test_a_mail_from_nobody_and_one_that_is_gone_are_not_answered(world: World) -> None:
    nobody = world.double[Gmail].receive("Subject: x\r\n\r\nb")
    for mail, said in ((nobody, "nobody whom to answer"), ("0123456789abcdef", "not found")):
        with pytest.raises(Rejected, match=said):
            await world.do("gmail", "reply", {"message_id": mail, "body": "b"})
    odd = world.double[Gmail].receive("From: ada@example.com\r\nSubject: x\r\n\r\nb")
    world.double[Gmail].mails[0]["payload"]["headers"].insert(
        0, {"name": "From", "value": "=?utf-8?q?Bcc:_eve@example.com?= <ada@example.com>"}
    )
    with pytest.raises(Rejected, match="cannot be answered"):
        await world.do("gmail", "reply", {"message_id": odd, "body": "b"})
    assert world.double.effects == {}


async def test_html_and_files_go_with_a_mail(world: World) -> None:
    files = [
        {"name": "a.pdf", "content": b64encode(b"%PDF\0").decode(), "media_type": "application/pdf"},
        {"name": "Grüße.txt", "content": b64encode("ä".encode()).decode()},
    ]
    await world.do("gmail", "send_rich_email", {**rich, "attachments": files, "reply_to": "desk@example.com"})
    sent = written(world)
    assert sent["Reply-To"] == "desk@example.com"
    body, page = (sent.get_body((kind,)) for kind in ("plain", "html"))
    assert body is not None
    assert page is not None
    assert (body.get_content().strip(), page.get_content().strip()) == ("plain", "<p>html</p>")
    found = [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in sent.iter_attachments()]
    assert found == [("a.pdf", "application/pdf", b"%PDF\0"), ("Grüße.txt", "application/octet-stream", "ä".encode())]


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ({"name": "a\r\nX: y", "content": ""}, "name"),
        ({"name": "a", "content": "no base64!"}, "content"),
        ({"name": "a", "content": "", "media_type": "text/plain\r\nX: y"}, "media_type"),
        ({"name": "a", "content": "", "media_type": "text"}, "media_type"),
    ],
)
async def test_no_file_brings_headers_of_its_own(world: World, file: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("gmail", "send_rich_email", {**rich, "attachments": [file]})
    assert refused.value.data.pointer == f"/attachments/0/{field}"
    assert world.double.calls == []


async def test_a_file_is_fetched_by_its_name_though_its_id_changes(world: World) -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "ada@example.com", "Files"
    made.set_content("See there.")
    made.add_attachment(b"one\xff", maintype="application", subtype="pdf", filename="a.pdf")
    made.add_attachment("two", filename="b.txt")
    mail = world.double[Gmail].receive(made.as_string())
    whole = await world.do("gmail", "get_email", {"message_id": mail})
    assert [(each["name"], each["media_type"]) for each in whole["attachments"]] == [("a.pdf", "application/pdf"), ("b.txt", "text/plain")]
    first = await world.do("gmail", "get_attachment", {"message_id": mail})
    assert (first["name"], b64decode(first["content"]), first["size"]) == ("a.pdf", b"one\xff", 4)
    assert b64decode((await world.do("gmail", "get_attachment", {"message_id": mail, "name": "b.txt"}))["content"]).strip() == b"two"
    with pytest.raises(Rejected, match=r"a\.pdf, b\.txt"):
        await world.do("gmail", "get_attachment", {"message_id": mail, "name": "c.txt"})


@pytest.mark.parametrize("unindexed", [False, True])
@pytest.mark.parametrize(
    ("action", "params", "place"),
    [("reply", {"body": "b"}, "/send"), ("send_rich_email", rich, "/send"), ("create_draft", rich, "/drafts")],
)
async def test_what_was_written_is_found_again_after_a_lost_answer(
    world: World, action: str, params: dict[str, Any], place: str, unindexed: bool
) -> None:
    mail = world.double[Gmail].receive(question)
    params = params | ({"message_id": mail} if action == "reply" else {})
    await world.do("gmail", action, params, "run:other:1")
    world.double[Gmail].unindexed = unindexed
    world.double.fail("gmail", "drop_after", path=place)
    with pytest.raises(Uncertain):
        await world.do("gmail", action, params)
    found = await world.look("gmail", action, params)
    assert found is not None
    assert found["message_id"] == world.double[Gmail].mails[0]["id"]
    assert world.double.effects[f"{mark('run:node:1')}@tenuto.dev"] == 1
    assert await world.look("gmail", action, params, "run:third:1") is None


async def test_a_draft_is_a_draft_and_not_sent(world: World) -> None:
    made = await world.do("gmail", "create_draft", {"to": "ada@example.com", "subject": "s", "body": "b"})
    assert world.double[Gmail].drafts == {made["draft_id"]: made["message_id"]}
    assert [mail["labelIds"] for mail in world.double[Gmail].mails] == [["DRAFT"]]


async def test_mails_are_listed_page_by_page(world: World) -> None:
    for number in range(5):
        world.double[Gmail].receive(f"From: a@example.com\r\nSubject: {number}\r\n\r\nb")
    world.double[Gmail].receive("From: a@example.com\r\nSubject: spam\r\n\r\nb", labels=("SPAM",))
    found, page = list[str](), None
    while True:
        answer = await world.do("gmail", "list_emails", {"limit": 2, "page": page})
        found += [each["subject"] for each in answer["emails"]]
        page = answer["next_page"]
        if page is None:
            break
    assert found == ["4", "3", "2", "1", "0"]
    everything = await world.do("gmail", "list_emails", {"include_spam_and_trash": True, "labels": ["SPAM"]})
    assert [each["subject"] for each in everything["emails"]] == ["spam"]


async def test_what_is_new_came_since_the_watermark(world: World) -> None:
    now = datetime.now(UTC)
    old = world.double[Gmail].receive("From: a@example.com\r\nSubject: old\r\n\r\nb")
    next(mail for mail in world.double[Gmail].mails if mail["id"] == old)["internalDate"] = str(
        int((now - timedelta(hours=2)).timestamp() * 1000)
    )
    world.double[Gmail].receive("From: a@example.com\r\nSubject: new\r\n\r\nb")
    world.double[Gmail].receive("From: a@example.com\r\nSubject: sent\r\n\r\nb", labels=("SENT",))
    found = await world.do("gmail", "new_emails", {"since": (now - timedelta(hours=1)).isoformat()})
    assert [each["subject"] for each in found["emails"]] == ["new"]
    assert [each["subject"] for each in (await world.do("gmail", "new_emails", {}))["emails"]] == ["new", "old"]
    with pytest.raises(Invalid):
        await world.do("gmail", "new_emails", {"since": "2026-01-05T09:30:00"})


async def test_labels_are_made_once_put_on_and_taken_off(world: World) -> None:
    mail = world.double[Gmail].receive(question)
    label = await world.do("gmail", "create_label", {"name": "Orders/Late"})
    assert await world.do("gmail", "create_label", {"name": "orders/late"}) == label
    assert world.double.effects == {"label:Orders/Late": 1}
    changed = await world.do("gmail", "change_labels", {"message_id": mail, "add": [label["id"]], "remove": ["INBOX"]})
    assert changed == {"message_id": mail, "labels": ["UNREAD", label["id"]]}
    assert label in (await world.do("gmail", "list_labels", {}))["labels"]
    with pytest.raises(Rejected, match="Invalid label"):
        await world.do("gmail", "change_labels", {"message_id": mail, "add": ["Label_none"]})
    with pytest.raises(Invalid, match="at least one label"):
        await world.do("gmail", "change_labels", {"message_id": mail})


async def test_a_label_whose_answer_was_lost_is_taken_when_it_is_asked_for_again(world: World) -> None:
    world.double.fail("gmail", "drop_after", path="/labels", times=2)
    with pytest.raises(Problem):
        await world.do("gmail", "create_label", {"name": "New"})
    with pytest.raises(Problem):
        await world.do("gmail", "create_label", {"name": "New"})
    label = await world.do("gmail", "create_label", {"name": "New"})
    assert [each["id"] for each in world.double[Gmail].labels if each["name"] == "New"] == [label["id"]]


async def test_mail_is_read_thrown_away_and_taken_back(world: World) -> None:
    mail = world.double[Gmail].receive(question)
    one = {"message_id": mail}
    assert (await world.do("gmail", "mark_read", one))["labels"] == ["INBOX"]
    assert (await world.do("gmail", "mark_read", {**one, "read": False}))["labels"] == ["INBOX", "UNREAD"]
    assert "TRASH" in (await world.do("gmail", "trash_email", one))["labels"]
    assert (await world.do("gmail", "list_emails", {}))["emails"] == []
    assert "TRASH" not in (await world.do("gmail", "untrash_email", one))["labels"]
    for action in ("get_email", "mark_read", "trash_email"):
        with pytest.raises(Rejected, match="not found"):
            await world.do("gmail", action, {"message_id": "0123456789abcdef"})
        with pytest.raises(Invalid):
            await world.do("gmail", action, {"message_id": "../drafts"})


async def test_a_watch_names_a_topic(world: World) -> None:
    watched = await world.do("gmail", "watch_mailbox", {"topic": "projects/acme/topics/mail", "labels": ["INBOX"]})
    assert datetime.fromisoformat(watched["expires_at"]) > datetime.now(UTC) + timedelta(days=6)
    assert world.double[Gmail].watched == {
        "topicName": "projects/acme/topics/mail",
        "labelIds": ["INBOX"],
        "labelFilterBehavior": "include",
    }
    with pytest.raises(Invalid):
        await world.do("gmail", "watch_mailbox", {"topic": "mail"})


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("unauthorized", AuthRejected), ("forbidden", AuthRejected), ("rate_limited", RateLimited), ("server_error", VendorFailed), ("html", InvalidOutput),
        ("malformed", InvalidOutput),
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ["list_labels", "get_thread", "get_email"])
async def test_refusals_are_problems(world: World, kind: Any, problem: type[Problem], action: str) -> None:
    mail = world.double[Gmail].receive(question)
    world.double.fail("gmail", kind)
    params = {"list_labels": {}, "get_thread": {"thread_id": mail}, "get_email": {"message_id": mail}}[action]
    with pytest.raises(problem):
        await world.do("gmail", action, params)
