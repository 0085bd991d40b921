"""GitHub's pull requests: opened, read, changed and merged."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from tenuto.connectors.github.shapes import NewPullRequest, OnePull, PullRequest, Repository, branch_options
from tenuto.connectors.github.vendor import comment_mark, github, given, listed, marked
from tenuto.core.connector import Calls, Request, Result

_pulls = "/repos/{owner}/{repo}/pulls"
_pull = "/repos/{owner}/{repo}/pulls/{number}"


class PullFilter(Repository):
    """Which pull requests."""

    state: Literal["open", "closed", "all"] = Field(default="open", description="Their state.", examples=["open"])
    head: str | None = Field(
        default=None, description="Only from this branch: `owner:branch`.", examples=["octocat:fix-tuesdays"], min_length=1
    )
    base: str | None = Field(
        default=None, description="Only into this branch.", examples=["main"], min_length=1, json_schema_extra=branch_options
    )
    sort: Literal["created", "updated", "popularity", "long-running"] = Field(
        default="created", description="Order, greatest first.", examples=["updated"]
    )
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class PullChange(OnePull):
    """What of a pull request is to be changed; what is not given stays."""

    title: str | None = Field(default=None, description="Title.", examples=["Fix the bug"], min_length=1, max_length=256)
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["Closes #42."], max_length=65_000)
    state: Literal["open", "closed"] | None = Field(default=None, description="Close it, or open it again.", examples=["closed"])
    base: str | None = Field(
        default=None, description="Branch to merge into.", examples=["main"], min_length=1, json_schema_extra=branch_options
    )


class FileFilter(OnePull):
    """Which changed files."""

    limit: int = Field(default=100, ge=1, le=3000, description="How many at most.", examples=[100])


class Merge(OnePull):
    """How a pull request is to be merged."""

    method: Literal["merge", "squash", "rebase"] = Field(default="merge", description="Way of merging.", examples=["squash"])
    commit_title: str | None = Field(default=None, description="First line of the commit's message.", examples=["Fix the bug (#143)"])
    commit_message: str | None = Field(default=None, description="The rest of the commit's message.", examples=["Closes #42."])
    sha: str | None = Field(
        default=None,
        description="Only if this is still the newest commit of the branch.",
        examples=["6dcb09b5b57875f334f61aebed695e2e4193db5e"],
        pattern=r"^[0-9a-f]{40}$",
    )


class Pulls(Result):
    """A list of pull requests."""

    pull_requests: tuple[PullRequest, ...] = Field(description="Pull requests.")
    total: int = Field(description="How many are in the list.", examples=[1])


class ChangedFile(Result):
    """A file that a pull request changes."""

    filename: str = Field(description="Its path.", examples=["src/app.py"])
    status: str = Field(description="added, removed, modified, renamed, …", examples=["modified"])
    additions: int = Field(description="Lines added.", examples=[3])
    deletions: int = Field(description="Lines removed.", examples=[1])
    patch: str | None = Field(default=None, description="The difference; none for a binary or very large file.", examples=["@@ -1 +1,3 @@"])


class ChangedFiles(Result):
    """The files that a pull request changes."""

    files: tuple[ChangedFile, ...] = Field(description="Files.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Merged(Result):
    """A pull request that was merged."""

    sha: str | None = Field(description="The commit that it became.", examples=["6dcb09b5b57875f334f61aebed695e2e4193db5e"])
    merged: bool = Field(description="Always true.", examples=[True])


class _MergeState(Result):
    merged: bool = False
    merge_commit_sha: str | None = None


async def _opened_pull(calls: Calls, params: NewPullRequest, key: str) -> PullRequest | None:
    head = params.head if ":" in params.head else f"{params.owner}:{params.head}"
    query = {"state": "all", "head": head, "base": params.base}
    found = await listed(
        calls, PullRequest, "/repos/{owner}/{repo}/pulls", query, limit=1, wanted=lambda pull: comment_mark(key) in (pull.body or "")
    )
    return found[0] if found else None


@github.action(effect="write", scopes=("repo",), verify=_opened_pull)
def create_pr(params: NewPullRequest, key: str) -> Request[PullRequest]:
    """Open a pull request."""
    body: dict[str, JsonValue] = {"title": params.title, "body": marked(params.body, key), "head": params.head, "base": params.base}
    return Request(result=PullRequest, method="POST", path="/repos/{owner}/{repo}/pulls", json=body)


@github.action(effect="read", scopes=("repo",))
async def list_prs(calls: Calls, params: PullFilter) -> Pulls:
    """List a repository's pull requests."""
    query = {"state": params.state, "head": params.head, "base": params.base, "sort": params.sort, "direction": "desc"}
    pulls = await listed(calls, PullRequest, _pulls, query, limit=params.limit)
    return Pulls(pull_requests=pulls, total=len(pulls))


@github.action(effect="read", scopes=("repo",))
def get_pr(params: OnePull) -> Request[PullRequest]:
    """Read a pull request by its number."""
    del params  # the path is filled from them
    return Request(result=PullRequest, method="GET", path=_pull)


@github.action(effect="idempotent_write", scopes=("repo",))
def update_pr(params: PullChange) -> Request[PullRequest]:
    """Change a pull request: its text, state or target."""
    body = given(title=params.title, body=params.body, state=params.state, base=params.base)
    return Request(result=PullRequest, method="PATCH", path=_pull, json=body)


@github.action(effect="read", scopes=("repo",))
async def list_pr_files(calls: Calls, params: FileFilter) -> ChangedFiles:
    """List the files that a pull request changes, with the differences."""
    files = await listed(calls, ChangedFile, _pull + "/files", {}, limit=params.limit)
    return ChangedFiles(files=files, total=len(files))


async def _is_merged(calls: Calls, params: Merge, key: str) -> Merged | None:
    del params, key
    state = await calls.send(Request(result=_MergeState, method="GET", path=_pull))
    return Merged(sha=state.merge_commit_sha, merged=True) if state.merged else None


@github.action(effect="write", scopes=("repo",), verify=_is_merged)
def merge_pr(params: Merge) -> Request[Merged]:
    """Merge a pull request."""
    body = given(merge_method=params.method, commit_title=params.commit_title, commit_message=params.commit_message, sha=params.sha)
    return Request(result=Merged, method="PUT", path=_pull + "/merge", json=body)
