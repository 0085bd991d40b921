"""GitHub's releases, runs of its workflows (Actions), and the status of commits."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from tenuto.connectors.github.shapes import Repository, branch_options
from tenuto.connectors.github.vendor import comment_mark, github, given, listed, marked
from tenuto.core.connector import Calls, Request, Result, options, unique

_repository = "/repos/{owner}/{repo}"
_releases = _repository + "/releases"


class ReleaseFilter(Repository):
    """Which releases."""

    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class NewRelease(Repository):
    """A release to be made."""

    tag: str = Field(description="Its tag, which is made if it is not there.", examples=["v1.2.0"], min_length=1)
    target: str | None = Field(
        default=None,
        description="Branch or SHA for a new tag; else the default branch.",
        examples=["main"],
        json_schema_extra=branch_options,
    )
    name: str | None = Field(default=None, description="Title.", examples=["1.2.0"])
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["Tuesdays work."], max_length=120_000)
    draft: bool = Field(default=False, description="Not yet to be seen by others.", examples=[False])
    prerelease: bool = Field(default=False, description="Not yet for everybody.", examples=[False])
    generate_notes: bool = Field(default=False, description="Let GitHub add what was merged since the last release.", examples=[True])


class WorkflowFilter(Repository):
    """Which workflows."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])


class Dispatch(Repository):
    """A workflow to be run."""

    workflow: str = Field(
        description="Its file name or id; it has to allow `workflow_dispatch`.", examples=["ci.yml"], min_length=1,
        json_schema_extra=options("list_workflows", "workflows"),
    )  # fmt: skip
    ref: str = Field(default="main", description="Branch or tag.", examples=["main"], min_length=1, json_schema_extra=branch_options)
    inputs: dict[str, str] = Field(default={}, description="Its inputs, by name.", examples=[{"level": "debug"}], max_length=25)


class RunFilter(Repository):
    """Which runs."""

    branch: str | None = Field(default=None, description="Only of this branch.", examples=["main"], json_schema_extra=branch_options)
    status: Literal["queued", "in_progress", "completed", "success", "failure", "cancelled", "waiting"] | None = Field(
        default=None, description="Only in this state, or with this result.", examples=["failure"]
    )
    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class OneRun(Repository):
    """Which run."""

    run_id: int = Field(description="GitHub's id of it.", examples=[30433642], ge=1)


class NewStatus(Repository):
    """The verdict on a commit."""

    sha: str = Field(description="The commit.", examples=["6dcb09b5b57875f334f61aebed695e2e4193db5e"], pattern=r"^[0-9a-f]{40}$")
    state: Literal["error", "failure", "pending", "success"] = Field(description="The verdict.", examples=["success"])
    context: str = Field(default="tenuto", description="Whose verdict; the newest of each counts.", examples=["tenuto"], min_length=1)
    description: str | None = Field(default=None, description="A few words.", examples=["All is well"], max_length=140)
    target_url: str | None = Field(
        default=None, description="Where to read more.", examples=["https://example.com/runs/1"], pattern="^https?://"
    )


class Release(Result):
    """A release."""

    id: int = Field(description="GitHub's id of it.", examples=[1], json_schema_extra=unique)
    tag: str = Field(validation_alias="tag_name", description="Its tag.", examples=["v1.2.0"])
    name: str | None = Field(default=None, description="Title.", examples=["1.2.0"])
    body: str | None = Field(default=None, description="Text, in Markdown.", examples=["Tuesdays work."])
    draft: bool = Field(description="Not yet to be seen by others.", examples=[False])
    prerelease: bool = Field(description="Not yet for everybody.", examples=[False])
    html_url: str = Field(description="Where people read it.", examples=["https://github.com/octocat/hello-world/releases/tag/v1.2.0"])
    published_at: datetime | None = Field(default=None, description="When.", examples=["2026-01-05T09:30:00Z"])


