"""Conditions in Salesforce's language, SOQL: every value is quoted, every name is one."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from tenuto.core.connector import Params

name = r"[A-Za-z][A-Za-z0-9_]{0,79}"
ObjectName: TypeAlias = Annotated[str, Field(pattern=rf"^{name}$")]
FieldName: TypeAlias = Annotated[str, Field(pattern=rf"^{name}(\.{name}){{0,5}}$")]
Scalar: TypeAlias = str | int | float | bool | None

_date = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?|[A-Z_]{4,40}(:\d{1,5})?")
_escapes = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


class Condition(Params):
    """What a field has to be."""

    field: FieldName = Field(description="The field; `Account.Name` follows a relationship.", examples=["Industry"])
    is_: Literal["=", "!=", "<", "<=", ">", ">=", "like", "in", "not in"] = Field(
        default="=", alias="is", description="How it is compared; `like` takes % and _.", examples=["="]
    )
    value: Scalar | tuple[str | int | float, ...] = Field(description="With what; a list for `in` and `not in`.", examples=["Energy"])
    date: bool = Field(
        default=False, description="Whether the value is a day, a time or a word such as `LAST_N_DAYS:7`, and not a text.", examples=[False]
    )

    @model_validator(mode="after")
    def _fits(self) -> Condition:
        if isinstance(self.value, tuple) != (self.is_ in ("in", "not in")):
            raise ValueError("in and not in take a list, and only they")
        if self.value == ():
            raise ValueError("the list is empty")
        if self.is_ == "like" and not isinstance(self.value, str):
            raise ValueError("like takes a text")
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if self.date and not all(isinstance(each, str) and _date.fullmatch(each) for each in values):
            raise ValueError("a date is written 2026-01-31, 2026-01-31T12:00:00Z or LAST_N_DAYS:7")
        return self

    @property
    def clause(self) -> str:
        """As it stands behind WHERE."""
        if isinstance(self.value, tuple):
            return f"{self.field} {self.is_.upper()} ({', '.join(_literal(each, self.date) for each in self.value)})"
        return f"{self.field} {self.is_.upper()} {_literal(self.value, self.date)}"


def quoted(text: str) -> str:
    """A text as a literal of SOQL."""
    return "'" + "".join(_escapes.get(letter, letter) for letter in text) + "'"


def _literal(value: Scalar, date: bool) -> str:
    if isinstance(value, str):
        return value if date else quoted(value)
    return "null" if value is None else str(value).lower()
