"""What ServiceNow's actions answer, and how its answers are read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from pydantic import BeforeValidator, Field, JsonValue

from tenuto.core.connector import Answer, Params, Result, Whoami, unique
from tenuto.core.errors import InvalidOutput

_example = "9d385017c611228701d22104cc95c371"


def _utc(value: object) -> object:
    """ServiceNow's own format, which is in UTC and does not say so."""
    return f"{value}Z".replace(" ", "T") if isinstance(value, str) and " " in value else value


Moment = Annotated[datetime, BeforeValidator(_utc)]


class Record(Result):
    """A record."""

    id: str | None = Field(
        default=None, validation_alias="sys_id", description="Its sys_id.", examples=[_example], json_schema_extra=unique
    )
    number: str | None = Field(default=None, description="Its number, where the table has one.", examples=["INC0010001"])
    fields: dict[str, JsonValue] = Field(description="Values by the fields' names.", examples=[{"number": "INC0010001", "state": "1"}])


class Records(Result):
    """Records that fit."""

    records: tuple[Record, ...] = Field(description="Records.")
    total: int = Field(description="How many are in the list.", examples=[1])
    available: int | None = Field(
        default=None, description="How many fit, also beyond the limit, where the instance says so.", examples=[1]
    )


class Deleted(Result):
    """A record that was deleted."""

    id: str = Field(description="Its sys_id.", examples=[_example])
    deleted: bool = Field(default=True, description="Always true.", examples=[True])


class File(Result):
    """A file of a record."""

    id: str = Field(validation_alias="sys_id", description="Its sys_id.", examples=[_example], json_schema_extra=unique)
    name: str = Field(validation_alias="file_name", description="File name.", examples=["report.txt"])
    media_type: str = Field(default="", validation_alias="content_type", description="Media type.", examples=["text/plain"])
    size: int = Field(default=0, validation_alias="size_bytes", description="Bytes.", examples=[12])
    created_at: Moment | None = Field(
        default=None, validation_alias="sys_created_on", description="When it was attached.", examples=["2026-01-05T09:30:00Z"]
    )


class Files(Result):
    """Files of a record."""

    files: tuple[File, ...] = Field(description="Files.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Page(Result):
    """A page of records."""

    records: tuple[Record, ...]
    available: int | None


def result(answer: Answer) -> JsonValue:
    """What stands under `result`."""
    if not isinstance(answer.json, dict) or "result" not in answer.json:
        raise InvalidOutput("ServiceNow answered without a result.", raw=answer.text)
    return answer.json["result"]


def record(answer: Answer, params: Params) -> Record:
    """One record."""
    del params
    return _record(result(answer))


def page(answer: Answer, params: Params) -> Page:
    """Records, and how many there are."""
    del params
    told = answer.headers.get("x-total-count", "")
    return Page(records=tuple(_record(each) for each in _list(answer)), available=int(told) if told.isdecimal() else None)


def file(answer: Answer, params: Params) -> File:
    """One file."""
    del params
    return File.model_validate(result(answer))


def files(answer: Answer, params: Params) -> Files:
    """The files of a record."""
    del params
    found = tuple(File.model_validate(each) for each in _list(answer))
    return Files(files=found, total=len(found))


def whoami(answer: Answer, params: Params) -> Whoami:
    """Who is signed in, if the account may see its own record."""
    del params
    names = [str(each.get("user_name")) for each in _list(answer) if isinstance(each, dict)]
    return Whoami(account=names[0] if names else "an account that may not see its own name")


def sentence(answer: Answer) -> str:
    """What the instance says; one that sleeps says it in HTML."""
    try:
        found = answer.json
    except InvalidOutput:
        return "the instance is hibernating" if "hibernating" in answer.text.lower() else ""
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict):
        return str(error or "")
    return ": ".join(str(error[name]) for name in ("message", "detail") if error.get(name))


def _list(answer: Answer) -> list[JsonValue]:
    found = result(answer)
    if not isinstance(found, list):
        raise InvalidOutput("ServiceNow answered something else than a list.", raw=answer.text)
    return found


def _record(found: JsonValue) -> Record:
    if not isinstance(found, dict):
        raise InvalidOutput("ServiceNow answered something else than a record.")
    values = cast("dict[str, JsonValue]", found)
    return Record.model_validate({"sys_id": values.get("sys_id"), "number": values.get("number"), "fields": values})
