"""The doubles of the mail servers, as the standard library's clients and aiosmtplib see them."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable
from email.message import EmailMessage
from typing import Any, TypeVar

import aiosmtplib
import pytest
from tests.doubles.mail import Mail, mail_double, password
from tests.doubles.vendor import token, user

T = TypeVar("T")


@pytest.fixture
async def mail() -> AsyncGenerator[Mail]:
    async with mail_double() as running:
        yield running


def letter(subject: str = "Hello", to: str = "bo@example.com", body: str = "Text") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = f"Ada <{user}>", to, subject, "<m1@example.com>"
    made["Date"] = "Mon, 05 Jan 2026 09:30:00 +0000"
    made.set_content(body)
    return made


async def send(mail: Mail, made: EmailMessage, **more: Any) -> None:
    values = {"port": mail.smtp, "start_tls": True, "username": user, "password": password} | more
    await aiosmtplib.send(made, hostname="127.0.0.1", tls_context=mail.trust, **values)


def box(mail: Mail, use: Callable[[imaplib.IMAP4], T]) -> Any:
    """Something done with the library's client, signed in; it blocks, so it has a thread."""

    def done() -> T:
        client = imaplib.IMAP4_SSL("127.0.0.1", mail.imaps, ssl_context=mail.trust, timeout=20)
        try:
            client.login(user, password)
            return use(client)
        finally:
            client.shutdown()

    return asyncio.to_thread(done)


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_mail_is_sent_over_tls_that_begins_or_is_there(mail: Mail, implicit: bool) -> None:
    how: dict[str, Any] = {"port": mail.smtps, "use_tls": True, "start_tls": None} if implicit else {}
    await send(mail, letter(to=f"bo@example.com, {user}"), **how)
    assert (mail.posted[0].sender, mail.posted[0].recipients) == (user, ("bo@example.com", user))
    assert mail.effects == {"m1@example.com": 1}
    assert [each.header("Subject") for each in mail.mailboxes["INBOX"].letters] == ["Hello"]


async def test_without_tls_or_without_signing_in_nothing_is_taken(mail: Mail) -> None:
    with pytest.raises(aiosmtplib.SMTPException):
        await send(mail, letter(), start_tls=False)
    with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
        await send(mail, letter(), username=None, password=None)
    assert refused.value.code == 530
    with pytest.raises(aiosmtplib.SMTPAuthenticationError) as wrong:
        await send(mail, letter(), password="another")
    assert (wrong.value.code, "not accepted" in wrong.value.message) == (535, True)
    with pytest.raises((ssl.SSLError, aiosmtplib.SMTPException)):
        await aiosmtplib.send(letter(), hostname="127.0.0.1", port=mail.smtps, use_tls=True, username=user, password=password)
    assert mail.posted == []


async def test_recipients_sizes_and_moods_are_refused_with_their_codes(mail: Mail) -> None:
    mail.unknown.add("no@example.com")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(mail, letter(to="no@example.com"))
    errors, _ = await aiosmtplib.send(
        letter(to="no@example.com, bo@example.com"),
        hostname="127.0.0.1", port=mail.smtp, start_tls=True, username=user, password=password, tls_context=mail.trust,
    )  # fmt: skip
    assert {address: answer.code for address, answer in errors.items()} == {"no@example.com": 550}
    with pytest.raises(aiosmtplib.SMTPResponseException) as large:
        await send(mail, letter(body="x\n" * mail.largest))
    assert large.value.code == 552
    mail.failing = ["451 4.3.0 Try again later."]
    with pytest.raises(aiosmtplib.SMTPResponseException) as later:
        await send(mail, letter())
    assert later.value.code == 451
    assert [each.recipients for each in mail.posted] == [("bo@example.com",)]


