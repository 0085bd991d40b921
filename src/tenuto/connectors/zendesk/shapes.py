"""What Zendesk's actions take."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints, model_validator

from tenuto.core.connector import Params, options

Status: TypeAlias = Literal["new", "open", "pending", "hold", "solved", "closed"]
Priority: TypeAlias = Literal["low", "normal", "high", "urgent"]
Kind: TypeAlias = Literal["problem", "incident", "question", "task"]
Address: TypeAlias = Annotated[str, Field(pattern=r"^[^@\s\"<>]+@[^@\s\"<>]+$", max_length=254)]
Tag: TypeAlias = Annotated[str, Field(pattern=r"^[^\s,\"]+$", max_length=255)]
Number: TypeAlias = Annotated[int, Field(ge=1, lt=2**63)]
FieldId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{1,20}$")]
_groups = options("list_groups", "groups")


class Facts(Params):
    """What tickets have beside their text."""

    priority: Priority | None = Field(default=None, description="How urgent it is.", examples=["high"])
    type: Kind | None = Field(default=None, description="What kind of ticket it is.", examples=["question"])
    status: Status | None = Field(default=None, description="How far it has come.", examples=["open"])
    assignee_email: Address | None = Field(default=None, description="The agent who is to answer it.", examples=["ada@example.com"])
    group_id: Number | None = Field(
        default=None, description="The group that is to answer it.", examples=[360000000001], json_schema_extra=_groups
    )
    custom_fields: dict[FieldId, JsonValue] = Field(default={}, description="Values by the fields' ids.", examples=[{"360001": "gold"}])
    external_id: str | None = Field(default=None, description="Its id in another system.", examples=["K-4711"], max_length=255)

    @property
    def sent(self) -> dict[str, JsonValue]:
        """What was given, as Zendesk takes it."""
        names = ("priority", "type", "status", "assignee_email", "group_id", "external_id")
        given: dict[str, JsonValue] = {name: value for name in names if (value := getattr(self, name)) is not None}
        if self.custom_fields:
            given["custom_fields"] = [{"id": int(number), "value": value} for number, value in self.custom_fields.items()]
        return given


class NewTicket(Facts):
    """A ticket to be opened."""

    subject: str = Field(description="Subject.", examples=["The printer is on fire"], min_length=1, max_length=150)
    text: str = Field(description="The first comment, as plain text.", examples=["There is smoke."], min_length=1, max_length=65_000)
    public: bool = Field(default=True, description="Whether the requester sees the first comment.", examples=[True])
    requester_email: Address | None = Field(default=None, description="Who asks; else the connected agent.", examples=["grace@example.com"])
    requester_name: str | None = Field(
        default=None, description="The name of whoever asks, for somebody new.", examples=["Grace Hopper"], min_length=1, max_length=255
    )
    tags: tuple[Tag, ...] = Field(default=(), description="Tags.", examples=[["printer"]], max_length=100)

    @model_validator(mode="after")
    def _somebody(self) -> NewTicket:
        if self.requester_name and not self.requester_email:
            raise ValueError("a name of who asks needs the address too")
        return self


class One(Params):
    """A ticket."""

    id: Number = Field(description="The ticket's number.", examples=[35])


class Changes(One, Facts):
    """What is to be changed of a ticket."""

    subject: str | None = Field(default=None, description="The new subject.", examples=["Fire"], min_length=1, max_length=150)
    tags: tuple[Tag, ...] | None = Field(
        default=None, description="Exactly these tags, instead of all it has.", examples=[["printer"]], max_length=100
    )
    unless_changed_since: AwareDatetime | None = Field(
        default=None,
        description="When the ticket was last seen (`updated_at`): refused if somebody has changed it since.",
        examples=["2026-01-05T09:30:00Z"],
    )

    @property
    def sent(self) -> dict[str, JsonValue]:
        """What was given, as Zendesk takes it."""
        given = super().sent
        if self.subject is not None:
            given["subject"] = self.subject
        if self.tags is not None:
            given["tags"] = list(self.tags)
        if self.unless_changed_since:
            given |= {"safe_update": True, "updated_stamp": stamp(self.unless_changed_since)}
        return given

    @model_validator(mode="after")
    def _something(self) -> Changes:
        if not set(self.sent) - {"safe_update", "updated_stamp"}:
            raise ValueError("nothing is to be changed")
        return self


class NewComment(One):
    """Something to be said on a ticket."""

    text: str = Field(
        description="What to say, as plain text.", examples=["Have you tried to turn it off?"], min_length=1, max_length=65_000
    )
    public: bool = Field(default=True, description="Whether the requester sees it; else it is a note for agents.", examples=[False])
    status: Status | None = Field(default=None, description="How far the ticket has come with it.", examples=["pending"])


class Tags(One):
    """Tags for a ticket."""

    tags: tuple[Tag, ...] = Field(description="Tags to add.", examples=[["printer"]], min_length=1, max_length=100)


class Listing(Params):
    """Which tickets."""

    sort_by: Literal["updated_at", "id"] = Field(default="updated_at", description="By which field.", examples=["id"])
    descending: bool = Field(default=True, description="Whether the newest comes first.", examples=[True])
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most.", examples=[100])


class Search(Params):
    """Which tickets; all that is given must fit."""

    text: str | None = Field(default=None, description="Words that it has.", examples=["printer"], max_length=1000)
    status: Status | None = Field(default=None, description="Its status.", examples=["open"])
    below: Status | None = Field(
        default=None, description="A status that it has not reached: `solved` for all that is not.", examples=["solved"]
    )
    priority: Priority | None = Field(default=None, description="Its priority.", examples=["high"])
    requester: str | None = Field(default=None, description="Address or name of who asked.", examples=["grace@example.com"], max_length=254)
    assignee: str | None = Field(
        default=None, description="Address or name of the agent; `me`, or `none`.", examples=["me"], max_length=254
    )
    tag: Tag | None = Field(default=None, description="A tag that it has.", examples=["printer"])
    created_after: AwareDatetime | None = Field(default=None, description="Only those opened since.", examples=["2026-01-01T00:00:00Z"])
    updated_after: AwareDatetime | None = Field(default=None, description="Only those changed since.", examples=["2026-01-01T00:00:00Z"])
    query: str | None = Field(default=None, description="More, in Zendesk's own search language.", examples=["via:mail"], max_length=1000)
    newest_first: bool = Field(default=True, description="Whether those that changed last come first; else the best hits.", examples=[True])
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most; Zendesk finds a thousand.", examples=[100])

    @property
    def words(self) -> str:
        """The search in Zendesk's language: every value is quoted."""
        parts = ["type:ticket"]
        parts += [_quoted(word) for word in (self.text or "").split()]
        parts += [f"{name}:{_quoted(value)}" for name in ("requester", "assignee") if (value := getattr(self, name))]
        parts += [f"{name}:{value}" for name in ("status", "priority") if (value := getattr(self, name))]
        if self.tag:
            parts.append(f"tags:{_quoted(self.tag)}")
        if self.below:
            parts.append(f"status<{self.below}")
        parts += [f"{name}>={stamp(value)}" for name in ("created", "updated") if (value := getattr(self, f"{name}_after"))]
        return " ".join([*parts, *([self.query] if self.query else [])])


