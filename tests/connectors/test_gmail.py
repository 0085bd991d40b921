"""Gmail: what a mail looks like on the wire, what is read back, and how refusals and lost answers end."""

from __future__ import annotations

import email
import email.policy
from base64 import urlsafe_b64decode
from email.message import EmailMessage

import pytest
from tests.connectors.world import World
from tests.doubles.gmail import Gmail
from tests.doubles.vendor import Kind

from tenuto.core.connector import mark
from tenuto.core.errors import AuthRejected, Invalid, Problem, RateLimited, Rejected, Uncertain, VendorFailed

mail = {"to": "Ada Lovelace <ada@example.com>, bo@exämple.com", "subject": "Grüße aus Köln", "body": "Zeile eins\nZeile zwei ✓\n"}


def sent(world: World) -> EmailMessage:
    body = world.double.calls[-1].body
    return email.message_from_bytes(urlsafe_b64decode(body["raw"]), policy=email.policy.SMTP)


async def test_a_mail_is_rfc_5322_with_unicode_and_copies(world: World) -> None:
    result = await world.do("gmail", "send_email", {**mail, "cc": "cy@example.com", "bcc": "di@example.com"})
    message = sent(world)
    assert message["Subject"] == "Grüße aus Köln"
    assert message["To"] == "Ada Lovelace <ada@example.com>, bo@xn--exmple-cua.com"
    assert (message["Cc"], message["Bcc"]) == ("cy@example.com", "di@example.com")
    assert message.get_content().replace("\r\n", "\n") == mail["body"]
    assert {name: result[name] for name in ("to", "subject", "status")} == {"to": mail["to"], "subject": mail["subject"], "status": "sent"}
    assert result["message_id"] == world.double[Gmail].mails[0]["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Hi\r\nBcc: eve@example.com"),
        ("subject", "Hi\nBcc: eve@example.com"),
        ("to", "ada@example.com\r\nBcc: eve@example.com"),
        ("cc", "ada@example.com\nX: y"),
        ("bcc", "nobody"),
        ("to", "ada@"),
        ("to", "@example.com"),
        ("to", ", ,"),
        ("to", "ådä@example.com"),
        ("to", "ada@example.com)eve@example.com"),
        ("cc", '"Ada <ada@example.com>'),
    ],
)
async def test_no_header_is_smuggled_in_and_nothing_is_sent_to_nobody(world: World, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.do("gmail", "send_email", {**mail, field: value})
    assert refused.value.data.pointer == f"/{field}"
    assert world.double.calls == []


async def test_a_hostile_name_costs_no_recipient(world: World) -> None:
    name = '">].<?f?)ä((?-[ :-=?;(t(<-?:];u,;?. t-q<@="'
    await world.do("gmail", "send_email", {**mail, "to": f"{name} <ada@example.com>, bo@example.com"})
    assert [address.addr_spec for address in sent(world)["To"].addresses] == ["ada@example.com", "bo@example.com"]


async def test_mail_is_read_with_its_text_page_by_page(world: World) -> None:
    world.double.page_max = 2
    for number in range(5):
        world.double[Gmail].receive(f"From: a@example.com\r\nTo: me@example.com\r\nSubject: {number}\r\n\r\nBody {number}")
    world.double[Gmail].receive("From: b@example.com\r\nSubject: read\r\n\r\nx", labels=("INBOX",))
    unread = await world.do("gmail", "read_emails", {"limit": 4, "unread_only": True})
    assert [each["subject"] for each in unread["emails"]] == ["4", "3", "2", "1"]
    assert unread["total"] == 4
    assert unread["emails"][0] | {"id": "", "thread_id": "", "date": ""} == {
        "id": "", "thread_id": "", "from": "a@example.com", "to": "me@example.com", "subject": "4", "date": "",
        "snippet": "…", "body": "Body 4", "unread": True, "labels": ["INBOX", "UNREAD"],
    }  # fmt: skip
    everything = await world.do("gmail", "read_emails", {})
    assert everything["total"] == 6


async def test_an_empty_inbox_is_an_empty_list(world: World) -> None:
    assert await world.do("gmail", "read_emails", {}) == {"emails": [], "total": 0}


async def test_the_text_of_a_mail_with_parts_is_the_plain_one_else_the_html_without_markup(world: World) -> None:
    both = EmailMessage()
    both["Subject"] = "both"
    both.set_content("plain")
    both.add_alternative("<p>html</p>", subtype="html")
    both.add_attachment("not this", filename="notes.txt")
    world.double[Gmail].receive(both.as_string())
    html = EmailMessage()
    html["Subject"] = "html"
    html.set_content("<style>p {}</style><p>Hello &amp; <b>welcome</b></p><script>x()</script><p>Bye</p>", subtype="html")
    world.double[Gmail].receive(html.as_string())
    emails = (await world.do("gmail", "read_emails", {}))["emails"]
    assert [each["body"].strip() for each in emails] == ["Hello & welcome\nBye", "plain"]


async def test_a_search_is_composed_and_cannot_be_widened_by_a_quote(world: World) -> None:
    world.double[Gmail].receive("From: ada@example.com\r\nSubject: Invoice 7\r\n\r\nx")
    found = await world.do(
        "gmail", "search_emails", {"from": 'ada" OR "', "subject": "Invoice", "after": "2026-01-02", "before": "2036/01/02"}
    )
    assert found["query"] == 'from:"ada  OR  " subject:"Invoice" after:2026/01/02 before:2036/01/02'
    found = await world.do("gmail", "search_emails", {"from": "ada", "subject": "Invoice"})
    assert found["total"] == 1
    with pytest.raises(Invalid, match="at least one"):
        await world.do("gmail", "search_emails", {})


async def test_refusals_are_told_apart_by_their_reason(world: World) -> None:
    world.double.fail("gmail", "rate_limited")
    with pytest.raises(RateLimited) as limited:
        await world.do("gmail", "send_email", mail)
    assert limited.value.data.retry_after is not None
    assert 80 < limited.value.data.retry_after < 100
    refusals: tuple[tuple[Kind, type[Problem]], ...] = (("unauthorized", AuthRejected), ("forbidden", AuthRejected), ("invalid", Rejected))
    for kind, problem in refusals:
        world.double.fail("gmail", kind)
        with pytest.raises(problem) as refused:
            await world.do("gmail", "send_email", mail)
        assert type(refused.value) is problem
    assert world.double.effects == {}


async def test_a_lost_answer_to_a_question_may_simply_be_asked_again(world: World) -> None:
    world.double.fail("gmail", "drop_before")
    with pytest.raises(VendorFailed) as failed:
        await world.do("gmail", "read_emails", {})
    assert failed.value.data.retryable


@pytest.mark.parametrize(("unindexed", "rewrites"), [(False, False), (True, False), (False, True)])
async def test_a_mail_whose_answer_was_lost_is_found(world: World, unindexed: bool, rewrites: bool) -> None:
    world.double[Gmail].unindexed, world.double[Gmail].rewrites_message_id = unindexed, rewrites
    await world.do("gmail", "send_email", mail, "run:other:1")
    world.double.fail("gmail", "drop_after", path="/send")
    with pytest.raises(Uncertain):
        await world.do("gmail", "send_email", mail)
    found = await world.look("gmail", "send_email", mail)
    assert found is not None
    assert found["message_id"] == world.double[Gmail].mails[0]["id"]
    assert world.double.effects[f"{mark('run:node:1')}@tenuto.dev"] == 1


async def test_a_mail_that_was_not_sent_is_not_found(world: World) -> None:
    await world.do("gmail", "send_email", mail, "run:other:1")
    world.double.fail("gmail", "drop_before", path="/send")
    with pytest.raises(Uncertain):
        await world.do("gmail", "send_email", mail)
    assert await world.look("gmail", "send_email", mail) is None
