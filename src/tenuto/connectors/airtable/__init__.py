"""Airtable's Web API: records of bases, found by formulas, merged by their values; comments, bases and tables.

https://airtable.com/developers/web/api/
"""

from __future__ import annotations

from pydantic import Field, JsonValue

from tenuto.connectors.airtable.shapes import (
    Base,
    Bases,
    Changes,
    Comment,
    Comments,
    Condition,
    Deleted,
    Listing,
    NewComment,
    NewRecord,
    Nothing,
    One,
    Record,
    Records,
    Saved,
    Tables,
    Upsert,
    Values,
)
from tenuto.core.auth import ApiKey, OAuth2
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, Request, Result, Whoami, mark
from tenuto.core.errors import CreditsExhausted, InvalidOutput, Rejected, Uncertain
from tenuto.core.limits import Limits, RateLimit

page_size = 100
lock = 30.0
"""Seconds that a base is locked for after too many requests."""
_table, _one = "/v0/{base}/{table}", "/v0/{base}/{table}/{id}"
_read, _write = ("data.records:read",), ("data.records:write",)
_schema = ("schema.bases:read",)


def _sentence(answer: Answer) -> str:
    """What Airtable says: a text, or an object with one."""
    try:
        error = answer.json.get("error") if isinstance(answer.json, dict) else None
    except InvalidOutput:
        return ""
    return str(error.get("message") or error.get("type")) if isinstance(error, dict) else str(error or "")


def _who(answer: Answer, params: Params) -> Whoami:
    del params
    found = answer.json if isinstance(answer.json, dict) else {}
    return Whoami.model_validate({"account": found.get("email") or found.get("id")})


airtable = Connector(
    key="airtable",
    name="Airtable",
    doc="Records of bases, and comments on them.",
    base_url="https://api.airtable.com",
    auth=OAuth2(
        authorize_url="https://airtable.com/oauth2/v1/authorize",
        token_url="https://airtable.com/oauth2/v1/token",  # noqa: S106 - an address, not a password
        scopes=(
            *_read,
            *_write,
            *_schema,
            "data.recordComments:read",
            "data.recordComments:write",
            "user.email:read",
        ),
        rotation="always",
        client="basic",
    ),
    also=(ApiKey(prefix="Bearer ", label="Personal access token"),),
    check=Request(result=Whoami, method="GET", path="/v0/meta/whoami", read=_who),
    limits=Limits(known=(RateLimit(5, 1),)),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status == 429,
            message="errors.0.message",
            reason="errors.0.error",
            kinds={"PUBLIC_API_BILLING_LIMIT_EXCEEDED": CreditsExhausted},
            fixes={"PUBLIC_API_BILLING_LIMIT_EXCEEDED": "Wait for the next month, or choose another plan at Airtable."},
            wait=lambda _answer: lock,
        ),
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message=_sentence,
            reason="error.type",
            fixes={
                "AUTHENTICATION_REQUIRED": "Connect Airtable again.",
                "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND": "Check the base and the table, and that the connection was given this base.",
                "UNKNOWN_FIELD_NAME": "Look the names up with list_tables.",
                "INVALID_MULTIPLE_CHOICE_OPTIONS": "Add the choice in Airtable, or set typecast.",
            },
        ),
    ),
)


class _Page(Result):
    records: tuple[Record, ...]
    following: str | None = Field(default=None, validation_alias="offset")


class _Merged(Result):
    records: tuple[Record, ...] = Field(min_length=1, max_length=1)
    created: tuple[str, ...] = Field(default=(), validation_alias="createdRecords")


async def _pages(calls: Calls, body: dict[str, JsonValue], limit: int) -> tuple[Record, ...]:
    found: list[Record] = []
    more: dict[str, JsonValue] = {}
    while True:
        page = await calls.send(Request(result=_Page, method="POST", path=f"{_table}/listRecords", json={**body, **more}))
        found += page.records
        if page.following is None or len(found) >= limit:
            return tuple(found[:limit])
        more = {"offset": page.following}


async def _listed(calls: Calls, body: dict[str, JsonValue], limit: int) -> tuple[Record, ...]:
    """The first records, page by page; anew where Airtable has forgotten the place in the list."""
    sized: dict[str, JsonValue] = {**body, "pageSize": min(limit, page_size), "maxRecords": limit}
    try:
        return await _pages(calls, sized, limit)
    except Rejected as problem:
        if "LIST_RECORDS_ITERATOR_NOT_AVAILABLE" not in (problem.data.raw or ""):
            raise
        return await _pages(calls, sized, limit)


