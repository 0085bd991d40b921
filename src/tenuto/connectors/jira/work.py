"""What is done with Jira's issues: commented, moved, assigned, given files."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from datetime import datetime

from pydantic import AliasPath, Field, JsonValue, model_validator

from tenuto.connectors.jira.documents import document
from tenuto.connectors.jira.shapes import Changed, OneIssue, Person, Text, user_options
from tenuto.connectors.jira.vendor import clock_slack, jira, listed, property_key
from tenuto.core.connector import Answer, Calls, Params, Request, Result, mark, options, unique
from tenuto.core.errors import Rejected

_issue = "/issue/{issue}"


class NewComment(OneIssue):
    """A comment to be made."""

    body: str = Field(
        description="Text; blank lines part paragraphs.", examples=["Switch it off and on again."], min_length=1, max_length=32_000
    )


class CommentFilter(OneIssue):
    """Which comments."""

    limit: int = Field(default=50, ge=1, le=1000, description="How many at most.", examples=[50])


class Move(OneIssue):
    """Where an issue is to go."""

    status: str = Field(
        description="Name of the status that it is to have.", examples=["Done"], min_length=1,
        json_schema_extra=options("list_transitions", "transitions", value="to"),
    )  # fmt: skip


class Assignment(OneIssue):
    """Whose an issue is to be."""

    account_id: str | None = Field(
        description="Atlassian's id of the person; null for nobody.", examples=["5b10a2844c20165700ede21g"], json_schema_extra=user_options
    )


class NewAttachment(OneIssue):
    """A file for an issue."""

    filename: str = Field(description="Its name.", examples=["report.csv"], min_length=1, max_length=255, pattern=r'^[^\x00-\x1f"\\/]+$')
    content: str | None = Field(default=None, description="What it holds, as text.", examples=["a,b\n1,2\n"])
    content_base64: str | None = Field(default=None, description="The same for what is no text, in base64.", examples=["YSxiCjEsMgo="])

    @model_validator(mode="after")
    def _one(self) -> NewAttachment:
        if (self.content is None) == (self.content_base64 is None):
            raise ValueError("give either content or content_base64")
        self.bytes()
        return self

    def bytes(self) -> bytes:
        """What the file holds. Raises `ValueError` for what is no base64."""
        if self.content_base64 is None:
            return (self.content or "").encode()
        try:
            return b64decode(self.content_base64, validate=True)
        except NoBase64:
            raise ValueError("content_base64 is no base64") from None


class Comment(Result):
    """A comment."""

    id: str = Field(description="Jira's id of it.", examples=["10001"], json_schema_extra=unique)
    author: Person | None = Field(default=None, description="Who wrote it.")
    body: Text = Field(default=None, description="Its text, without its layout.", examples=["Switch it off and on again."])
    created: datetime = Field(description="When it was made.", examples=["2026-01-05T09:30:00Z"])
    updated: datetime = Field(description="When it last changed.", examples=["2026-01-05T09:30:00Z"])


class Comments(Result):
    """A list of comments."""

    comments: tuple[Comment, ...] = Field(description="Comments, newest first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Transition(Result):
    """A way that an issue may go."""

    id: str = Field(description="Jira's id of it.", examples=["31"])
    name: str = Field(description="What it is called.", examples=["Close"])
    to: str = Field(validation_alias=AliasPath("to", "name"), description="Name of the status that it leads to.", examples=["Done"])


class Transitions(Result):
    """The ways that an issue may go."""

    transitions: tuple[Transition, ...] = Field(description="Ways, from the status that it has now.")


class Attachment(Result):
    """A file of an issue."""

    id: str = Field(description="Jira's id of it.", examples=["10001"], json_schema_extra=unique)
    filename: str = Field(description="Its name.", examples=["report.csv"])
    size: int = Field(description="Bytes.", examples=[8])
    created: datetime | None = Field(default=None, description="When it was added.", examples=["2026-01-05T09:30:00Z"])


class _Status(Result):
    status: str = Field(validation_alias=AliasPath("fields", "status", "name"))


class _Files(Result):
    attachment: tuple[Attachment, ...] = Field(default=(), validation_alias=AliasPath("fields", "attachment"))


class _Marked(Comment):
    properties: tuple[dict[str, JsonValue], ...] = ()

    def of(self, key: str) -> bool:
        """Whether the step with that key made it."""
        return {"key": property_key, "value": {"step": mark(key)}} in self.properties


def _changed(_answer: Answer, params: OneIssue) -> Changed:
    return Changed(issue=params.issue)


async def _commented(calls: Calls, params: NewComment, key: str) -> Comment | None:
    del params  # the path is filled from them
    query = {"orderBy": "-created", "expand": "properties"}
    latest = await listed(calls, _Marked, _issue + "/comment", {**query}, limit=100, within="comments")
    found = next((each for each in latest if each.of(key)), None)
    return Comment.model_validate(found.model_dump(by_alias=True), by_name=True) if found else None


@jira.action(effect="write", scopes=("write:jira-work",), verify=_commented)
def add_comment(params: NewComment, key: str) -> Request[Comment]:
    """Comment on an issue."""
    properties: list[JsonValue] = [{"key": property_key, "value": {"step": mark(key)}}]
    body: dict[str, JsonValue] = {"body": document(params.body), "properties": properties}
    return Request(result=Comment, method="POST", path=_issue + "/comment", json=body)


@jira.action(effect="read", scopes=("read:jira-work",))
async def list_comments(calls: Calls, params: CommentFilter) -> Comments:
    """List the comments on an issue."""
    comments = await listed(calls, Comment, _issue + "/comment", {"orderBy": "-created"}, limit=params.limit, within="comments")
    return Comments(comments=comments, total=len(comments))


async def _transitions(calls: Calls) -> tuple[Transition, ...]:
    return (await calls.send(Request(result=Transitions, method="GET", path=_issue + "/transitions"))).transitions


@jira.action(effect="read", scopes=("read:jira-work",))
async def list_transitions(calls: Calls, params: OneIssue) -> Transitions:
    """List the statuses that an issue can be moved to."""
    del params  # the path is filled from them
    return Transitions(transitions=await _transitions(calls))


@jira.action(effect="idempotent_write", scopes=("read:jira-work", "write:jira-work"))
async def transition_issue(calls: Calls, params: Move) -> Changed:
    """Move an issue to another status; one that has it already stays."""
    wanted = params.status.casefold()
    now = await calls.send(Request(result=_Status, method="GET", path=_issue, query={"fields": "status"}))
    if now.status.casefold() == wanted:
        return Changed(issue=params.issue)
    ways = await _transitions(calls)
    way = next((each for each in ways if each.to.casefold() == wanted), None) or next(
        (each for each in ways if each.name.casefold() == wanted), None
    )
    if way is None:
        raise Rejected(
            f"{params.issue} cannot go from {now.status} to {params.status}.",
            fix=f"It can go to {', '.join(each.to for each in ways)}." if ways else "Its workflow lets it go nowhere from there.",
        )
    body: dict[str, JsonValue] = {"transition": {"id": way.id}}
    return await calls.send(Request(result=Changed, method="POST", path=_issue + "/transitions", json=body, read=_changed))


@jira.action(effect="idempotent_write", scopes=("write:jira-work",))
def assign_issue(params: Assignment) -> Request[Changed]:
    """Assign an issue to somebody, or to nobody."""
    return Request(result=Changed, method="PUT", path=_issue + "/assignee", json={"accountId": params.account_id}, read=_changed)


async def _attached(calls: Calls, params: NewAttachment, key: str) -> Attachment | None:
    """A file carries no mark: one of that name and size, added since the attempt began."""
    del key
    files = await calls.send(Request(result=_Files, method="GET", path=_issue, query={"fields": "attachment"}))
    size, began = len(params.bytes()), calls.now - clock_slack
    same = (each for each in files.attachment if (each.filename, each.size) == (params.filename, size))
    return next((each for each in same if each.created is None or each.created >= began), None)


def _first(answer: Answer, _params: Params) -> Attachment:
    return Attachment.model_validate(answer.json[0] if isinstance(answer.json, list) and answer.json else None)


@jira.action(effect="write", scopes=("write:jira-work",), verify=_attached)
def add_attachment(params: NewAttachment, key: str) -> Request[Attachment]:
    """Add a file to an issue."""
    limit = f"tenuto-{mark(key)}"  # not in the file: it is a hash of what nobody outside knows
    head = f'--{limit}\r\nContent-Disposition: form-data; name="file"; filename="{params.filename}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    content = head.encode() + params.bytes() + f"\r\n--{limit}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={limit}", "x-atlassian-token": "no-check"}
    return Request(result=Attachment, method="POST", path=_issue + "/attachments", headers=headers, content=content, read=_first)
