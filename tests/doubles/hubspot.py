"""A double of HubSpot's CRM API: objects of six types, search, batches with upsert by a unique property, associations, owners.

Objects stand both under `/crm/v3/objects/{type}` and under the dated `/crm/objects/{version}/{type}`. From
https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/, …/docs/guides/api/crm/search, …/docs/guides/api/crm/associations/associations-v4,
…/docs/guides/api/crm/properties, …/docs/api/error-handling and …/docs/developer-tooling/platform/usage-guidelines.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor

_correlation = "aeb5f871-7f07-4993-9211-075dc63e7cbf"
_shown_always = {"createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_object_id"}
_usual = {
    "contacts": ("email", "firstname", "lastname"),
    "companies": ("name", "domain"),
    "deals": ("dealname", "amount", "dealstage", "pipeline", "closedate"),
    "tickets": ("subject", "content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority"),
    "notes": ("hs_note_body", "hs_timestamp"),
    "tasks": ("hs_task_subject", "hs_task_body", "hs_task_status", "hs_timestamp"),
}
_more = ("phone", "jobtitle", "company", "website", "city", "industry", "hubspot_owner_id", "tenuto_step")
_required = {"notes": ("hs_timestamp",), "tasks": ("hs_timestamp",), "tickets": ("hs_pipeline_stage",)}
_operators: dict[str, Callable[[str | None, Json], bool]] = {
    "EQ": lambda value, asked: (value or "").lower() == str(asked["value"]).lower(),
    "NEQ": lambda value, asked: value is not None and value.lower() != str(asked["value"]).lower(),
    "LT": lambda value, asked: value is not None and _ordered(value) < _ordered(asked["value"]),
    "LTE": lambda value, asked: value is not None and _ordered(value) <= _ordered(asked["value"]),
    "GT": lambda value, asked: value is not None and _ordered(value) > _ordered(asked["value"]),
    "GTE": lambda value, asked: value is not None and _ordered(value) >= _ordered(asked["value"]),
    "BETWEEN": lambda value, asked: value is not None and _ordered(asked["value"]) <= _ordered(value) <= _ordered(asked["highValue"]),
    "IN": lambda value, asked: value is not None and value.lower() in asked["values"],
    "NOT_IN": lambda value, asked: value is not None and value.lower() not in asked["values"],
    "HAS_PROPERTY": lambda value, asked: bool(value),
    "NOT_HAS_PROPERTY": lambda value, asked: not value,
    "CONTAINS_TOKEN": lambda value, asked: str(asked["value"]).strip("*").lower() in (value or "").lower(),
    "NOT_CONTAINS_TOKEN": lambda value, asked: str(asked["value"]).strip("*").lower() not in (value or "").lower(),
}


class HubSpot(Vendor):
    """An account with six types of objects; every type has the unique property `tenuto_step`, contacts a unique `email` too."""

    key = "hubspot"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.properties = {kind: {*names, *_more, *_shown_always} for kind, names in _usual.items()}
        self.unique = {kind: {"tenuto_step"} for kind in _usual}
        self.unique["contacts"].add("email")
        self.objects: dict[str, list[Json]] = {kind: [] for kind in _usual}
        self.associations: set[tuple[str, str, str, str]] = set()
        """Type, id, other type, other id: both ways."""
        self.owners: list[Json] = [
            {"id": "41629779", "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "userId": 9586504, "archived": False}
        ]
        self.unindexed = False
        """The search does not know the latest object yet."""

    def routes(self) -> Routes:
        routes: Routes = [
            ("PUT", "/crm/v4/objects/{type}/{id}/associations/default/{other}/{to}", self._associate),
            ("GET", "/crm/v4/objects/{type}/{id}/associations/{other}", self._associated),
            ("GET", "/crm/v3/owners", self._list_owners),
            ("GET", "/crm/v3/owners/", self._list_owners),
            ("GET", "/crm/v3/properties/{type}", self._known(self._list_properties)),
            ("GET", "/crm/v3/pipelines/{type}", self._known(self._list_pipelines)),
            ("GET", "/account-info/v3/details", self._account),
        ]
        for root in ("/crm/v3/objects/{type}", "/crm/objects/{version}/{type}"):
            routes += [
                ("POST", root + "/search", self._known(self._search)),
                ("POST", root + "/batch/upsert", self._known(self._batch_upsert)),
                ("POST", root + "/batch/create", self._known(self._batch_create)),
                ("POST", root + "/batch/read", self._known(self._batch_read)),
                ("GET", root, self._known(self._list)),
                ("POST", root, self._known(self._create)),
                ("GET", root + "/{id}", self._known(self._get)),
                ("PATCH", root + "/{id}", self._known(self._update)),
                ("DELETE", root + "/{id}", self._known(self._archive)),
            ]
        return routes

    def add(self, type: str, **properties: str | None) -> Json:
        """Put an object in."""
        number, now = str(self.books.next()), _now()
        facts = {"hs_object_id": number, "createdate": now, "lastmodifieddate": now}
        made: Json = {"id": number, "properties": properties | facts, "createdAt": now, "updatedAt": now, "archived": False}
        self.objects[type].insert(0, made)
        return made

    def limits(self, request: Request) -> dict[str, str]:
        return {
            "x-hubspot-ratelimit-max": "110", "x-hubspot-ratelimit-remaining": str(max(1, 110 - len(self.books.calls) % 110)),
            "x-hubspot-ratelimit-interval-milliseconds": "10000",
        }  # fmt: skip

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited" | "secondary_limit":
                policy = fault.error or ("TEN_SECONDLY_ROLLING" if fault.kind == "rate_limited" else "DAILY")
                told = {"errorType": "RATE_LIMIT", "policyName": policy, "groupName": "publicapi:app:double"}
                headers = {"x-hubspot-ratelimit-remaining": "0"} if policy != "DAILY" else {"x-hubspot-ratelimit-daily-remaining": "0"}
                return _no(429, f"You have reached your {policy.lower()} limit.", "RATE_LIMITS", headers, **told)
            case "unauthorized":
                text = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
                return _no(401, text, fault.error or "INVALID_AUTHENTICATION")
            case "forbidden":
                scopes = {"requiredGranularScopes": ["crm.objects.contacts.write"]}
                text = "This app hasn't been granted all required scopes to make this call."
                return _no(
                    403,
                    text,
                    "MISSING_SCOPES",
                    errors=[{"message": "One or more of the following scopes are required.", "context": scopes}],
                )
            case "invalid":
                return _no(400, "Invalid input JSON on line 1, column 1: Unexpected character", "VALIDATION_ERROR")
            case "unavailable":
                return _no(503, "Service temporarily unavailable", "SERVICE_UNAVAILABLE")
            case _:
                return _no(500, "internal error", "INTERNAL_ERROR")

    def _known(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            kind = request.path_params["type"]
            if kind not in self.objects:
                return _no(400, f"Unable to infer object type from: {kind}", "VALIDATION_ERROR")
            return await endpoint(kind, request, sent)

        return enter

    def _wrong(self, kind: str, properties: Json, known: Json | None) -> Response | None:
        """What HubSpot says of properties that are unknown, missing, or unique and taken."""
        problems: list[Json] = [
            {"isValid": False, "message": f'Property "{name}" does not exist', "error": "PROPERTY_DOESNT_EXIST", "name": name}
            for name in properties
            if name not in self.properties[kind] | self.unique[kind]
        ]
        if kind == "contacts" and properties.get("email") and "@" not in properties["email"]:
            text = f"Email address {properties['email']} is invalid"
            problems.append({"isValid": False, "message": text, "error": "INVALID_EMAIL", "name": "email"})
        if problems:
            return _no(400, f"Property values were not valid: {json.dumps(problems)}", "VALIDATION_ERROR")
        missing = [name for name in _required.get(kind, ()) if known is None and not properties.get(name)]
        if missing:
            text = f"Error creating {kind.upper().removesuffix('S')}. Some required properties were not set."
            return _no(400, text, "VALIDATION_ERROR", errors=[{"message": text, "context": {"properties": missing}}])
        for name in self.unique[kind] & set(properties):
            other = self._by(kind, properties[name], name) if properties[name] else None
            if other and other is not known:
                what = "Contact" if kind == "contacts" else "Object"
                return _no(409, f"{what} already exists. Existing ID: {other['id']}", "CONFLICT")
        return None

    def _by(self, kind: str, value: str, name: str = "hs_object_id") -> Json | None:
        live = (each for each in self.objects[kind] if not each["archived"])
        return next((each for each in live if str(each["properties"].get(name) or "").lower() == str(value).lower()), None)

    def _shown(self, kind: str, found: Json, names: str | list[str] | None) -> Json:
        asked = names.split(",") if isinstance(names, str) else names or list(_usual[kind])
        wanted = [name for name in asked if name in self.properties[kind] | self.unique[kind]]
        properties = {name: found["properties"].get(name) for name in wanted}
        return found | {"properties": properties | {name: value for name, value in found["properties"].items() if name in _shown_always}}

    async def _create(self, kind: str, _request: Request, sent: Any) -> Response:
        properties = (sent or {}).get("properties", {})
        if refusal := self._wrong(kind, properties, None):
            return refusal
        made = self.add(kind, **properties)
        for each in sent.get("associations", []):
            other = next((name for name, items in self.objects.items() for one in items if one["id"] == str(each["to"]["id"])), "contacts")
            self._join(kind, made["id"], other, str(each["to"]["id"]))
        self.happened(sent, f"create:{kind}:{made['id']}")
        return JSONResponse(self._shown(kind, made, list(properties)), 201)

    async def _get(self, kind: str, request: Request, _sent: Any) -> Response:
        found = self._by(kind, request.path_params["id"], request.query_params.get("idProperty", "hs_object_id"))
        if found is None:
            return _not_found()
        shown = self._shown(kind, found, request.query_params.get("properties"))
        for other in (request.query_params.get("associations") or "").split(","):
            joined = sorted(to for a, b, c, to in self.associations if (a, b, c) == (kind, found["id"], other))
            if joined:
                shown.setdefault("associations", {})[other] = {"results": [{"id": to, "type": f"{kind}_to_{other}"} for to in joined]}
        return JSONResponse(shown)

    async def _update(self, kind: str, request: Request, sent: Any) -> Response:
        found = self._by(kind, request.path_params["id"], request.query_params.get("idProperty", "hs_object_id"))
        if found is None:
            return _not_found()
        properties = (sent or {}).get("properties", {})
        if refusal := self._wrong(kind, properties, found):
            return refusal
        self._change(found, properties)
        self.happened(sent, f"update:{kind}:{found['id']}")
        return JSONResponse(self._shown(kind, found, list(properties)))

    def _change(self, found: Json, properties: Json) -> None:
        found["updatedAt"] = _now()
        found["properties"] |= properties | {"lastmodifieddate": found["updatedAt"]}

    async def _archive(self, kind: str, request: Request, _sent: Any) -> Response:
        if found := self._by(kind, request.path_params["id"]):
            found["archived"] = True
            self.happened(None, f"archive:{kind}:{found['id']}")
        return Response(status_code=204)

    async def _list(self, kind: str, request: Request, _sent: Any) -> Response:
        query = request.query_params
        if int(query.get("limit", "10")) > 100:
            return _no(400, "limit must be less than or equal to 100", "VALIDATION_ERROR")
        live = [each for each in self.objects[kind][::-1] if each["archived"] is (query.get("archived") == "true")]
        # `after` is the id after which the next page begins.
        rest = [each for each in live if int(each["id"]) > int(query.get("after") or 0)]
        size = self.size(query.get("limit"), 10)
        answer: Json = {"results": [self._shown(kind, each, query.get("properties")) for each in rest[:size]]}
        if len(rest) > size:
            after = rest[size - 1]["id"]
            answer["paging"] = {"next": {"after": after, "link": f"{request.url.include_query_params(after=after)}"}}
        return JSONResponse(answer)

    async def _search(self, kind: str, _request: Request, sent: Any) -> Response:
        groups, limit = sent.get("filterGroups") or [], int(sent.get("limit") or 10)
        if limit > 200 or len(groups) > 5 or sum(len(group["filters"]) for group in groups) > 18:
            return _no(400, "limit must be at most 200, with at most 5 filterGroups and 18 filters", "VALIDATION_ERROR")
        asked = [each for group in groups for each in group["filters"]]
        for each in asked:
            if each["propertyName"] not in self.properties[kind] | self.unique[kind] or each["operator"] not in _operators:
                return _no(400, f"There was a problem with the request: {each['propertyName']} {each['operator']}", "VALIDATION_ERROR")
        text = str(sent.get("query") or "").lower()
        found = [
            each
            for index, each in enumerate(self.objects[kind])
            if not each["archived"]
            and (index or not self.unindexed)
            and _fits(each, groups)
            and text in json.dumps(each["properties"]).lower()
        ]
        found.reverse()
        for each in (sent.get("sorts") or [])[:1]:
            name, direction = (each, "ASCENDING") if isinstance(each, str) else (each["propertyName"], each.get("direction", "ASCENDING"))
            found.sort(
                key=lambda one: _ordered(one["properties"].get(name.lstrip("-")) or ""), reverse=direction == "DESCENDING" or name[0] == "-"
            )
        start = int(sent.get("after") or 0)
        end = start + self.size(limit, 10)
        answer: Json = {"total": len(found), "results": [self._shown(kind, each, sent.get("properties")) for each in found[start:end]]}
        return JSONResponse(answer | ({"paging": {"next": {"after": str(end)}}} if end < len(found) else {}))

    async def _batch_upsert(self, kind: str, _request: Request, sent: Any) -> Response:
        if refusal := _too_many(sent):
            return refusal
        for each in sent["inputs"]:
            name = each.get("idProperty", "hs_object_id")
            if name not in self.unique[kind] | {"hs_object_id"}:
                return _no(400, f"Property '{name}' is not a unique property", "VALIDATION_ERROR")
            known = self._by(kind, each["id"], name)
            if known is None and name == "hs_object_id":
                return _not_found()
            if refusal := self._wrong(kind, each.get("properties", {}), known):
                return refusal
        done = [self._upserted(kind, each) for each in sent["inputs"]]
        return _batch([self._shown(kind, each, list(each["properties"])) | {"new": new} for each, new in done], 200)

    def _upserted(self, kind: str, sent: Json) -> tuple[Json, bool]:
        name, properties = sent.get("idProperty", "hs_object_id"), sent.get("properties", {})
        known = self._by(kind, sent["id"], name)
        if known:
            self._change(known, properties)
        self.happened(sent, f"upsert:{kind}:{sent['id']}")
        return known or self.add(kind, **properties | {name: sent["id"]}), known is None

    async def _batch_create(self, kind: str, _request: Request, sent: Any) -> Response:
        """All or none, as HubSpot has it without `objectWriteTraceId`."""
        refusal = _too_many(sent) or next((no for each in sent["inputs"] if (no := self._wrong(kind, each["properties"], None))), None)
        if refusal:
            return refusal
        made = [self.add(kind, **each["properties"]) for each in sent["inputs"]]
        self.happened(sent, f"batch:{kind}")
        return _batch([self._shown(kind, each, list(each["properties"])) for each in made], 201)

    async def _batch_read(self, kind: str, _request: Request, sent: Any) -> Response:
        if refusal := _too_many(sent):
            return refusal
        found = [self._by(kind, each["id"], sent.get("idProperty") or "hs_object_id") for each in sent["inputs"]]
        return _batch([self._shown(kind, each, sent.get("properties")) for each in found if each], 200 if all(found) else 207)

    def _join(self, kind: str, id: str, other: str, to: str) -> None:
        self.associations |= {(kind, id, other, to), (other, to, kind, id)}

    async def _associate(self, request: Request, _sent: Any) -> Response:
        kind, own, other, to = (request.path_params[name] for name in ("type", "id", "other", "to"))
        if not (kind in self.objects and other in self.objects and self._by(kind, own) and self._by(other, to)):
            return _not_found()
        self._join(kind, own, other, to)
        self.happened(None, f"associate:{kind}:{own}:{other}:{to}")
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
        return _batch([{"from": {"id": own}, "to": {"id": to}, "associationSpec": spec}], 200)

    async def _associated(self, request: Request, _sent: Any) -> Response:
        asked = tuple(request.path_params[name] for name in ("type", "id", "other"))
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}]
        found = sorted(to for *ours, to in self.associations if tuple(ours) == asked)
        return JSONResponse({"results": [{"toObjectId": int(to), "associationTypes": types} for to in found]})

    async def _list_owners(self, request: Request, _sent: Any) -> Response:
        address = request.query_params.get("email")
        return JSONResponse({"results": [each for each in self.owners if address in (None, each["email"])]})

    async def _list_properties(self, kind: str, _request: Request, _sent: Any) -> Response:
        found = [
            {"name": name, "label": name, "type": "string", "fieldType": "text", "hasUniqueValue": name in self.unique[kind], "options": []}
            for name in sorted(self.properties[kind] | self.unique[kind])
        ]
        return JSONResponse({"results": found})

    async def _list_pipelines(self, kind: str, _request: Request, _sent: Any) -> Response:
        stages = [{"id": str(place), "label": label, "displayOrder": place} for place, label in enumerate(("New", "Waiting", "Closed"), 1)]
        return JSONResponse({"results": [{"id": "0", "label": f"{kind} pipeline", "displayOrder": 0, "stages": stages}]})

    async def _account(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"portalId": 62515, "accountType": "DEVELOPER_TEST", "timeZone": "Europe/London", "companyCurrency": "EUR"})


def _fits(found: Json, groups: list[Json]) -> bool:
    """Groups are joined by OR, the filters of one by AND."""
    return not groups or any(
        all(_operators[each["operator"]](found["properties"].get(each["propertyName"]), each) for each in group["filters"])
        for group in groups
    )


def _ordered(value: Any) -> tuple[int, float, str]:
    """Numbers before texts, each in their own order; times are asked for in milliseconds and kept as texts."""
    text = str(value)
    try:
        return 0, datetime.fromisoformat(text).timestamp() * 1000 if "T" in text else float(text), ""
    except ValueError:
        return 1, 0, text.lower()


def _too_many(sent: Json) -> Response | None:
    return None if 0 < len(sent["inputs"]) <= 100 else _no(400, "inputs must have between 1 and 100 items", "VALIDATION_ERROR")


def _batch(results: list[Json], status: int) -> Response:
    return JSONResponse({"status": "COMPLETE", "results": results, "startedAt": _now(), "completedAt": _now()}, status)


def _not_found() -> Response:
    return _no(404, "Object not found.  objectId are usually numeric.", "OBJECT_NOT_FOUND")


def _no(status: int, message: str, category: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse(
        {"status": "error", "message": message, "correlationId": _correlation, "category": category} | more, status, headers
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
