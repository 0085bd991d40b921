"""What there is to choose from in Jira: projects, people, types and priorities of issues."""

from __future__ import annotations

from pydantic import Field

from tenuto.connectors.jira.shapes import Person, project_options
from tenuto.connectors.jira.vendor import jira, listed
from tenuto.core.connector import Answer, Calls, Params, Request, Result


class Named(Params):
    """Which, by a part of the name."""

    query: str = Field(default="", description="A part of the name; empty for all.", examples=["ten"])
    limit: int = Field(default=50, ge=1, le=1000, description="How many at most.", examples=[50])


class OfProject(Params):
    """Of which project."""

    project: str = Field(description="Key of the project.", examples=["TEN"], min_length=1, json_schema_extra=project_options)


class Everything(Params):
    """No choice."""


class Project(Result):
    """A project."""

    id: str = Field(description="Jira's id of it.", examples=["10000"])
    key: str = Field(description="Its key.", examples=["TEN"])
    name: str = Field(description="Its name.", examples=["Tenuto"])


class Projects(Result):
    """A list of projects."""

    projects: tuple[Project, ...] = Field(description="Projects.")
    total: int = Field(description="How many are in the list.", examples=[1])


class People(Result):
    """A list of people."""

    users: tuple[Person, ...] = Field(description="People.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Kind(Result):
    """A type or a priority."""

    id: str = Field(description="Jira's id of it.", examples=["10001"])
    name: str = Field(description="Its name.", examples=["Task"])


class IssueTypes(Result):
    """The types that issues of a project may have."""

    issue_types: tuple[Kind, ...] = Field(description="Types.")


class Priorities(Result):
    """The priorities that issues may have."""

    priorities: tuple[Kind, ...] = Field(description="Priorities, the most urgent first.")


@jira.action(effect="read", scopes=("read:jira-work",))
async def list_projects(calls: Calls, params: Named) -> Projects:
    """List projects."""
    query = {"query": params.query or None}
    projects = await listed(calls, Project, "/project/search", {**query}, limit=params.limit, within="values")
    return Projects(projects=projects, total=len(projects))


@jira.action(effect="read", scopes=("read:jira-user",))
async def find_users(calls: Calls, params: Named) -> People:
    """Find people by their name or address, or list them all."""
    path, query = ("/user/search", params.query) if params.query else ("/users/search", None)
    users = await listed(calls, Person, path, {"query": query}, limit=params.limit, within=None)
    return People(users=users, total=len(users))


@jira.action(effect="read", scopes=("read:jira-work",))
async def list_issue_types(calls: Calls, params: OfProject) -> IssueTypes:
    """List the types that issues of a project may have."""
    del params  # the path is filled from them
    found = await listed(calls, Kind, "/issue/createmeta/{project}/issuetypes", {}, limit=200, within="issueTypes")
    return IssueTypes(issue_types=found)


def _priorities(answer: Answer, _params: Params) -> Priorities:
    return Priorities.model_validate({"priorities": answer.json})


@jira.action(effect="read", scopes=("read:jira-work",))
def list_priorities(params: Everything) -> Request[Priorities]:
    """List the priorities that issues may have."""
    del params
    return Request(result=Priorities, method="GET", path="/priority", read=_priorities)
