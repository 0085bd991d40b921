"""Reviews of GitHub's pull requests: read, written and asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasPath, Field, JsonValue, model_validator

from tenuto.connectors.github.shapes import Names, OnePull, pick
from tenuto.connectors.github.vendor import comment_mark, github, listed, marked
from tenuto.core.connector import Calls, Params, Request, Result, unique

_pull = "/repos/{owner}/{repo}/pulls/{number}"


class LineComment(Params):
    """A comment on one line of the difference."""

    path: str = Field(description="The file.", examples=["src/app.py"], min_length=1)
    line: int = Field(description="The line, in the file as it is after the change.", examples=[12], ge=1)
    body: str = Field(description="Text, in Markdown.", examples=["Is this ever empty?"], min_length=1)


class NewReview(OnePull):
    """A review to be given."""

    event: Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"] = Field(description="The verdict.", examples=["APPROVE"])
    body: str | None = Field(default=None, description="Text, in Markdown; an approval may do without.", examples=["Looks good."])
    comments: tuple[LineComment, ...] = Field(
        default=(),
        description="Comments on single lines.",
        examples=[[{"path": "src/app.py", "line": 12, "body": "Is this ever empty?"}]],
        max_length=100,
        strict=False,
    )

    @model_validator(mode="after")
    def _said(self) -> NewReview:
        if self.event != "APPROVE" and not self.body:
            raise ValueError("a review that is no approval has to say something in its body")
        return self


class ReviewFilter(OnePull):
    """Which reviews."""

    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class Reviewers(OnePull):
    """Who is to review."""

    reviewers: Names = Field(description="Logins of people.", examples=[["hubot"]], min_length=1)


class Review(Result):
    """A review."""

    id: int = Field(description="GitHub's id of it.", examples=[1700000001], json_schema_extra=unique)
    state: str = Field(description="APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING.", examples=["APPROVED"])
    body: str = Field(default="", description="Text, in Markdown.", examples=["Looks good."])
    author: str | None = Field(default=None, validation_alias=AliasPath("user", "login"), description="Who wrote it.", examples=["octocat"])
    submitted_at: datetime | None = Field(default=None, description="When it was given.", examples=["2026-01-05T09:30:00Z"])
    html_url: str = Field(
        description="Where people read it.", examples=["https://github.com/octocat/hello-world/pull/143#pullrequestreview-1700000001"]
    )


class Reviews(Result):
    """A list of reviews."""

    reviews: tuple[Review, ...] = Field(description="Reviews, oldest first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Asked(Result):
    """Who was asked to review a pull request."""

    number: int = Field(description="The pull request.", examples=[143])
    reviewers: Annotated[tuple[str, ...], pick("login")] = Field(
        validation_alias="requested_reviewers", description="Everybody who has yet to review it.", examples=[["hubot"]]
    )


@github.action(effect="read", scopes=("repo",))
async def list_reviews(calls: Calls, params: ReviewFilter) -> Reviews:
    """List the reviews of a pull request."""
    reviews = await listed(calls, Review, _pull + "/reviews", {}, limit=params.limit)
    return Reviews(reviews=reviews, total=len(reviews))


async def _given(calls: Calls, params: NewReview, key: str) -> Review | None:
    del params  # the path is filled from them
    found = await listed(calls, Review, _pull + "/reviews", {}, limit=1, wanted=lambda each: comment_mark(key) in each.body)
    return found[0] if found else None


@github.action(effect="write", scopes=("repo",), verify=_given)
def create_review(params: NewReview, key: str) -> Request[Review]:
    """Approve a pull request, ask for changes, or comment on it and its lines."""
    body: dict[str, JsonValue] = {"event": params.event, "body": marked(params.body, key)}
    if params.comments:
        body["comments"] = [each.model_dump() for each in params.comments]
    return Request(result=Review, method="POST", path=_pull + "/reviews", json=body)


@github.action(effect="idempotent_write", scopes=("repo",))
def request_reviewers(params: Reviewers) -> Request[Asked]:
    """Ask people to review a pull request."""
    body: dict[str, JsonValue] = {"reviewers": list(params.reviewers)}
    return Request(result=Asked, method="POST", path=_pull + "/requested_reviewers", json=body)
