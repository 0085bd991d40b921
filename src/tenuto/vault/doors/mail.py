"""The door to mail servers: messages leave by SMTP and are read by IMAP; both stand in one address, as they share one account."""

from __future__ import annotations

import re
from collections.abc import Sequence

import aiosmtplib
from pydantic import JsonValue

from tenuto.core.errors import Invalid
from tenuto.vault.doors.imap import session
from tenuto.vault.doors.mailbox import operations
from tenuto.vault.doors.visit import Refused, Server, Visit
from tenuto.vault.reach import is_host

_address = re.compile(r"[!-~]{1,64}@[A-Za-z0-9.\[\]:-]{1,255}")


async def mail(visit: Visit) -> JsonValue:
    """`send` by SMTP (`sender`, `recipients`, and the message as content), all else by IMAP; `check` signs in at both.

    The address is `mail://<SMTP host:port>/<IMAP host:port>`. Ports 465 and 993 speak TLS from the start, others by STARTTLS.
    """
    smtp, imap = servers(visit.server, visit.place)
    if visit.operation == "send":
        return await _send(visit, smtp)
    if visit.operation == "check":
        client = await _signed_in(visit, smtp)
        client.close()
        return await session(visit, imap, lambda _: {"account": visit.user})
    work = operations.get(visit.operation)
    if work is None:
        raise Invalid(f"There is no operation {visit.operation} of a mailbox.")
    return await session(visit, imap, lambda box: work(box, visit))


def servers(smtp: Server, place: Sequence[str]) -> tuple[Server, Server]:
    """Those of SMTP and IMAP. Raises `Invalid` where the address has no second one."""
    host, _, port = (place[0] if len(place) == 1 else "").rpartition(":")
    if not is_host(host.lower()) or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Invalid("The address of a mail account has two servers, each with its port.")
    return smtp, Server(host.lower(), int(port))


async def _send(visit: Visit, server: Server) -> JsonValue:
    sender, recipients = str(visit.asked.get("sender", "")), visit.asked.get("recipients")
    given = [str(each) for each in recipients] if isinstance(recipients, list) else []
    for each in (sender, *given):
        if not _address.fullmatch(each):
            raise Invalid(f"{each[:200]!r} is no address that a mail can be sent to.", pointer="/recipients")
    client = await _signed_in(visit, server)
    try:
        refused = await _envelope(client, sender, given)
        visit.left = True
        answer = await client.data(visit.content or b"")
    except aiosmtplib.SMTPResponseException as error:
        visit.left = False
        raise _no(error) from None
    except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError):
        raise EOFError from None
    finally:
        client.close()
    return {"accepted": [each for each in given if each not in refused], "refused": dict(refused), "answer": answer.message}


async def _envelope(client: aiosmtplib.SMTP, sender: str, recipients: list[str]) -> dict[str, str]:
    """Who was refused, and why; one accepted recipient is enough. Raises the last refusal where there is none."""
    await client.mail(sender)
    refused: dict[str, str] = {}
    last: aiosmtplib.SMTPRecipientRefused | None = None
    for each in recipients:
        try:
            await client.rcpt(each)
        except aiosmtplib.SMTPRecipientRefused as error:
            refused[each], last = f"{error.code} {error.message}", error
    if len(refused) == len(recipients):
        raise last or aiosmtplib.SMTPResponseException(554, "No recipients")
    return refused


async def _signed_in(visit: Visit, server: Server) -> aiosmtplib.SMTP:
    """A session that may send. The password leaves by TLS, or inside the operator's networks."""
    sock, inside = await visit.connect(server)
    context = visit.context(inside=inside)
    client = aiosmtplib.SMTP(
        hostname=server.host, sock=sock, use_tls=server.port in visit.tls_ports, start_tls=False, tls_context=context,
        local_hostname="localhost", timeout=visit.remaining(),
    )  # fmt: skip
    try:
        await client.connect()
        await client.ehlo()
        if server.port not in visit.tls_ports:
            await _start_tls(client, inside=inside)
        await client.login(visit.user, visit.password.get_secret_value())
    except aiosmtplib.SMTPAuthenticationError as error:
        client.close()
        raise Refused(401 if error.code < 500 or error.code >= 530 else 503, str(error.code), error.message) from None
    except aiosmtplib.SMTPResponseException as error:
        client.close()
        raise _no(error) from None
    except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError) as error:
        client.close()
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise EOFError from None
    except aiosmtplib.SMTPException:
        client.close()
        raise Refused(400, "auth", "The server offers no way to sign in that is known here.") from None
    except BaseException:
        client.close()
        raise
    return client


async def _start_tls(client: aiosmtplib.SMTP, *, inside: bool) -> None:
    if client.supports_extension("starttls"):
        await client.starttls()
        await client.ehlo()
    elif not inside:
        raise Refused(400, "no_tls", "The server offers no TLS, without which no password is sent to it.")


def _no(error: aiosmtplib.SMTPResponseException) -> Refused:
    """4xx passes, 5xx does not (RFC 5321, 4.2.1)."""
    return Refused(503 if error.code < 500 else 400, str(error.code), error.message)
