"""What GitHub's actions take and answer; the results are read from GitHub's own JSON by their aliases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import AliasPath, BeforeValidator, Field, JsonValue, Strict, model_validator

from tenuto.core.connector import Params, Result, options, unique


def pick(field: str) -> BeforeValidator:
    """GitHub's objects by one of their fields; names stay as they are."""

    def picked(many: object) -> object:
        if not isinstance(many, list):
            return many
        items = cast("list[object]", many)
        return [cast("dict[str, object]", item).get(field) if isinstance(item, dict) else item for item in items]

    return BeforeValidator(picked)


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], Strict(False), BeforeValidator(_split)]
"""Several names; one string with commas is read too."""


label_options = options("list_labels", "labels", value="name")
branch_options = options("list_branches", "branches", value="name")


class Repository(Params):
    """Where: the parameters that name a repository."""

    owner: str = Field(description="User or organisation that owns the repository.", examples=["octocat"], min_length=1)
    repo: str = Field(
        description="Name of the repository.",
        examples=["hello-world"],
        min_length=1,
        json_schema_extra=options("get_repos", "repositories", value="name", label="full_name"),
    )


class OneIssue(Repository):
    """Which issue or pull request: GitHub numbers both together."""

    number: int = Field(description="Its number in the repository.", examples=[142], ge=1)


class OnePull(Repository):
    """Which pull request."""

    number: int = Field(description="Its number in the repository.", examples=[143], ge=1)


class NewIssue(Repository):
    """An issue to be opened."""

    title: str = Field(description="Title.", examples=["Found a bug"], min_length=1, max_length=256)
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["It fails on Tuesdays."], max_length=65_000)
    labels: Names = Field(default=(), description="Labels to put on it.", examples=[["bug"]], json_schema_extra=label_options)
    assignees: Names = Field(default=(), description="Logins of the people it is assigned to.", examples=[["octocat"]])


class IssueFilter(Repository):
    """Which issues."""

    state: Literal["open", "closed", "all"] = Field(default="open", description="Their state.", examples=["open"])
    labels: Names = Field(default=(), description="Only issues with all of these labels.", examples=[["bug"]])
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class NewPullRequest(Repository):
    """A pull request to be opened."""

    title: str = Field(description="Title.", examples=["Fix the bug"], min_length=1, max_length=256)
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["Closes #42."], max_length=65_000)
    head: str = Field(
        description="Branch with the changes; `user:branch` from a fork.",
        examples=["fix-tuesdays"],
        min_length=1,
        json_schema_extra=branch_options,
    )
    base: str = Field(
        default="main", description="Branch to merge into.", examples=["main"], min_length=1, json_schema_extra=branch_options
    )


class CommitFilter(Repository):
    """Which commits."""

    branch: str | None = Field(default=None, description="Branch, tag or SHA; else the default branch.", examples=["main"])
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class RepositoryFilter(Params):
    """Whose repositories; without `org` and `user` those of the connected account."""

    org: str | None = Field(default=None, description="An organisation.", examples=["github"], min_length=1)
    user: str | None = Field(default=None, description="A user.", examples=["octocat"], min_length=1)
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])
    type: Literal["all", "owner", "public", "private", "forks", "sources", "member"] | None = Field(
        default=None, description="Kind: for a user all, owner, member; for an organisation also forks, sources.", examples=["all"]
    )

    @model_validator(mode="after")
    def _consistent(self) -> RepositoryFilter:
        if self.org and self.user:
            raise ValueError("give an organisation or a user, not both")
        known = {"org": "all public private forks sources member", "user": "all owner member", "me": "all owner public private member"}
        whose = "org" if self.org else "user" if self.user else "me"
        if self.type and self.type not in known[whose].split():
            raise ValueError(f'type "{self.type}" is not for these; one of {", ".join(known[whose].split())} is')
        return self


class Issue(Result):
    """An issue."""

    id: int = Field(description="GitHub's id of it.", examples=[2100000001], json_schema_extra=unique)
    number: int = Field(description="Its number in the repository.", examples=[142], json_schema_extra=unique)
    title: str = Field(description="Title.", examples=["Found a bug"])
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["It fails on Tuesdays."])
    state: str = Field(description="open or closed.", examples=["open"])
    labels: Annotated[tuple[str, ...], pick("name")] = Field(default=(), description="Labels.", examples=[["bug"]])
    assignees: Annotated[tuple[str, ...], pick("login")] = Field(default=(), description="Who it is assigned to.", examples=[["octocat"]])
    author: str | None = Field(
        default=None, validation_alias=AliasPath("user", "login"), description="Who opened it.", examples=["octocat"]
    )
    html_url: str = Field(description="Where people read it.", examples=["https://github.com/octocat/hello-world/issues/142"])
    created_at: datetime = Field(description="When it was opened.", examples=["2026-01-05T09:30:00Z"])
    updated_at: datetime = Field(description="When it last changed.", examples=["2026-01-05T09:30:00Z"])


