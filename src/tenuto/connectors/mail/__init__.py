"""Mail by SMTP (RFC 5321) and IMAP (RFC 3501): sent, searched, read, marked and moved in a mailbox of any provider."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.mail.answers import attachment, fields, mails, marked
from tenuto.connectors.mail.answers import mail as mail_of
from tenuto.connectors.mail.letters import written
from tenuto.connectors.mail.shapes import (
    Content,
    Done,
    Draft,
    Folders,
    InFolder,
    Kept,
    Mail,
    Mails,
    Marks,
    Move,
    NewMail,
    Nothing,
    Outgoing,
    Search,
    Sent,
    Summary,
    Which,
    WhichAttachment,
)
from tenuto.core.account import AccountField, host_name
from tenuto.core.auth import Basic
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, Request, Whoami, mark
from tenuto.core.errors import Rejected, Uncertain

_port = r"[1-9][0-9]{0,4}"
_months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

mail = Connector(
    key="mail",
    name="Mail (SMTP, IMAP)",
    doc="A mailbox of any provider: mail that is sent, searched, read, marked and moved.",
    base_url="mail://{smtp_host}:{smtp_port}/{imap_host}:{imap_port}",
    auth=Basic(label="Password, or app password"),
    fields=(
        AccountField(name="smtp_host", description="Where mail is sent.", example="smtp.example.com", pattern=host_name),
        AccountField(name="smtp_port", description="465 for TLS from the start, 587 for STARTTLS.", example="465", pattern=_port),
        AccountField(name="imap_host", description="Where mail is read.", example="imap.example.com", pattern=host_name),
        AccountField(name="imap_port", description="993 for TLS from the start, 143 for STARTTLS.", example="993", pattern=_port),
    ),
    check=Request(result=Whoami, method="POST", path="/check"),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message="error.message",
            reason="error.code",
            fixes={
                "auth": "Check the user name and the password; many providers want an app password here.",
                "534": "Make an app password at the provider, and connect with that.",
                "535": "Check the user name and the password; many providers want an app password here.",
                "550": "Check the address.",
                "552": "Send less, or a link.",
                "folder": "list_folders tells what the folders are called.",
                "missing": "It was moved or deleted, or it is in another folder.",
                "uidvalidity": "Search for it again.",
                "no_tls": "Use the port for TLS, or have the operator allow the server's network.",
            },
        ),
    ),
)


def _message_id(params: NewMail, key: str) -> str:
    return f"<{mark(key)}@{params.sender.rpartition('@')[2]}>"


async def _was_sent(calls: Calls, params: Outgoing, key: str) -> Sent | None:
    """By the mail's own id, where the server keeps what is sent. That it is not there does not say that it was not sent."""
    if params.sent_folder and await _is_there(calls, params.sent_folder, _message_id(params, key)):
        return Sent(message_id=_message_id(params, key), accepted=_recipients(params))
    raise Uncertain(
        "Whether the mail was sent cannot be found out.",
        fix="Look into the mailbox; with `sent_folder` it is looked for where the server keeps what was sent.",
    )


@mail.action(effect="write", verify=_was_sent)
async def send_mail(calls: Calls, params: Outgoing) -> Sent:
    """Send a mail."""
    message_id = _message_id(params, calls.key)

    def sent(answer: Answer, _params: Params) -> Sent:
        return Sent.model_validate({"message_id": message_id, **fields(answer)})

    query = {"sender": params.sender, "recipients": _recipients(params)}
    content = written(params, message_id, calls.now)
    return await calls.send(Request(result=Sent, method="POST", path="/send", query=query, content=content, read=sent))


async def _was_kept(calls: Calls, params: Draft, key: str) -> Kept | None:
    message_id = _message_id(params, key)
    return Kept(message_id=message_id, folder=params.folder) if await _is_there(calls, params.folder, message_id) else None


@mail.action(effect="write", verify=_was_kept)
async def save_draft(calls: Calls, params: Draft) -> Kept:
    """Put a mail into a folder, for somebody to read and send."""
    message_id = _message_id(params, calls.key)

    def kept(_answer: Answer, _params: Params) -> Kept:
        return Kept(message_id=message_id, folder=params.folder)

    content = written(params, message_id, calls.now)
    query = {"folder": params.folder, "flags": ("\\Draft", "\\Seen")}
    return await calls.send(Request(result=Kept, method="POST", path="/append", query=query, content=content, read=kept))


