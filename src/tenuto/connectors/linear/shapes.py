"""What Linear's actions share: which issue, and people, teams, states, labels and issues as they are read."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import AliasPath, Field

from tenuto.core.connector import Params, Result, options, unique

_uuid = "9cfb482a-81e3-4154-b5b9-2c805e70a02d"
id_pattern = r"^[A-Za-z0-9_-]+$"
team_options = options("list_teams", "teams")
state_options = options("list_states", "states")
label_options = options("list_labels", "labels")
user_options = options("list_users", "users")
issue_fields = (
    "id identifier title description priority priorityLabel estimate dueDate url branchName createdAt updatedAt "
    "state { id name type } team { id key name } assignee { id name email } labels(first: 50) { nodes { id name } }"
)


class OneIssue(Params):
    """Which issue."""

    issue: str = Field(description="Its identifier or id.", examples=["ENG-42"], min_length=1, max_length=64, pattern=id_pattern)


class Person(Result):
    """Somebody of the workspace."""

    id: str = Field(description="Linear's id of them.", examples=[_uuid])
    name: str = Field(description="Name.", examples=["Ada Lovelace"])
    email: str | None = Field(default=None, description="Address.", examples=["ada@example.com"])


class Team(Result):
    """A team."""

    id: str = Field(description="Linear's id of it.", examples=[_uuid])
    key: str = Field(description="What its issues' identifiers begin with.", examples=["ENG"])
    name: str = Field(description="Its name.", examples=["Engineering"])


class State(Result):
    """A status that issues of a team may have."""

    id: str = Field(description="Linear's id of it.", examples=[_uuid])
    name: str = Field(description="Its name.", examples=["In Progress"])
    type: str = Field(description="What it stands for: triage, backlog, unstarted, started, completed or canceled.", examples=["started"])


class Label(Result):
    """A label."""

    id: str = Field(description="Linear's id of it.", examples=[_uuid])
    name: str = Field(description="Its name.", examples=["Bug"])


class Issue(Result):
    """An issue."""

    id: str = Field(description="Linear's id of it.", examples=[_uuid], json_schema_extra=unique)
    identifier: str = Field(description="As people call it.", examples=["ENG-42"], json_schema_extra=unique)
    title: str = Field(description="Title.", examples=["Printer offline"])
    description: str | None = Field(default=None, description="Its text, in Markdown.", examples=["It does not print."])
    priority: int = Field(default=0, description="0 none, 1 urgent, 2 high, 3 medium, 4 low.", examples=[2])
    priority_label: str | None = Field(
        default=None, validation_alias="priorityLabel", description="The priority in words.", examples=["High"]
    )
    estimate: float | None = Field(default=None, description="How much work it is.", examples=[3])
    due_date: date | None = Field(default=None, validation_alias="dueDate", description="When it is due.", examples=["2026-02-01"])
    url: str = Field(description="Where people see it.", examples=["https://linear.app/acme/issue/ENG-42"])
    branch_name: str | None = Field(
        default=None, validation_alias="branchName", description="Name for a branch of Git.", examples=["ada/eng-42"]
    )
    state: State = Field(description="Its status.")
    team: Team = Field(description="Its team.")
    assignee: Person | None = Field(default=None, description="Who it is assigned to.")
    labels: tuple[Label, ...] = Field(default=(), validation_alias=AliasPath("labels", "nodes"), description="Its first 50 labels.")
    created: datetime = Field(validation_alias="createdAt", description="When it was created.", examples=["2026-01-05T09:30:00Z"])
    updated: datetime = Field(validation_alias="updatedAt", description="When it last changed.", examples=["2026-01-05T09:30:00Z"])
