"""Salesforce's REST API: records of every object, questions in SOQL and SOSL, descriptions, mail.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/; an account's API is at the `instance_url` of its token.
"""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.salesforce.answers import Page, changed, description, hits, mail_sent, record, saved, whoami
from tenuto.connectors.salesforce.answers import page as page_of
from tenuto.connectors.salesforce.shapes import (
    Changed,
    Changes,
    Description,
    Hits,
    Kinds,
    Listing,
    Mail,
    MailSent,
    NewRecord,
    Nothing,
    Of,
    One,
    Question,
    Record,
    Records,
    Saved,
    Upsert,
    Which,
    Words,
    find,
    select,
)
from tenuto.core.account import AccountField, host_name
from tenuto.core.auth import ClientCredentials, OAuth2
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Request, Whoami, mark
from tenuto.core.errors import AuthRejected, RateLimited, Rejected, Uncertain, VendorFailed

_api = "/services/data/v62.0"
_sign_in = "https://{domain}.salesforce.com/services/oauth2"
daily_wait = 3600.0
"""Seconds; the limit of a day is counted over the last 24 hours, so that some of it comes back at any time."""
busy_wait = 30.0

_reconnect = "Connect Salesforce again."
_limits = ("REQUEST_LIMIT_EXCEEDED", "EXCEEDED_ID_LIMIT", "API_CURRENTLY_DISABLED")


def _wait(answer: Answer) -> float | None:
    """Salesforce names no time; its sentence says which limit it is."""
    return daily_wait if "TotalRequests" in answer.text else busy_wait


salesforce = Connector(
    key="salesforce",
    name="Salesforce",
    doc="Leads, contacts, accounts, cases and every other record; questions in SOQL; searches.",
    base_url="https://login.salesforce.com",
    auth=OAuth2(
        authorize_url=f"{_sign_in}/authorize",
        token_url=f"{_sign_in}/token",
        revoke_url=f"{_sign_in}/revoke",
        introspect_url=f"{_sign_in}/introspect",
        scopes=("api", "refresh_token", "openid"),
        rotation="optional",
        base_url_field="instance_url",
    ),
    also=(ClientCredentials(token_url=f"{_sign_in}/token", client="body", base_url_field="instance_url"),),
    fields=(
        AccountField(
            name="domain",
            description="login for production, test for a sandbox, or your own My Domain, as in acme.my or acme--dev.sandbox.my.",
            example="login",
            pattern=host_name,
        ),
    ),
    domains=("salesforce.com", "salesforce.mil", "cloudforce.com"),
    check=Request(
        result=Whoami,
        method="GET",
        path="/services/oauth2/userinfo",
        read=whoami,
    ),
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message="0.message",
            reason="0.errorCode",
            kinds={
                **dict.fromkeys(_limits, RateLimited),
                **dict.fromkeys(("INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "API_DISABLED_FOR_ORG"), AuthRejected),
                **dict.fromkeys(("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT"), VendorFailed),
            },
            fixes={
                "INVALID_SESSION_ID": _reconnect,
                "INSUFFICIENT_ACCESS": "Ask the administrator for the right to do this, or connect somebody who has it.",
                "INVALID_FIELD": "Look the field up with describe_object; custom ones end in __c.",
                "NOT_FOUND": "Check the object's API name, the field and the id.",
                "REQUIRED_FIELD_MISSING": "Give the fields that the organisation requires.",
                "DUPLICATES_DETECTED": "A duplicate rule found a record like it: change that one, or use upsert_record.",
                "DUPLICATE_VALUE": "Another record has this value already: change that one, or use upsert_record.",
            },
            wait=_wait,
        ),
    ),
)


async def _asked(calls: Calls, soql: str, limit: int) -> Records:
    page = await calls.send(Request(result=Page, method="GET", path=f"{_api}/query", query={"q": soql}, read=page_of))
    found, available = list(page.records), page.available
    while page.following and len(found) < limit:
        more = Request(result=Page, method="GET", path=f"{_api}/query/{{place}}", fill={"place": page.following}, read=page_of)
        page = await calls.send(more)
        found += page.records
    return Records(records=tuple(found[:limit]), total=len(found[:limit]), available=available)