async def _merged(calls: Calls, merge_on: list[JsonValue], fields: Values, *, typecast: bool) -> Saved:
    body: JsonValue = {"performUpsert": {"fieldsToMergeOn": merge_on}, "records": [{"fields": fields}], "typecast": typecast}
    done = await calls.send(Request(result=_Merged, method="PATCH", path=_table, json=body))
    record = done.records[0]
    return Saved(id=record.id, fields=record.fields, created_at=record.created_at, created=record.id in done.created)


async def _made(calls: Calls, params: NewRecord, key: str) -> Saved | None:
    """By the mark that the record carries; without a field for it nobody can know."""
    if params.step_field is None:
        raise Uncertain("Whether the record was created cannot be found out.", fix="Look it up in Airtable; with `step_field` it could be.")
    marked = Condition(field=params.step_field, value=mark(key))
    found = await _listed(calls, {"filterByFormula": marked.formula}, 1)
    return Saved(id=found[0].id, fields=found[0].fields, created_at=found[0].created_at) if found else None


@airtable.action(effect="write", scopes=_write, verify=_made)
async def create_record(calls: Calls, params: NewRecord) -> Saved:
    """Create a record."""
    if params.step_field:
        fields = {**params.fields, params.step_field: mark(calls.key)}
        return await _merged(calls, [params.step_field], fields, typecast=params.typecast)
    body: JsonValue = {"fields": params.fields, "typecast": params.typecast}
    return await calls.send(Request(result=Saved, method="POST", path=_table, json=body))


@airtable.action(effect="idempotent_write", scopes=_write)
async def upsert_record(calls: Calls, params: Upsert) -> Saved:
    """Change the record that has these values, or create it; refused where several have them."""
    return await _merged(calls, list(params.merge_on), params.fields, typecast=params.typecast)


@airtable.action(effect="idempotent_write", scopes=_write)
def update_record(params: Changes) -> Request[Record]:
    """Change fields of a record."""
    return Request(result=Record, method="PATCH", path=_one, json={"fields": params.fields, "typecast": params.typecast})


async def _gone(calls: Calls, params: One, key: str) -> Deleted | None:
    del key
    try:
        await calls.send(Request(result=Record, method="GET", path=_one))
    except Rejected as problem:
        if '"NOT_FOUND"' in (problem.data.raw or ""):
            return Deleted(id=params.id)
        raise
    return None


@airtable.action(effect="write", scopes=_write, verify=_gone)
def delete_record(params: One) -> Request[Deleted]:
    """Delete a record; from the base's trash people can bring it back."""
    del params  # the path is filled from them
    return Request(result=Deleted, method="DELETE", path=_one)


@airtable.action(effect="read", scopes=_read)
def get_record(params: One) -> Request[Record]:
    """Read a record."""
    del params  # the path is filled from them
    return Request(result=Record, method="GET", path=_one)


@airtable.action(effect="read", scopes=_read)
async def list_records(calls: Calls, params: Listing) -> Records:
    """List records that fit conditions."""
    body: dict[str, JsonValue] = {}
    if params.filter:
        body["filterByFormula"] = params.filter
    if params.view:
        body["view"] = params.view
    if params.fields:
        body["fields"] = list(params.fields)
    if params.sort:
        body["sort"] = [{"field": each.field, "direction": "desc" if each.descending else "asc"} for each in params.sort]
    found = await _listed(calls, body, params.limit)
    return Records(records=found, total=len(found))


@airtable.action(effect="read", scopes=_schema)
def list_bases(params: Nothing) -> Request[Bases]:
    """List the bases that the account may see."""
    del params
    return Request(result=Bases, method="GET", path="/v0/meta/bases")


@airtable.action(effect="read", scopes=_schema)
def list_tables(params: Base) -> Request[Tables]:
    """List the tables of a base, and their fields."""
    del params  # the path is filled from them
    return Request(result=Tables, method="GET", path="/v0/meta/bases/{base}/tables")


# Without `verify`: a comment carries nothing of ours, and another run may have said the same.
@airtable.action(effect="write", scopes=("data.recordComments:write",))
def add_comment(params: NewComment) -> Request[Comment]:
    """Comment on a record."""
    return Request(result=Comment, method="POST", path=f"{_one}/comments", json={"text": params.text})


@airtable.action(effect="read", scopes=("data.recordComments:read",))
def list_comments(params: One) -> Request[Comments]:
    """List the comments on a record."""
    del params  # the path is filled from them
    return Request(result=Comments, method="GET", path=f"{_one}/comments", query={"pageSize": page_size})
