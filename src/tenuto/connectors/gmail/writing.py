"""What is written: mails with and without HTML and files, answers in their thread, drafts; each is found again by its Message-ID."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import getaddresses

from pydantic import Field, JsonValue

from tenuto.connectors.gmail.answers import Answered, Drafted, Sent
from tenuto.connectors.gmail.mail import Message
from tenuto.connectors.gmail.rfc5322 import composed, control, mailboxes, spelled
from tenuto.connectors.gmail.service import (
    DraftId,
    DraftPage,
    Id,
    carries,
    compose,
    gmail,
    message_id,
    messages,
    modify,
    one,
    root,
    send,
    sent_with,
)
from tenuto.connectors.gmail.shapes import NewDraft, NewMail, NewReply, RichMail
from tenuto.core.connector import Calls, QueryValue, Request, Result
from tenuto.core.errors import Rejected

_reference = re.compile(r"<[^<>\s]+>")
_reply_prefix = re.compile(r"^\s*re\s*:", re.IGNORECASE)
_most_references = 20


class _Profile(Result):
    address: str = Field(validation_alias="emailAddress")


async def _send(calls: Calls, raw: str, thread: str | None = None) -> Id:
    body: dict[str, JsonValue] = {"raw": raw, **({"threadId": thread} if thread else {})}
    return await calls.send(Request(result=Id, method="POST", path=f"{messages}/send", json=body))


def _sent_mail(params: NewMail | RichMail, id: str, at: datetime) -> Sent:
    return Sent(message_id=id, to=params.to, subject=params.subject, sent_at=at)


async def _sent(calls: Calls, params: NewMail | RichMail, key: str) -> Sent | None:
    found = await sent_with(calls, key)
    return _sent_mail(params, found.id, calls.now) if found else None


@gmail.action(effect="write", scopes=(send,), verify=_sent)
async def send_email(calls: Calls, params: NewMail) -> Sent:
    """Send a plain-text mail."""
    headers = {"Subject": params.subject, "Message-ID": f"<{message_id(calls.key)}>"}
    raw = composed(headers, {"To": params.to, "Cc": params.cc, "Bcc": params.bcc}, params.body)
    return _sent_mail(params, (await _send(calls, raw)).id, calls.now)


@gmail.action(effect="write", scopes=(send,), verify=_sent)
async def send_rich_email(calls: Calls, params: RichMail) -> Sent:
    """Send a mail with HTML and files."""
    headers = {"Subject": params.subject, "Message-ID": f"<{message_id(calls.key)}>"}
    return _sent_mail(params, (await _send(calls, _rich(params, headers))).id, calls.now)


def _rich(params: RichMail | NewDraft, headers: Mapping[str, str]) -> str:
    addressed = {"To": params.to, "Cc": params.cc, "Bcc": params.bcc, "Reply-To": params.reply_to}
    return composed(headers, addressed, params.body, html=params.html, files=[each.attachment for each in params.attachments])


async def _answered(calls: Calls, _params: NewReply, key: str) -> Answered | None:
    found = await sent_with(calls, key)
    if found is None:
        return None
    mail = await _original(calls, found.id)
    return Answered(
        message_id=found.id,
        thread_id=mail.thread_id,
        to=mail.payload.header("To"),
        subject=mail.payload.header("Subject"),
        sent_at=calls.now,
    )


@gmail.action(effect="write", scopes=(send, modify), verify=_answered)
async def reply(calls: Calls, params: NewReply) -> Answered:
    """Answer a mail in its conversation."""
    mail = await _original(calls, params.message_id)
    to, cc = _recipients(mail, me=await _me(calls) if params.to_all else None)
    if not to:
        raise Rejected("The mail says nobody whom to answer.", fix="Send a new mail instead.")
    subject = spelled(mail.payload.header("Subject"))
    subject = subject if _reply_prefix.match(subject) else f"Re: {subject}"
    before = _reference.findall(mail.payload.header("References")) or _reference.findall(mail.payload.header("In-Reply-To"))
    own = _reference.findall(mail.payload.header("Message-ID"))[:1]
    headers = {"Subject": subject, "Message-ID": f"<{message_id(calls.key)}>"}
    if own:
        # RFC 5322, 3.6.4. Of a long conversation the first and the latest: what is left out is found through those.
        chain = [*before, *own]
        chain = chain if len(chain) <= _most_references else [chain[0], *chain[1 - _most_references :]]
        headers |= {"In-Reply-To": own[0], "References": " ".join(chain)}
    raw = composed(headers, {"To": to, "Cc": cc}, params.body, html=params.html)
    sent = await _send(calls, raw, mail.thread_id)
    return Answered(message_id=sent.id, thread_id=sent.thread_id or mail.thread_id, to=to, subject=subject, sent_at=calls.now)


async def _original(calls: Calls, id: str) -> Message:
    names = ("From", "Reply-To", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "References")
    query: Mapping[str, QueryValue] = {"format": "metadata", "metadataHeaders": names}
    return await calls.send(Request(result=Message, method="GET", path=one, fill={"id": id}, query=query))


async def _me(calls: Calls) -> str:
    return (await calls.send(Request(result=_Profile, method="GET", path=f"{root}/profile"))).address


def _recipients(mail: Message, *, me: str | None) -> tuple[str, str | None]:
    """Whom to answer: the sender, or who was addressed where we were the sender; in copy the others, if `me` says who is none of them."""
    header, ours = mail.payload.header, "SENT" in mail.labels
    to = _addresses(header("To") if ours else header("Reply-To") or header("From"))
    if me is None:
        return ", ".join(to), None
    others = _addresses(*([header("Cc")] if ours else [header("To"), header("Cc")]))
    without = {address.lower() for address in (*to, me)}
    return ", ".join(to), ", ".join(address for address in others if address.lower() not in without) or None


def _addresses(*headers: str) -> tuple[str, ...]:
    """Only the addresses, each once: what others wrote beside them stays with them. Read before names are decoded, for those have commas."""
    found = [spec for _, spec in getaddresses([control.sub(" ", header) for header in headers if header]) if "@" in spec]
    try:
        return tuple(dict.fromkeys(address.addr_spec for spec in found for address in mailboxes(spec)))
    except ValueError as wrong:
        raise Rejected(f"The mail cannot be answered: {wrong}.", fix="Send a new mail instead.") from None


async def _drafted(calls: Calls, params: NewDraft, key: str) -> Drafted | None:
    path = f"{root}/drafts"
    found = await calls.send(Request(result=DraftPage, method="GET", path=path, query={"q": f"rfc822msgid:{message_id(key)}"}))
    if found.drafts:
        return _draft(params, found.drafts[0])
    latest = await calls.send(Request(result=DraftPage, method="GET", path=path, query={"maxResults": 50}))
    mail, _ = await carries(calls, [each.message for each in latest.drafts], message_id(key))
    return next((_draft(params, each) for each in latest.drafts if each.message == mail), None)


def _draft(params: NewDraft, draft: DraftId) -> Drafted:
    return Drafted(draft_id=draft.id, message_id=draft.message, to=params.to, subject=params.subject)


@gmail.action(effect="write", scopes=(compose,), verify=_drafted)
async def create_draft(calls: Calls, params: NewDraft) -> Drafted:
    """Put a mail among the drafts, for somebody to read and send it."""
    headers = {"Subject": params.subject, "Message-ID": f"<{message_id(calls.key)}>"}
    made = await calls.send(
        Request(result=DraftId, method="POST", path=f"{root}/drafts", json={"message": {"raw": _rich(params, headers)}})
    )
    return _draft(params, made)