async def _made(calls: Calls, params: NewRecord, key: str) -> Saved | None:
    """By the mark that the record carries; without a field for it nobody can know."""
    if params.step_field is None:
        raise Uncertain(
            "Whether the record was created cannot be found out.", fix="Look it up in Salesforce; with `step_field` it could be."
        )
    fill = {"object": params.object, "field": params.step_field, "mark": mark(key)}
    path = f"{_api}/sobjects/{{object}}/{{field}}/{{mark}}"
    try:
        found = await calls.send(Request(result=Record, method="GET", path=path, fill=fill, read=record))
    except Rejected as problem:
        if "NOT_FOUND" in (problem.data.raw or ""):
            return None
        raise
    return Saved(id=found.id or "", created=True)


@salesforce.action(effect="write", scopes=("api",), verify=_made)
def create_record(params: NewRecord, key: str) -> Request[Saved]:
    """Create a record: a lead, a contact, an account, a case, or any other."""
    if params.step_field is None:
        return Request(result=Saved, method="POST", path=f"{_api}/sobjects/{{object}}", json=params.fields, read=saved)
    fill = {"field": params.step_field, "mark": mark(key)}
    path = f"{_api}/sobjects/{{object}}/{{field}}/{{mark}}"
    return Request(result=Saved, method="PATCH", path=path, fill=fill, json=params.fields, read=saved)


@salesforce.action(effect="idempotent_write", scopes=("api",))
def upsert_record(params: Upsert) -> Request[Saved]:
    """Change the record that has this external id, or create it."""
    fill = {"field": params.external_field, "value": params.external_id}
    path = f"{_api}/sobjects/{{object}}/{{field}}/{{value}}"
    return Request(result=Saved, method="PATCH", path=path, fill=fill, json=params.fields, read=saved)


@salesforce.action(effect="idempotent_write", scopes=("api",))
def update_record(params: Changes) -> Request[Changed]:
    """Change fields of a record."""
    path = f"{_api}/sobjects/{{object}}/{{id}}"
    return Request(result=Changed, method="PATCH", path=path, json=params.fields, read=changed)


@salesforce.action(effect="idempotent_write", scopes=("api",))
async def delete_record(calls: Calls, params: One) -> Changed:
    """Put a record into the recycle bin; one that is there already is as good."""
    request = Request(result=Changed, method="DELETE", path=f"{_api}/sobjects/{{object}}/{{id}}", read=changed)
    try:
        return await calls.send(request)
    except Rejected as problem:
        if "ENTITY_IS_DELETED" in (problem.data.raw or ""):
            return Changed(id=params.id)
        raise


@salesforce.action(effect="read", scopes=("api",))
def get_record(params: Which) -> Request[Record]:
    """Read a record by its id or by an external id."""
    path = f"{_api}/sobjects/{{object}}/" + ("{by}/{id}" if params.by else "{id}")
    query = {"fields": ",".join(params.fields) or None}
    return Request(result=Record, method="GET", path=path, query=query, read=record)


@salesforce.action(effect="read", scopes=("api",))
async def list_records(calls: Calls, params: Listing) -> Records:
    """List records of an object that fit conditions, the one that changed last first."""
    return await _asked(calls, select(params), params.limit)


@salesforce.action(effect="read", scopes=("api",))
async def query(calls: Calls, params: Question) -> Records:
    """Ask for records in SOQL."""
    return await _asked(calls, params.soql, params.limit)


@salesforce.action(effect="read", scopes=("api",))
def search(params: Words) -> Request[Hits]:
    """Search for words in several objects at once."""
    return Request(result=Hits, method="GET", path=f"{_api}/search", query={"q": find(params)}, read=hits)


@salesforce.action(effect="read", scopes=("api",))
def list_objects(params: Nothing) -> Request[Kinds]:
    """List the objects of the organisation, custom ones too."""
    del params
    return Request(result=Kinds, method="GET", path=f"{_api}/sobjects")


@salesforce.action(effect="read", scopes=("api",))
def describe_object(params: Of) -> Request[Description]:
    """Describe an object: its fields, what they take, and which are required."""
    del params  # the path is filled from them
    return Request(result=Description, method="GET", path=f"{_api}/sobjects/{{object}}/describe", read=description)


@salesforce.action(effect="write", scopes=("api",))
def send_email(params: Mail) -> Request[MailSent]:
    """Send a mail as the connected user."""
    mail: dict[str, JsonValue] = {"emailAddresses": ",".join(params.to), "emailSubject": params.subject, "emailBody": params.body}
    path = f"{_api}/actions/standard/emailSimple"
    return Request(result=MailSent, method="POST", path=path, json={"inputs": [mail]}, read=mail_sent)
