"""What HubSpot's actions answer, and the pages that it is read from."""

from __future__ import annotations

from datetime import datetime

from pydantic import AliasPath, Field

from tenuto.core.connector import Result, unique


class Object(Result):
    """An object."""

    id: str = Field(description="Its id.", examples=["512"], json_schema_extra=unique)
    properties: dict[str, str | None] = Field(description="Values by internal names.", examples=[{"email": "ada@example.com"}])
    created_at: datetime | None = Field(
        default=None, validation_alias="createdAt", description="When it was created.", examples=["2026-01-05T09:30:00Z"]
    )
    updated_at: datetime | None = Field(
        default=None, validation_alias="updatedAt", description="When it was last changed.", examples=["2026-01-05T09:30:00Z"]
    )
    archived: bool = Field(default=False, description="Whether it is archived.", examples=[False])


class Saved(Object):
    """An object that was written."""

    created: bool = Field(default=True, validation_alias="new", description="Whether it was not there before.", examples=[True])


class Objects(Result):
    """Objects of a kind."""

    objects: tuple[Object, ...] = Field(description="Objects.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Found(Objects):
    """Objects that fit a search."""

    available: int = Field(description="How many fit, also beyond the limit.", examples=[1])


class Archived(Result):
    """An object that was archived."""

    id: str = Field(description="Its id.", examples=["512"])
    archived: bool = Field(default=True, description="Always true.", examples=[True])


class Linked(Result):
    """Two objects that belong together."""

    id: str = Field(description="Id of the one.", examples=["512"])
    to_id: str = Field(description="Id of the other.", examples=["1071"])


class Associations(Result):
    """What an object is linked with."""

    ids: tuple[str, ...] = Field(description="Ids of the other objects.", examples=[["1071"]])
    total: int = Field(description="How many are in the list.", examples=[1])


class Owner(Result):
    """Somebody to whom objects can belong."""

    id: str = Field(description="The owner's id, for `hubspot_owner_id`.", examples=["41629779"])
    email: str | None = Field(default=None, description="Address.", examples=["ada@example.com"])
    first_name: str | None = Field(default=None, validation_alias="firstName", description="First name.", examples=["Ada"])
    last_name: str | None = Field(default=None, validation_alias="lastName", description="Last name.", examples=["Lovelace"])


class Owners(Result):
    """The account's owners."""

    owners: tuple[Owner, ...] = Field(validation_alias="results", description="Owners.")


class Choice(Result):
    """A value that a property may have."""

    value: str = Field(description="The value.", examples=["lead"])
    label: str = Field(default="", description="As people know it.", examples=["Lead"])


class Property(Result):
    """A property of a kind of objects."""

    name: str = Field(description="Internal name.", examples=["email"])
    label: str = Field(default="", description="As people know it.", examples=["Email"])
    type: str = Field(description="Kind of its values.", examples=["string"])
    unique: bool = Field(
        default=False, validation_alias="hasUniqueValue", description="Whether no two objects have the same.", examples=[True]
    )
    options: tuple[Choice, ...] = Field(default=(), description="The values that it may have, where they are a list.", examples=[[]])


class Properties(Result):
    """What a kind of objects is made of."""

    properties: tuple[Property, ...] = Field(validation_alias="results", description="Properties.")


class Stage(Result):
    """A stage of a pipeline."""

    id: str = Field(description="Its id, for `dealstage`.", examples=["appointmentscheduled"])
    label: str = Field(description="As people know it.", examples=["Appointment scheduled"])


class Pipeline(Result):
    """A pipeline."""

    id: str = Field(description="Its id, for `pipeline`.", examples=["default"])
    label: str = Field(description="As people know it.", examples=["Sales pipeline"])
    stages: tuple[Stage, ...] = Field(default=(), description="Its stages, in their order.")


class Pipelines(Result):
    """The pipelines of a kind of objects."""

    pipelines: tuple[Pipeline, ...] = Field(validation_alias="results", description="Pipelines.")


class Page(Result):
    """A page of objects; `following` is where the next one begins."""

    objects: tuple[Object, ...] = Field(validation_alias="results")
    available: int | None = Field(default=None, validation_alias="total")
    following: str | None = Field(default=None, validation_alias=AliasPath("paging", "next", "after"))


class Batch(Result):
    """What a batch of one did."""

    saved: Saved = Field(validation_alias=AliasPath("results", 0))


class Neighbour(Result):
    """One end of an association."""

    id: int = Field(validation_alias="toObjectId")


class Neighbours(Result):
    """A page of associations."""

    found: tuple[Neighbour, ...] = Field(validation_alias="results")
    following: str | None = Field(default=None, validation_alias=AliasPath("paging", "next", "after"))