@mail.action(effect="read")
def search_mail(params: Search) -> Request[Mails]:
    """Search a folder, the newest first. For a trigger that polls: the list is `messages`, and a mail's key its `id`."""
    asked: dict[str, JsonValue] = {"folder": params.folder, "limit": params.limit, "criteria": _criteria(params)}
    if params.after_uid is not None:
        asked["since_uid"] = params.after_uid
    return Request(result=Mails, method="GET", path="/search", json=asked, read=mails)


@mail.action(effect="read")
def get_mail(params: Which) -> Request[Mail]:
    """Read a mail with what it says. It stays unread."""
    return Request(result=Mail, method="GET", path="/get", json=_place(params), read=mail_of)


@mail.action(effect="read")
def get_attachment(params: WhichAttachment) -> Request[Content]:
    """Read a file of a mail."""
    return Request(result=Content, method="GET", path="/get", json=_place(params), read=attachment)


@mail.action(effect="read")
def list_folders(params: Nothing) -> Request[Folders]:
    """List the folders."""
    del params
    return Request(result=Folders, method="GET", path="/folders")


@mail.action(effect="idempotent_write")
def mark_mail(params: Marks) -> Request[Summary]:
    """Mark a mail as read or unread, as important or not."""
    wanted = {"\\Seen": params.read, "\\Flagged": params.flagged}
    add: list[JsonValue] = [flag for flag, on in wanted.items() if on]
    remove: list[JsonValue] = [flag for flag, on in wanted.items() if on is False]
    asked: dict[str, JsonValue] = {**_place(params), "add": add, "remove": remove}
    return Request(result=Summary, method="POST", path="/mark", json=asked, read=marked)


@mail.action(effect="idempotent_write")
async def move_mail(calls: Calls, params: Move) -> Done:
    """Move a mail into another folder; it gets another id there."""
    asked: dict[str, JsonValue] = {**_place(params), "to": params.to}
    try:
        return await calls.send(Request(result=Done, method="POST", path="/move", json=asked, read=_moved))
    except Rejected as refused:
        if '"missing"' in (refused.data.raw or ""):  # after a lost answer it is where it should be
            return Done(changed=False)
        raise


def _moved(answer: Answer, params: Params) -> Done:
    del answer, params
    return Done(changed=True)


def _recipients(params: NewMail) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*params.to, *params.cc, *params.bcc)))


async def _is_there(calls: Calls, folder: str, message_id: str) -> bool:
    criteria: JsonValue = [["HEADER", "Message-ID", message_id]]
    asked: JsonValue = {"folder": folder, "limit": 1, "criteria": criteria}

    def those(answer: Answer, _params: Params) -> Mails:
        return mails(answer, InFolder(folder=folder))

    found = await calls.send(Request(result=Mails, method="GET", path="/search", json=asked, read=those))
    return any(each.message_id == message_id for each in found.messages)


def _criteria(params: Search) -> list[JsonValue]:
    texts = {"FROM": params.sender, "TO": params.to, "SUBJECT": params.subject, "TEXT": params.text}
    days = {"SINCE": params.since, "BEFORE": params.before}
    flags = {"UNSEEN": params.unread, "SEEN": None if params.unread is None else not params.unread}
    flags |= {"FLAGGED": params.flagged, "UNFLAGGED": None if params.flagged is None else not params.flagged}
    found: list[JsonValue] = [_words(word, text) for word, text in texts.items() if text is not None]
    found += [_words(word, f"{day.day}-{_months[day.month - 1]}-{day.year}") for word, day in days.items() if day is not None]
    return [*found, *(_words(word) for word, on in flags.items() if on)]


def _words(*words: str) -> JsonValue:
    return [*words]


def _place(params: Which) -> dict[str, JsonValue]:
    validity, _, uid = params.id.partition(".")
    return {"folder": params.folder, "uidvalidity": int(validity), "uid": int(uid)}
