"""The door to mail servers: TLS first, to checked addresses only, nothing of the password in what comes back, and bounded reading."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from pydantic import JsonValue, SecretStr
from tests.doubles.mail import Mail, mail_double, password
from tests.doubles.vendor import user
from tests.vault.spans import Spans

from tenuto.core.auth import Basic
from tenuto.core.connector import Outbound
from tenuto.core.errors import ConnectionMissing, EgressRefused, Invalid, TooLarge, Unreachable
from tenuto.engine.ports import Ticket
from tenuto.vault.doors.mail import mail
from tenuto.vault.doors.visit import Refused, Server, Visit
from tenuto.vault.egress import Guard
from tenuto.vault.reach import Address
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

letter = b"From: ada@example.com\r\nTo: bo@example.com\r\nSubject: s\r\n\r\nText\r\n"
envelope: dict[str, JsonValue] = {"sender": user, "recipients": ["bo@example.com"]}


@pytest.fixture
async def double() -> AsyncIterator[Mail]:
    async with mail_double() as running:
        yield running


class Elsewhere(Guard):
    """A guard for whom loopback is no network of the operator's, but the wide world."""

    async def reachable(self, host: str, port: int) -> tuple[tuple[Address, ...], bool]:
        return (IPv4Address("127.0.0.1"),), False


def visit(double: Mail, operation: str, host: str = "localhost", *, implicit: bool = False, **more: Any) -> Visit:
    smtp, imap = (double.smtps, double.imaps) if implicit else (double.smtp, double.imap)
    made = Visit(
        guard=Elsewhere(), tls=double.trust, server=Server(host, smtp), place=(f"{host}:{imap}",), operation=operation, asked=dict(envelope),
        content=letter, user=user, password=SecretStr(password), deadline=asyncio.get_running_loop().time() + 20, seconds=20,
        max_bytes=1_000_000, tls_ports=frozenset({double.smtps, double.imaps}),
    )  # fmt: skip
    return replace(made, **more)


def vault(allow: tuple[str, ...] = ("127.0.0.1/32",), **more: Any) -> VaultSender:
    credential = Credential(auth=Basic(), secret=SecretStr(password), user=user)
    return VaultSender(SettingSecrets({"mail": Setting(name="MAIL", credential=credential)}), allow=allow, **more)


def request(double: Mail, operation: str, **more: Any) -> Outbound:
    url = f"mail://127.0.0.1:{double.smtp}/127.0.0.1:{double.imap}/{operation}"
    return replace(Outbound(method="POST", url=url, json={}, timeout=20), **more)


def ticket(double: Mail, **more: Any) -> Ticket:
    return replace(Ticket(workspace=1, integration="mail", hosts=(f"127.0.0.1:{double.smtp}",)), **more)


@pytest.mark.parametrize("implicit", [True, False])
async def test_tls_begins_at_once_or_is_begun(double: Mail, implicit: bool) -> None:
    assert await mail(visit(double, "check", implicit=implicit)) == {"account": user}
    await mail(visit(double, "send", implicit=implicit))
    assert double.posted[0].content == letter


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("operation", ["send", "search"])
async def test_outside_no_password_goes_to_who_has_no_certificate_of_the_name(double: Mail, operation: str, implicit: bool) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await mail(visit(double, operation, "other.example.com", implicit=implicit))
    with pytest.raises(ssl.SSLCertVerificationError):
        await mail(visit(double, operation, implicit=implicit, tls=ssl.create_default_context()))
    assert "LOGIN" not in double.commands
    assert "AUTHENTICATE" not in double.commands


