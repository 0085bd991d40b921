"""Mail on servers of SMTP and IMAP with TLS: what leaves, what is found, and what nobody can smuggle in or lose."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast
from uuid import uuid4

import pytest
from pydantic import JsonValue, SecretStr
from tests.doubles.mail import Mail, mail_double, password
from tests.doubles.mailboxes import Mailbox
from tests.doubles.vendor import user

from tenuto.connectors.mail import mail as connector
from tenuto.core.account import Account
from tenuto.core.catalog import Catalog
from tenuto.core.connecting import base_url
from tenuto.core.errors import AuthRejected, Invalid, NotFound, Rejected, Uncertain, Unreachable, VendorFailed
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.actions.simulate import simulate
from tenuto.engine.ports import Ticket
from tenuto.testing import check_connector, example_params
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

nothing: JsonObject = {}
hello: JsonObject = {"from": user, "from_name": "Ada L.", "to": ["bo@example.com"], "subject": "Hello", "text": "Tea at four?\n"}


class World:
    def __init__(self, door: VaultSender, double: Mail) -> None:
        base = f"mail://127.0.0.1:{double.smtp}/127.0.0.1:{double.imap}"
        self.actor = Actor(Catalog(kinds={}, connectors={"mail": connector}, providers={}), door, bases={"mail": base})
        self.double = double

    async def do(self, action: str, params: JsonObject, key: str = "run:node:1") -> dict[str, Any]:
        found = await self.actor.perform(errand(action, params, key))
        assert isinstance(found, dict)
        return found

    async def look(self, action: str, params: JsonObject, key: str = "run:node:1") -> JsonValue:
        return await self.actor.verify(errand(action, params, key))

    @property
    def last(self) -> EmailMessage:
        """What was sent, as it arrived."""
        return message_from_bytes(self.double.posted[-1].content, policy=policy.default)


def errand(action: str, params: JsonObject, key: str) -> Errand:
    return Errand(connector="mail", action=action, params=params, ticket=Ticket(workspace=1), key=key, now=datetime.now(UTC))


def vault(secret: str = password, name: str = user) -> VaultSender:
    credential = Credential(auth=connector.auth, secret=SecretStr(secret), user=name)
    return VaultSender(SettingSecrets({"mail": Setting(name="MAIL", credential=credential)}), allow=("127.0.0.1/32",))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with mail_double() as double, vault() as door:
        yield World(door, double)


def letter(subject: str, sender: str = "Grace Hopper <grace@example.com>", text: str = "Text", **headers: str) -> str:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, user, subject
    made["Date"] = "Mon, 05 Jan 2026 09:30:00 +0100"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_string()


def test_it_is_complete() -> None:
    assert check_connector(connector) == ()


@pytest.mark.parametrize("action", sorted(connector.actions))
def test_every_action_can_be_simulated(action: str) -> None:
    assert simulate(connector.actions[action], example_params(connector.actions[action]), key="k")


async def test_a_mail_leaves_with_all_that_was_said(world: World) -> None:
    attached: JsonValue = [{"name": "Angebot ü.txt", "content": base64.b64encode(b"Inhalt").decode(), "type": "text/plain"}]
    sent = await world.do(
        "send_mail",
        {
            **hello, "cc": ["cy@example.com"], "bcc": ["di@example.com"], "subject": "Grüße =?x?=", "html": "<p>Tee?</p>", "attachments": attached,
            "in_reply_to": "<m1@example.com>", "references": ["<m0@example.com>"], "reply_to": "team@example.com",
        },
    )  # fmt: skip
    assert world.double.posted[-1].recipients == ("bo@example.com", "cy@example.com", "di@example.com")
    assert (sent["accepted"], sent["refused"]) == (["bo@example.com", "cy@example.com", "di@example.com"], {})
    mail = world.last
    assert (str(mail["from"]), str(mail["to"]), str(mail["cc"]), mail["bcc"]) == (
        f'"Ada L." <{user}>',
        "bo@example.com",
        "cy@example.com",
        None,
    )
    assert (str(mail["subject"]), str(mail["message-id"])) == ("Grüße =?x?=", sent["message_id"])
    assert (str(mail["in-reply-to"]), str(mail["references"])) == ("<m1@example.com>", "<m0@example.com> <m1@example.com>")
    body = mail.get_body(("plain",))
    assert body
    assert body.get_content().strip() == "Tea at four?"
    files = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
    assert files == [("Angebot ü.txt", "Inhalt")]
    assert all(len(line) <= 998 for line in world.double.posted[-1].content.split(b"\r\n"))


async def test_who_is_refused_is_told_and_the_others_get_it(world: World) -> None:
    world.double.unknown = {"no@example.com"}
    sent = await world.do("send_mail", {**hello, "to": ["no@example.com", "bo@example.com"]})
    assert (sent["accepted"], [*sent["refused"]]) == (["bo@example.com"], ["no@example.com"])
    with pytest.raises(Rejected, match="does not exist"):
        await world.do("send_mail", {**hello, "to": ["no@example.com"]})
    assert len(world.double.posted) == 1


@pytest.mark.parametrize(
    ("wrong", "wanted", "posted"),
    [
        ("451 4.3.0 Try again later", VendorFailed, 0),
        ("554 5.7.1 Looks like spam", Rejected, 0),
        ("drop_before", Uncertain, 0),
        ("drop_after", Uncertain, 1),
    ],
)
async def test_only_a_mail_that_may_be_on_its_way_is_uncertain(world: World, wrong: str, wanted: type[Exception], posted: int) -> None:
    world.double.failing = [wrong]
    with pytest.raises(wanted) as refused:
        await world.do("send_mail", hello)
    assert len(world.double.posted) == posted
    assert getattr(refused.value, "retryable", False) is (wanted is VendorFailed)


async def test_a_lost_mail_is_found_where_the_server_keeps_what_was_sent(world: World) -> None:
    params: JsonObject = {**hello, "sent_folder": "Sent"}
    sent = await world.do("send_mail", params)
    with pytest.raises(Uncertain, match="cannot be found out"):
        await world.look("send_mail", params)  # this server keeps nothing, so that nobody knows
    world.double.receive(world.double.posted[0].content.decode(), box="Sent")
    assert cast("dict[str, Any]", await world.look("send_mail", params))["message_id"] == sent["message_id"]
    with pytest.raises(Uncertain):
        await world.look("send_mail", params, key="run:node:2")


async def test_a_draft_is_kept_once(world: World) -> None:
    assert await world.look("save_draft", hello) is None
    kept = await world.do("save_draft", {**hello, "to": []})
    assert await world.look("save_draft", {**hello, "to": []}) == kept
    [draft] = world.double.mailboxes["Drafts"].letters
    assert {"\\Draft", "\\Seen"} <= set(draft.flags)
    assert world.double.posted == []


async def test_mails_are_searched_by_all_that_was_given(world: World) -> None:
    world.double.receive(letter("Tea"), {"\\Seen"})
    world.double.receive(letter("Käse & Brot", text="Für Grüße"))
    world.double.receive(letter('A "quoted" \\ subject', sender="Eve <eve@example.com>"))

    async def found(**params: JsonValue) -> list[str]:
        return [each["subject"] for each in (await world.do("search_mail", params))["messages"]]

    assert await found() == ['A "quoted" \\ subject', "Käse & Brot", "Tea"]
    assert await found(limit=2) == ['A "quoted" \\ subject', "Käse & Brot"]
    assert await found(**{"from": "grace", "unread": True}) == ["Käse & Brot"]
    assert await found(unread=False) == ["Tea"]
    assert await found(subject='"quoted" \\') == ['A "quoted" \\ subject']
    assert await found(text="Grüße") == ["Käse & Brot"]
    assert await found(**{"subject": "Käse", "text": "Grüße", "from": "grace"}) == ["Käse & Brot"]
    assert await found(since="2036-01-01") == []
    assert await found(subject='x" UNSEEN SUBJECT "') == []
    assert await found(folder="Archive") == []


async def test_a_mail_is_read_and_stays_unread(world: World) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Grüße <grace@example.com>", f"Ada <{user}>", "Hello"
    made["Message-ID"], made["References"], made["Date"] = (
        "<m2@example.com>",
        "<m0@example.com> <m1@example.com>",
        "Mon, 05 Jan 2026 09:30:00 +0100",
    )
    made.set_content("Plain text")
    made.add_alternative("<p>HTML</p><script>x</script>", subtype="html")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../offer.pdf")
    world.double.receive(made.as_string())
    [summary] = (await world.do("search_mail", {}))["messages"]
    mail = await world.do("get_mail", {"id": summary["id"]})
    assert (mail["from"], mail["to"], mail["subject"]) == ("Grüße <grace@example.com>", [f"Ada <{user}>"], "Hello")
    assert (mail["text"].strip(), mail["html"].strip()) == ("Plain text", "<p>HTML</p><script>x</script>")
    assert (mail["message_id"], mail["references"], mail["date"]) == (
        "<m2@example.com>",
        ["<m0@example.com>", "<m1@example.com>"],
        "2026-01-05T08:30:00Z",
    )
    assert mail["attachments"] == [{"number": 1, "name": ".._offer.pdf", "type": "application/pdf", "size": 4}]
    assert (mail["unread"], summary["unread"]) == (True, True)
    content = await world.do("get_attachment", {"id": summary["id"], "number": 1})
    assert base64.b64decode(content["content"]) == b"%PDF"
    with pytest.raises(NotFound):
        await world.do("get_attachment", {"id": summary["id"], "number": 2})
    assert (await world.do("search_mail", {"unread": True}))["total"] == 1


async def test_only_html_is_told_as_text_too(world: World) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "grace@example.com", user, "x"
    made.set_content("<style>p{}</style><p>One &amp; <b>two</b></p>", subtype="html")
    world.double.receive(made.as_string())
    [summary] = (await world.do("search_mail", {}))["messages"]
    assert (await world.do("get_mail", {"id": summary["id"]}))["text"] == "One & two"


async def test_a_mail_is_marked_and_moved_and_may_be_again(world: World) -> None:
    world.double.receive(letter("Tea"))
    [one] = (await world.do("search_mail", {}))["messages"]
    for _ in range(2):
        marked = await world.do("mark_mail", {"id": one["id"], "flagged": True})
        assert (marked["unread"], marked["flagged"], marked["id"], marked["subject"]) == (False, True, one["id"], "Tea")
    assert (await world.do("mark_mail", {"id": one["id"], "read": False}))["unread"] is True
    assert [(await world.do("move_mail", {"id": one["id"], "to": "Archive"}))["changed"] for _ in range(2)] == [True, False]
    assert [each["subject"] for each in (await world.do("search_mail", {"folder": "Archive"}))["messages"]] == ["Tea"]
    with pytest.raises(Rejected, match="no such message") as gone:
        await world.do("get_mail", {"id": one["id"]})
    assert gone.value.data.fix == "It was moved or deleted, or it is in another folder."


async def test_what_is_new_is_told_once_also_when_the_numbers_begin_anew(world: World) -> None:
    world.double.receive(letter("One"))
    first = (await world.do("search_mail", {"after_uid": 0}))["messages"]
    assert (await world.do("search_mail", {"after_uid": first[0]["uid"]}))["messages"] == []
    world.double.receive(letter("Two"))
    second = (await world.do("search_mail", {"after_uid": first[0]["uid"]}))["messages"]
    assert [each["subject"] for each in second] == ["Two"]
    world.double.mailboxes["INBOX"].validity += 1
    with pytest.raises(Rejected, match="numbered the messages of this folder anew"):
        await world.do("get_mail", {"id": first[0]["id"]})
    again = (await world.do("search_mail", {}))["messages"]
    assert {each["id"] for each in again}.isdisjoint({first[0]["id"], second[0]["id"]})


async def test_folders_are_called_what_people_call_them(world: World) -> None:
    name = "Entw&APw-rfe &- \\ mehr"
    box = world.double.mailboxes[name] = Mailbox(name)
    box.add(letter("In the folder").encode())
    names = {each["name"] for each in (await world.do("list_folders", {}))["folders"]}
    assert {"INBOX", "Sent", "Drafts", "Entwürfe & \\ mehr"} <= names
    assert (await world.do("search_mail", {"folder": "Entwürfe & \\ mehr"}))["total"] == 1
    with pytest.raises(Rejected, match="no folder Entwürfe") as refused:
        await world.do("search_mail", {"folder": "Entwürfe"})
    assert refused.value.data.fix == "list_folders tells what the folders are called."


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("send_mail", {**hello, "subject": "Hello\r\nBcc: eve@example.com"}),
        ("send_mail", {**hello, "from_name": "Ada\nBcc: eve@example.com"}),
        ("send_mail", {**hello, "to": ["bo@example.com\r\nDATA"]}),
        ("send_mail", {**hello, "to": ["bo@example.com> NOTIFY=SUCCESS"]}),
        ("send_mail", {**hello, "to": ["bo@example.com, eve@example.com"]}),
        ("send_mail", {**hello, "to": []}),
        ("send_mail", {**hello, "reply_to": "x@example.com\nBcc: y@example.com"}),
        ("send_mail", {**hello, "in_reply_to": "<m1@example.com>\r\nBcc: y@example.com"}),
        ("send_mail", {**hello, "attachments": [{"name": 'a"\r\nX: y', "content": ""}]}),
        ("send_mail", {**hello, "attachments": [{"name": "a", "content": "no base64!"}]}),
        ("send_mail", {**hello, "attachments": [{"name": "a", "content": "", "type": "text/plain; x=y"}]}),
        ("search_mail", {"subject": "x\r\na2 LOGOUT"}),
        ("search_mail", {"folder": "INBOX\r\na2 DELETE Sent"}),
        ("search_mail", {"limit": 0}),
        ("get_mail", {"id": "1.2 BODY[]"}),
        ("get_mail", {"id": "*"}),
        ("move_mail", {"id": "1.1", "to": ""}),
    ],
)
async def test_nothing_is_smuggled_in(world: World, action: str, params: JsonObject) -> None:
    with pytest.raises(Invalid):
        await world.do(action, params)
    assert (world.double.posted, world.double.commands) == ([], [])


async def test_a_text_may_hold_what_ends_a_mail(world: World) -> None:
    await world.do("send_mail", {**hello, "text": "One\n.\nTwo\n..Three\nFrom me\r\nBcc: eve@example.com\n\n.\r\nQUIT\r\n"})
    body = world.last.get_body(("plain",))
    assert body
    assert body.get_content().replace("\r\n", "\n").rstrip() == "One\n.\nTwo\n..Three\nFrom me\nBcc: eve@example.com\n\n.\nQUIT"
    assert world.last["bcc"] is None
    assert len(world.double.posted) == 1


async def test_a_wrong_password_has_to_be_connected_again(world: World) -> None:
    async with vault("wrong") as door:
        for action, params in (("send_mail", hello), ("list_folders", nothing)):
            with pytest.raises(AuthRejected) as refused:
                await World(door, world.double).do(action, params)
            assert "wrong" not in refused.value.data.detail
            assert "app password" in (refused.value.data.fix or "")


@pytest.mark.parametrize(("name", "secret"), [("jürgen@example.com", password), (user, "pässwörter"), ('a"b c', 'd"e \\ f g h')])
async def test_names_and_passwords_may_hold_anything(world: World, name: str, secret: str) -> None:
    async with vault(secret, name) as door:
        for action, params in (("send_mail", hello), ("list_folders", nothing)):
            with pytest.raises(AuthRejected):
                await World(door, world.double).do(action, params)


@pytest.mark.parametrize("command", ["SEARCH", "FETCH", "STORE"])
async def test_a_connection_that_breaks_and_a_server_that_says_no(world: World, command: str) -> None:
    world.double.receive(letter("Tea"))
    [one] = (await world.do("search_mail", {}))["messages"]
    asked: dict[str, tuple[str, JsonObject]] = {
        "SEARCH": ("search_mail", {"unread": True}),
        "FETCH": ("get_mail", {"id": one["id"]}),
        "STORE": ("mark_mail", {"id": one["id"]}),
    }
    for how, wanted in (("drop", Uncertain if command == "STORE" else Unreachable), ("[LIMIT] Too much", Rejected)):
        world.double.broken = {command: how}
        with pytest.raises(wanted):
            await world.do(*asked[command])
    assert await world.do(*asked[command])


def test_the_address_is_the_accounts() -> None:
    fields = {"smtp_host": "smtp.example.com", "smtp_port": "465", "imap_host": "imap.example.com", "imap_port": "993"}
    account = Account(id=uuid4(), name="ada", way="basic", fields=fields)
    assert base_url(connector, account) == "mail://smtp.example.com:465/imap.example.com:993"
