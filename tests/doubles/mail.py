"""Doubles of mail servers on loopback: SMTP with STARTTLS and with TLS from the start, IMAP likewise, one account behind both.

SMTP (RFC 5321, 3207, 4954, 1870) is spoken by aiosmtpd; what is refused and what is kept is here. The words of the refusals are those of
https://developers.google.com/workspace/gmail/imap/error-codes-smtp and of RFC 3463; IMAP is `tests.doubles.imap`.

In a test: `async with mail_double() as mail`, ports in `mail.smtp`, `mail.smtps`, `mail.imap`, `mail.imaps`, and `mail.trust` for a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import ssl
import tempfile
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.doubles import loopback
from tests.doubles.imap import Session
from tests.doubles.mailboxes import Mailbox
from tests.doubles.vendor import token, user

password = "password of the double"


class Posted(NamedTuple):
    """A mail that was taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Mail:
    """One account, `user` with `password` or with the bearer `token`; mail to it is put into its inbox."""

    def __init__(self) -> None:
        names = {"INBOX": "", "Sent": " \\Sent", "Drafts": " \\Drafts", "Trash": " \\Trash", "Archive": " \\Archive"}
        self.mailboxes = {name: Mailbox(name, attributes="\\HasNoChildren" + use) for name, use in names.items()}
        self.posted: list[Posted] = []
        self.effects: Counter[str] = Counter()
        """How often a mail was taken, by its Message-ID without brackets."""
        self.unknown: set[str] = set()
        """Recipients that there are not."""
        self.largest = 256 * 1024
        """Bytes of a mail, and of a literal in IMAP."""
        self.failing: list[str] = []
        """What happens to the next mails, one each: a reply (`451 4.3.0 …`), `drop_before` or `drop_after` the mail was taken."""
        self.broken: dict[str, str] = {}
        """The next IMAP command of a name: `drop`, or what is said behind NO."""
        self.commands: list[str] = []
        """IMAP commands, as they came."""
        self.smtp = self.smtps = self.imap = self.imaps = 0
        self.trust: ssl.SSLContext
        """What a client needs in order to believe the certificate, which is for 127.0.0.1 and localhost."""
        self.authority: Path
        """The same as a file (PEM)."""

    def admits(self, name: str, secret: str) -> bool:
        return (name, secret) == (user, password)

    def admits_token(self, name: str, secret: str) -> bool:
        return (name, secret) == (user, token)

    def receive(self, content: str, flags: set[str] | None = None, box: str = "INBOX") -> int:
        """Put a letter (RFC 5322) into a mailbox; its uid."""
        return self.mailboxes[box].add(content.replace("\r\n", "\n").replace("\n", "\r\n").encode(), flags).uid

    # What aiosmtpd asks

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        said = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else ("", "")
        wrong = "535 5.7.8 Username and Password not accepted."
        return (
            AuthResult(success=True, auth_data=said[0]) if self.admits(*said) else AuthResult(success=False, handled=False, message=wrong)
        )

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        said: Any = b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        found = re.fullmatch("user=(.*)\x01auth=Bearer (.*)\x01\x01", said.decode(errors="replace")) if isinstance(said, bytes) else None
        if found and self.admits_token(found[1], found[2]):
            return AuthResult(success=True, auth_data=found[1])
        return AuthResult(success=False, handled=False, message="535 5.7.8 Username and Password not accepted.")

    async def handle_MAIL(self, _server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication Required."
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]) -> str:
        if address in self.unknown:
            return "550 5.1.1 The email account that you tried to reach does not exist."
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            return "553 5.1.3 The recipient address is not a valid RFC 5321 address."
        if len(envelope.rcpt_tos) >= 100:
            return "452 4.5.3 Too many recipients."
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:
        wrong = self.failing.pop(0) if self.failing else ""
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)
        if wrong == "drop_before":
            transport.abort()
            return "451 4.3.0 Gone"
        if wrong and wrong != "drop_after":
            return wrong
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(content, policy=policy.SMTP)
        if len(mail.get_all("From", [])) != 1:
            return "550 5.7.1 This message is missing a valid From: header."
        self.posted.append(Posted(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        self.effects[str(mail.get("Message-ID", "")).strip("<>")] += 1
        if user in envelope.rcpt_tos:
            self.mailboxes["INBOX"].add(content)
        if wrong == "drop_after":
            transport.abort()
        return f"250 2.0.0 OK {len(self.posted)}"


@contextlib.asynccontextmanager
async def mail_double() -> AsyncGenerator[Mail]:
    """Running servers on 127.0.0.1, with a certificate of an authority of their own."""
    mail = Mail()
    with tempfile.TemporaryDirectory() as folder:
        served = _certified(Path(folder))
        mail.authority = Path(folder) / "authority.pem"
        mail.trust = ssl.create_default_context(cafile=str(mail.authority))
        sessions: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()

        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            sessions.add(task)
            with contextlib.suppress(asyncio.CancelledError):
                await Session(mail, reader, writer, served).run()
            sessions.discard(task)

        def smtp(*, implicit: bool) -> SMTP:
            # aiosmtpd calls TLS from the start no TLS, for it did not begin it.
            more: dict[str, Any] = {"auth_require_tls": False} if implicit else {"tls_context": served, "require_starttls": True}
            return SMTP(
                mail, data_size_limit=mail.largest, enable_SMTPUTF8=True, hostname="double.example", authenticator=mail.authenticate,
                timeout=30, loop=loop, **more,
            )  # fmt: skip

        servers: list[asyncio.Server] = []
        for name, tls in (("smtp", None), ("smtps", served)):
            bound = loopback()
            setattr(mail, name, bound.getsockname()[1])
            servers.append(await loop.create_server(lambda tls=tls: smtp(implicit=tls is not None), sock=bound, ssl=tls))
        for name, tls in (("imap", None), ("imaps", served)):
            bound = loopback()
            setattr(mail, name, bound.getsockname()[1])
            servers.append(await asyncio.start_server(session, sock=bound, ssl=tls, limit=64 * 1024))
        try:
            yield mail
        finally:
            for server in servers:
                server.close()
            for task in list(sessions):
                task.cancel()
            await asyncio.gather(*sessions, return_exceptions=True)


def _certified(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate for 127.0.0.1 and localhost; its authority is written to `authority.pem`."""
    now, day = datetime.now(UTC), timedelta(days=1)
    own, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The double's authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    blank = x509.CertificateBuilder().issuer_name(issuer).not_valid_before(now - day).not_valid_after(now + day)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    authority = (
        blank.subject_name(issuer).public_key(own.public_key()).serial_number(1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .sign(own, hashes.SHA256())
    )  # fmt: skip
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        blank.subject_name(subject).public_key(key.public_key()).serial_number(2)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key()), critical=False)
        .sign(own, hashes.SHA256())
    )  # fmt: skip
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
