"""Parts that many requests and answers are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _printable(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("it holds a control character")
    return text


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_printable)]
"""One line of text, such as a name: what a person may type and a text column may hold."""

Word = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
"""Text of any form that a text column is compared with."""

Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")]


class Ask(BaseModel):
    """The body of a request: a field it does not know is an error, which tells of a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Done(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(frozen=True)

    success: Literal[True] = Field(default=True)


class Said(Done):
    """An answer that has nothing to show but a sentence."""

    message: str