class IssueOrPull(Issue):
    """GitHub lists pull requests among the issues."""

    pull_request: JsonValue = None


class Issues(Result):
    """A list of issues."""

    issues: tuple[Issue, ...] = Field(description="Issues, newest first, no pull requests.")
    total: int = Field(description="How many are in the list.", examples=[1])
    repository: str = Field(description="owner/repo.", examples=["octocat/hello-world"])


class PullRequest(Result):
    """A pull request."""

    id: int = Field(description="GitHub's id of it.", examples=[1900000001], json_schema_extra=unique)
    number: int = Field(description="Its number in the repository.", examples=[143], json_schema_extra=unique)
    title: str = Field(description="Title.", examples=["Fix the bug"])
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["Closes #42."])
    state: str = Field(description="open or closed.", examples=["open"])
    draft: bool = Field(default=False, description="Whether it is a draft.", examples=[False])
    merged: bool | None = Field(default=None, description="Whether it was merged; unknown in lists.", examples=[False])
    mergeable: bool | None = Field(default=None, description="Whether it can be; unknown until GitHub has tried.", examples=[True])
    author: str | None = Field(
        default=None, validation_alias=AliasPath("user", "login"), description="Who opened it.", examples=["octocat"]
    )
    head: str = Field(validation_alias=AliasPath("head", "ref"), description="Branch with the changes.", examples=["fix-tuesdays"])
    sha: str | None = Field(
        default=None,
        validation_alias=AliasPath("head", "sha"),
        description="Newest commit of that branch.",
        examples=["6dcb09b5b57875f334f61aebed695e2e4193db5e"],
    )
    base: str = Field(validation_alias=AliasPath("base", "ref"), description="Branch it merges into.", examples=["main"])
    html_url: str = Field(description="Where people read it.", examples=["https://github.com/octocat/hello-world/pull/143"])
    created_at: datetime = Field(description="When it was opened.", examples=["2026-01-05T09:30:00Z"])


class Commit(Result):
    """A commit."""

    sha: str = Field(description="Its SHA.", examples=["6dcb09b5b57875f334f61aebed695e2e4193db5e"], json_schema_extra=unique)
    message: str = Field(validation_alias=AliasPath("commit", "message"), description="Its message.", examples=["Fix all the bugs"])
    author: str | None = Field(
        default=None, validation_alias=AliasPath("commit", "author", "name"), description="Name of its author.", examples=["Mona"]
    )
    date: datetime | None = Field(
        default=None, validation_alias=AliasPath("commit", "author", "date"), description="When.", examples=["2026-01-05T09:30:00Z"]
    )
    html_url: str = Field(description="Where people read it.", examples=["https://github.com/octocat/hello-world/commit/6dcb09b"])


class Commits(Result):
    """A list of commits."""

    commits: tuple[Commit, ...] = Field(description="Commits, newest first.")
    total: int = Field(description="How many are in the list.", examples=[1])
    repository: str = Field(description="owner/repo.", examples=["octocat/hello-world"])
    branch: str | None = Field(description="The branch asked for; null means the default branch.", examples=["main"])


class RepositoryFacts(Result):
    """A repository."""

    id: int = Field(description="GitHub's id of it.", examples=[1296269], json_schema_extra=unique)
    name: str = Field(description="Name.", examples=["hello-world"])
    full_name: str = Field(description="owner/name.", examples=["octocat/hello-world"])
    description: str | None = Field(default=None, description="What it is.", examples=["My first repository"])
    private: bool = Field(description="Whether it is private.", examples=[False])
    language: str | None = Field(default=None, description="Main language.", examples=["Python"])
    default_branch: str | None = Field(default=None, description="Default branch.", examples=["main"])
    stargazers_count: int | None = Field(default=None, description="Stars.", examples=[80])
    html_url: str = Field(description="Where people read it.", examples=["https://github.com/octocat/hello-world"])
    updated_at: datetime | None = Field(default=None, description="When it last changed.", examples=["2026-01-05T09:30:00Z"])


class Repositories(Result):
    """A list of repositories."""

    repositories: tuple[RepositoryFacts, ...] = Field(description="Repositories.")
    total: int = Field(description="How many are in the list.", examples=[1])
