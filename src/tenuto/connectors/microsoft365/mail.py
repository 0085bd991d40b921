"""Mail that is there: listed, searched, read, marked, moved; folders and files."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, JsonValue

from tenuto.connectors.microsoft365.mail_shapes import Email, Emails, File, FileOf, Folders, MailFilter, MailId, Move, NoParams, ReadMark
from tenuto.connectors.microsoft365.service import as_text, mail_read, mail_write, microsoft365, written
from tenuto.core.connector import Answer, Calls, Params, QueryValue, Request, Result
from tenuto.core.errors import Rejected

_one = "/me/messages/{message}"
_fields = "id,subject,from,toRecipients,ccRecipients,receivedDateTime,bodyPreview,body,isRead,hasAttachments,conversationId,parentFolderId,webLink"


class _Page(Result):
    value: tuple[Mapping[str, JsonValue], ...] = ()
    following: str | None = Field(default=None, validation_alias="@odata.nextLink")


class _Files(Result):
    value: tuple[File, ...] = ()


def _email(message: Mapping[str, JsonValue]) -> Email:
    people = {name: [each.get("emailAddress") or {} for each in _objects(message.get(name))] for name in ("toRecipients", "ccRecipients")}
    # A draft has nobody in `from` yet, and a body that nobody asked for is not there.
    return Email.model_validate({**message, **people})


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _read(answer: Answer, _params: Params) -> Email:
    return _email(_Message.model_validate({"message": answer.json}).message)


class _Message(Result):
    message: Mapping[str, JsonValue]


@microsoft365.action(effect="read", scopes=(mail_read,))
async def list_mails(calls: Calls, params: MailFilter) -> Emails:
    """List mails, newest first; those since a moment for triggers that poll."""
    query: dict[str, QueryValue] = {"$top": params.limit, "$select": _fields}
    if params.query is not None:
        query["$search"] = '"' + params.query.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        # What is sorted by has to be the first that is filtered by, and be there at all (the rule of Exchange).
        since = written(params.since) if params.since else "1900-01-01T00:00:00Z"
        words = [f"receivedDateTime ge {since}"]
        words += ["isRead eq false"] if params.unread_only else []
        words += ["from/emailAddress/address eq '" + params.sender.replace("'", "''") + "'"] if params.sender else []
        query |= {"$filter": " and ".join(words), "$orderby": "receivedDateTime desc", "$skip": params.skip or None}
    path, fill = ("/me/mailFolders/{folder}/messages", {"folder": params.folder}) if params.folder else ("/me/messages", dict[str, str]())
    page = await calls.send(Request(result=_Page, method="GET", path=path, fill=fill, query=query, headers=as_text))
    more = page.following is not None and params.query is None
    return Emails(emails=tuple(_email(each) for each in page.value), next_skip=params.skip + len(page.value) if more else None)


@microsoft365.action(effect="read", scopes=(mail_read,))
def get_mail(params: MailId) -> Request[Email]:
    """Read a mail."""
    return Request(result=Email, method="GET", path=_one, query={"$select": _fields}, headers=as_text, read=_read)


@microsoft365.action(effect="read", scopes=(mail_read,))
async def get_attachment(calls: Calls, params: FileOf) -> File:
    """Fetch a file of a mail, by its name."""
    fill = {"message": params.message}
    found = (await calls.send(Request(result=_Files, method="GET", path=f"{_one}/attachments", fill=fill))).value
    file = next((each for each in found if params.name in (None, each.name)), None)
    if file is None:
        names = ", ".join(each.name for each in found) or "none"
        raise Rejected(f"The mail has no such file; it has: {names}.", fix="Name one of them.")
    return file


@microsoft365.action(effect="read", scopes=(mail_read,))
def list_folders(params: NoParams) -> Request[Folders]:
    """List the folders of the mailbox."""
    return Request(result=Folders, method="GET", path="/me/mailFolders", query={"$top": 100})


@microsoft365.action(effect="idempotent_write", scopes=(mail_write,))
def mark_mail(params: ReadMark) -> Request[Email]:
    """Mark a mail as read, or as unread."""
    return Request(result=Email, method="PATCH", path=_one, json={"isRead": params.read}, headers=as_text, read=_read)


def _moved(message: str, folder: str) -> Request[Email]:
    body: JsonValue = {"destinationId": folder}
    return Request(result=Email, method="POST", path=f"{_one}/move", fill={"message": message}, json=body, headers=as_text, read=_read)


@microsoft365.action(effect="idempotent_write", scopes=(mail_write,))
def move_mail(params: Move) -> Request[Email]:
    """Move a mail into another folder; its id stays."""
    return _moved(params.message, params.folder)


@microsoft365.action(effect="idempotent_write", scopes=(mail_write,))
def trash_mail(params: MailId) -> Request[Email]:
    """Move a mail to the deleted items. It is moved and not deleted: what is deleted twice would be gone."""
    return _moved(params.message, "deleteditems")
