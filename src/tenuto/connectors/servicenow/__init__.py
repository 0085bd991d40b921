"""ServiceNow's Table and Attachment API: incidents, and the records of every other table.

https://www.servicenow.com/docs/ (REST API reference); an account is at its own instance.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import JsonValue

from tenuto.connectors.servicenow.answers import Deleted, File, Files, Page, Record, Records, file, files, page, record, sentence, whoami
from tenuto.connectors.servicenow.shapes import (
    Changes,
    Listing,
    NewFile,
    NewIncident,
    NewRecord,
    Note,
    One,
    Resolution,
    Values,
    Which,
    texts,
)
from tenuto.core.account import AccountField
from tenuto.core.auth import Basic, OAuth2
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, QueryValue, Request, Whoami, mark
from tenuto.core.errors import AuthRejected, Rejected, Uncertain

page_size = 1000
clock_slack = timedelta(minutes=5)
_table, _one = "/api/now/v2/table/{table}", "/api/now/v2/table/{table}/{id}"
_files = "/api/now/v1/attachment"
_json = {"content-type": "application/json"}
_plain: dict[str, QueryValue] = {"sysparm_exclude_reference_link": True, "sysparm_display_value": "false"}
_scopes = ("useraccount",)
_host = "https://{instance}.service-now.com"

servicenow = Connector(
    key="servicenow",
    name="ServiceNow",
    doc="Incidents, and the records of every other table.",
    base_url=_host,
    headers={"accept": "application/json"},
    auth=OAuth2(authorize_url=f"{_host}/oauth_auth.do", token_url=f"{_host}/oauth_token.do", scopes=_scopes, rotation="optional"),
    also=(Basic(),),
    fields=(AccountField(name="instance", description="What stands before .service-now.com in its address.", example="acme"),),
    check=Request(
        result=Whoami,
        method="GET",
        path="/api/now/v2/table/sys_user",
        query={"sysparm_query": "user_name=javascript:gs.getUserName()", "sysparm_fields": "user_name", "sysparm_limit": 1},
        read=whoami,
    ),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message=sentence,
            reason="error.message",
            kinds={"User Not Authorized": AuthRejected},
            fixes={
                "User Not Authenticated": "Connect ServiceNow again.",
                "User Not Authorized": "Give the account the role that this API asks for.",
                "No Record found": "Check the table and the sys_id; what the account may not see is not found either.",
            },
        ),
    ),
)


async def _listed(calls: Calls, table: str, query: dict[str, QueryValue], limit: int) -> Records:
    found: list[Record] = []
    size = min(limit, page_size)
    while True:
        asked: dict[str, QueryValue] = {**query, "sysparm_limit": size, "sysparm_offset": len(found)}
        answer = await calls.send(Request(result=Page, method="GET", path=_table, fill={"table": table}, query=asked, read=page))
        found += answer.records
        whole = answer.available is None and len(answer.records) < size
        if not answer.records or whole or len(found) >= min(limit, answer.available or limit):
            return Records(records=tuple(found[:limit]), total=len(found[:limit]), available=answer.available)


async def _marked(calls: Calls, table: str, name: str | None, key: str) -> Record | None:
    """The record that has the step's mark. A field that the table lacks is as good as no condition: so what is found is looked at."""
    if name is None:
        raise Uncertain(
            "Whether the record was created cannot be found out.", fix="Look it up in ServiceNow; with `step_field` it could be."
        )
    found = await _listed(calls, table, {**_plain, "sysparm_query": f"{name}={mark(key)}"}, 2)
    return next((each for each in found.records if each.fields.get(name) == mark(key)), None)


def _created(table: str, fields: Values, name: str | None, key: str) -> Request[Record]:
    body: dict[str, JsonValue] = {**texts(fields), **({name: mark(key)} if name else {})}
    return Request(result=Record, method="POST", path=_table, fill={"table": table}, query=_plain, headers=_json, json=body, read=record)


async def _opened(calls: Calls, params: NewIncident, key: str) -> Record | None:
    del params
    return await _marked(calls, "incident", "correlation_id", key)


@servicenow.action(effect="write", scopes=_scopes, verify=_opened)
def create_incident(params: NewIncident, key: str) -> Request[Record]:
    """Open an incident."""
    return _created("incident", params.sent, "correlation_id", key)


async def _made(calls: Calls, params: NewRecord, key: str) -> Record | None:
    return await _marked(calls, params.table, params.step_field, key)


