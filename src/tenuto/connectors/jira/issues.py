"""Jira's issues: created, read, found, changed and deleted."""

from __future__ import annotations

from datetime import date

from pydantic import Field, JsonValue

from tenuto.connectors.jira.documents import document
from tenuto.connectors.jira.shapes import Changed, Issue, OneIssue, fields_read, project_options, user_options
from tenuto.connectors.jira.vendor import Missing, jira, property_key
from tenuto.core.connector import Answer, Calls, Params, Request, Result, mark, options, unique

_issue = "/issue/{issue}"
probed = 5
"""How many keys after the newest that the search knows are looked at: the search is seconds behind."""


class NewIssue(Params):
    """An issue to be created."""

    project: str = Field(description="Key of the project.", examples=["TEN"], min_length=1, json_schema_extra=project_options)
    issue_type: str = Field(
        default="Task", description="Name of its type.", examples=["Task"], min_length=1,
        json_schema_extra=options("list_issue_types", "issue_types", value="name"),
    )  # fmt: skip
    summary: str = Field(
        description="Title, in one line.", examples=["Printer offline"], min_length=1, max_length=255, pattern=r"^[^\r\n]+$"
    )
    description: str | None = Field(default=None, description="Text; blank lines part paragraphs.", examples=["It does not print."])
    priority: str | None = Field(
        default=None, description="Name of its priority.", examples=["High"],
        json_schema_extra=options("list_priorities", "priorities", value="name"),
    )  # fmt: skip
    labels: tuple[str, ...] = Field(default=(), description="Labels, without spaces.", examples=[["hardware"]], strict=False)
    assignee: str | None = Field(
        default=None,
        description="Account id of whom it is assigned to.",
        examples=["5b10a2844c20165700ede21g"],
        json_schema_extra=user_options,
    )
    parent: str | None = Field(default=None, description="Key of the issue that it is part of.", examples=["TEN-1"])
    due_date: date | None = Field(default=None, description="When it is due.", examples=["2026-02-01"], strict=False)
    fields: dict[str, JsonValue] = Field(
        default={}, description="Other fields, by id, as Jira takes them.", examples=[{"customfield_10010": 5}]
    )


class IssueChange(OneIssue):
    """What of an issue is to be changed; what is not given stays."""

    summary: str | None = Field(
        default=None, description="Title, in one line.", examples=["Printer on fire"], max_length=255, pattern=r"^[^\r\n]+$"
    )
    description: str | None = Field(default=None, description="Text; blank lines part paragraphs.", examples=["It burns."])
    priority: str | None = Field(
        default=None, description="Name of its priority.", examples=["Highest"],
        json_schema_extra=options("list_priorities", "priorities", value="name"),
    )  # fmt: skip
    labels: tuple[str, ...] | None = Field(
        default=None, description="Labels from now on, instead of those it has.", examples=[["hardware"]], strict=False
    )
    due_date: date | None = Field(default=None, description="When it is due.", examples=["2026-02-01"], strict=False)
    fields: dict[str, JsonValue] = Field(
        default={}, description="Other fields, by id, as Jira takes them.", examples=[{"customfield_10010": 5}]
    )
    notify: bool = Field(default=True, description="Whether watchers are told by mail.", examples=[True])


class IssueQuery(Params):
    """Which issues."""

    jql: str = Field(
        description="A bounded query in JQL.", examples=["project = TEN AND status = \"To Do\" ORDER BY created DESC"], min_length=1,
        max_length=10_000,
    )  # fmt: skip
    fields: tuple[str, ...] = Field(
        default=(), description="Fields to be read beside the usual ones, by id.", examples=[["customfield_10010"]], strict=False
    )
    limit: int = Field(default=50, ge=1, le=1000, description="How many at most.", examples=[50])


class Created(Result):
    """An issue that was created."""

    id: str = Field(description="Jira's id of it.", examples=["10042"], json_schema_extra=unique)
    key: str = Field(description="Its key.", examples=["TEN-42"], json_schema_extra=unique)


class Issues(Result):
    """A list of issues."""

    issues: tuple[Issue, ...] = Field(description="Issues, in the order of the query.")
    total: int = Field(description="How many are in the list.", examples=[1])


class _IssuePage(Result):
    issues: tuple[Issue, ...]
    next: str | None = Field(default=None, validation_alias="nextPageToken")


class _Marked(Result):
    id: str
    key: str
    properties: dict[str, JsonValue] = {}

    def of(self, key: str) -> bool:
        """Whether the step with that key made it."""
        found = self.properties.get(property_key)
        return isinstance(found, dict) and found.get("step") == mark(key)


