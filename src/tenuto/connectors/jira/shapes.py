"""What Jira's actions share: which issue, and an issue as it is read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AliasPath, BeforeValidator, Field, JsonValue

from tenuto.connectors.jira.documents import plain
from tenuto.core.connector import Params, Result, options, unique

project_options = options("list_projects", "projects", value="key")
user_options = options("find_users", "users", value="account_id")
fields_read = ("summary", "description", "status", "issuetype", "priority", "labels", "assignee", "reporter", "project", "created", "updated", "duedate")  # fmt: skip
"""What is asked for of each issue: without, a search answers ids only."""

Text = Annotated[str | None, BeforeValidator(plain)]


class OneIssue(Params):
    """Which issue."""

    issue: str = Field(description="Its key or id.", examples=["TEN-42"], min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_-]+$")


class Person(Result):
    """Somebody."""

    account_id: str = Field(validation_alias="accountId", description="Atlassian's id of them.", examples=["5b10a2844c20165700ede21g"])
    name: str = Field(validation_alias="displayName", description="Name.", examples=["Ada Lovelace"])
    email: str | None = Field(
        default=None, validation_alias="emailAddress", description="Address; most hide it.", examples=["ada@example.com"]
    )


class Issue(Result):
    """An issue."""

    id: str = Field(description="Jira's id of it.", examples=["10042"], json_schema_extra=unique)
    key: str = Field(description="Its key.", examples=["TEN-42"], json_schema_extra=unique)
    summary: str | None = Field(
        default=None, validation_alias=AliasPath("fields", "summary"), description="Title.", examples=["Printer offline"]
    )
    description: Text = Field(
        default=None, validation_alias=AliasPath("fields", "description"), description="Its text, without its layout.",
        examples=["It does not print."],
    )  # fmt: skip
    status: str | None = Field(
        default=None, validation_alias=AliasPath("fields", "status", "name"), description="Its status.", examples=["In Progress"]
    )
    type: str | None = Field(
        default=None, validation_alias=AliasPath("fields", "issuetype", "name"), description="Its type.", examples=["Task"]
    )
    priority: str | None = Field(
        default=None, validation_alias=AliasPath("fields", "priority", "name"), description="Its priority.", examples=["Medium"]
    )
    labels: tuple[str, ...] = Field(
        default=(), validation_alias=AliasPath("fields", "labels"), description="Labels.", examples=[["hardware"]]
    )
    assignee: Person | None = Field(default=None, validation_alias=AliasPath("fields", "assignee"), description="Who it is assigned to.")
    reporter: Person | None = Field(default=None, validation_alias=AliasPath("fields", "reporter"), description="Who reported it.")
    project: str | None = Field(
        default=None, validation_alias=AliasPath("fields", "project", "key"), description="Key of its project.", examples=["TEN"]
    )
    due_date: date | None = Field(
        default=None, validation_alias=AliasPath("fields", "duedate"), description="When it is due.", examples=["2026-02-01"]
    )
    created: datetime | None = Field(
        default=None, validation_alias=AliasPath("fields", "created"), description="When it was created.", examples=["2026-01-05T09:30:00Z"]
    )
    updated: datetime | None = Field(
        default=None,
        validation_alias=AliasPath("fields", "updated"),
        description="When it last changed.",
        examples=["2026-01-05T09:30:00Z"],
    )
    fields: dict[str, JsonValue] = Field(default={}, description="All fields that were asked for, as Jira has them.", examples=[{}])


class Changed(Result):
    """An issue that is as it was to be."""

    issue: str = Field(description="Its key or id, as it was asked for.", examples=["TEN-42"])
    ok: bool = Field(default=True, description="Always true.", examples=[True])
