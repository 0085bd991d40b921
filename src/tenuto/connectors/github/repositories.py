"""GitHub's repositories, their commits and branches."""

from __future__ import annotations

from pydantic import AliasPath, Field

from tenuto.connectors.github.shapes import (
    Commit,
    CommitFilter,
    Commits,
    Repositories,
    Repository,
    RepositoryFacts,
    RepositoryFilter,
    branch_options,
)
from tenuto.connectors.github.vendor import Missing, github, listed
from tenuto.core.connector import Calls, Params, Request, Result, unique

_repository = "/repos/{owner}/{repo}"


class InstallationFilter(Params):
    """Which repositories."""

    limit: int = Field(default=30, ge=1, le=1000, description="How many at most.", examples=[30])


class BranchFilter(Repository):
    """Which branches."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])


class NewBranch(Repository):
    """A branch to be created."""

    branch: str = Field(description="Its name.", examples=["fix-tuesdays"], min_length=1, max_length=244, pattern=r"^[^\s~^:?*\[\\]+$")
    source: str = Field(
        default="main", description="The branch that it starts from.", examples=["main"], min_length=1, json_schema_extra=branch_options
    )


class Branch(Result):
    """A branch."""

    name: str = Field(description="Its name.", examples=["fix-tuesdays"], json_schema_extra=unique)
    sha: str = Field(
        validation_alias=AliasPath("commit", "sha"),
        description="Its newest commit.",
        examples=["6dcb09b5b57875f334f61aebed695e2e4193db5e"],
    )
    protected: bool = Field(default=False, description="Whether rules protect it.", examples=[False])


class Branches(Result):
    """A list of branches."""

    branches: tuple[Branch, ...] = Field(description="Branches.")
    total: int = Field(description="How many are in the list.", examples=[1])


class _Reference(Result):
    ref: str


@github.action(effect="read", scopes=("repo",))
async def get_commits(calls: Calls, params: CommitFilter) -> Commits:
    """List a branch's commits."""
    commits = await listed(calls, Commit, "/repos/{owner}/{repo}/commits", {"sha": params.branch}, limit=params.limit)
    return Commits(commits=commits, total=len(commits), repository=f"{params.owner}/{params.repo}", branch=params.branch)


@github.action(effect="read", scopes=("repo",))
async def get_repos(calls: Calls, params: RepositoryFilter) -> Repositories:
    """List the repositories of an organisation, a user, or the connected account."""
    path = "/orgs/{org}/repos" if params.org else "/users/{user}/repos" if params.user else "/user/repos"
    repositories = await listed(calls, RepositoryFacts, path, {"type": params.type}, limit=params.limit)
    return Repositories(repositories=repositories, total=len(repositories))


@github.action(effect="read", scopes=("repo",))
async def list_installation_repos(calls: Calls, params: InstallationFilter) -> Repositories:
    """List the repositories that the connected GitHub App was installed for."""
    found = await listed(calls, RepositoryFacts, "/installation/repositories", {}, limit=params.limit, within="repositories")
    return Repositories(repositories=found, total=len(found))


@github.action(effect="read", scopes=("repo",))
def get_repo(params: Repository) -> Request[RepositoryFacts]:
    """Read about a repository."""
    del params  # the path is filled from them
    return Request(result=RepositoryFacts, method="GET", path=_repository)


@github.action(effect="read", scopes=("repo",))
async def list_branches(calls: Calls, params: BranchFilter) -> Branches:
    """List a repository's branches."""
    branches = await listed(calls, Branch, _repository + "/branches", {}, limit=params.limit)
    return Branches(branches=branches, total=len(branches))


async def _branch(calls: Calls, name: str) -> Branch:
    return await calls.send(Request(result=Branch, method="GET", path=_repository + "/branches/{name}", fill={"name": name}))


async def _created(calls: Calls, params: NewBranch, key: str) -> Branch | None:
    """There, and where it was to start: whoever made it, nothing is left to do."""
    del key
    try:
        made, source = await _branch(calls, params.branch), await _branch(calls, params.source)
    except Missing:
        return None
    return made if made.sha == source.sha else None


@github.action(effect="write", scopes=("repo",), verify=_created)
async def create_branch(calls: Calls, params: NewBranch) -> Branch:
    """Create a branch from the newest commit of another."""
    source = await _branch(calls, params.source)
    body = {"ref": f"refs/heads/{params.branch}", "sha": source.sha}
    await calls.send(Request(result=_Reference, method="POST", path=_repository + "/git/refs", json={**body}))
    return Branch.model_validate({"name": params.branch, "commit": {"sha": source.sha}})
