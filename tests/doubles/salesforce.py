"""A double of Salesforce's REST API: records, SOQL with pages, upsert by external id, composite requests; errors are arrays.

Below its URL it is one organisation's own address (`instance_url`). From
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/ (dome_query, resources_query_more_results,
resources_sobject_create, dome_upsert, resources_sobject_describe, resources_composite_composite, resources_composite_sobjects_collections,
errorcodes, headers_api_usage) and …/atlas.en-us.soql_sosl.meta/soql_sosl/.
SOQL: one object, fields and one step of a relationship, WHERE with only AND or only OR, ORDER BY one field, LIMIT, OFFSET, COUNT().
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor

Outcome = tuple[int, Any]
"""Status and body; None is no body."""
_prefixes = {"Account": "001", "Contact": "003", "Lead": "00Q", "Opportunity": "006", "Case": "500", "Task": "00T", "User": "005"}
_made = ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "IsDeleted")
_query = re.compile(
    r"\s*select\s+(?P<fields>.+?)\s+from\s+(?P<type>\w+)(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s+by\s+(?P<order>[\w.]+)(?P<descending>\s+desc|\s+asc)?(?:\s+nulls\s+(?:first|last))?)?"
    r"(?:\s+limit\s+(?P<limit>\d+))?(?:\s+offset\s+(?P<offset>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_literal = r"'(?:[^'\\]|\\.)*'|[^\s(),']+"
_clause = re.compile(
    rf"\s*(?P<field>[\w.]+)\s*(?P<operator>!=|<=|>=|=|<|>|\blike\b|\bnot\s+in\b|\bin\b)\s*"
    rf"(?P<value>\((?:\s*(?:{_literal})\s*,?)+\)|{_literal})\s*(?:(?P<joint>and|or)\b|$)",
    re.IGNORECASE,
)


class Refusal(Exception):
    """What the organisation refuses, as one error of its array."""

    def __init__(self, status: int, code: str, message: str, fields: list[str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.errors = [{"message": message, "errorCode": code} | ({"fields": fields} if fields is not None else {})]


class Salesforce(Vendor):
    """An organisation with the usual objects; `fields` says what each has, and tests add their own (`"Ref__c": "external"`)."""

    key = "salesforce"
    open = ("/services/data",)

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.fields: dict[str, dict[str, str]] = {
            "Account": {"Name": "required", "Industry": "string", "Website": "url", "Phone": "phone", "Tenuto__c": "external"},
            "Contact": {
                "LastName": "required", "FirstName": "string", "Email": "email", "Phone": "phone", "AccountId": "reference",
                "Tenuto__c": "external",
            },
            "Lead": {
                "LastName": "required", "Company": "required", "FirstName": "string", "Email": "email", "Status": "string",
                "Tenuto__c": "external",
            },
            "Opportunity": {
                "Name": "required", "StageName": "required", "CloseDate": "required", "Amount": "currency", "AccountId": "reference",
                "Tenuto__c": "external",
            },
            "Case": {
                "Subject": "string", "Description": "textarea", "Status": "string", "Priority": "string", "Origin": "string",
                "AccountId": "reference", "ContactId": "reference", "Tenuto__c": "external",
            },
            "Task": {
                "Subject": "string", "Description": "textarea", "Status": "string", "Priority": "string", "ActivityDate": "date",
                "WhoId": "reference", "WhatId": "reference", "Tenuto__c": "external",
            },
        }  # fmt: skip
        self.records: dict[str, list[Json]] = {name: [] for name in self.fields}
        self.emails: list[Json] = []
        self.limit = 15_000
        """Calls in a day."""
        self._cursors: dict[str, tuple[list[Json], int]] = {}

    def routes(self) -> Routes:
        below = "/services/data/{version}/{rest:path}"
        return [
            ("GET", "/services/data", self._versions),
            ("GET", "/services/oauth2/userinfo", self._userinfo),
            *((method, below, self._enter) for method in ("GET", "POST", "PATCH", "DELETE")),
        ]

    def add(self, type: str, **fields: Any) -> Json:
        """Put a record in, as it is."""
        now = _now()
        made: Json = {"Id": f"{_prefixes.get(type, 'a00')}{self.books.next():012d}AAA", "CreatedDate": now, "LastModifiedDate": now}
        record = made | {"SystemModstamp": now, "IsDeleted": False, **dict.fromkeys(self.fields[type]), **fields}
        self.records[type].append(record)
        return record

    def limits(self, request: Request) -> dict[str, str]:
        return {"sforce-limit-info": f"api-usage={min(len(self.books.calls), self.limit)}/{self.limit}"}

    def refuse(self, fault: Fault) -> Response:
        status, code, message = {
            "rate_limited": (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            "secondary_limit": (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
            "unauthorized": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
            "forbidden": (403, "INSUFFICIENT_ACCESS", "You do not have sufficient access rights on this resource."),
            "invalid": (400, "JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]"),
            "unavailable": (503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
        }.get(fault.kind, (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."))
        headers = {"sforce-limit-info": f"api-usage={self.limit}/{self.limit}"} if fault.kind == "rate_limited" else {}
        return JSONResponse(Refusal(status, fault.error or code, message).errors, status, headers)

    async def _versions(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse([{"label": "Winter '27", "url": "/services/data/v65.0", "version": "65.0"}])

    async def _userinfo(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse(
            {"user_id": "005000000000001AAA", "organization_id": "00D000000000001EAA", "preferred_username": "ada@example.com"}
        )

    async def _enter(self, request: Request, sent: Any) -> Response:
        status, body = self._tried(
            request.method, request.path_params["rest"], dict(request.query_params), sent, request.path_params["version"]
        )
        return JSONResponse(body, status) if body is not None else Response(status_code=status)

    def _tried(self, method: str, rest: str, query: dict[str, str], sent: Any, version: str) -> Outcome:
        if not re.fullmatch(r"v\d+\.0", version):
            return _missing()
        try:
            return self._performed(method, rest.strip("/").split("/"), query, sent, version)
        except Refusal as refusal:
            return refusal.status, refusal.errors

    def _performed(self, method: str, parts: list[str], query: dict[str, str], sent: Any, version: str) -> Outcome:
        match method, parts:
            case "GET", ["query" | "queryAll"]:
                return 200, self._selected(query.get("q", ""), version)
            case "GET", ["query" | "queryAll", locator]:
                return 200, self._more(locator, version)
            case "GET", ["search"]:
                return 200, {"searchRecords": self._searched(query.get("q", ""), version)}
            case "GET", ["limits"]:
                left = max(0, self.limit - len(self.books.calls))
                return 200, {"DailyApiRequests": {"Max": self.limit, "Remaining": left}}
            case "POST", ["composite"]:
                return 200, {"compositeResponse": self._composed(sent)}
            case "POST", ["composite", "sobjects"]:
                return 200, self._collected(sent)
            case "POST", ["actions", "standard", "emailSimple"]:
                return self._emailed(sent)
            case _, ["sobjects", *below]:
                return self._record(method, below, query, sent, version)
            case _:
                return _missing()

    def _record(self, method: str, parts: list[str], query: dict[str, str], sent: Any, version: str) -> Outcome:
        if parts and parts[0] not in self.fields:
            return _missing()
        match method, parts:
            case "GET", []:
                return 200, {"encoding": "UTF-8", "sobjects": [{"name": name, "label": name, "createable": True} for name in self.fields]}
            case "GET", [type, "describe"]:
                return 200, self._described(type)
            case "GET", [type, "updated"]:
                changed = [each["Id"] for each in self.records[type] if query["start"] <= each["LastModifiedDate"] <= query["end"]]
                return 200, {"ids": changed, "latestDateCovered": query["end"]}
            case "POST", [type]:
                return 201, {"id": self._created(type, sent, sent)["Id"], "success": True, "errors": []}
            case "GET" | "PATCH" | "DELETE", [type, name]:
                return self._one(method, type, self._found(type, "Id", name), query, sent, version)
            case "PATCH", [type, field, value]:
                return self._upserted(type, field, value, sent)
            case "GET" | "DELETE", [type, field, value]:
                return self._one(method, type, self._found(type, field, value), query, sent, version)
            case _:
                return 405, Refusal(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed.").errors

    def _one(self, method: str, type: str, record: Json, query: dict[str, str], sent: Any, version: str) -> Outcome:
        match method:
            case "GET":
                names = query["fields"].split(",") if "fields" in query else [*_made, *self.fields[type]]
                return 200, self._shown(type, record, names, version)
            case "PATCH":
                self._checked(type, sent, record)
                record |= sent | {"LastModifiedDate": _now(), "SystemModstamp": _now()}
                self.happened(sent, f"update:{record['Id']}")
            case _:
                record["IsDeleted"] = True
                self.happened(None, f"delete:{record['Id']}")
        return 204, None

    def _found(self, type: str, field: str, value: str) -> Json:
        if field != "Id" and self.fields[type].get(field) != "external":
            raise Refusal(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {field}")
        found = [
            each
            for each in self.records[type]
            if each[field] is not None and (each[field] == value or (field == "Id" and each[field][:15] == value))
        ]
        if not found:
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        if found[0]["IsDeleted"]:
            raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted", [])
        return found[0]

    def _upserted(self, type: str, field: str, value: str, sent: Any) -> Outcome:
        """Update or create; by its own Id a record is only updated."""
        if field != "Id" and self.fields[type].get(field) != "external":
            raise Refusal(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {field}")
        if field in sent:
            raise Refusal(400, "INVALID_FIELD", f"The {field} field should not be specified in the sobject data.", [field])
        known = next((each for each in self.records[type] if each[field] == value and not each["IsDeleted"]), None)
        whole = sent | {field: value}
        if known is None and field == "Id":
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        if known is None:
            return 201, {"id": self._created(type, whole, whole)["Id"], "success": True, "errors": [], "created": True}
        self._checked(type, sent, known)
        known |= sent | {"LastModifiedDate": _now(), "SystemModstamp": _now()}
        self.happened(whole, f"upsert:{type}:{value}")
        return 200, {"id": known["Id"], "success": True, "errors": [], "created": False}

    def _created(self, type: str, sent: Json, whole: Any) -> Json:
        self._checked(type, sent, None)
        record = self.add(type, **sent)
        self.happened(whole, f"create:{record['Id']}")
        return record

    def _checked(self, type: str, sent: Any, record: Json | None) -> None:
        """Raises what the organisation says of fields that are unknown, missing, too long, or taken."""
        if not isinstance(sent, dict):
            raise Refusal(400, "JSON_PARSER_ERROR", "Can not deserialize instance of a record")
        fields = self.fields[type]
        for name in sent:
            if name in _made:
                raise Refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {name}.", [name])
            if name not in fields:
                raise Refusal(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {type}")
        missing = [
            name
            for name, kind in fields.items()
            if kind == "required" and not (sent if record is None or name in sent else record).get(name)
        ]
        if missing:
            raise Refusal(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
        for name, value in sent.items():
            if isinstance(value, str) and len(value) > 255 and fields[name] != "textarea":
                raise Refusal(400, "STRING_TOO_LONG", f"{name}: data value too large: {value[:30]} (max length=255)", [name])
            if fields[name] == "email" and value and "@" not in value:
                raise Refusal(400, "INVALID_EMAIL_ADDRESS", f"{name}: invalid email address: {value}", [name])
            taken = next(
                (each for each in self.records[type] if each is not record and each[name] == value and not each["IsDeleted"]), None
            )
            if fields[name] == "external" and value is not None and taken:
                text = f"duplicate value found: {name} duplicates value on record with id: {taken['Id'][:15]}"
                raise Refusal(400, "DUPLICATE_VALUE", text, [])

    def _described(self, type: str) -> Json:
        kinds = {"required": "string", "external": "string"}
        fields = [
            {
                "name": name, "label": name.removesuffix("__c"), "type": kinds.get(kind, kind), "nillable": kind != "required",
                "createable": True, "updateable": True, "externalId": kind == "external", "unique": kind == "external",
                "custom": name.endswith("__c"), "defaultedOnCreate": False, "length": 255, "picklistValues": [], "referenceTo": [],
            }
            for name, kind in self.fields[type].items()
        ]  # fmt: skip
        fields.insert(0, {"name": "Id", "label": "Record ID", "type": "id", "nillable": False, "createable": False, "updateable": False})
        return {"name": type, "label": type, "keyPrefix": _prefixes.get(type), "createable": True, "queryable": True, "fields": fields}

    def _shown(self, type: str, record: Json, names: list[str], version: str) -> Json:
        shown: Json = {"attributes": {"type": type, "url": f"/services/data/{version}/sobjects/{type}/{record['Id']}"}}
        for name in names:
            near, _, far = name.partition(".")
            if not far:
                shown[name] = self._value(type, record, name)
                continue
            other = self._related(record, near, type)
            found = self._shown(*other, [far], version) if other else None
            shown[near] = shown[near] | found if isinstance(shown.get(near), dict) and found else found
        return shown

    def _value(self, type: str, record: Json, name: str) -> Any:
        near, _, far = name.partition(".")
        if far:
            other = self._related(record, near, type)
            return self._value(*other, far) if other else None
        if name == "Name" and "LastName" in record:
            return " ".join(record[each] for each in ("FirstName", "LastName") if record[each])
        if name not in record:
            raise Refusal(400, "INVALID_FIELD", f"No such column '{name}' on entity '{type}'.")
        return record[name]

    def _related(self, record: Json, name: str, type: str) -> tuple[str, Json] | None:
        if f"{name}Id" not in record:
            raise Refusal(400, "INVALID_FIELD", f"Didn't understand relationship '{name}' in field path on entity '{type}'.")
        every = ((kind, each) for kind, records in self.records.items() for each in records)
        return next(((kind, each) for kind, each in every if each["Id"] == record[f"{name}Id"]), None)

    def _selected(self, soql: str, version: str) -> Json:
        asked = _query.fullmatch(soql)
        if asked is None:
            raise Refusal(400, "MALFORMED_QUERY", f"unexpected token: '{soql.strip().split(' ')[0]}'")
        kind = asked["type"]
        if kind not in self.fields:
            raise Refusal(400, "INVALID_TYPE", f"sObject type '{kind}' is not supported.")
        fits = self._where(kind, asked["where"])
        found = [each for each in self.records[kind] if not each["IsDeleted"] and fits(each)]
        if asked["order"]:
            descending = (asked["descending"] or "").strip().lower() == "desc"
            found.sort(key=lambda each: str(self._value(kind, each, asked["order"]) or ""), reverse=descending)
        start = int(asked["offset"] or 0)
        found = found[start : start + int(asked["limit"])] if asked["limit"] else found[start:]
        if asked["fields"].replace(" ", "").lower() == "count()":
            return {"totalSize": len(found), "done": True, "records": []}
        names = [name.strip() for name in asked["fields"].split(",")]
        if names == ["FIELDS(ALL)"]:
            names = [*_made, *self.fields[kind]]
        return self._batch([self._shown(kind, each, names, version) for each in found], len(found), version)

    def _batch(self, records: list[Json], total: int, version: str) -> Json:
        size = self.size(None, 2000)
        answer: Json = {"totalSize": total, "done": len(records) <= size, "records": records[:size]}
        if not answer["done"]:
            locator = f"01g{self.books.next():012d}AAA-{size}"
            self._cursors[locator] = (records[size:], total)
            answer["nextRecordsUrl"] = f"/services/data/{version}/query/{locator}"
        return answer

    def _more(self, locator: str, version: str) -> Json:
        if locator not in self._cursors:
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._batch(*self._cursors[locator], version)

    def _where(self, type: str, where: str | None) -> Callable[[Json], bool]:
        if where is None:
            return lambda _: True
        clauses: list[re.Match[str]] = []
        position = 0
        while position < len(where):
            clause = _clause.match(where, position)
            if clause is None:
                raise Refusal(400, "MALFORMED_QUERY", f"unexpected token: '{where[position:].strip()}'")
            clauses.append(clause)
            position = clause.end()
        joints = {clause["joint"].lower() for clause in clauses if clause["joint"]}
        if len(joints) > 1 or clauses[-1]["joint"]:
            raise Refusal(400, "MALFORMED_QUERY", "unexpected token: AND and OR stand side by side, or one of them at the end")
        joined = any if joints == {"or"} else all
        return lambda record: joined(self._holds(type, record, clause) for clause in clauses)

    def _holds(self, type: str, record: Json, clause: re.Match[str]) -> bool:
        value, operator = self._value(type, record, clause["field"]), " ".join(clause["operator"].lower().split())
        wanted = [_meant(each) for each in re.findall(_literal, clause["value"])]
        match operator:
            case "=" | "in":
                return any(_folded(value) == _folded(each) for each in wanted)
            case "!=" | "not in":
                return all(_folded(value) != _folded(each) for each in wanted)
            case "like":
                pattern = re.escape(str(wanted[0])).replace("%", ".*").replace("_", ".")
                return value is not None and re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None
            case _ if value is None:
                return False
            case "<" | "<=":
                return value < wanted[0] or (operator == "<=" and value == wanted[0])
            case _:
                return value > wanted[0] or (operator == ">=" and value == wanted[0])

    def _searched(self, sosl: str, version: str) -> list[Json]:
        asked = re.fullmatch(
            r"\s*find\s*\{((?:[^\\}]|\\.)+)\}(?:\s+in\s+\w+\s+fields)?\s+returning\s+(.+)", sosl, re.IGNORECASE | re.DOTALL
        )
        if asked is None:
            raise Refusal(400, "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces.")
        words = re.sub(r"\\(.)", r"\1", asked[1].strip("*")).lower()
        found: list[Json] = []
        for kind, names, limit in re.findall(r"(\w+)(?:\(([^)]*?)(?:\s+limit\s+(\d+))?\))?", asked[2], re.IGNORECASE):
            if kind not in self.fields:
                raise Refusal(400, "INVALID_TYPE", f"sObject kind '{kind}' is not supported.")
            fields = [name.strip() for name in names.split(",") if name.strip()] or ["Id"]
            hits = (each for each in self.records[kind] if not each["IsDeleted"] and words in str(each.values()).lower())
            found += [self._shown(kind, each, fields, version) for each in hits][: int(limit) if limit else None]
        return found

    def _composed(self, sent: Json) -> list[Json]:
        if len(sent.get("compositeRequest", [])) > 25:
            raise Refusal(400, "LIMIT_EXCEEDED", "Limit exceeded: 25 subrequests")
        before, counted = copy.deepcopy(self.records), self.books.effects.copy()
        answers: list[Json] = []
        for each in sent["compositeRequest"]:
            status, told = self._subrequest(each, {answer["referenceId"]: answer["body"] for answer in answers})
            answers.append({"body": told, "httpHeaders": {}, "httpStatusCode": status, "referenceId": each["referenceId"]})
        if sent.get("allOrNone") and any(answer["httpStatusCode"] >= 400 for answer in answers):
            self.records = before
            self.books.effects.clear()
            self.books.effects.update(counted)
            halted = "The transaction was rolled back since another operation in the same transaction failed."
            for answer in answers:
                if answer["httpStatusCode"] < 400:
                    answer |= {"body": Refusal(400, "PROCESSING_HALTED", halted).errors, "httpStatusCode": 400}
        return answers

    def _subrequest(self, sent: Json, known: dict[str, Any]) -> Outcome:
        try:
            address, body = urlsplit(str(_filled(sent["url"], known))), _filled(sent.get("body"), known)
        except Refusal as refusal:
            return refusal.status, refusal.errors
        version, _, rest = address.path.removeprefix("/services/data/").partition("/")
        return self._tried(sent["method"], rest, dict(parse_qsl(address.query)), body, version)

    def _collected(self, sent: Json) -> list[Json]:
        if len(sent.get("records", [])) > 200:
            raise Refusal(400, "EXCEEDED_MAX_SIZE_REQUEST", "record limit reached. cannot submit more than 200 records into this call")
        answers: list[Json] = []
        for record in sent["records"]:
            kind = record.get("attributes", {}).get("type", "")
            status, told = self._tried("POST", f"sobjects/{kind}", {}, {k: v for k, v in record.items() if k != "attributes"}, "v65.0")
            if status >= 400:
                told = {
                    "success": False,
                    "errors": [each | {"statusCode": each["errorCode"], "fields": each.get("fields", [])} for each in told],
                }
            answers.append(told)
        return answers

    def _emailed(self, sent: Json) -> Outcome:
        for each in sent["inputs"]:
            if not each.get("emailAddresses"):
                error = {
                    "statusCode": "REQUIRED_FIELD_MISSING",
                    "message": "Missing required input parameter: emailAddresses",
                    "fields": [],
                }
                return 400, [{"actionName": "emailSimple", "errors": [error], "isSuccess": False, "outputValues": None}]
        self.emails += sent["inputs"]
        self.happened(sent, "emailSimple")
        return 200, [
            {"actionName": "emailSimple", "errors": None, "isSuccess": True, "outputValues": {"SuccessResult": True}}
            for _ in sent["inputs"]
        ]


def _filled(value: Any, known: dict[str, Any]) -> Any:
    """A sub-request's body with `@{reference.path}` replaced by what earlier ones answered."""
    if isinstance(value, dict):
        return {name: _filled(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    if not isinstance(value, str):
        return value

    def meant(match: re.Match[str]) -> str:
        found: Any = known.get(match[1])
        for part in re.findall(r"\w+", match[2]):
            found = found[int(part)] if isinstance(found, list) and part.isdigit() else found.get(part) if isinstance(found, dict) else None
        if found is None:
            raise Refusal(400, "PROCESSING_HALTED", f"Invalid reference specified. No value for {match[1]}{match[2]} found")
        return str(found)

    return re.sub(r"@\{(\w+)([.\w\[\]]*)\}", meant, value)


def _meant(literal: str) -> Any:
    if literal.startswith("'"):
        return re.sub(r"\\(.)", r"\1", literal[1:-1])
    words = {"null": None, "true": True, "false": False}
    if literal.lower() in words:
        return words[literal.lower()]
    return float(literal) if re.fullmatch(r"-?\d+(\.\d+)?", literal) else literal


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _missing() -> Outcome:
    return 404, Refusal(404, "NOT_FOUND", "The requested resource does not exist").errors


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
