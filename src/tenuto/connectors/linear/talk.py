"""What stands beside a Linear issue: comments and links."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tenuto.connectors.linear.service import asked, chosen, linear, listed, made
from tenuto.connectors.linear.shapes import OneIssue, Person
from tenuto.core.connector import Calls, Request, Result, unique

_comment_fields = "id body url createdAt user { id name email }"
_create = f"mutation($input: CommentCreateInput!) {{ commentCreate(input: $input) {{ success comment {{ {_comment_fields} }} }} }}"
_look = f"query($id: String) {{ comment(id: $id) {{ {_comment_fields} }} }}"
_list = (
    "query($id: String!, $first: Int, $after: String) { issue(id: $id) { "
    f"comments(first: $first, after: $after) {{ nodes {{ {_comment_fields} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
)
_attach = "mutation($input: AttachmentCreateInput!) { attachmentCreate(input: $input) { success attachment { id title subtitle url } } }"


class NewComment(OneIssue):
    """What is said about an issue."""

    body: str = Field(description="Text, in Markdown.", examples=["It prints again."], min_length=1)


class Listing(OneIssue):
    """Of which issue, and how many."""

    limit: int = Field(default=50, ge=1, le=1000, description="How many at most.", examples=[50])


class NewLink(OneIssue):
    """A link on an issue."""

    url: str = Field(
        description="Address; the same again changes the link that is there.", examples=["https://example.com/tickets/7"],
        max_length=2000, pattern=r"^https?://[^\s]+$",
    )  # fmt: skip
    title: str = Field(description="Title.", examples=["Ticket 7"], min_length=1)
    subtitle: str | None = Field(default=None, description="A line below the title.", examples=["Open"])


class Comment(Result):
    """A comment."""

    id: str = Field(description="Linear's id of it.", examples=["9cfb482a-81e3-4154-b5b9-2c805e70a02d"], json_schema_extra=unique)
    body: str = Field(description="Its text, in Markdown.", examples=["It prints again."])
    url: str = Field(description="Where people see it.", examples=["https://linear.app/acme/issue/ENG-42#comment-9cfb482a"])
    created: datetime = Field(validation_alias="createdAt", description="When it was written.", examples=["2026-01-05T09:30:00Z"])
    user: Person | None = Field(default=None, description="Who wrote it; nobody where an integration did.")


class Comments(Result):
    """A list of comments."""

    comments: tuple[Comment, ...] = Field(description="Comments.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Link(Result):
    """A link on an issue."""

    id: str = Field(description="Linear's id of it.", examples=["9cfb482a-81e3-4154-b5b9-2c805e70a02d"], json_schema_extra=unique)
    title: str = Field(description="Its title.", examples=["Ticket 7"])
    subtitle: str | None = Field(default=None, description="The line below.", examples=["Open"])
    url: str = Field(description="Its address.", examples=["https://example.com/tickets/7"])


@linear.action(effect="idempotent_write", scopes=("write",))
async def create_comment(calls: Calls, params: NewComment) -> Comment:
    """Comment on an issue."""
    own = chosen(calls.key)
    create = asked(Comment, _create, {"input": {"id": own, "issueId": params.issue, "body": params.body}}, "commentCreate", "comment")
    return await made(calls, create, asked(Comment, _look, {"id": own}, "comment"))


@linear.action(effect="read", scopes=("read",))
async def list_comments(calls: Calls, params: Listing) -> Comments:
    """List the comments on an issue."""
    found = await listed(calls, Comment, _list, {"id": params.issue}, "issue", "comments", limit=params.limit)
    return Comments(comments=found, total=len(found))


@linear.action(effect="idempotent_write", scopes=("write",))
def attach_link(params: NewLink) -> Request[Link]:
    """Put a link on an issue, or change the one that is there for the same address."""
    given = {"issueId": params.issue, "url": params.url, "title": params.title, "subtitle": params.subtitle}
    return asked(Link, _attach, {"input": {**given}}, "attachmentCreate", "attachment")