class Below(One):
    """What belongs to a ticket."""

    limit: int = Field(default=100, ge=1, le=5000, description="How many at most.", examples=[100])
    newest_first: bool = Field(default=True, description="Whether the newest come first.", examples=[True])


class Person(Params):
    """Somebody to be created, or changed if the address or the external id is known."""

    name: str = Field(description="Name.", examples=["Grace Hopper"], min_length=1, max_length=255)
    email: Address | None = Field(default=None, description="Address.", examples=["grace@example.com"])
    external_id: str | None = Field(default=None, description="Id in another system.", examples=["K-4711"], min_length=1, max_length=255)
    phone: str | None = Field(default=None, description="Telephone number.", examples=["+44 20 7946 0000"], max_length=100)
    role: Literal["end-user", "agent", "admin"] | None = Field(default=None, description="What the person may do.", examples=["end-user"])
    notes: str | None = Field(default=None, description="Notes for agents.", examples=["Prefers the telephone."], max_length=10_000)

    @model_validator(mode="after")
    def _known(self) -> Person:
        if not self.email and not self.external_id:
            raise ValueError("give an address or an external id, by which the person is known again")
        return self


class PersonSearch(Params):
    """Whom to look for."""

    query: str = Field(description="An address, or a part of the name.", examples=["grace@example.com"], min_length=1, max_length=254)


class Nothing(Params):
    """Nothing is to be said."""


def stamp(moment: datetime) -> str:
    """A time as Zendesk writes it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _quoted(value: str) -> str:
    plain = value.replace('"', " ").replace("\\", " ")
    return f'"{plain}"'