@servicenow.action(effect="write", scopes=_scopes, verify=_made)
def create_record(params: NewRecord, key: str) -> Request[Record]:
    """Create a record of any table."""
    return _created(params.table, params.fields, params.step_field, key)


def _change(table: str, number: str, fields: dict[str, JsonValue]) -> Request[Record]:
    fill = {"table": table, "id": number}
    return Request(result=Record, method="PATCH", path=_one, fill=fill, query=_plain, headers=_json, json=fields, read=record)


@servicenow.action(effect="idempotent_write", scopes=_scopes)
def update_record(params: Changes) -> Request[Record]:
    """Change fields of a record."""
    return _change(params.table, params.id, texts(params.fields))


@servicenow.action(effect="idempotent_write", scopes=_scopes)
def resolve_incident(params: Resolution) -> Request[Record]:
    """Resolve an incident."""
    return _change("incident", params.id, {"state": "6", "close_code": params.close_code, "close_notes": params.close_notes})


# Without `verify`: an entry of a journal carries nothing of ours, and another run may have said the same.
@servicenow.action(effect="write", scopes=_scopes)
def add_note(params: Note) -> Request[Record]:
    """Leave a work note on a record, or a comment that its caller sees."""
    return _change(params.table, params.id, {"comments" if params.public else "work_notes": params.text})


async def _gone(calls: Calls, params: One, key: str) -> Deleted | None:
    del key
    try:
        await calls.send(Request(result=Record, method="GET", path=_one, read=record))
    except Rejected as problem:
        if "No Record found" in (problem.data.raw or ""):
            return Deleted(id=params.id)
        raise
    return None


@servicenow.action(effect="write", scopes=_scopes, verify=_gone)
def delete_record(params: One) -> Request[Deleted]:
    """Delete a record."""
    del params  # the path is filled from them
    return Request(result=Deleted, method="DELETE", path=_one, read=_deleted)


def _deleted(answer: Answer, params: One) -> Deleted:
    del answer
    return Deleted(id=params.id)


@servicenow.action(effect="read", scopes=_scopes)
def get_record(params: Which) -> Request[Record]:
    """Read a record."""
    query: dict[str, QueryValue] = {**_plain, "sysparm_display_value": str(params.display).lower()}
    if params.fields:
        query["sysparm_fields"] = ",".join(dict.fromkeys(("sys_id", *params.fields)))
    return Request(result=Record, method="GET", path=_one, query=query, read=record)


@servicenow.action(effect="read", scopes=_scopes)
async def list_records(calls: Calls, params: Listing) -> Records:
    """List records of a table that fit conditions, the one that changed last first."""
    query: dict[str, QueryValue] = {**_plain, "sysparm_display_value": str(params.display).lower(), "sysparm_query": params.query}
    asked = [condition.field for condition in params.where]
    if params.fields or any("." in name for name in asked):
        query["sysparm_fields"] = ",".join(dict.fromkeys(("sys_id", *params.fields, *asked)))
    found = await _listed(calls, params.table, query, params.limit)
    if missing := [name for name in asked if found.records and name not in found.records[0].fields]:
        # ServiceNow leaves such a condition out in silence, and finds everything.
        raise Rejected(f"The table {params.table} has no field {missing[0]} that the account may see.", fix="Check the field's name.")
    return found


async def _attached(calls: Calls, params: NewFile, key: str) -> File | None:
    """By name and size, since the attempt began: a second file that is the same would be no gain to anybody."""
    del key
    query = f"table_name={params.table}^table_sys_id={params.id}^file_name={params.name}"
    found = await calls.send(Request(result=Files, method="GET", path=_files, query={"sysparm_query": query}, read=files))
    since = calls.now - clock_slack
    fits = (each for each in found.files if each.size == len(params.content) and each.created_at and each.created_at >= since)
    return next(fits, None)


@servicenow.action(effect="write", scopes=_scopes, verify=_attached)
def attach_file(params: NewFile) -> Request[File]:
    """Attach a file to a record."""
    query: dict[str, QueryValue] = {"table_name": params.table, "table_sys_id": params.id, "file_name": params.name}
    headers = {"content-type": params.media_type}
    return Request(result=File, method="POST", path=f"{_files}/file", query=query, headers=headers, content=params.content, read=file)


@servicenow.action(effect="read", scopes=_scopes)
def list_files(params: One) -> Request[Files]:
    """List the files of a record."""
    query: dict[str, QueryValue] = {"sysparm_query": f"table_name={params.table}^table_sys_id={params.id}", "sysparm_limit": 1000}
    return Request(result=Files, method="GET", path=_files, query=query, read=files)
