"""What is read of a mailbox: the inbox, searches page by page, a mail with all that is in it, a conversation, a file, what is new."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping, Sequence

from tenuto.connectors.gmail.answers import Attached, Conversation, Email, Emails, File, Found, ResultPage, WholeEmail
from tenuto.connectors.gmail.mail import Message, Part
from tenuto.connectors.gmail.service import gmail, messages, one, page, page_size, read, root
from tenuto.connectors.gmail.shapes import FileOf, Inbox, MailId, NewSince, PagedSearch, Search, ThreadId
from tenuto.core.connector import Answer, Calls, Params, QueryValue, Request, Result
from tenuto.core.errors import Rejected

search_limit = 20
_full: Mapping[str, QueryValue] = {"format": "full"}


class _Data(Result):
    data: str


class _Thread(Result):
    messages: tuple[Message, ...]


def _facts(message: Message) -> dict[str, object]:
    headers: dict[str, object] = {name: message.payload.header(name) for name in ("from", "to", "subject")}
    facts: dict[str, object] = message.model_dump(include={"id", "thread_id", "labels", "snippet", "date"})
    return headers | facts | {"body": message.payload.text, "unread": "UNREAD" in message.labels}


def _email(answer: Answer, _params: Params) -> Email:
    return Email.model_validate(_facts(Message.model_validate(answer.json)))


def _files(payload: Part) -> tuple[Attached, ...]:
    return tuple(Attached(name=part.filename, media_type=part.kind, size=part.size) for part in payload.leaves() if part.filename)


def _whole(message: Message) -> WholeEmail:
    names = {"cc": "Cc", "reply_to": "Reply-To", "internet_message_id": "Message-ID"}
    headers = {field: message.payload.header(name) for field, name in names.items()}
    html = next((part.decoded for part in message.payload.leaves() if part.kind == "text/html" and part.data and not part.filename), "")
    return WholeEmail.model_validate(_facts(message) | headers | {"html": html, "attachments": _files(message.payload)})


def _whole_email(answer: Answer, _params: Params) -> WholeEmail:
    return _whole(Message.model_validate(answer.json))


async def _emails(calls: Calls, ids: Sequence[str]) -> tuple[Email, ...]:
    """The list names only ids: each mail is a request of its own."""
    asked = [Request(result=Email, method="GET", path=one, fill={"id": mail}, query=_full, read=_email) for mail in ids]
    return tuple(await calls.each(asked))


async def _listed(calls: Calls, query: Mapping[str, QueryValue], limit: int) -> tuple[Email, ...]:
    ids: list[str] = []
    token: str | None = ""
    while token is not None and len(ids) < limit:
        found = await page(calls, {**query, "maxResults": min(limit, page_size), "pageToken": token or None})
        ids += [message.id for message in found.messages]
        token = found.following
    return await _emails(calls, ids[:limit])


@gmail.action(effect="read", scopes=(read,))
async def read_emails(calls: Calls, params: Inbox) -> Emails:
    """Read the latest mails of the inbox."""
    labels = ["INBOX", "UNREAD"] if params.unread_only else ["INBOX"]
    emails = await _listed(calls, {"labelIds": labels}, params.limit)
    return Emails(emails=emails, total=len(emails))


@gmail.action(effect="read", scopes=(read,))
async def search_emails(calls: Calls, params: Search) -> Found:
    """Search all mail, without spam and trash."""
    emails = await _listed(calls, {"q": params.words}, search_limit)
    return Found(emails=emails, total=len(emails), query=params.words)


@gmail.action(effect="read", scopes=(read,))
async def list_emails(calls: Calls, params: PagedSearch) -> ResultPage:
    """List mails by search and label, page by page."""
    query: dict[str, QueryValue] = {"q": params.query, "labelIds": params.labels or None, "maxResults": params.limit}
    query |= {"pageToken": params.page, "includeSpamTrash": params.include_spam_and_trash or None}
    found = await page(calls, query)
    return ResultPage(emails=await _emails(calls, [each.id for each in found.messages]), next_page=found.following)


@gmail.action(effect="read", scopes=(read,))
async def new_emails(calls: Calls, params: NewSince) -> Emails:
    """List mails that came since a moment; for triggers that poll."""
    # Whole seconds, and the one of the moment itself: a mail that is listed twice starts one run, one that is not listed starts none.
    words = [params.query or "", f"after:{int(params.since.timestamp())}" if params.since else ""]
    emails = await _listed(calls, {"q": " ".join(filter(None, words)) or None, "labelIds": params.labels or None}, params.limit)
    return Emails(emails=emails, total=len(emails))


@gmail.action(effect="read", scopes=(read,))
def get_email(params: MailId) -> Request[WholeEmail]:
    """Read a mail with its HTML and the names of its files."""
    return Request(result=WholeEmail, method="GET", path=one, fill={"id": params.message_id}, query=_full, read=_whole_email)


@gmail.action(effect="read", scopes=(read,))
def get_thread(params: ThreadId) -> Request[Conversation]:
    """Read a conversation, oldest mail first."""

    def conversation(answer: Answer, _params: Params) -> Conversation:
        mails = tuple(_whole(message) for message in _Thread.model_validate(answer.json).messages)
        return Conversation(thread_id=params.thread_id, emails=mails, total=len(mails))

    return Request(result=Conversation, method="GET", path=f"{root}/threads/{{thread_id}}", query=_full, read=conversation)


@gmail.action(effect="read", scopes=(read,))
async def get_attachment(calls: Calls, params: FileOf) -> File:
    """Fetch a file of a mail, by its name."""
    mail = await calls.send(Request(result=Message, method="GET", path=one, fill={"id": params.message_id}, query=_full))
    files = [part for part in mail.payload.leaves() if part.filename]
    part = next((each for each in files if params.name in (None, each.filename)), None)
    if part is None:
        names = ", ".join(each.filename for each in files) or "none"
        raise Rejected(f"The mail has no such file; it has: {names}.", fix="Name one of them.")
    content = part.data
    if part.attachment:
        # The id is good for a while only, and another one each time that the mail is read: nobody could keep it.
        place = f"{messages}/{{id}}/attachments/{{attachment}}"
        fill = {"id": params.message_id, "attachment": part.attachment}
        data = (await calls.send(Request(result=_Data, method="GET", path=place, fill=fill))).data
        content = urlsafe_b64decode(data + "=" * (-len(data) % 4))
    return File(name=part.filename, media_type=part.kind, size=len(content), content=b64encode(content).decode())
