"""A double of a ServiceNow instance: the Table API with encoded queries and display values, attachments, statistics, one order.

From the vendor's REST API reference, https://www.servicenow.com/docs/ (Table API, Attachment API, Aggregate API, Service Catalog API;
"Inbound REST API rate limiting"; "Operators available for filters and queries"; `glide.invalid_query.returns_no_rows`). Tables stand
below `/api/now/table` and below `/api/now/v1|v2/table`. Every value is a text; a field that the table lacks is left out in silence, and
so is a clause of a query that names one, which then finds everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import quote
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, basic, bearer, user

_choices = {
    "state": {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"},
    "impact": {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
    "urgency": {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
    "priority": {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"},
}
_references = {"caller_id": "sys_user", "assigned_to": "sys_user", "opened_by": "sys_user", "assignment_group": "sys_user_group"}
_names = {"sys_user": "name", "sys_user_group": "name", "incident": "number"}
_journals = ("comments", "work_notes")
_system = ("sys_id", "sys_created_on", "sys_updated_on", "sys_created_by", "sys_updated_by", "sys_mod_count", "sys_class_name")
_fields = {
    "incident": (
        "number", "short_description", "description", "state", "impact", "urgency", "priority", "caller_id", "assigned_to", "opened_by",
        "assignment_group", "category", "subcategory", "contact_type", "correlation_id", "correlation_display", "close_code", "close_notes",
        "active", "opened_at", "resolved_at", "closed_at", *_journals,
    ),
    "sys_user": ("user_name", "name", "first_name", "last_name", "email", "active", "title", "phone"),
    "sys_user_group": ("name", "description", "active", "manager"),
    "sys_journal_field": ("element", "element_id", "name", "value"),
    "sc_request": ("number", "short_description", "requested_for", "correlation_id"),
}  # fmt: skip
_operators: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("ISNOTEMPTY", lambda value, _: bool(value)),
    ("ISEMPTY", lambda value, _: not value),
    ("STARTSWITH", lambda value, wanted: value.lower().startswith(wanted.lower())),
    ("ENDSWITH", lambda value, wanted: value.lower().endswith(wanted.lower())),
    ("NOT LIKE", lambda value, wanted: wanted.lower() not in value.lower()),
    ("LIKE", lambda value, wanted: wanted.lower() in value.lower()),
    ("NOT IN", lambda value, wanted: value not in wanted.split(",")),
    ("IN", lambda value, wanted: value in wanted.split(",")),
    ("!=", lambda value, wanted: value != wanted),
    (">=", lambda value, wanted: value >= wanted),
    ("<=", lambda value, wanted: value <= wanted),
    (">", lambda value, wanted: value > wanted),
    ("<", lambda value, wanted: value < wanted),
    ("=", lambda value, wanted: value.lower() == wanted.lower()),
)
_clause = re.compile(r"(?P<field>[a-z0-9_.]+)(?P<operator>" + "|".join(name for name, _ in _operators) + r")(?P<value>.*)", re.DOTALL)


class ServiceNow(Vendor):
    """An instance with incidents, two people and a group; `rows` are the tables' records, the oldest first."""

    key = "servicenow"
    admissions = (bearer, basic)

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.rows: dict[str, list[Json]] = {name: [] for name in _fields}
        self.ada = self.add("sys_user", user_name="ada", name="Ada Lovelace", email=user, active="true")
        self.grace = self.add("sys_user", user_name="grace", name="Grace Hopper", email="grace@example.com", active="true")
        self.group = self.add("sys_user_group", name="Service Desk", active="true")
        self.attachments: list[Json] = []
        """Beside what is shown each has its `content`."""
        self.strict_queries = False
        """`glide.invalid_query.returns_no_rows`: a clause that names no field finds nothing, instead of everything."""

    def routes(self) -> Routes:
        routes: Routes = [
            ("POST", "/api/sn_sc/servicecatalog/items/{item}/order_now", self._order),
            ("POST", "/api/sn_sc/v1/servicecatalog/items/{item}/order_now", self._order),
        ]
        for root in ("/api/now", "/api/now/v1", "/api/now/v2"):
            routes += [
                ("GET", root + "/table/{table}", self._of_table(self._list)),
                ("POST", root + "/table/{table}", self._of_table(self._create)),
                ("GET", root + "/table/{table}/{id}", self._of_row(self._get)),
                ("PUT", root + "/table/{table}/{id}", self._of_row(self._change)),
                ("PATCH", root + "/table/{table}/{id}", self._of_row(self._change)),
                ("DELETE", root + "/table/{table}/{id}", self._of_row(self._delete)),
                ("GET", root + "/stats/{table}", self._of_table(self._count)),
                ("POST", root + "/attachment/file", self._attach),
                ("GET", root + "/attachment", self._list_attachments),
                ("GET", root + "/attachment/{id}", self._of_attachment(self._attachment)),
                ("GET", root + "/attachment/{id}/file", self._of_attachment(self._file)),
                ("DELETE", root + "/attachment/{id}", self._of_attachment(self._detach)),
            ]
        return routes

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited" | "secondary_limit":
                reset = int((datetime.now(UTC) + timedelta(minutes=20)).timestamp())
                headers = {
                    "x-ratelimit-limit": "500",
                    "x-ratelimit-reset": str(reset),
                    "x-ratelimit-rule": "b2e6f3d1db1f3300",
                    "retry-after": "1200",
                }
                return _no(429, "Rate limit exceeded", "Request exceeds the limit of the rule for this hour", headers)
            case "unauthorized":
                return _no(
                    401, "User Not Authenticated", "Required to provide Auth information", {"www-authenticate": 'BASIC realm="Service-now"'}
                )
            case "forbidden" if fault.error == "role":
                return _no(403, "User Not Authorized", "Failed API level ACL Validation")
            case "forbidden":
                return _no(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
            case "invalid":
                return _no(400, "Exception while reading request", fault.error or "The payload is not valid JSON.")
            case "unavailable":
                return Response("<html><body>Instance Hibernating page</body></html>", 503, media_type="text/html")
            case _:
                return _no(500, "Transaction cancelled: maximum execution time exceeded", "")

    def add(self, table: str, **fields: str) -> Json:
        """A record; `table` may be new."""
        now = _now()
        row: Json = dict.fromkeys(_fields.get(table, tuple(fields)), "") | fields
        row |= {"sys_id": fields.get("sys_id") or uuid4().hex, "sys_created_on": now, "sys_updated_on": now, "sys_mod_count": "0"}
        row |= {"sys_created_by": "ada", "sys_updated_by": "ada", "sys_class_name": table}
        if table == "incident":
            row |= {"number": f"INC{10_000 + self.books.next():07d}", "active": "true", "opened_at": now, "opened_by": self.ada["sys_id"]}
            row |= {name: row[name] or usual for name, usual in (("state", "1"), ("impact", "3"), ("urgency", "3"))}
        self.rows.setdefault(table, []).append(row)
        return row

    def _of_table(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            if request.path_params["table"] not in self.rows:
                return _no(400, f"Invalid table {request.path_params['table']}", None)
            if sent is not None and not isinstance(sent, dict):
                return _no(400, "Exception while reading request", "The payload is not valid JSON.")
            return await endpoint(request.path_params["table"], request, sent)

        return enter

    def _of_row(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(table: str, request: Request, sent: Any) -> Response:
            row = next((each for each in self.rows[table] if each["sys_id"] == request.path_params["id"]), None)
            if row is None:
                return _no(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
            return await endpoint(table, row, request, sent)

        return self._of_table(enter)

    async def _list(self, table: str, request: Request, _sent: Any) -> Response:
        query = request.query_params
        try:
            start, asked = int(query.get("sysparm_offset", "0")), int(query.get("sysparm_limit", "10000"))
        except ValueError:
            return _no(400, "Invalid value for sysparm_limit or sysparm_offset", None)
        found = self.found(table, query.get("sysparm_query", ""))
        size = min(asked, self.books.page_max)
        headers = {"x-total-count": str(len(found))} if query.get("sysparm_no_count") != "true" else {}
        if query.get("sysparm_suppress_pagination_header") != "true" and len(found) > size:
            headers["link"] = _links(request, start, size, len(found))
        return JSONResponse({"result": [self._shown(table, each, request) for each in found[start : start + size]]}, headers=headers)

    def found(self, table: str, query: str) -> list[Json]:
        """By an encoded query: `^` joins by AND, `^OR` goes before, `^NQ` begins another query, ORDERBY and ORDERBYDESC sort."""
        orders = re.findall(r"(?:^|\^)ORDERBY(DESC)?([a-z_]+)", query)
        groups = [group for group in re.sub(r"(?:^|\^)ORDERBY(?:DESC)?[a-z_]+", "", query).split("^NQ") if group.strip("^")]
        rows = [each for each in self.rows[table] if not groups or any(self._holds(table, each, group) for group in groups)]
        for descending, name in reversed(orders):
            rows.sort(key=lambda each, name=name: str(each.get(name, "")), reverse=bool(descending))
        return rows

    def _holds(self, table: str, row: Json, group: str) -> bool:
        return all(any(self._meets(table, row, clause) for clause in part.split("^OR")) for part in re.split(r"\^(?!OR)", group.strip("^")))

    def _meets(self, table: str, row: Json, clause: str) -> bool:
        found = _clause.fullmatch(clause)
        known = self._value(table, row, found["field"]) if found else None
        if found is None or known is None:
            return not self.strict_queries
        wanted = found["value"]
        if moment := re.fullmatch(r"javascript:gs\.dateGenerate\('([\d-]+)','([\d:]+)'\)", wanted):
            wanted = f"{moment[1]} {moment[2]}"
        return dict(_operators)[found["operator"]](known, wanted)

    def _value(self, table: str, row: Json, path: str) -> str | None:
        """What stands in a field, also beyond a reference (`caller_id.email`); None where there is no such field."""
        name, _, rest = path.partition(".")
        if name not in row:
            return None
        if not rest:
            return str(row[name])
        other = _references.get(name, "")
        met = next((each for each in self.rows.get(other, []) if each["sys_id"] == row[name]), None)
        return self._value(other, met, rest) if met else ""

    def _shown(self, table: str, row: Json, request: Request) -> Json:
        query = request.query_params
        wanted = [each for each in query.get("sysparm_fields", "").split(",") if each] or list(row)
        display, bare = query.get("sysparm_display_value", "false"), query.get("sysparm_exclude_reference_link") == "true"
        values = ((name, self._value(table, row, name)) for name in wanted)
        return {name: self._told(table, row, name, value, display, bare=bare) for name, value in values if value is not None}

    def _told(self, table: str, row: Json, name: str, value: str, display: str, *, bare: bool) -> Any:
        label, other = self._label(table, row, name, value), _references.get(name) if value else None
        link = f"{self.url}/api/now/table/{other}/{value}"
        if display == "all":
            return {"display_value": label, "value": value} | ({"link": link} if other and not bare else {})
        if other and not bare:
            return {"display_value": label, "link": link} if display == "true" else {"link": link, "value": value}
        return label if display == "true" else value

    def _label(self, table: str, row: Json, name: str, value: str) -> str:
        if name in _journals:
            entries = [each for each in self.rows["sys_journal_field"] if each["element_id"] == row["sys_id"] and each["element"] == name]
            kind = "Additional comments" if name == "comments" else "Work notes"
            return "".join(f"{each['sys_created_on']} - Ada Lovelace ({kind})\n{each['value']}\n\n" for each in reversed(entries))
        if other := _references.get(name):
            met = next((each for each in self.rows[other] if each["sys_id"] == value), None)
            return str(met[_names[other]]) if met else ""
        return _choices.get(name, {}).get(value, value) if table == "incident" else value

    async def _create(self, table: str, request: Request, sent: Any) -> Response:
        if table == "incident" and sent and str(sent.get("state")) in ("6", "7") and not sent.get("close_code"):
            return _policy()
        row = self.add(table)
        self._write(table, row, cast("Json", sent or {}))
        self.happened(sent, f"{table}:{row['sys_id']}")
        return JSONResponse(
            {"result": self._shown(table, row, request)}, 201, {"location": f"{self.url}/api/now/table/{table}/{row['sys_id']}"}
        )

    def _write(self, table: str, row: Json, sent: Json) -> None:
        inputs = {name: self._stored(name, value) for name, value in sent.items() if name in row and name not in _system}
        for name in _journals:
            if text := inputs.pop(name, ""):
                self.add("sys_journal_field", element=name, element_id=row["sys_id"], name=table, value=text)
        row |= inputs
        if table == "incident":
            row["priority"] = str(max(1, int(row["impact"] or 3) + int(row["urgency"] or 3) - 1))
            row["active"] = "false" if row["state"] in ("7", "8") else "true"
            if row["state"] == "6" and not row["resolved_at"]:
                row["resolved_at"] = _now()

    def _stored(self, name: str, value: Any) -> str:
        """A text; a person or a group may be named by what is displayed, or by the user's name or address."""
        text = {True: "true", False: "false", None: ""}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
        rows = self.rows.get(_references.get(name, ""), [])
        met = next(
            (each for each in rows if text and text in (each["sys_id"], each.get("name"), each.get("user_name"), each.get("email"))), None
        )
        return str(met["sys_id"]) if met else text

    async def _get(self, table: str, row: Json, request: Request, _sent: Any) -> Response:
        return JSONResponse({"result": self._shown(table, row, request)})

    async def _change(self, table: str, row: Json, request: Request, sent: Any) -> Response:
        fields = cast("Json", sent or {})
        if table == "incident" and str(fields.get("state")) in ("6", "7") and not (fields.get("close_code") or row["close_code"]):
            return _policy()
        self._write(table, row, fields)
        row |= {"sys_updated_on": _now(), "sys_mod_count": str(int(row["sys_mod_count"]) + 1)}
        self.happened(sent, f"change:{row['sys_id']}")
        return JSONResponse({"result": self._shown(table, row, request)})

    async def _delete(self, table: str, row: Json, _request: Request, _sent: Any) -> Response:
        self.rows[table].remove(row)
        self.happened(None, f"delete:{row['sys_id']}")
        return Response(status_code=204)

    async def _count(self, table: str, request: Request, _sent: Any) -> Response:
        query = request.query_params
        found = self.found(table, query.get("sysparm_query", ""))
        if not (by := query.get("sysparm_group_by")):
            return JSONResponse({"result": {"stats": {"count": str(len(found))} if query.get("sysparm_count") == "true" else {}}})
        groups: dict[str, int] = {}
        for each in found:
            groups[each.get(by, "")] = groups.get(each.get(by, ""), 0) + 1
        told = [{"stats": {"count": str(count)}, "groupby_fields": [{"field": by, "value": value}]} for value, count in groups.items()]
        return JSONResponse({"result": told})

    async def _attach(self, request: Request, _sent: Any) -> Response:
        query, content = request.query_params, await request.body()
        if missing := [name for name in ("table_name", "table_sys_id", "file_name") if not query.get(name)]:
            return _no(400, "Invalid file attachment", f"Missing parameter {missing[0]}")
        if not any(each["sys_id"] == query["table_sys_id"] for each in self.rows.get(query["table_name"], [])):
            return _no(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        made: Json = {
            "sys_id": uuid4().hex, "file_name": query["file_name"], "content_type": request.headers.get("content-type", ""),
            "size_bytes": str(len(content)), "table_name": query["table_name"], "table_sys_id": query["table_sys_id"],
            "sys_created_on": _now(), "content": content,
        }  # fmt: skip
        made["download_link"] = f"{self.url}/api/now/attachment/{made['sys_id']}/file"
        self.attachments.append(made)
        self.happened(query["file_name"], f"attach:{query['table_sys_id']}")
        return JSONResponse({"result": _without_content(made)}, 201, {"location": f"{self.url}/api/now/attachment/{made['sys_id']}"})

    async def _list_attachments(self, request: Request, _sent: Any) -> Response:
        clauses = [clause.partition("=") for clause in request.query_params.get("sysparm_query", "").split("^") if "=" in clause]
        found = [each for each in self.attachments if all(each.get(name) == value for name, _, value in clauses)]
        return JSONResponse({"result": [_without_content(each) for each in found]})

    def _of_attachment(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, _sent: Any) -> Response:
            found = next((each for each in self.attachments if each["sys_id"] == request.path_params["id"]), None)
            if found is None:
                return _no(404, "No Record found", "Attachment record doesn't exist or ACL restricts the record retrieval")
            return await endpoint(found)

        return enter

    async def _attachment(self, found: Json) -> Response:
        return JSONResponse({"result": _without_content(found)})

    async def _file(self, found: Json) -> Response:
        return Response(found["content"], media_type=found["content_type"])

    async def _detach(self, found: Json) -> Response:
        self.attachments.remove(found)
        return Response(status_code=204)

    async def _order(self, request: Request, sent: Any) -> Response:
        if not isinstance(sent, dict) or not cast("Json", sent).get("sysparm_quantity"):
            return _no(400, "Mandatory Variables are required", "sysparm_quantity")
        made = self.add("sc_request", short_description=f"Order of {request.path_params['item']}")
        made["number"] = f"REQ{10_000 + self.books.next():07d}"
        self.happened(sent, f"order:{made['number']}")
        told = {"sys_id": made["sys_id"], "number": made["number"], "request_id": made["sys_id"], "request_number": made["number"]}
        return JSONResponse({"result": told | {"table": "sc_request", "parent_id": None, "parent_table": "task"}})


def _links(request: Request, start: int, size: int, total: int) -> str:
    last = (total - 1) // size * size
    places = [
        ("first", 0),
        *([("prev", max(0, start - size))] if start else []),
        *([("next", start + size)] if start < last else []),
        ("last", last),
    ]
    query = {name: value for name, value in request.query_params.items() if name not in ("sysparm_offset", "sysparm_limit")}
    base = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    where = str(request.url.replace(query=None))
    return ",".join(f'<{where}?{base}{"&" if base else ""}sysparm_limit={size}&sysparm_offset={at}>;rel="{name}"' for name, at in places)


def _without_content(attachment: Json) -> Json:
    return {name: value for name, value in attachment.items() if name != "content"}


def _policy() -> Response:
    text = "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes"
    return _no(403, "Operation Failed", text)


def _no(status: int, message: str, detail: str | None, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "detail": detail}, "status": "failure"}, status, headers)


def _now() -> str:
    """ServiceNow's own format, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
