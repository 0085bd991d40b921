"""How mail is sorted: labels, read and unread, the trash, and the watch that makes Gmail tell of changes."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.gmail.answers import Label, Labelled, Labels, Watched
from tenuto.connectors.gmail.service import gmail, messages, modify, read, root
from tenuto.connectors.gmail.shapes import LabelChange, MailId, NewLabel, NoParams, ReadMark, Watch
from tenuto.core.connector import Calls, Request
from tenuto.core.errors import Rejected

_labels = f"{root}/labels"


@gmail.action(effect="read", scopes=(read,))
def list_labels(params: NoParams) -> Request[Labels]:
    """List the labels of the mailbox."""
    return Request(result=Labels, method="GET", path=_labels)


@gmail.action(effect="idempotent_write", scopes=(modify,))
async def create_label(calls: Calls, params: NewLabel) -> Label:
    """Create a label; one of that name that is there already is taken."""
    if found := await _named(calls, params.name):
        return found
    body: JsonValue = {"name": params.name, "labelListVisibility": "labelShow", "messageListVisibility": "show"}
    try:
        return await calls.send(Request(result=Label, method="POST", path=_labels, json=body))
    except Rejected:
        # Somebody was faster, or the answer to our first attempt was lost.
        if found := await _named(calls, params.name):
            return found
        raise


async def _named(calls: Calls, name: str) -> Label | None:
    known = await calls.send(Request(result=Labels, method="GET", path=_labels))
    return next((label for label in known.labels if label.name.lower() == name.strip().lower()), None)


def _change(message: str, add: list[JsonValue], remove: list[JsonValue]) -> Request[Labelled]:
    body: JsonValue = {"addLabelIds": add, "removeLabelIds": remove}
    return Request(result=Labelled, method="POST", path=f"{messages}/{{id}}/modify", fill={"id": message}, json=body)


@gmail.action(effect="idempotent_write", scopes=(modify,))
def change_labels(params: LabelChange) -> Request[Labelled]:
    """Put labels on a mail and take others off."""
    return _change(params.message_id, list(params.add), list(params.remove))


@gmail.action(effect="idempotent_write", scopes=(modify,))
def mark_read(params: ReadMark) -> Request[Labelled]:
    """Mark a mail as read, or as unread."""
    return _change(params.message_id, [] if params.read else ["UNREAD"], ["UNREAD"] if params.read else [])


@gmail.action(effect="idempotent_write", scopes=(modify,))
def trash_email(params: MailId) -> Request[Labelled]:
    """Move a mail to the trash, from which it is deleted after 30 days."""
    return Request(result=Labelled, method="POST", path=f"{messages}/{{message_id}}/trash")


@gmail.action(effect="idempotent_write", scopes=(modify,))
def untrash_email(params: MailId) -> Request[Labelled]:
    """Take a mail out of the trash."""
    return Request(result=Labelled, method="POST", path=f"{messages}/{{message_id}}/untrash")


@gmail.action(effect="idempotent_write", scopes=(read,))
def watch_mailbox(params: Watch) -> Request[Watched]:
    """Let Gmail tell a Pub/Sub topic of changes, for at most seven days."""
    body: dict[str, JsonValue] = {"topicName": params.topic}
    if params.labels:
        body |= {"labelIds": list(params.labels), "labelFilterBehavior": "include"}
    return Request(result=Watched, method="POST", path=f"{root}/watch", json=body)
