"""How Salesforce's answers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from tenuto.connectors.salesforce.shapes import Changed, Description, FieldFacts, Hits, MailSent, One, Record, Saved
from tenuto.core.connector import Answer, Params, Result, Whoami
from tenuto.core.errors import InvalidOutput


class Page(Result):
    """A page of records; `following` is the place of the next one, which is all that is taken of its address."""

    records: tuple[Record, ...]
    available: int
    following: str | None


def page(answer: Answer, params: Params) -> Page:
    """Records, and where it goes on."""
    del params
    found = _object(answer)
    place = found.get("nextRecordsUrl")
    following = str(place).rpartition("/")[2] if place else None
    read = [_plain_record(each) for each in _list(found, "records")]
    return Page.model_validate({"records": read, "available": found.get("totalSize"), "following": following})


def record(answer: Answer, params: Params) -> Record:
    """One record."""
    del params
    return _plain_record(_object(answer))


def saved(answer: Answer, params: Params) -> Saved:
    """A record that was written; a plain creation does not say that it created."""
    del params
    found = _object(answer)
    return Saved.model_validate({"id": found.get("id"), "created": found.get("created", answer.status == 201)})


def changed(answer: Answer, params: One) -> Changed:
    """An answer without a body."""
    del answer
    return Changed(id=params.id)


def hits(answer: Answer, params: Params) -> Hits:
    """What a search found."""
    del params
    found = [_plain_record(each) for each in _list(_object(answer), "searchRecords")]
    return Hits(records=tuple(found), total=len(found))


def description(answer: Answer, params: Params) -> Description:
    """What an object is made of."""
    del params
    found = _object(answer)
    fields = [_field(each) for each in _list(found, "fields")]
    return Description.model_validate({"object": found.get("name"), "label": found.get("label"), "fields": fields})


def mail_sent(answer: Answer, params: Params) -> MailSent:
    """What became of a mail: one answer for each input, and there was one."""
    del params
    if not isinstance(answer.json, list):
        raise InvalidOutput("Salesforce answered something else than a list.", raw=answer.text)
    done = [each.get("isSuccess") for each in answer.json if isinstance(each, dict)]
    return MailSent.model_validate({"sent": done == [True] or None})


def whoami(answer: Answer, params: Params) -> Whoami:
    """Who is signed in."""
    del params
    return Whoami.model_validate({"account": _object(answer).get("preferred_username")})


def _object(answer: Answer) -> Mapping[str, JsonValue]:
    if not isinstance(answer.json, dict):
        raise InvalidOutput("Salesforce answered something else than an object.", raw=answer.text)
    return answer.json


def _list(found: Mapping[str, JsonValue], name: str) -> list[dict[str, JsonValue]]:
    listed = found.get(name)
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise InvalidOutput(f"Salesforce answered without a list of {name}.")
    return cast("list[dict[str, JsonValue]]", listed)


def _plain_record(found: Mapping[str, JsonValue]) -> Record:
    """A record without the attributes that Salesforce puts into it and into what is related to it."""
    about = found.get("attributes")
    of = about.get("type") if isinstance(about, dict) else None
    return Record.model_validate({"id": found.get("Id"), "object": of or "", "fields": _plain(dict(found))})


def _plain(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items() if name != "attributes"}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _field(found: Mapping[str, JsonValue]) -> FieldFacts:
    required = found.get("nillable") is False and found.get("defaultedOnCreate") is False and found.get("createable") is True
    choices = [each.get("value") for each in _list({"picklistValues": [], **found}, "picklistValues") if each.get("active", True)]
    return FieldFacts.model_validate({**found, "external_id": found.get("externalId", False), "required": required, "choices": choices})