@pytest.mark.parametrize(("kind", "effects"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_connection_is_lost_before_or_after_a_mail_was_taken(mail: Mail, kind: str, effects: int) -> None:
    mail.failing = [kind]
    with pytest.raises((aiosmtplib.SMTPException, ConnectionError)):
        await send(mail, letter())
    assert len(mail.posted) == effects


async def test_a_bearer_token_signs_in_to_both(mail: Mail) -> None:
    def answer(secret: str) -> str:
        return f"user={user}\x01auth=Bearer {secret}\x01\x01"

    def smtp(secret: str) -> int:
        with smtplib.SMTP_SSL("127.0.0.1", mail.smtps, context=mail.trust, timeout=20) as client:
            client.ehlo()
            return client.docmd("AUTH", "XOAUTH2 " + b64encode(answer(secret).encode()).decode())[0]

    def imap(secret: str) -> str:
        with imaplib.IMAP4_SSL("127.0.0.1", mail.imaps, ssl_context=mail.trust, timeout=20) as client:
            return client.authenticate("XOAUTH2", lambda _: answer(secret).encode())[0]

    assert (await asyncio.to_thread(smtp, token), await asyncio.to_thread(smtp, "x")) == (235, 535)
    assert await asyncio.to_thread(imap, token) == "OK"
    with pytest.raises(imaplib.IMAP4.error):
        await asyncio.to_thread(imap, "x")


async def test_imap_wants_tls_before_a_password_and_the_right_one(mail: Mail) -> None:
    def use() -> None:
        with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=20) as client:
            with pytest.raises(imaplib.IMAP4.error, match="PRIVACYREQUIRED"):
                client.login(user, password)
            client.starttls(mail.trust)
            with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
                client.login(user, "another")
            assert client.login(user, password)[0] == "OK"
            with pytest.raises(imaplib.IMAP4.error, match=r"illegal in state AUTH"):
                client.search(None, "ALL")

    await asyncio.to_thread(use)


async def test_letters_are_found_by_what_they_are(mail: Mail) -> None:
    for number in range(3):
        mail.receive(letter(f"Grüße {number}", body=f"Body {number}").as_string(), {"\\Seen"} if number == 0 else None)
    mail.receive("From: Bo <bo@example.com>\nSubject: other\nX-Kind: special\n\nshort\n")

    def use(client: imaplib.IMAP4) -> dict[str, list[bytes]]:
        client.select("INBOX")
        asked = [
            "ALL", "UNSEEN", "SEEN", 'FROM "bo@"', "UID 2:*", "NOT SEEN", "OR SEEN (UID 4)", 'BODY "Body 2"', "HEADER X-Kind special", "SMALLER 100",
            "SENTON 05-Jan-2026", "SENTBEFORE 05-Jan-2026", "SINCE 01-Jan-2020", "2:3 UNSEEN", "KEYWORD $Work",
        ]  # fmt: skip
        return {each: client.uid("SEARCH", each)[1] for each in asked}

    found = {name: value[0].decode() for name, value in (await box(mail, use)).items()}
    assert found == {
        "ALL": "1 2 3 4", "UNSEEN": "2 3 4", "SEEN": "1", 'FROM "bo@"': "4", "UID 2:*": "2 3 4", "NOT SEEN": "2 3 4", "OR SEEN (UID 4)": "1 4",
        'BODY "Body 2"': "3", "HEADER X-Kind special": "4", "SMALLER 100": "4", "SENTON 05-Jan-2026": "1 2 3", "SENTBEFORE 05-Jan-2026": "",
        "SINCE 01-Jan-2020": "1 2 3 4", "2:3 UNSEEN": "2 3", "KEYWORD $Work": "",
    }  # fmt: skip

    def literal(client: imaplib.IMAP4) -> Any:
        client.select("INBOX")
        client.literal = "Grüße 1".encode()  # pyright: ignore[reportAttributeAccessIssue] - the way to send one
        answer = client.uid("SEARCH", "CHARSET", "UTF-8", "SUBJECT")
        with pytest.raises(imaplib.IMAP4.error):
            client.uid("SEARCH", "SOMEHOW")
        return answer[1], client.search("KOI8-R", "ALL")

    assert await box(mail, literal) == ([b"2"], ("NO", [b"[BADCHARSET (US-ASCII UTF-8)] Unknown charset"]))


async def test_a_letter_is_read_in_parts_and_reading_marks_it_unless_one_peeks(mail: Mail) -> None:
    made = letter("Both", body="plain")
    made.add_alternative("<p>html</p>", subtype="html")
    made.add_attachment(b"bytes", maintype="application", subtype="pdf", filename="a.pdf")
    mail.receive(made.as_string())

    def use(client: imaplib.IMAP4) -> list[bytes]:
        client.select("INBOX")
        asked = [
            "(FLAGS RFC822.SIZE INTERNALDATE)", "(ENVELOPE)", "(BODYSTRUCTURE)", "(BODY.PEEK[HEADER.FIELDS (SUBJECT TO)])", "(BODY.PEEK[1.1])",
            "(BODY.PEEK[2.MIME])", "(BODY.PEEK[]<0.5>)", "(BODY.PEEK[9])", "(FLAGS)", "(BODY[TEXT])", "(FLAGS)",
        ]  # fmt: skip
        return [
            b"|".join(b"|".join(part) if isinstance(part, tuple) else part for part in client.uid("FETCH", "1", each)[1]) for each in asked
        ]

    facts, envelope, structure, fields, plain, mime, begin, none, before, _, after = [each.decode() for each in await box(mail, use)]
    assert facts.startswith(f"1 (UID 1 FLAGS () RFC822.SIZE {len(mail.mailboxes['INBOX'].letters[0].content)} INTERNALDATE ")
    assert '"Both" (("Ada" NIL "ada" "example.com"))' in envelope
    assert '"ALTERNATIVE"' in structure
    assert '("ATTACHMENT" ("FILENAME" "a.pdf"))' in structure
    assert "To: bo@example.com\r\nSubject: Both\r\n\r\n" in fields
    assert plain.split("|")[1].strip() == "plain"
    assert "Content-Type: application/pdf" in mime
    assert "BODY[]<0> {5}|From:" in begin
    assert "BODY[9] NIL" in none
    assert ("FLAGS ()" in before, "FLAGS (\\Seen)" in after) == (True, True)


async def test_flags_copies_moves_and_what_is_deleted(mail: Mail) -> None:
    for number in range(4):
        mail.receive(letter(str(number)).as_string())

    def use(client: imaplib.IMAP4) -> None:
        assert client.select("INBOX")[1] == [b"4"]
        assert client.uid("STORE", "1:2", "+FLAGS", "(\\Flagged)")[1][0] == b"1 (UID 1 FLAGS (\\Flagged))"
        client.uid("STORE", "2", "-FLAGS.SILENT", "(\\Flagged)")
        assert client.uid("COPY", "1", "Archive")[0] == "OK"
        assert client.uid("MOVE", "2", "Archive")[0] == "OK"
        client.store("1", "+FLAGS", "\\Deleted")
        assert client.expunge()[1] == [b"2", b"1"]
        assert client.uid("SEARCH", "ALL")[1] == [b"3 4"]
        assert client.select('"No such"')[0] == "NO"
        assert client.status("Archive", "(MESSAGES UIDNEXT)")[1] == [b'"Archive" (MESSAGES 2 UIDNEXT 3)']
        assert client.select("Archive", readonly=True)[0] == "OK"
        assert client.store("1", "+FLAGS", "\\Seen")[0] == "NO"
        assert client.append("Drafts", "(\\Draft)", "", letter("Draft").as_bytes())[0] == "OK"
        assert client.append("Nowhere", "", "", b"x")[0] == "NO"
        names = [each.decode() for each in client.list()[1] if isinstance(each, bytes)]
        assert [each.rpartition(" ")[2] for each in names] == ['"INBOX"', '"Sent"', '"Drafts"', '"Trash"', '"Archive"']

    await box(mail, use)
    assert [each.flags for each in mail.mailboxes["Archive"].letters] == [{"\\Flagged"}, set()]
    assert [each.flags for each in mail.mailboxes["Drafts"].letters] == [{"\\Draft"}]


async def test_news_come_while_idle_and_with_noop(mail: Mail) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", mail.imaps, ssl=mail.trust)
    try:
        await reader.readline()
        for line in (f'a LOGIN {user} "{password}"', "b SELECT INBOX", "c IDLE"):
            writer.write(line.encode() + b"\r\n")
        heard = b""
        while b"+ idling" not in heard:
            heard = await reader.readline()
        mail.receive(letter().as_string())
        assert await reader.readline() == b"* 1 EXISTS\r\n"
        mail.mailboxes["INBOX"].letters.clear()
        assert await reader.readline() == b"* 1 EXPUNGE\r\n"
        writer.write(b"DONE\r\n")
        assert await reader.readline() == b"c OK Idle completed.\r\n"
        mail.receive(letter().as_string())
        writer.write(b"d NOOP\r\ne NONSENSE\r\n\r\nf FETCH 1 (\r\ng LOGOUT\r\n")
        assert (await reader.read(-1)).decode().splitlines() == [
            "* 1 EXISTS", "d OK Completed.", "e BAD Unknown command", "* BAD Missing command", "* BAD Missing )", "* BYE Logging out",
            "g OK Logout completed.",
        ]  # fmt: skip
    finally:
        writer.close()


async def test_a_command_is_refused_or_cut_off_once(mail: Mail) -> None:
    mail.broken = {"SEARCH": "[UNAVAILABLE] Try again later"}

    def use(client: imaplib.IMAP4) -> Any:
        client.select("INBOX")
        return client.uid("SEARCH", "ALL")[0], client.uid("SEARCH", "ALL")[0]

    assert await box(mail, use) == ("NO", "OK")
    mail.broken = {"FETCH": "drop"}
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        await box(mail, lambda client: (client.select("INBOX"), client.uid("FETCH", "1", "(FLAGS)")))
    assert mail.commands[-1] == "UID FETCH"
