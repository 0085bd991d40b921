"""What the door to a mailbox answers, read into what workflows use."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email.message import Message

from pydantic import JsonValue

from tenuto.connectors.mail.letters import files, header, moment, people, read, texts
from tenuto.connectors.mail.shapes import Content, InFolder, Mail, Mails, Summary, WhichAttachment
from tenuto.core.connector import Answer
from tenuto.core.errors import InvalidOutput, NotFound


def mails(answer: Answer, params: InFolder) -> Mails:
    """Those of a search."""
    found = tuple(_summary(each, answer, params.folder) for each in _messages(answer))
    return Mails(messages=found, total=len(found))


def mail(answer: Answer, params: InFolder) -> Mail:
    """One with what it says."""
    facts = _first(answer)
    whole = _letter(facts)
    text, html = texts(whole)
    attachments = tuple(file for file, _ in files(whole))
    return Mail.model_validate(
        {**_summary(facts, answer, params.folder).model_dump(), "text": text, "html": html, "attachments": attachments}
    )


def attachment(answer: Answer, params: WhichAttachment) -> Content:
    """One of its files. Raises `NotFound`."""
    for file, data in files(_letter(_first(answer))):
        if file.number == params.number:
            return Content(**file.model_dump(), content=base64.b64encode(data).decode())
    raise NotFound(f"This mail has no file number {params.number}.")


def marked(answer: Answer, params: InFolder) -> Summary:
    """One after it was marked."""
    return _summary(_first(answer), answer, params.folder)


def fields(answer: Answer) -> Mapping[str, JsonValue]:
    """The answer, an object. Raises `InvalidOutput`."""
    if not isinstance(answer.json, dict):
        raise InvalidOutput("The mail server's answer was not understood.", raw=answer.text)
    return answer.json


def _messages(answer: Answer) -> list[Mapping[str, JsonValue]]:
    found = fields(answer).get("messages")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _first(answer: Answer) -> Mapping[str, JsonValue]:
    found = _messages(answer)
    if not found:
        raise InvalidOutput("The mail server answered no mail.", raw=answer.text)
    return found[0]


def _letter(facts: Mapping[str, JsonValue]) -> Message:
    return read(base64.b64decode(str(facts.get("content") or "")))


def _summary(facts: Mapping[str, JsonValue], answer: Answer, folder: str) -> Summary:
    letter, flags = _letter(facts), facts.get("flags")
    marks = {str(flag).lower() for flag in flags} if isinstance(flags, list) else set[str]()
    return Summary.model_validate(
        {
            "id": f"{fields(answer).get('uidvalidity', 0)}.{facts['uid']}",
            "uid": facts["uid"],
            "folder": folder,
            "message_id": header(letter, "Message-ID"),
            "in_reply_to": header(letter, "In-Reply-To"),
            "references": tuple(header(letter, "References").split()[:50]),
            "sender": next(iter(people(letter, "From")), ""),
            "to": people(letter, "To"),
            "cc": people(letter, "Cc"),
            "subject": header(letter, "Subject"),
            "date": moment(letter),
            "received": facts.get("received"),
            "unread": "\\seen" not in marks,
            "flagged": "\\flagged" in marks,
            "size": facts.get("size") or 0,
        }
    )