class Releases(Result):
    """A list of releases."""

    releases: tuple[Release, ...] = Field(description="Releases, newest first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Workflow(Result):
    """A workflow of GitHub Actions."""

    id: int = Field(description="GitHub's id of it.", examples=[161335])
    name: str = Field(description="Its name.", examples=["CI"])
    path: str = Field(description="Its file.", examples=[".github/workflows/ci.yml"])
    state: str = Field(description="active, or why it is not.", examples=["active"])


class Workflows(Result):
    """A list of workflows."""

    workflows: tuple[Workflow, ...] = Field(description="Workflows.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Run(Result):
    """A run of a workflow."""

    id: int = Field(description="GitHub's id of it.", examples=[30433642], json_schema_extra=unique)
    name: str | None = Field(default=None, description="The workflow's name.", examples=["CI"])
    status: str | None = Field(description="queued, in_progress, completed, …", examples=["completed"])
    conclusion: str | None = Field(default=None, description="success, failure, cancelled, …, once it is completed.", examples=["success"])
    branch: str | None = Field(default=None, validation_alias="head_branch", description="Its branch.", examples=["main"])
    event: str = Field(description="What started it.", examples=["workflow_dispatch"])
    html_url: str = Field(description="Where people read it.", examples=["https://github.com/octocat/hello-world/actions/runs/30433642"])
    created_at: datetime = Field(description="When it was started.", examples=["2026-01-05T09:30:00Z"])


class Runs(Result):
    """A list of runs."""

    runs: tuple[Run, ...] = Field(description="Runs, newest first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Dispatched(Result):
    """A run that was asked for."""

    run_id: int = Field(validation_alias="workflow_run_id", description="GitHub's id of it.", examples=[30433642], json_schema_extra=unique)
    html_url: str = Field(description="Where people watch it.", examples=["https://github.com/octocat/hello-world/actions/runs/30433642"])


class Status(Result):
    """A verdict on a commit."""

    id: int = Field(description="GitHub's id of it.", examples=[1], json_schema_extra=unique)
    state: str = Field(description="The verdict.", examples=["success"])
    context: str = Field(description="Whose.", examples=["tenuto"])


@github.action(effect="read", scopes=("repo",))
async def list_releases(calls: Calls, params: ReleaseFilter) -> Releases:
    """List a repository's releases."""
    releases = await listed(calls, Release, _releases, {}, limit=params.limit)
    return Releases(releases=releases, total=len(releases))


async def _released(calls: Calls, params: NewRelease, key: str) -> Release | None:
    del params  # the path is filled from them
    found = await listed(calls, Release, _releases, {}, limit=1, wanted=lambda each: comment_mark(key) in (each.body or ""))
    return found[0] if found else None


@github.action(effect="write", scopes=("repo",), verify=_released)
def create_release(params: NewRelease, key: str) -> Request[Release]:
    """Make a release, and its tag where that is not there."""
    body = given(tag_name=params.tag, target_commitish=params.target, name=params.name, body=marked(params.body, key), draft=params.draft)
    body |= {"prerelease": params.prerelease, "generate_release_notes": params.generate_notes}
    return Request(result=Release, method="POST", path=_releases, json=body)


@github.action(effect="read", scopes=("repo",))
async def list_workflows(calls: Calls, params: WorkflowFilter) -> Workflows:
    """List a repository's workflows of GitHub Actions."""
    found = await listed(calls, Workflow, _repository + "/actions/workflows", {}, limit=params.limit, within="workflows")
    return Workflows(workflows=found, total=len(found))


# Without `verify`: a run carries nothing of ours, and others may have started one too.
@github.action(effect="write", scopes=("repo", "workflow"))
def dispatch_workflow(params: Dispatch) -> Request[Dispatched]:
    """Run a workflow of GitHub Actions."""
    body: dict[str, JsonValue] = {"ref": params.ref, "inputs": {**params.inputs}, "return_run_details": True}
    return Request(result=Dispatched, method="POST", path=_repository + "/actions/workflows/{workflow}/dispatches", json=body)


@github.action(effect="read", scopes=("repo",))
async def list_workflow_runs(calls: Calls, params: RunFilter) -> Runs:
    """List runs of GitHub Actions."""
    query = {"branch": params.branch, "status": params.status}
    runs = await listed(calls, Run, _repository + "/actions/runs", query, limit=params.limit, within="workflow_runs")
    return Runs(runs=runs, total=len(runs))


@github.action(effect="read", scopes=("repo",))
def get_workflow_run(params: OneRun) -> Request[Run]:
    """Read how a run of GitHub Actions stands."""
    del params  # the path is filled from them
    return Request(result=Run, method="GET", path=_repository + "/actions/runs/{run_id}")


@github.action(effect="idempotent_write", scopes=("repo",))
def set_commit_status(params: NewStatus) -> Request[Status]:
    """Say on a commit how something about it went."""
    body = given(state=params.state, context=params.context, description=params.description, target_url=params.target_url)
    return Request(result=Status, method="POST", path=_repository + "/statuses/{sha}", json=body)
