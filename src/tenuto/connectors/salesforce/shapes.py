"""What Salesforce's actions take and answer."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue, field_validator

from tenuto.connectors.salesforce.soql import Condition, FieldName, ObjectName
from tenuto.core.connector import Params, Result, options, unique

RecordId: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$")]
Values: TypeAlias = dict[FieldName, JsonValue]
_objects = options("list_objects", "objects", value="name", label="label")
_example = "0015g00000XyZaBAAV"
_reserved = re.compile(r"""([?&|!{}\[\]()^~*:\\"'+\-])""")
_nameless = ("Case", "Task", "Event")
"""Objects that have no field `Name`."""


class Of(Params):
    """Records of which object."""

    object: ObjectName = Field(description="The object's API name.", examples=["Account"], json_schema_extra=_objects)


class One(Of):
    """A record."""

    id: RecordId = Field(description="Its id, of 15 or 18 characters.", examples=[_example])


class NewRecord(Of):
    """A record to be created."""

    fields: Values = Field(description="Values by the fields' API names.", examples=[{"Name": "Acme"}], min_length=1)
    step_field: FieldName | None = Field(
        default=None,
        description="A unique external id field for text. It takes a mark of the step, so that the record is never created twice.",
        examples=["Tenuto__c"],
    )


class Changes(One):
    """What is to be changed of a record."""

    fields: Values = Field(description="The new values by the fields' API names.", examples=[{"Phone": "+44 20 7946 0000"}], min_length=1)


class Upsert(Of):
    """A record that is changed if it is there, and else created."""

    external_field: FieldName = Field(description="The external id field that tells records apart.", examples=["Customer_Number__c"])
    external_id: str = Field(description="Its value.", examples=["K-4711"], min_length=1, max_length=255)
    fields: Values = Field(description="The other values by the fields' API names.", examples=[{"Name": "Acme"}], min_length=1)


class Which(One):
    """A record, and what of it."""

    id: str = Field(description="Its id, or its value of `by`.", examples=[_example], min_length=1, max_length=255)
    by: FieldName | None = Field(default=None, description="An external id field, instead of the id.", examples=["Customer_Number__c"])
    fields: tuple[FieldName, ...] = Field(
        default=(), description="Only these fields; all if empty.", examples=[["Id", "Name"]], max_length=200
    )


class Listing(Of):
    """Which records."""

    fields: tuple[FieldName, ...] = Field(
        default=("Id", "Name", "LastModifiedDate"),
        description="Which fields; cases and tasks have no `Name`.",
        examples=[["Id", "Name", "LastModifiedDate"]],
        min_length=1,
        max_length=200,
    )
    where: tuple[Condition, ...] = Field(
        default=(), description="All of this must be so.", examples=[[{"field": "Name", "is": "=", "value": "Acme"}]], max_length=20
    )
    order_by: FieldName | None = Field(default="LastModifiedDate", description="By which field; none for any order.", examples=["Name"])
    descending: bool = Field(default=True, description="Whether the greatest, or newest, comes first.", examples=[False])
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most.", examples=[100])


class Question(Params):
    """A question in Salesforce's own language."""

    soql: str = Field(description="The question in SOQL.", examples=["SELECT Id, Name FROM Account"], min_length=10, max_length=100_000)
    limit: int = Field(default=1000, ge=1, le=10_000, description="How many records at most.", examples=[100])


class Words(Params):
    """What to search for."""

    text: str = Field(description="Words; each must be there.", examples=["Acme"], min_length=2, max_length=1000)
    objects: tuple[ObjectName, ...] = Field(
        default=("Account", "Contact", "Lead", "Opportunity"),
        description="In which objects.",
        examples=[["Account", "Contact"]],
        min_length=1,
        max_length=20,
    )
    limit: int = Field(default=20, ge=1, le=200, description="How many of each object at most.", examples=[20])

    @field_validator("text")
    @classmethod
    def _words(cls, value: str) -> str:
        if len(value.strip()) < 2:
            raise ValueError("a search needs two characters at least")
        return value


class Mail(Params):
    """A mail that Salesforce sends."""

    to: tuple[Annotated[str, Field(pattern=r"^[^@\s,;]+@[^@\s,;]+$", max_length=254)], ...] = Field(
        description="Whom to; five at most.", examples=[["ada@example.com"]], min_length=1, max_length=5
    )
    subject: str = Field(description="Subject.", examples=["Your order"], min_length=1, max_length=900, pattern=r"^[^\r\n]*$")
    body: str = Field(description="Plain text.", examples=["It is on its way."], min_length=1, max_length=32_000)


class Nothing(Params):
    """Nothing is to be said."""


class Saved(Result):
    """A record that was written."""

    id: str = Field(description="Its id.", examples=[_example], json_schema_extra=unique)
    created: bool = Field(default=True, description="Whether it was not there before.", examples=[True])


class Changed(Result):
    """A record that was changed or deleted."""

    id: str = Field(description="Its id.", examples=[_example])
    done: bool = Field(default=True, description="Always true.", examples=[True])


class Record(Result):
    """A record."""

    id: str | None = Field(default=None, description="Its id, where it was asked for.", examples=[_example], json_schema_extra=unique)
    object: str = Field(default="", description="The object's API name.", examples=["Account"])
    fields: dict[str, JsonValue] = Field(
        description="Values by the fields' API names; a related record is an object.", examples=[{"Id": _example, "Name": "Acme"}]
    )


class Records(Result):
    """Records that fit."""

    records: tuple[Record, ...] = Field(description="Records, in the order that was asked for.")
    total: int = Field(description="How many are in the list.", examples=[1])
    available: int = Field(description="How many there are, also beyond the limit.", examples=[1])


class Hits(Result):
    """Records that were found by words."""

    records: tuple[Record, ...] = Field(description="Records, the best first.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Kind(Result):
    """An object: a kind of records."""

    name: str = Field(description="API name.", examples=["Account"])
    label: str = Field(description="As people know it.", examples=["Account"])
    createable: bool = Field(default=False, description="Whether the account may create such records.", examples=[True])


class Kinds(Result):
    """The organisation's objects."""

    objects: tuple[Kind, ...] = Field(validation_alias="sobjects", description="Objects, custom ones too.")


class FieldFacts(Result):
    """A field of an object."""

    name: str = Field(description="API name.", examples=["Name"])
    label: str = Field(description="As people know it.", examples=["Account Name"])
    type: str = Field(description="Kind of its values.", examples=["string"])
    required: bool = Field(description="Whether a new record must have it.", examples=[True])
    createable: bool = Field(default=False, description="Whether it can be given to a new record.", examples=[True])
    updateable: bool = Field(default=False, description="Whether it can be changed.", examples=[True])
    external_id: bool = Field(default=False, description="Whether records can be told apart by it.", examples=[False])
    choices: tuple[str, ...] = Field(default=(), description="The values that it may have, where they are a list.", examples=[[]])


class Description(Result):
    """What an object's records are made of."""

    object: str = Field(description="API name.", examples=["Account"])
    label: str = Field(description="As people know it.", examples=["Account"])
    fields: tuple[FieldFacts, ...] = Field(description="Its fields.")


class MailSent(Result):
    """A mail that was sent."""

    sent: bool = Field(description="Always true.", examples=[True])


def select(asked: Listing) -> str:
    """A question for the records of a list (SOQL)."""
    words = ["SELECT", ", ".join(asked.fields), "FROM", asked.object]
    if asked.where:
        words += ["WHERE", " AND ".join(condition.clause for condition in asked.where)]
    if asked.order_by:
        words += ["ORDER BY", asked.order_by, "DESC" if asked.descending else "ASC"]
    return " ".join([*words, "LIMIT", str(asked.limit)])


def find(asked: Words) -> str:
    """A search for words in all fields (SOSL)."""
    words = _reserved.sub(r"\\\1", asked.text.strip())
    returning = (f"{each}({'Id' if each in _nameless else 'Id, Name'} LIMIT {asked.limit})" for each in asked.objects)
    return f"FIND {{{words}}} IN ALL FIELDS RETURNING {', '.join(returning)}"
