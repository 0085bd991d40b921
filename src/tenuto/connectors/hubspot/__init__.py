"""HubSpot's CRM API: contacts, companies, deals, tickets and every other object; searches, associations, owners, pipelines.

https://developers.hubspot.com/docs/api-reference/; what has a dated version is asked for in that of March 2026.
"""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.hubspot.answers import (
    Archived,
    Associations,
    Batch,
    Found,
    Linked,
    Neighbours,
    Object,
    Objects,
    Owners,
    Page,
    Pipelines,
    Properties,
    Saved,
)
from tenuto.connectors.hubspot.shapes import (
    Changes,
    Link,
    Links,
    Listing,
    NewObject,
    Of,
    One,
    OwnerFilter,
    Search,
    Upsert,
    Values,
    Which,
    text,
)
from tenuto.core.auth import ApiKey, OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, Params, QueryValue, Request, Whoami, mark
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited, Rejected, Uncertain

_objects = "/crm/objects/2026-03/{type}"
_one = _objects + "/{id}"
page_size = 100
search_size = 200
daily_wait, short_wait = 3600.0, 10.0
"""Seconds, where HubSpot names no time: the limit of a day, and the one of ten seconds."""
_reconnect = "Connect HubSpot again."
_crm = tuple(f"crm.objects.{kind}.{may}" for kind in ("contacts", "companies", "deals") for may in ("read", "write"))
_read, _write = ("crm.objects.contacts.read",), ("crm.objects.contacts.write",)


def _account(answer: Answer, params: Params) -> Whoami:
    del params
    if not isinstance(answer.json, dict):
        raise InvalidOutput("HubSpot answered something else than an object.", raw=answer.text)
    return Whoami(account=f"portal {answer.json.get('portalId')}")


hubspot = Connector(
    key="hubspot",
    name="HubSpot",
    doc="Contacts, companies, deals, tickets and other objects of the CRM.",
    base_url="https://api.hubapi.com",
    auth=OAuth2(
        authorize_url="https://app.hubspot.com/oauth/authorize",
        token_url="https://api.hubapi.com/oauth/2026-03/token",  # noqa: S106 - an address, not a password
        revoke_url="https://api.hubapi.com/oauth/2026-03/token/revoke",
        introspect_url="https://api.hubapi.com/oauth/2026-03/token/introspect",
        scopes=("oauth", *_crm, "tickets", "crm.objects.owners.read"),
        account=("hub_domain",),
    ),
    also=(ApiKey(prefix="Bearer ", label="Access token of a private app"),),
    check=Request(result=Whoami, method="GET", path="/account-info/v3/details", read=_account),
    webhook=schemes["hubspot"],
    errors=(
        ErrorRule(
            when=lambda answer: answer.status >= 400,
            message="message",
            reason="category",
            kinds={
                "RATE_LIMITS": RateLimited,
                **dict.fromkeys(("INVALID_AUTHENTICATION", "EXPIRED_AUTHENTICATION", "MISSING_SCOPES"), AuthRejected),
            },
            fixes={
                "INVALID_AUTHENTICATION": _reconnect,
                "EXPIRED_AUTHENTICATION": _reconnect,
                "MISSING_SCOPES": "Connect HubSpot again and grant the scopes that the raw answer names.",
                "OBJECT_NOT_FOUND": "Check the kind and the id; an archived object is not found.",
                "CONFLICT": "It is there already: change it, or use upsert_object.",
            },
            wait=lambda answer: daily_wait if '"DAILY"' in answer.text else short_wait,
        ),
    ),
)


def _sent(properties: Values) -> dict[str, JsonValue]:
    return {name: text(value) for name, value in properties.items()}


async def _upserted(calls: Calls, by: str, value: str, properties: Values) -> Saved:
    body: JsonValue = {"inputs": [{"idProperty": by, "id": value, "properties": {**_sent(properties), by: value}}]}
    done = await calls.send(Request(result=Batch, method="POST", path=f"{_objects}/batch/upsert", json=body))
    return done.saved


async def _made(calls: Calls, params: NewObject, key: str) -> Saved | None:
    """By the mark that the object carries; without a property for it nobody can know."""
    if params.step_property is None:
        raise Uncertain(
            "Whether the object was created cannot be found out.", fix="Look it up in HubSpot; with `step_property` it could be."
        )
    query: dict[str, QueryValue] = {"idProperty": params.step_property}
    request = Request(result=Saved, method="GET", path=_one, fill={"id": mark(key)}, query=query)
    try:
        return await calls.send(request)
    except Rejected as problem:
        if '"OBJECT_NOT_FOUND"' in (problem.data.raw or ""):
            return None
        raise


@hubspot.action(effect="write", scopes=_write, verify=_made)
async def create_object(calls: Calls, params: NewObject) -> Saved:
    """Create an object: a contact, a company, a deal, a ticket, a note, or any other."""
    if params.step_property:
        return await _upserted(calls, params.step_property, mark(calls.key), params.properties)
    return await calls.send(Request(result=Saved, method="POST", path=_objects, json={"properties": _sent(params.properties)}))


