"""What Zendesk's actions answer, and the pages that it is read from."""

from __future__ import annotations

from datetime import datetime

from pydantic import AliasPath, Field

from tenuto.core.connector import Result, unique


class Ticket(Result):
    """A ticket."""

    id: int = Field(description="Its number.", examples=[35], json_schema_extra=unique)
    subject: str | None = Field(default=None, description="Subject.", examples=["The printer is on fire"])
    text: str | None = Field(default=None, validation_alias="description", description="Its first comment.", examples=["There is smoke."])
    status: str = Field(description="How far it has come.", examples=["open"])
    priority: str | None = Field(default=None, description="How urgent it is.", examples=["high"])
    type: str | None = Field(default=None, description="What kind of ticket it is.", examples=["question"])
    tags: tuple[str, ...] = Field(default=(), description="Its tags.", examples=[["printer"]])
    requester_id: int | None = Field(default=None, description="Who asked.", examples=[900000000002])
    assignee_id: int | None = Field(default=None, description="The agent who is to answer it.", examples=[900000000001])
    group_id: int | None = Field(default=None, description="The group that is to answer it.", examples=[360000000001])
    external_id: str | None = Field(default=None, description="Its id in another system.", examples=["K-4711"])
    created_at: datetime | None = Field(default=None, description="When it was opened.", examples=["2026-01-05T09:30:00Z"])
    updated_at: datetime | None = Field(default=None, description="When it was last changed.", examples=["2026-01-05T09:30:00Z"])


class Tickets(Result):
    """Tickets."""

    tickets: tuple[Ticket, ...] = Field(description="Tickets.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Found(Tickets):
    """Tickets that fit a search."""

    available: int = Field(description="How many fit, also beyond the limit.", examples=[1])
    query: str = Field(description="The whole search, in Zendesk's language.", examples=['type:ticket "printer"'])


class Deleted(Result):
    """A ticket that was deleted."""

    id: int = Field(description="Its number.", examples=[35])
    deleted: bool = Field(default=True, description="Always true.", examples=[True])


class Comment(Result):
    """Something that was said on a ticket."""

    id: int = Field(description="Its id.", examples=[1274], json_schema_extra=unique)
    text: str = Field(default="", validation_alias="plain_body", description="What was said.", examples=["Have you tried to turn it off?"])
    public: bool = Field(default=True, description="Whether the requester sees it.", examples=[True])
    author_id: int | None = Field(default=None, description="Who said it.", examples=[900000000001])
    created_at: datetime | None = Field(default=None, description="When.", examples=["2026-01-05T09:30:00Z"])


class Comments(Result):
    """What was said on a ticket."""

    comments: tuple[Comment, ...] = Field(description="Comments.")
    total: int = Field(description="How many are in the list.", examples=[1])


class TagList(Result):
    """A ticket's tags."""

    tags: tuple[str, ...] = Field(description="All tags that it has now.", examples=[["printer"]])


class User(Result):
    """A person."""

    id: int = Field(description="Id.", examples=[900000000002], json_schema_extra=unique)
    name: str = Field(description="Name.", examples=["Grace Hopper"])
    email: str | None = Field(default=None, description="Address.", examples=["grace@example.com"])
    role: str | None = Field(default=None, description="What the person may do.", examples=["end-user"])
    phone: str | None = Field(default=None, description="Telephone number.", examples=["+44 20 7946 0000"])
    external_id: str | None = Field(default=None, description="Id in another system.", examples=["K-4711"])
    suspended: bool = Field(default=False, description="Whether the person is suspended.", examples=[False])


class Users(Result):
    """People."""

    users: tuple[User, ...] = Field(description="People; a hundred at most.")


class Group(Result):
    """A group of agents."""

    id: int = Field(description="Id.", examples=[360000000001])
    name: str = Field(description="Name.", examples=["Support"])


class Groups(Result):
    """Groups of agents."""

    groups: tuple[Group, ...] = Field(description="Groups.")


class OneTicket(Result):
    """A ticket as it comes."""

    ticket: Ticket


class OneUser(Result):
    """A person as it comes."""

    user: User


class Hits(Result):
    """A page of a search; `following` only says that there is one."""

    tickets: tuple[Ticket, ...] = Field(validation_alias="results")
    available: int = Field(validation_alias="count")
    following: str | None = Field(default=None, validation_alias="next_page")


class Page(Result):
    """A page of a list, by cursor."""

    more: bool = Field(default=False, validation_alias=AliasPath("meta", "has_more"))
    after: str | None = Field(default=None, validation_alias=AliasPath("meta", "after_cursor"))


class TicketPage(Page):
    """A page of tickets."""

    items: tuple[Ticket, ...] = Field(validation_alias="tickets")


class CommentPage(Page):
    """A page of comments."""

    items: tuple[Comment, ...] = Field(validation_alias="comments")


class GroupPage(Page):
    """A page of groups."""

    items: tuple[Group, ...] = Field(validation_alias="groups")
