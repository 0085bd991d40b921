"""GitHub's issues: opened, read, changed, labelled and found."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from tenuto.connectors.github.shapes import (
    Issue,
    IssueFilter,
    IssueOrPull,
    Issues,
    Names,
    NewIssue,
    OneIssue,
    Repository,
    label_options,
    pick,
)
from tenuto.connectors.github.vendor import comment_mark, github, given, listed, marked, since
from tenuto.core.connector import Answer, Calls, Params, Request, Result

_repository = "/repos/{owner}/{repo}"
_issue = "/repos/{owner}/{repo}/issues/{number}"


class IssueChange(OneIssue):
    """What of an issue is to be changed; what is not given stays."""

    title: str | None = Field(default=None, description="Title.", examples=["Found a bug"], min_length=1, max_length=256)
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["It is mended."], max_length=65_000)
    state: Literal["open", "closed"] | None = Field(default=None, description="Close it, or open it again.", examples=["closed"])
    state_reason: Literal["completed", "not_planned", "reopened"] | None = Field(
        default=None, description="Why its state changes.", examples=["completed"]
    )
    labels: Names | None = Field(
        default=None, description="Its labels from now on, instead of those it has.", examples=[["bug"]], json_schema_extra=label_options
    )
    assignees: Names | None = Field(
        default=None, description="Logins of whom it is assigned to, instead of those it has.", examples=[["octocat"]]
    )
    milestone: int | None = Field(default=None, description="Number of its milestone.", examples=[1], ge=1)


class IssueSearch(Params):
    """Which issues and pull requests."""

    query: str = Field(
        description="Words and qualifiers as in GitHub's own search: `repo:octocat/hello-world is:issue is:open crash`.",
        examples=["repo:octocat/hello-world is:issue is:open"],
        min_length=1,
        max_length=256,
    )
    sort: Literal["created", "updated", "comments"] | None = Field(
        default=None, description="Order, greatest first; else the best match first.", examples=["updated"]
    )
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class IssueLabels(OneIssue):
    """Labels for an issue."""

    labels: Names = Field(description="Labels to add.", examples=[["bug"]], min_length=1, json_schema_extra=label_options)


class IssueLabel(OneIssue):
    """One label of an issue."""

    label: str = Field(description="Label to take away.", examples=["bug"], min_length=1, json_schema_extra=label_options)


class IssueAssignees(OneIssue):
    """People for an issue."""

    assignees: Names = Field(description="Logins of people to assign it to as well.", examples=[["octocat"]], min_length=1)


class RepositoryLabels(Repository):
    """Which labels."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])


class Found(Result):
    """What a search found."""

    issues: tuple[Issue, ...] = Field(description="Issues and pull requests.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Labelled(Result):
    """The labels of an issue."""

    labels: Annotated[tuple[str, ...], pick("name")] = Field(description="All labels that it has now.", examples=[["bug"]])


class LabelFacts(Result):
    """A label."""

    name: str = Field(description="Its name.", examples=["bug"])
    color: str | None = Field(default=None, description="Its colour: six hexadecimal digits.", examples=["f29513"])
    description: str | None = Field(default=None, description="What it means.", examples=["Something is broken"])


class Labels(Result):
    """The labels of a repository."""

    labels: tuple[LabelFacts, ...] = Field(description="Labels.")
    total: int = Field(description="How many are in the list.", examples=[1])


def _labelled(answer: Answer, _params: Params) -> Labelled:
    return Labelled.model_validate({"labels": answer.json})


async def _opened_issue(calls: Calls, params: NewIssue, key: str) -> Issue | None:
    del params  # the path is filled from them
    query = {"state": "all", "since": since(calls), "sort": "created"}
    found = await listed(
        calls, Issue, "/repos/{owner}/{repo}/issues", query, limit=1, wanted=lambda issue: comment_mark(key) in (issue.body or "")
    )
    return found[0] if found else None


@github.action(effect="write", scopes=("repo",), verify=_opened_issue)
def create_issue(params: NewIssue, key: str) -> Request[Issue]:
    """Open an issue."""
    body: dict[str, JsonValue] = {"title": params.title, "body": marked(params.body, key)}
    if params.labels:
        body["labels"] = list(params.labels)
    if params.assignees:
        body["assignees"] = list(params.assignees)
    return Request(result=Issue, method="POST", path="/repos/{owner}/{repo}/issues", json=body)


@github.action(effect="read", scopes=("repo",))
async def list_issues(calls: Calls, params: IssueFilter) -> Issues:
    """List a repository's issues."""
    query = {"state": params.state, "labels": ",".join(params.labels) or None}
    issues = await listed(
        calls, IssueOrPull, "/repos/{owner}/{repo}/issues", query, limit=params.limit, wanted=lambda issue: issue.pull_request is None
    )
    return Issues(issues=issues, total=len(issues), repository=f"{params.owner}/{params.repo}")


@github.action(effect="read", scopes=("repo",))
def get_issue(params: OneIssue) -> Request[Issue]:
    """Read an issue or a pull request by its number."""
    del params  # the path is filled from them
    return Request(result=Issue, method="GET", path=_issue)


@github.action(effect="idempotent_write", scopes=("repo",))
def update_issue(params: IssueChange) -> Request[Issue]:
    """Change an issue: its text, state, labels or people."""
    body = given(title=params.title, body=params.body, state=params.state, state_reason=params.state_reason, milestone=params.milestone)
    if params.labels is not None:
        body["labels"] = list(params.labels)
    if params.assignees is not None:
        body["assignees"] = list(params.assignees)
    return Request(result=Issue, method="PATCH", path=_issue, json=body)


@github.action(effect="read", scopes=("repo",))
async def search_issues(calls: Calls, params: IssueSearch) -> Found:
    """Find issues and pull requests, also in several repositories."""
    query = {"q": params.query, "sort": params.sort}
    issues = await listed(calls, Issue, "/search/issues", query, limit=params.limit, within="items")
    return Found(issues=issues, total=len(issues))


@github.action(effect="idempotent_write", scopes=("repo",))
def add_labels(params: IssueLabels) -> Request[Labelled]:
    """Put labels on an issue or a pull request."""
    body: dict[str, JsonValue] = {"labels": list(params.labels)}
    return Request(result=Labelled, method="POST", path=_issue + "/labels", json=body, read=_labelled)


async def _unlabelled(calls: Calls, params: IssueLabel, key: str) -> Labelled | None:
    del key
    issue = await calls.send(Request(result=Issue, method="GET", path=_issue))
    return None if params.label in issue.labels else Labelled(labels=issue.labels)


@github.action(effect="write", scopes=("repo",), verify=_unlabelled)
def remove_label(params: IssueLabel) -> Request[Labelled]:
    """Take a label off an issue or a pull request."""
    return Request(result=Labelled, method="DELETE", path=_issue + "/labels/{name}", fill={"name": params.label}, read=_labelled)


@github.action(effect="idempotent_write", scopes=("repo",))
def add_assignees(params: IssueAssignees) -> Request[Issue]:
    """Assign an issue or a pull request to people."""
    body: dict[str, JsonValue] = {"assignees": list(params.assignees)}
    return Request(result=Issue, method="POST", path=_issue + "/assignees", json=body)


@github.action(effect="read", scopes=("repo",))
async def list_labels(calls: Calls, params: RepositoryLabels) -> Labels:
    """List the labels that a repository has."""
    labels = await listed(calls, LabelFacts, _repository + "/labels", {}, limit=params.limit)
    return Labels(labels=labels, total=len(labels))
