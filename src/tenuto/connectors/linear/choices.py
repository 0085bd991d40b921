"""What there is to choose from in Linear: teams, people, states and labels."""

from __future__ import annotations

from pydantic import Field, JsonValue

from tenuto.connectors.linear.service import linear, listed
from tenuto.connectors.linear.shapes import Label, Person, State, Team, id_pattern, team_options
from tenuto.core.connector import Calls, Params, Result


class Limited(Params):
    """How many."""

    limit: int = Field(default=50, ge=1, le=1000, description="How many at most.", examples=[50])


class OfTeam(Limited):
    """Of which team."""

    team: str | None = Field(
        default=None, description="Id of the team; all where none is given.", examples=["9cfb482a-81e3-4154-b5b9-2c805e70a02d"],
        max_length=64, pattern=id_pattern, json_schema_extra=team_options,
    )  # fmt: skip


class Teams(Result):
    """A list of teams."""

    teams: tuple[Team, ...] = Field(description="Teams.")
    total: int = Field(description="How many are in the list.", examples=[1])


class People(Result):
    """A list of people."""

    users: tuple[Person, ...] = Field(description="People.")
    total: int = Field(description="How many are in the list.", examples=[1])


class States(Result):
    """A list of states."""

    states: tuple[State, ...] = Field(description="States.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Labels(Result):
    """A list of labels."""

    labels: tuple[Label, ...] = Field(description="Labels.")
    total: int = Field(description="How many are in the list.", examples=[1])


def _page(field: str, fields: str, filtered: str = "") -> str:
    declared, given = (f", $filter: {filtered}", ", filter: $filter") if filtered else ("", "")
    pages = "pageInfo { hasNextPage endCursor }"
    return f"query($first: Int, $after: String{declared}) {{ {field}(first: $first, after: $after{given}) {{ nodes {{ {fields} }} {pages} }} }}"


@linear.action(effect="read", scopes=("read",))
async def list_teams(calls: Calls, params: Limited) -> Teams:
    """List the teams of the workspace."""
    found = await listed(calls, Team, _page("teams", "id key name"), {}, "teams", limit=params.limit)
    return Teams(teams=found, total=len(found))


@linear.action(effect="read", scopes=("read",))
async def list_users(calls: Calls, params: Limited) -> People:
    """List the people of the workspace who are active."""
    active: JsonValue = {"active": {"eq": True}}
    query = _page("users", "id name email", "UserFilter")
    found = await listed(calls, Person, query, {"filter": active}, "users", limit=params.limit)
    return People(users=found, total=len(found))


@linear.action(effect="read", scopes=("read",))
async def list_states(calls: Calls, params: OfTeam) -> States:
    """List the states that issues may have."""
    only: JsonValue = {"team": {"id": {"eq": params.team}}} if params.team else {}
    query = _page("workflowStates", "id name type", "WorkflowStateFilter")
    found = await listed(calls, State, query, {"filter": only}, "workflowStates", limit=params.limit)
    return States(states=found, total=len(found))


@linear.action(effect="read", scopes=("read",))
async def list_labels(calls: Calls, params: Limited) -> Labels:
    """List the labels of the workspace and of its teams."""
    found = await listed(calls, Label, _page("issueLabels", "id name"), {}, "issueLabels", limit=params.limit)
    return Labels(labels=found, total=len(found))
