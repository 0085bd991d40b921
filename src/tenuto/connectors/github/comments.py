"""What people say on GitHub's issues and pull requests."""

from __future__ import annotations

from datetime import datetime

from pydantic import AliasPath, Field

from tenuto.connectors.github.shapes import OneIssue, Repository
from tenuto.connectors.github.vendor import Missing, comment_mark, github, listed, marked, since
from tenuto.core.connector import Answer, Calls, Request, Result, unique

_comments = "/repos/{owner}/{repo}/issues/{number}/comments"
_comment = "/repos/{owner}/{repo}/issues/comments/{comment_id}"


class NewComment(OneIssue):
    """A comment to be made."""

    body: str = Field(description="Text, in Markdown.", examples=["Thank you, we look into it."], min_length=1, max_length=65_000)


class CommentFilter(OneIssue):
    """Which comments."""

    since: datetime | None = Field(
        default=None, description="Only those that changed since then.", examples=["2026-01-05T09:30:00Z"], strict=False
    )
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class OneComment(Repository):
    """Which comment."""

    comment_id: int = Field(description="GitHub's id of it.", examples=[1500000001], ge=1)


class CommentChange(OneComment):
    """A comment's new text."""

    body: str = Field(description="Text, in Markdown.", examples=["Mended in v2."], min_length=1, max_length=65_000)


class Comment(Result):
    """A comment."""

    id: int = Field(description="GitHub's id of it.", examples=[1500000001], json_schema_extra=unique)
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["Thank you, we look into it."])
    author: str | None = Field(default=None, validation_alias=AliasPath("user", "login"), description="Who wrote it.", examples=["octocat"])
    html_url: str = Field(
        description="Where people read it.", examples=["https://github.com/octocat/hello-world/issues/142#issuecomment-1500000001"]
    )
    created_at: datetime = Field(description="When it was made.", examples=["2026-01-05T09:30:00Z"])
    updated_at: datetime = Field(description="When it last changed.", examples=["2026-01-05T09:30:00Z"])


class Comments(Result):
    """A list of comments."""

    comments: tuple[Comment, ...] = Field(description="Comments, oldest first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Deleted(Result):
    """A comment that is no more."""

    id: int = Field(description="The id it had.", examples=[1500000001])
    deleted: bool = Field(default=True, description="Always true.", examples=[True])


async def _made(calls: Calls, params: NewComment, key: str) -> Comment | None:
    del params  # the path is filled from them
    found = await listed(
        calls, Comment, _comments, {"since": since(calls)}, limit=1, wanted=lambda each: comment_mark(key) in (each.body or "")
    )
    return found[0] if found else None


@github.action(effect="write", scopes=("repo",), verify=_made)
def create_comment(params: NewComment, key: str) -> Request[Comment]:
    """Comment on an issue or a pull request."""
    return Request(result=Comment, method="POST", path=_comments, json={"body": marked(params.body, key)})


@github.action(effect="read", scopes=("repo",))
async def list_comments(calls: Calls, params: CommentFilter) -> Comments:
    """List the comments on an issue or a pull request."""
    moment = params.since.strftime("%Y-%m-%dT%H:%M:%SZ") if params.since else None
    comments = await listed(calls, Comment, _comments, {"since": moment}, limit=params.limit)
    return Comments(comments=comments, total=len(comments))


@github.action(effect="idempotent_write", scopes=("repo",))
def update_comment(params: CommentChange) -> Request[Comment]:
    """Replace the text of a comment."""
    return Request(result=Comment, method="PATCH", path=_comment, json={"body": params.body})


async def _gone(calls: Calls, params: OneComment, key: str) -> Deleted | None:
    del key
    try:
        await calls.send(Request(result=Comment, method="GET", path=_comment))
    except Missing:
        return Deleted(id=params.comment_id)
    return None


def _deleted(_answer: Answer, params: OneComment) -> Deleted:
    return Deleted(id=params.comment_id)


@github.action(effect="write", scopes=("repo",), verify=_gone)
def delete_comment(params: OneComment) -> Request[Deleted]:
    """Delete a comment."""
    del params  # the path is filled from them
    return Request(result=Deleted, method="DELETE", path=_comment, read=_deleted)
