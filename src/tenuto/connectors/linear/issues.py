"""Linear's issues: created, read, found and changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from tenuto.connectors.linear.service import asked, chosen, linear, listed, made
from tenuto.connectors.linear.shapes import (
    Issue,
    OneIssue,
    id_pattern,
    issue_fields,
    label_options,
    state_options,
    team_options,
    user_options,
)
from tenuto.core.connector import Calls, Params, Request, Result, options
from tenuto.core.errors import Invalid

_uuid = "9cfb482a-81e3-4154-b5b9-2c805e70a02d"
_create = f"mutation($input: IssueCreateInput!) {{ issueCreate(input: $input) {{ success issue {{ {issue_fields} }} }} }}"
_update = (
    f"mutation($id: String!, $input: IssueUpdateInput!) {{ issueUpdate(id: $id, input: $input) {{ success issue {{ {issue_fields} }} }} }}"
)
_get = f"query($id: String!) {{ issue(id: $id) {{ {issue_fields} }} }}"
_list = (
    "query($filter: IssueFilter, $orderBy: PaginationOrderBy, $first: Int, $after: String) "
    "{ issues(filter: $filter, orderBy: $orderBy, first: $first, after: $after) "
    f"{{ nodes {{ {issue_fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_search = (
    "query($term: String!, $teamId: String, $includeComments: Boolean, $first: Int, $after: String) "
    "{ searchIssues(term: $term, teamId: $teamId, includeComments: $includeComments, first: $first, after: $after) "
    f"{{ nodes {{ {issue_fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)


class NewIssue(Params):
    """An issue to be created."""

    team: str = Field(
        description="Id of the team.", examples=[_uuid], min_length=1, max_length=64, pattern=id_pattern, json_schema_extra=team_options
    )
    title: str = Field(description="Title, in one line.", examples=["Printer offline"], min_length=1, max_length=255, pattern=r"^[^\r\n]+$")
    description: str | None = Field(default=None, description="Text, in Markdown.", examples=["It does not print."])
    priority: int | None = Field(default=None, ge=0, le=4, description="0 none, 1 urgent, 2 high, 3 medium, 4 low.", examples=[2])
    state: str | None = Field(
        default=None, description="Id of its status; else the team's first.", examples=[_uuid], json_schema_extra=state_options
    )
    assignee: str | None = Field(
        default=None, description="Id of whom it is assigned to.", examples=[_uuid], json_schema_extra=user_options
    )
    labels: tuple[str, ...] = Field(
        default=(), description="Ids of its labels.", examples=[[_uuid]], strict=False, json_schema_extra=label_options
    )
    estimate: int | None = Field(default=None, ge=0, description="How much work it is.", examples=[3])
    due_date: date | None = Field(default=None, description="When it is due.", examples=["2026-02-01"], strict=False)
    parent: str | None = Field(default=None, description="Id of the issue that it is part of.", examples=[_uuid], pattern=id_pattern)
    project: str | None = Field(default=None, description="Id of its project.", examples=[_uuid], pattern=id_pattern)


class IssueChange(OneIssue):
    """What of an issue is to be changed; what is not given stays."""

    title: str | None = Field(
        default=None, description="Title, in one line.", examples=["Printer on fire"], min_length=1, max_length=255, pattern=r"^[^\r\n]+$"
    )
    description: str | None = Field(default=None, description="Text, in Markdown.", examples=["It burns."])
    priority: int | None = Field(default=None, ge=0, le=4, description="0 none, 1 urgent, 2 high, 3 medium, 4 low.", examples=[1])
    state: str | None = Field(default=None, description="Id of its status.", examples=[_uuid], json_schema_extra=state_options)
    assignee: str | None = Field(
        default=None, description="Id of whom it is assigned to.", examples=[_uuid], json_schema_extra=user_options
    )
    unassign: bool = Field(default=False, description="Whether it is to be assigned to nobody.", examples=[False])
    add_labels: tuple[str, ...] = Field(
        default=(), description="Ids of labels it is to have too.", examples=[[_uuid]], strict=False, json_schema_extra=label_options
    )
    remove_labels: tuple[str, ...] = Field(
        default=(), description="Ids of labels it is to lose.", examples=[[_uuid]], strict=False, json_schema_extra=label_options
    )
    estimate: int | None = Field(default=None, ge=0, description="How much work it is.", examples=[3])
    due_date: date | None = Field(default=None, description="When it is due.", examples=["2026-02-01"], strict=False)


class IssueQuery(Params):
    """Which issues: those that fit all that is given."""

    text: str | None = Field(default=None, description="A part of the title or of the text.", examples=["printer"], min_length=1)
    team: str | None = Field(default=None, description="Id of the team.", examples=[_uuid], json_schema_extra=team_options)
    state: str | None = Field(default=None, description="Id of the status.", examples=[_uuid], json_schema_extra=state_options)
    assignee: str | None = Field(
        default=None, description="Address of whom they are assigned to.", examples=["ada@example.com"],
        json_schema_extra=options("list_users", "users", value="email"),
    )  # fmt: skip
    label: str | None = Field(default=None, description="Id of a label.", examples=[_uuid], json_schema_extra=label_options)
    priority: int | None = Field(default=None, ge=0, le=4, description="0 none, 1 urgent, 2 high, 3 medium, 4 low.", examples=[1])
    updated_since: AwareDatetime | None = Field(
        default=None, description="Changed then or later.", examples=["2026-01-05T09:30:00Z"], strict=False
    )
    order: Literal["created", "updated"] = Field(default="created", description="By which time, the newest first.", examples=["updated"])
    limit: int = Field(default=50, ge=1, le=1000, description="How many at most.", examples=[50])


class IssueSearch(Params):
    """What is looked for."""

    term: str = Field(description="What is looked for, in words.", examples=["printer does not answer"], min_length=1)
    team: str | None = Field(
        default=None, description="Id of the team whose issues come first.", examples=[_uuid], pattern=id_pattern,
        json_schema_extra=team_options,
    )  # fmt: skip
    comments: bool = Field(default=False, description="Whether to look into comments too.", examples=[False])
    limit: int = Field(default=50, ge=1, le=1000, description="How many at most.", examples=[50])


class Issues(Result):
    """A list of issues."""

    issues: tuple[Issue, ...] = Field(description="Issues.")
    total: int = Field(description="How many are in the list.", examples=[1])


def _given(params: NewIssue | IssueChange) -> dict[str, JsonValue]:
    """What both say, by Linear's names; what is not said is left out."""
    fields: dict[str, JsonValue] = {
        "title": params.title,
        "description": params.description,
        "priority": params.priority,
        "stateId": params.state,
        "assigneeId": params.assignee,
        "estimate": params.estimate,
        "dueDate": params.due_date.isoformat() if params.due_date else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


@linear.action(effect="idempotent_write", scopes=("write",))
async def create_issue(calls: Calls, params: NewIssue) -> Issue:
    """Create an issue."""
    own = chosen(calls.key)
    given: dict[str, JsonValue] = {"id": own, "teamId": params.team, **_given(params)}
    if params.labels:
        given["labelIds"] = list(params.labels)
    if params.parent is not None:
        given["parentId"] = params.parent
    if params.project is not None:
        given["projectId"] = params.project
    create = asked(Issue, _create, {"input": given}, "issueCreate", "issue")
    return await made(calls, create, asked(Issue, _get, {"id": own}, "issue"))


@linear.action(effect="read", scopes=("read",))
def get_issue(params: OneIssue) -> Request[Issue]:
    """Read an issue."""
    return asked(Issue, _get, {"id": params.issue}, "issue")


@linear.action(effect="idempotent_write", scopes=("write",))
def update_issue(params: IssueChange) -> Request[Issue]:
    """Change an issue: its text, status, priority, labels, or whom it is assigned to."""
    given = _given(params)
    if params.unassign and params.assignee is not None:
        raise Invalid("An issue cannot be assigned and unassigned at once.", pointer="/unassign", fix="Give one of both.")
    if params.unassign:
        given["assigneeId"] = None
    if params.add_labels:
        given["addedLabelIds"] = list(params.add_labels)
    if params.remove_labels:
        given["removedLabelIds"] = list(params.remove_labels)
    return asked(Issue, _update, {"id": params.issue, "input": given}, "issueUpdate", "issue")


def _filter(params: IssueQuery) -> dict[str, JsonValue]:
    given: dict[str, tuple[object, JsonValue]] = {
        "or": (params.text, [{name: {"containsIgnoreCase": params.text}} for name in ("title", "description")]),
        "team": (params.team, {"id": {"eq": params.team}}),
        "state": (params.state, {"id": {"eq": params.state}}),
        "assignee": (params.assignee, {"email": {"eq": params.assignee}}),
        "labels": (params.label, {"some": {"id": {"eq": params.label}}}),
        "priority": (params.priority, {"eq": params.priority}),
        "updatedAt": (params.updated_since, {"gte": _moment(params.updated_since)}),
    }
    return {name: wanted for name, (value, wanted) in given.items() if value is not None}


def _moment(then: datetime | None) -> str | None:
    return then.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if then else None


@linear.action(effect="read", scopes=("read",))
async def list_issues(calls: Calls, params: IssueQuery) -> Issues:
    """List issues that fit, the newest first."""
    variables: dict[str, JsonValue] = {"filter": _filter(params), "orderBy": f"{params.order}At"}
    found = await listed(calls, Issue, _list, variables, "issues", limit=params.limit)
    return Issues(issues=found, total=len(found))


@linear.action(effect="read", scopes=("read",))
async def search_issues(calls: Calls, params: IssueSearch) -> Issues:
    """Search the text of issues, the best match first. Linear allows it 30 times a minute; `list_issues` filters without that limit."""
    variables: dict[str, JsonValue] = {"term": params.term, "teamId": params.team, "includeComments": params.comments}
    found = await listed(calls, Issue, _search, variables, "searchIssues", limit=params.limit)
    return Issues(issues=found, total=len(found))