async def test_outside_no_password_goes_to_who_offers_no_tls() -> None:
    heard: list[bytes] = []
    speaks = ""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A server of both protocols that knows neither TLS nor what is secret."""
        writer.write(b"* OK ready\r\n" if speaks == "imap" else b"220 ready\r\n")
        while line := await reader.readline():
            heard.append(line)
            tag = line.split(b" ")[0]
            ehlo = b"250-plain\r\n250 AUTH PLAIN LOGIN\r\n"
            writer.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + b" OK done\r\n" if speaks == "imap" else ehlo)
        writer.close()

    for protocol, operation in (("smtp", "send"), ("imap", "search")):
        speaks = protocol
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Refused, match="offers no TLS"):
            await mail(
                Visit(
                    guard=Elsewhere(), tls=None, server=Server("localhost", port), place=(f"localhost:{port}",), operation=operation,
                    asked=dict(envelope), content=letter, user=user, password=SecretStr(password),
                    deadline=asyncio.get_running_loop().time() + 20, seconds=20, max_bytes=10_000,
                )
            )  # fmt: skip
        server.close()
        await asyncio.sleep(0.05)
    assert heard
    assert not any(word in line.upper() for line in heard for word in (b"AUTH ", b"AUTHENTICATE", b"LOGIN", password.encode().upper()))


async def test_both_hosts_have_to_be_on_the_workflows_list_and_may_be_no_inner_ones(double: Mail) -> None:
    async with vault(allow=()) as door:
        with pytest.raises(EgressRefused, match="loopback"):
            await door.send(request(double, "check"), ticket(double))
    async with vault() as door:
        elsewhere = f"mail://127.0.0.1:{double.smtp}/imap.example.com:993/search"
        with pytest.raises(EgressRefused, match=r"imap\.example\.com is not on this workflow's list"):
            await door.send(request(double, "search", url=elsewhere), ticket(double, allow=("127.0.0.1",)))
        inner = f"mail://127.0.0.1:{double.smtp}/10.0.0.1:993/search"
        with pytest.raises(EgressRefused, match="a private address"):
            await door.send(request(double, "search", url=inner), ticket(double))
        with pytest.raises(EgressRefused, match="may not be sent"):
            await door.send(request(double, "check"), ticket(double, hosts=("mail.example.com",)))
        with pytest.raises(EgressRefused, match="without an account"):
            await door.send(request(double, "check"), Ticket(workspace=1))
        with pytest.raises(ConnectionMissing):
            await door.send(request(double, "check"), ticket(double, connection="another"))
        answer = await door.send(request(double, "check"), ticket(double, allow=("127.0.0.1",)))
        assert answer.json == {"account": user}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("127.0.0.1:1/search?x=1", EgressRefused),
        ("search", Invalid),
        ("127.0.0.1/search", Invalid),
        ("127.0.0.1:0/search", Invalid),
        ("me@127.0.0.1:1/search", Invalid),
        ("127.0.0.1:1/erase", Invalid),
    ],
)
async def test_other_addresses_lead_nowhere(double: Mail, path: str, wanted: type[Exception]) -> None:
    async with vault() as door:
        with pytest.raises(wanted):
            await door.send(request(double, "x", url=f"mail://127.0.0.1:{double.smtp}/{path}"), ticket(double))


@pytest.mark.parametrize(
    "asked",
    [
        {"sender": "ada@example.com>\r\nRCPT TO:<x@y.z"},
        {"recipients": ["bo@example.com\r\nDATA"]},
        {"recipients": ["bo example.com"]},
    ],
)
async def test_an_envelope_has_no_commands(double: Mail, asked: dict[str, JsonValue]) -> None:
    async with vault() as door:
        with pytest.raises(Invalid):
            await door.send(request(double, "send", json={**envelope, **asked}, content=None), ticket(double))
    assert double.posted == []


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("search", {"criteria": [["UID", "1:*"]]}),
        ("search", {"criteria": [["SUBJECT", "a\r\nb"]]}),
        ("search", {"criteria": [["SUBJECT"]]}),
        ("mark", {"uid": 1, "add": ["\\Seen) x"]}),
    ],
)
async def test_a_question_has_no_commands(double: Mail, operation: str, asked: JsonValue) -> None:
    double.receive("Subject: s\n\nText")
    async with vault() as door:
        with pytest.raises(Invalid):
            await door.send(request(double, operation, json=asked), ticket(double))


@pytest.mark.parametrize(("operation", "name"), [("search", "folder"), ("move", "to")])
async def test_what_a_folder_is_called_is_a_name_whatever_stands_in_it(double: Mail, operation: str, name: str) -> None:
    uid = double.receive("Subject: s\n\nText")
    async with vault() as door:
        answer = await door.send(request(double, operation, json={"uid": uid, name: 'x" \\\r\na9 DELETE Sent'}), ticket(double))
    assert answer.status in (400, 404)
    assert "Sent" in double.mailboxes
    assert "DELETE" not in double.commands
    assert [each.uid for each in double.mailboxes["INBOX"].letters] == [uid]


async def test_a_letter_that_is_too_large_is_not_read(double: Mail) -> None:
    uid = double.receive("Subject: s\n\n" + "x" * 200_000)
    async with vault() as door:
        for operation, asked in (("get", {"uid": uid}), ("search", {"whole": True})):
            with pytest.raises(TooLarge):
                await door.send(request(double, operation, json=asked, max_bytes=100_000), ticket(double))


async def test_a_server_that_announces_more_than_there_is_memory_is_left() -> None:
    async def boast(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.strip().partition(b" ")
            if command.startswith(b"CAPABILITY"):
                writer.write(b"* CAPABILITY IMAP4rev1\r\n")
            if command.startswith(b"LIST"):
                writer.write(b'* LIST () "/" {99999999999}\r\n')
                continue
            writer.write(tag + b" OK done\r\n")
        writer.close()

    server = await asyncio.start_server(boast, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with vault() as door:
        url = f"mail://127.0.0.1:{port}/127.0.0.1:{port}/folders"
        with pytest.raises(TooLarge):
            await door.send(
                Outbound(method="GET", url=url, json={}, timeout=20), Ticket(workspace=1, integration="mail", hosts=(f"127.0.0.1:{port}",))
            )
    server.close()
    await asyncio.sleep(0.05)


@pytest.mark.parametrize(("name", "status"), [("jürgen@example.com", 401), ('a "b" c', 200)])
async def test_a_server_that_knows_login_alone_is_told_names_in_quotes(name: str, status: int) -> None:
    heard: list[bytes] = []

    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            heard.append(line.strip())
            tag, _, command = line.strip().partition(b" ")
            writer.write(b"* CAPABILITY IMAP4rev1\r\n" if command.startswith(b"CAPABILITY") else b"")
            writer.write(tag + b" OK done\r\n")
        writer.close()

    server = await asyncio.start_server(old, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    credential = Credential(auth=Basic(), secret=SecretStr(password), user=name)
    async with VaultSender(SettingSecrets({"mail": Setting(name="MAIL", credential=credential)}), allow=("127.0.0.1/32",)) as door:
        asked = Outbound(method="GET", url=f"mail://127.0.0.1:{port}/127.0.0.1:{port}/folders", json={}, timeout=20)
        answer = await door.send(asked, Ticket(workspace=1, integration="mail", hosts=(f"127.0.0.1:{port}",)))
    server.close()
    await asyncio.sleep(0.05)
    assert answer.status == status
    logins = [line.partition(b" ")[2] for line in heard if b"LOGIN" in line]
    assert logins == ([f'LOGIN "a \\"b\\" c" "{password}"'.encode()] if status == 200 else [])


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()
        ended.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with vault() as door:
        for operation in ("folders", "send"):
            begun.clear()
            ended.clear()
            url = f"mail://127.0.0.1:{port}/127.0.0.1:{port}/{operation}"
            asked = Outbound(method="GET", url=url, json=dict(envelope), timeout=0.5)
            while not begun.is_set():  # a machine that stands still may need more than one
                with pytest.raises(Unreachable, match=r"longer than 0\.5 seconds|stopped answering"):
                    await door.send(asked, Ticket(workspace=1, integration="mail", hosts=(f"127.0.0.1:{port}",)))
            await asyncio.wait_for(ended.wait(), 60)
    server.close()


async def test_spans_tell_the_host_and_nothing_of_the_mail(double: Mail) -> None:
    spans = Spans()
    async with vault(tracer=spans) as door:
        await door.send(request(double, "send", json=None, query=envelope, content=letter), ticket(double))
    assert [(span.name, span.attributes["server.port"], span.ended) for span in spans.all] == [("mail send", double.smtp, 1)]
    told = str([(span.name, span.attributes, span.statuses, span.more) for span in spans.all])
    assert not any(word in told for word in ("example.com", "Text", password))