@hubspot.action(effect="idempotent_write", scopes=_write)
async def upsert_object(calls: Calls, params: Upsert) -> Saved:
    """Change the object with this unique value (a contact by its e-mail address), or create it."""
    return await _upserted(calls, params.by, params.value, params.properties)


@hubspot.action(effect="idempotent_write", scopes=_write)
def update_object(params: Changes) -> Request[Object]:
    """Change properties of an object."""
    return Request(result=Object, method="PATCH", path=_one, json={"properties": _sent(params.properties)})


@hubspot.action(effect="idempotent_write", scopes=_write)
def archive_object(params: One) -> Request[Archived]:
    """Put an object into the recycle bin."""
    del params  # the path is filled from them
    return Request(result=Archived, method="DELETE", path=_one, read=_archived)


def _archived(answer: Answer, params: One) -> Archived:
    del answer
    return Archived(id=params.id)


@hubspot.action(effect="read", scopes=_read)
def get_object(params: Which) -> Request[Object]:
    """Read an object by its id or by a unique value."""
    query: dict[str, QueryValue] = {"idProperty": params.by, "properties": ",".join(params.properties) or None}
    return Request(result=Object, method="GET", path=_one, query=query)


@hubspot.action(effect="read", scopes=_read)
async def list_objects(calls: Calls, params: Listing) -> Objects:
    """List objects of a kind, the oldest first."""
    found: list[Object] = []
    query: dict[str, QueryValue] = {"limit": min(params.limit, page_size), "properties": ",".join(params.properties) or None}
    while True:
        page = await calls.send(Request(result=Page, method="GET", path=_objects, query=query))
        found += page.objects
        if page.following is None or len(found) >= params.limit:
            return Objects(objects=tuple(found[: params.limit]), total=len(found[: params.limit]))
        query["after"] = page.following


@hubspot.action(effect="read", scopes=_read)
async def search_objects(calls: Calls, params: Search) -> Found:
    """Search objects of a kind by words and by their properties. What was written seconds ago may not be found yet."""
    body: dict[str, JsonValue] = {"limit": min(params.limit, search_size)}
    if params.query:
        body["query"] = params.query
    if params.filters:
        body["filterGroups"] = [{"filters": [each.sent for each in params.filters]}]
    if params.properties:
        body["properties"] = list(params.properties)
    if params.sort_by:
        body["sorts"] = [{"propertyName": params.sort_by, "direction": "DESCENDING" if params.descending else "ASCENDING"}]
    found: list[Object] = []
    while True:
        page = await calls.send(Request(result=Page, method="POST", path=f"{_objects}/search", json=dict(body)))
        found += page.objects
        if page.following is None or len(found) >= params.limit:
            kept = tuple(found[: params.limit])
            return Found(objects=kept, total=len(kept), available=page.available if page.available is not None else len(kept))
        body["after"] = page.following


@hubspot.action(effect="idempotent_write", scopes=_write)
def link_objects(params: Link) -> Request[Linked]:
    """Link two objects, as HubSpot links such by default: a contact with its company, a note with a deal."""
    del params  # the path is filled from them
    path = "/crm/v4/objects/{type}/{id}/associations/default/{to_type}/{to_id}"
    return Request(result=Linked, method="PUT", path=path, read=_linked)


def _linked(answer: Answer, params: Link) -> Linked:
    del answer
    return Linked(id=params.id, to_id=params.to_id)


@hubspot.action(effect="read", scopes=_read)
async def list_links(calls: Calls, params: Links) -> Associations:
    """List the objects of a kind that an object is linked with."""
    del params  # the path is filled from them
    ids: list[str] = []
    query: dict[str, QueryValue] = {"limit": 500}
    while True:
        path = "/crm/v4/objects/{type}/{id}/associations/{to_type}"
        page = await calls.send(Request(result=Neighbours, method="GET", path=path, query=query))
        ids += [str(each.id) for each in page.found]
        if page.following is None:
            return Associations(ids=tuple(ids), total=len(ids))
        query["after"] = page.following


@hubspot.action(effect="read", scopes=("crm.objects.owners.read",))
def list_owners(params: OwnerFilter) -> Request[Owners]:
    """List the people to whom objects can belong."""
    return Request(result=Owners, method="GET", path="/crm/v3/owners", query={"email": params.email, "limit": 500})


@hubspot.action(effect="read", scopes=_read)
def list_properties(params: Of) -> Request[Properties]:
    """List the properties of a kind of objects."""
    del params  # the path is filled from them
    return Request(result=Properties, method="GET", path="/crm/v3/properties/{type}")


@hubspot.action(effect="read", scopes=_read)
def list_pipelines(params: Of) -> Request[Pipelines]:
    """List the pipelines of deals or tickets, and their stages."""
    del params  # the path is filled from them
    return Request(result=Pipelines, method="GET", path="/crm/v3/pipelines/{type}")