class _MarkedPage(Result):
    issues: tuple[_Marked, ...]


def _given(params: NewIssue | IssueChange) -> dict[str, JsonValue]:
    """The fields of what was said; those by id come last, so that they win."""
    found: dict[str, JsonValue] = {}
    if params.summary is not None:
        found["summary"] = params.summary
    if params.description is not None:
        found["description"] = document(params.description)
    if params.priority is not None:
        found["priority"] = {"name": params.priority}
    if params.labels is not None:
        found["labels"] = list(params.labels)
    if params.due_date is not None:
        found["duedate"] = params.due_date.isoformat()
    return found


async def _created(calls: Calls, params: NewIssue, key: str) -> Created | None:
    """By the property of issues created lately, and of those that the search does not know yet: keys of a project have no gaps."""
    project = params.project.replace('"', '\\"')
    body: dict[str, JsonValue] = {"jql": f'project = "{project}" ORDER BY created DESC', "maxResults": 100, "properties": [property_key]}
    body["fields"] = ["created"]
    page = await calls.send(Request(result=_MarkedPage, method="POST", path="/search/jql", json=body))
    for each in page.issues:
        if each.of(key):
            return Created(id=each.id, key=each.key)
    newest = max((int(each.key.rpartition("-")[2]) for each in page.issues), default=0)
    for number in range(newest + 1, newest + 1 + probed):
        try:
            query = {"fields": "created", "properties": property_key}
            path, fill = "/issue/{key}", {"key": f"{params.project}-{number}"}
            found = await calls.send(Request(result=_Marked, method="GET", path=path, fill=fill, query=query))
        except Missing:
            continue
        if found.of(key):
            return Created(id=found.id, key=found.key)
    return None


@jira.action(effect="write", scopes=("write:jira-work",), verify=_created)
def create_issue(params: NewIssue, key: str) -> Request[Created]:
    """Create an issue."""
    fields: dict[str, JsonValue] = {"project": {"key": params.project}, "issuetype": {"name": params.issue_type}, **_given(params)}
    if params.assignee is not None:
        fields["assignee"] = {"accountId": params.assignee}
    if params.parent is not None:
        fields["parent"] = {"key": params.parent}
    properties: list[JsonValue] = [{"key": property_key, "value": {"step": mark(key)}}]
    body: dict[str, JsonValue] = {"fields": {**fields, **params.fields}, "properties": properties}
    return Request(result=Created, method="POST", path="/issue", json=body)


@jira.action(effect="read", scopes=("read:jira-work",))
def get_issue(params: OneIssue) -> Request[Issue]:
    """Read an issue, with all its fields."""
    del params  # the path is filled from them
    return Request(result=Issue, method="GET", path=_issue)


@jira.action(effect="read", scopes=("read:jira-work",))
async def search_issues(calls: Calls, params: IssueQuery) -> Issues:
    """Find issues by a query in JQL."""
    found: list[Issue] = []
    token: str | None = None
    while len(found) < params.limit:
        body: dict[str, JsonValue] = {"jql": params.jql, "maxResults": min(params.limit, 100), "fields": [*fields_read, *params.fields]}
        if token is not None:
            body["nextPageToken"] = token
        page = await calls.send(Request(result=_IssuePage, method="POST", path="/search/jql", json=body))
        found += page.issues
        if page.next is None:
            break
        token = page.next
    issues = tuple(found[: params.limit])
    return Issues(issues=issues, total=len(issues))


def _changed(_answer: Answer, params: OneIssue) -> Changed:
    return Changed(issue=params.issue)


@jira.action(effect="idempotent_write", scopes=("write:jira-work",))
def update_issue(params: IssueChange) -> Request[Changed]:
    """Change an issue's fields."""
    body: dict[str, JsonValue] = {"fields": {**_given(params), **params.fields}}
    query = {} if params.notify else {"notifyUsers": False}
    return Request(result=Changed, method="PUT", path=_issue, query=query, json=body, read=_changed)


async def _gone(calls: Calls, params: OneIssue, key: str) -> Changed | None:
    del key
    try:
        await calls.send(Request(result=_Marked, method="GET", path=_issue, query={"fields": "created"}))
    except Missing:
        return Changed(issue=params.issue)
    return None


@jira.action(effect="write", scopes=("write:jira-work",), verify=_gone)
def delete_issue(params: OneIssue) -> Request[Changed]:
    """Delete an issue that has no sub-tasks."""
    del params  # the path is filled from them
    return Request(result=Changed, method="DELETE", path=_issue, read=_changed)
