"""A double of Airtable's Web API: records by ten, formulas, pages by offset, upserts, and five requests a second for each base.

From https://airtable.com/developers/web/api/ (list-records, create-records, update-multiple-records with performUpsert, delete-multiple-records,
field-model, get-base-schema, list-bases, create-comment, webhooks-overview, rate-limits, errors) and
https://support.airtable.com/docs/formula-field-reference. Formulas: `{Field}`, texts, numbers, comparisons, `&`, + - * /, and the
functions of `airtable_formulas`. Where the vendor says that a list's iterator expires, the double has the change of a record end it only
when `expired` is set.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.airtable_formulas import ordered, parsed, truth
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor

base = "appDouble00000001"
table = "tblDouble00000001"
_texts = ("singleLineText", "multilineText", "email", "url", "phoneNumber", "richText")
_listed = ("pageSize", "maxRecords", "offset", "view", "sort", "filterByFormula", "fields", "cellFormat", "timeZone", "userLocale",
           "returnFieldsByFieldId", "recordMetadata")  # fmt: skip


class Airtable(Vendor):
    """A base with the table Tasks; `records` are in the order of its view, and `pace` enforces the limit of requests a second."""

    key = "airtable"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.pace = False
        """Whether the sixth request to a base within a second is refused, and all others to it for the next 30 seconds."""
        self.clock = monotonic
        """Seconds, by which a second is measured."""
        self.expired = False
        """The next offset is no longer known."""
        self.fields: dict[str, Json] = {
            name: {"id": f"fldDouble{number:08d}", "name": name, "type": kind} | ({"options": options} if options else {})
            for number, (name, kind, options) in enumerate((
                ("Name", "singleLineText", None), ("Notes", "multilineText", None), ("Effort", "number", {"precision": 1}),
                ("Status", "singleSelect", {"choices": [{"id": f"sel{each}", "name": each} for each in ("Todo", "Done")]}),
                ("Tags", "multipleSelects", {"choices": [{"id": f"sel{each}", "name": each} for each in ("red", "blue")]}),
                ("Done", "checkbox", {"icon": "check", "color": "greenBright"}), ("Due", "date", {"dateFormat": {"name": "iso"}}),
                ("Email", "email", None), ("Files", "multipleAttachments", {}), ("Step", "singleLineText", None),
                ("Doubled", "formula", {"formula": "{Effort}*2"}),
            ))
        }  # fmt: skip
        self.records: list[Json] = []
        self.comments: dict[str, list[Json]] = defaultdict(list)
        self.hooks: list[Json] = []
        self.changes: list[Json] = []
        """Payloads of the webhooks, which a client fetches."""
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._locked: dict[str, float] = {}

    def routes(self) -> Routes:
        here, hooks = "/v0/{base}/{table}", "/v0/bases/{base}/webhooks"
        routes: Routes = [
            (method, hooks + end, self._of_base(endpoint))
            for method, end, endpoint in (
                ("GET", "", self._list_hooks),
                ("POST", "", self._hook),
                ("DELETE", "/{hook}", self._unhook),
                ("POST", "/{hook}/refresh", self._refresh),
                ("GET", "/{hook}/payloads", self._payloads),
            )
        ]
        routes += [("GET", "/v0/meta/bases", self._bases), ("GET", "/v0/meta/whoami", self._who)]
        routes += [("GET", "/v0/meta/bases/{base}/tables", self._of_base(self._tables))]
        return routes + [
            (method, here + end, self._of_base(endpoint))
            for method, end, endpoint in (
                ("GET", "", self._list),
                ("POST", "", self._create),
                ("PATCH", "", self._update_many),
                ("PUT", "", self._update_many),
                ("DELETE", "", self._delete_many),
                ("POST", "/listRecords", self._list),
                ("GET", "/{record}", self._get),
                ("PATCH", "/{record}", self._update),
                ("PUT", "/{record}", self._update),
                ("DELETE", "/{record}", self._delete),
                ("GET", "/{record}/comments", self._list_comments),
                ("POST", "/{record}/comments", self._comment),
                ("POST", "/{field}/uploadAttachment", self._upload),
            )
        ]

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "rate_limited":
                return _limited("RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later")
            case "secondary_limit":
                return _limited("PUBLIC_API_BILLING_LIMIT_EXCEEDED", "You've exceeded the API billing plan limit for this workspace.")
            case "unauthorized":
                return _no(401, "AUTHENTICATION_REQUIRED", "Authentication required")
            case "forbidden":
                return _nowhere()
            case "invalid" if fault.error:
                return _no(422, fault.error, "The request was refused.")
            case "invalid":
                return _no(400, "INVALID_REQUEST_BODY", "Could not parse request body")
            case "unavailable":
                return _no(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable")
            case _:
                return _no(500, "SERVER_ERROR", "An internal error occurred")

    def add(self, **fields: Any) -> Json:
        """A record at the end of the table."""
        record: Json = {"id": f"recDouble{self.books.next():08d}", "createdTime": _now(), "fields": fields}
        self.records.append(record)
        return record

    def _of_base(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            place = request.path_params
            if refusal := self._paced(place["base"]):
                return refusal
            if place["base"] != base or place.get("table", table) not in (table, "Tasks", *(each["id"] for each in self.records)):
                return _nowhere()
            if sent is not None and not isinstance(sent, dict):
                return _no(422, "INVALID_REQUEST_UNKNOWN", "Invalid request: parameter validation failed. Check your request data.")
            if "record" in place and not self._record(place["record"]):
                return JSONResponse({"error": "NOT_FOUND"}, 404)
            return await endpoint(request, sent)

        return enter

    def _paced(self, name: str) -> Response | None:
        if not self.pace:
            return None
        now, recent = self.clock(), self._recent[name]
        while recent and recent[0] <= now - 1:
            recent.popleft()
        recent.append(now)
        if len(recent) > 5:
            self._locked[name] = now + 30
        return _limited("RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later") if self._locked.get(name, 0) > now else None

    async def _bases(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"bases": [{"id": base, "name": "Tenuto", "permissionLevel": "create"}]})

    async def _who(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse({"id": "usrDouble00000001", "email": "ada@example.com", "scopes": ["data.records:read", "data.records:write"]})

    async def _tables(self, _request: Request, _sent: Any) -> Response:
        views = [{"id": "viwDouble00000001", "name": "Grid view", "type": "grid"}]
        primary = self.fields["Name"]["id"]
        told = {"id": table, "name": "Tasks", "primaryFieldId": primary, "fields": list(self.fields.values()), "views": views}
        return JSONResponse({"tables": [told]})

    async def _list(self, request: Request, sent: Any) -> Response:
        asked = cast("Json", sent) if request.method == "POST" else _queried(request)
        try:
            return self._page(asked)
        except _RefusedError as no:
            return _no(422, no.kind, str(no))

    def _page(self, asked: Json) -> Response:
        if unknown := [name for name in asked if name not in _listed]:
            raise _RefusedError("INVALID_REQUEST_UNKNOWN", f"Invalid request: unknown parameter {unknown[0]}")
        if asked.get("view", "Grid view") not in ("Grid view", "viwDouble00000001"):
            raise _RefusedError("VIEW_NAME_NOT_FOUND", f"View {asked['view']} not found")
        if asked.get("offset") and (self.expired or not re.fullmatch(r"itrDouble/rec\d+", asked["offset"])):
            raise _RefusedError("LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "The iterator is no longer available. Restart the listing.")
        size, most = int(asked.get("pageSize") or 100), int(asked.get("maxRecords") or 2**31)
        if not 0 < size <= 100 or most < 1:
            raise _RefusedError("INVALID_REQUEST_UNKNOWN", "Invalid request: pageSize must be between 1 and 100, maxRecords above 0")
        found = self._sorted(self._matching(asked.get("filterByFormula")), asked.get("sort") or [])[:most]
        start = int(str(asked.get("offset") or "0").removeprefix("itrDouble/rec"))
        end = start + self.size(size, 100)
        names: list[str] = asked.get("fields") or []
        by_id = str(asked.get("returnFieldsByFieldId", "")).lower() == "true"
        names = [self._field(each)["name"] for each in names]
        answer: Json = {"records": [self._shown(each, names, by_id=by_id) for each in found[start:end]]}
        return JSONResponse(answer | ({"offset": f"itrDouble/rec{end}"} if end < len(found) else {}))

    def _matching(self, formula: str | None) -> list[Json]:
        if not formula:
            return self.records
        try:
            holds = parsed(formula, set(self.fields))
            return [each for each in self.records if truth(holds(each))]
        except (ValueError, TypeError, IndexError, ZeroDivisionError) as wrong:
            text = f"The formula for filtering records is invalid: {wrong or 'Invalid formula'}. Please check your formula text."
            raise _RefusedError("INVALID_FILTER_BY_FORMULA", text) from wrong

    def _sorted(self, records: list[Json], orders: list[Json]) -> list[Json]:
        found = list(records)
        for order in reversed(orders):
            name = self._field(order["field"])["name"]
            found.sort(key=lambda each, name=name: ordered(each["fields"].get(name)), reverse=order.get("direction") == "desc")
        return found

    def _field(self, wanted: str) -> Json:
        found = next((each for each in self.fields.values() if wanted in (each["name"], each["id"])), None)
        if found is None:
            raise _RefusedError("UNKNOWN_FIELD_NAME", f'Unknown field name: "{wanted}"')
        return found

    def _shown(self, record: Json, names: list[str] | None = None, *, by_id: bool = False) -> Json:
        """Empty fields are left out, as Airtable does; a formula is computed."""
        effort = record["fields"].get("Effort")
        values: Json = record["fields"] | ({"Doubled": effort * 2} if effort is not None else {})
        wanted = names or list(values)
        fields = {name: value for name, value in values.items() if name in wanted and value not in (None, "", [], False)}
        return record | {"fields": {self.fields[name]["id"] if by_id else name: value for name, value in fields.items()}}

    def _cells(self, sent: Json, *, typecast: bool) -> Json:
        """The fields of a record as they are stored, by name. Raises for what a field does not take."""
        cells: Json = {}
        for wanted, value in sent.items():
            field = self._field(wanted)
            cells[field["name"]] = self._cell(field, value, typecast=typecast)
        return cells

    def _cell(self, field: Json, value: Any, *, typecast: bool) -> Any:
        kind, name = field["type"], field["name"]
        refused = _RefusedError("INVALID_VALUE_FOR_COLUMN", f'Field "{name}" cannot accept the provided value')
        if kind == "formula":
            text = f'Field "{name}" cannot accept a value because the field is computed'
            raise _RefusedError("INVALID_VALUE_FOR_COLUMN", text)
        if value is None:
            return None
        if kind in ("singleSelect", "multipleSelects"):
            return self._choice(field, value, refused, typecast=typecast)
        if typecast and kind in _texts:
            return str(value)
        if typecast and kind == "number" and isinstance(value, str):
            return float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else None
        fits = {
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "checkbox": isinstance(value, bool),
            "date": isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None,
            "multipleAttachments": isinstance(value, list) and all("url" in each or "id" in each for each in cast("list[Json]", value)),
        }
        if not fits.get(kind, isinstance(value, str)):
            raise refused
        if kind == "multipleAttachments":
            return [{"id": f"att{self.books.next():014d}", **each} for each in cast("list[Json]", value)]
        return cast("object", value)

    def _choice(self, field: Json, value: Any, refused: _RefusedError, *, typecast: bool) -> Any:
        many = field["type"] == "multipleSelects"
        wanted = cast("list[Any]", value) if many else [value]
        if (many and not isinstance(value, list)) or not all(isinstance(each, str) for each in wanted):
            raise refused
        for each in wanted:
            if each in {one["name"] for one in field["options"]["choices"]}:
                continue
            if not typecast:
                text = f'Insufficient permissions to create new select option "{each}"'
                raise _RefusedError("INVALID_MULTIPLE_CHOICE_OPTIONS", text)
            field["options"]["choices"].append({"id": f"sel{each}", "name": each})
        return cast("object", value)

    async def _create(self, _request: Request, sent: Any) -> Response:
        try:
            many = self._asked(sent, one="fields")
            cells = [self._cells(each.get("fields", {}), typecast=bool(sent.get("typecast"))) for each in many]
        except _RefusedError as no:
            return _no(422, no.kind, str(no))
        made = [self.add(**each) for each in cells]
        self._did("create", made, sent)
        by_id = bool(sent.get("returnFieldsByFieldId"))
        shown = [self._shown(each, by_id=by_id) for each in made]
        return JSONResponse({"records": shown} if "records" in sent else shown[0])

    def _asked(self, sent: Any, one: str | None = None) -> list[Json]:
        body = cast("Json", sent or {})
        if one in body and "records" not in body:
            return [body]
        many: list[Json] = body.get("records") or []
        if not 0 < len(many) <= 10:
            text = f"Invalid request: parameter validation failed: records must have between 1 and 10 items, and has {len(many)}."
            raise _RefusedError("INVALID_RECORDS" if many else "INVALID_REQUEST_MISSING_FIELDS", text)
        return many

    async def _update_many(self, request: Request, sent: Any) -> Response:
        try:
            many = self._asked(sent)
            cells = [self._cells(each.get("fields", {}), typecast=bool(sent.get("typecast"))) for each in many]
            targets = self._targets(many, cells, sent.get("performUpsert"))
        except _RefusedError as no:
            return _no(422, no.kind, str(no))
        updated, made = [each["id"] for each in targets if each], list[str]()
        records: list[Json] = []
        for target, each in zip(targets, cells, strict=True):
            record = target or self.add()
            if target is None:
                made.append(record["id"])
            record["fields"] = ({} if request.method == "PUT" else record["fields"]) | each
            records.append(record)
        self._did("update", records, sent)
        by_id = bool(sent.get("returnFieldsByFieldId"))
        answer: Json = {"records": [self._shown(each, by_id=by_id) for each in records]}
        return JSONResponse(answer | ({"createdRecords": made, "updatedRecords": updated} if sent.get("performUpsert") else {}))

    def _targets(self, many: list[Json], cells: list[Json], upsert: Json | None) -> list[Json | None]:
        """The record that each changes; None is created, which only an upsert does."""
        asked: list[str] = (upsert or {}).get("fieldsToMergeOn", [])
        merge = [self._field(each)["name"] for each in asked]
        if upsert is not None and not 0 < len(merge) <= 3:
            raise _RefusedError("INVALID_REQUEST_UNKNOWN", "fieldsToMergeOn must have between 1 and 3 fields")
        found: list[Json | None] = []
        for sent, each in zip(many, cells, strict=True):
            if "id" in sent or upsert is None:
                if (known := self._record(sent.get("id", ""))) is None:
                    raise _RefusedError("ROW_DOES_NOT_EXIST", f"Record ID {sent.get('id')} does not exist in this table")
                found.append(known)
                continue
            if missing := [name for name in merge if each.get(name) is None]:
                raise _RefusedError("INVALID_REQUEST_UNKNOWN", f"Field {missing[0]} to merge on has no value")
            same = [one for one in self.records if all(one["fields"].get(name) == each[name] for name in merge)]
            if len(same) > 1:
                text = "Cannot update more than one record: the values of fieldsToMergeOn match several."
                raise _RefusedError("INVALID_REQUEST_UNKNOWN", text)
            found.append(same[0] if same else None)
        return found

    async def _get(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._shown(self._known(request)))

    async def _update(self, request: Request, sent: Any) -> Response:
        record = self._known(request)
        try:
            cells = self._cells(sent["fields"], typecast=bool(sent.get("typecast")))
        except _RefusedError as no:
            return _no(422, no.kind, str(no))
        record["fields"] = ({} if request.method == "PUT" else record["fields"]) | cells
        self._did("update", [record], sent)
        return JSONResponse(self._shown(record))

    async def _delete(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._removed([self._known(request)])[0])

    async def _delete_many(self, request: Request, _sent: Any) -> Response:
        wanted = request.query_params.getlist("records[]") or request.query_params.getlist("records")
        found = [self._record(each) for each in wanted]
        if not 0 < len(wanted) <= 10:
            return _no(422, "INVALID_RECORDS", "Between 1 and 10 records can be deleted at once.")
        if not all(found):
            return JSONResponse({"error": "NOT_FOUND"}, 404)
        return JSONResponse({"records": self._removed([each for each in found if each])})

    def _removed(self, records: list[Json]) -> list[Json]:
        self.records = [each for each in self.records if each not in records]
        self._did("delete", records, None)
        return [{"id": each["id"], "deleted": True} for each in records]

    def _did(self, what: str, records: list[Json], sent: Any) -> None:
        self.happened(sent, f"{what}:{','.join(each['id'] for each in records)}")
        kind = {"create": "createdRecordsById", "update": "changedRecordsById", "delete": "destroyedRecordIds"}[what]
        kept: Json = {each["id"]: {"createdTime": each["createdTime"], "cellValuesByFieldId": {}} for each in records}
        changed: Json = {table: {kind: list(kept) if what == "delete" else kept}}
        self.changes.append({"timestamp": _now(), "baseTransactionNumber": len(self.changes) + 1, "changedTablesById": changed})

    async def _list_comments(self, request: Request, _sent: Any) -> Response:
        return JSONResponse({"comments": self.comments[request.path_params["record"]][::-1], "offset": None})

    async def _comment(self, request: Request, sent: Any) -> Response:
        if not sent or not sent.get("text"):
            return _no(422, "INVALID_REQUEST_MISSING_FIELDS", "Could not find field text in the request body")
        author = {"id": "usrDouble00000001", "email": "ada@example.com", "name": "Ada Lovelace"}
        made: Json = {
            "id": f"comDouble{self.books.next():08d}",
            "createdTime": _now(),
            "lastUpdatedTime": None,
            "text": sent["text"],
            "author": author,
        }
        self.comments[request.path_params["record"]].append(made)
        self.happened(sent, f"comment:{request.path_params['record']}")
        return JSONResponse(made)

    async def _upload(self, request: Request, sent: Any) -> Response:
        """The vendor serves it at content.airtable.com: the record stands where the table stands elsewhere."""
        record = self._record(request.path_params["table"])
        try:
            field, content = self._field(request.path_params["field"]), b64decode(sent["file"], validate=True)
        except (_RefusedError, ValueError, KeyError):
            return _no(422, "INVALID_REQUEST_UNKNOWN", "Invalid request: parameter validation failed. Check your request data.")
        if record is None or field["type"] != "multipleAttachments":
            return JSONResponse({"error": "NOT_FOUND"}, 404)
        file: Json = {"id": f"att{self.books.next():014d}", "filename": sent["filename"], "size": len(content), "type": sent["contentType"]}
        record["fields"].setdefault(field["name"], []).append(file)
        self._did("update", [record], sent["filename"])
        return JSONResponse(
            {"id": record["id"], "createdTime": record["createdTime"], "fields": {field["id"]: record["fields"][field["name"]]}}
        )

    async def _list_hooks(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse(
            {"webhooks": [{name: value for name, value in each.items() if name != "macSecretBase64"} for each in self.hooks]}
        )

    async def _hook(self, _request: Request, sent: Any) -> Response:
        asked = cast("Json", sent or {})
        specification: Json = asked.get("specification") or {}
        options: Json = specification.get("options") or {}
        filters: Json = options.get("filters") or {}
        kinds = filters.get("dataTypes")
        if not kinds or not str(sent.get("notificationUrl", "https://")).startswith("https://"):
            return _no(422, "INVALID_WEBHOOK_SPECIFICATION" if not kinds else "INVALID_WEBHOOK_URL", "The webhook is not valid.")
        expires = (datetime.now(UTC) + timedelta(days=7)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        secret = b64encode(b"secret of the double").decode()
        hook: Json = {"id": f"achDouble{self.books.next():08d}", "macSecretBase64": secret, "expirationTime": expires}
        self.hooks.append(hook | {"cursorForNextPayload": len(self.changes) + 1, "specification": sent["specification"]})
        self.happened(sent, f"webhook:{hook['id']}")
        return JSONResponse(hook)

    async def _unhook(self, request: Request, _sent: Any) -> Response:
        kept = [each for each in self.hooks if each["id"] != request.path_params["hook"]]
        if len(kept) == len(self.hooks):
            return JSONResponse({"error": "NOT_FOUND"}, 404)
        self.hooks = kept
        return Response(status_code=204)

    async def _refresh(self, request: Request, _sent: Any) -> Response:
        known = next((each for each in self.hooks if each["id"] == request.path_params["hook"]), None)
        return JSONResponse({"expirationTime": known["expirationTime"]} if known else {"error": "NOT_FOUND"}, 200 if known else 404)

    async def _payloads(self, request: Request, _sent: Any) -> Response:
        start = int(request.query_params.get("cursor", "1")) - 1
        end = min(start + self.size(request.query_params.get("limit"), 50), len(self.changes))
        answer: Json = {"payloads": self.changes[start:end], "cursor": end + 1, "mightHaveMore": end < len(self.changes)}
        return JSONResponse(answer | {"payloadFormat": "v0"})

    def _record(self, id: str) -> Json | None:
        return next((each for each in self.records if each["id"] == id), None)

    def _known(self, request: Request) -> Json:
        found = self._record(request.path_params["record"])
        assert found is not None
        return found


class _RefusedError(Exception):
    """What Airtable refuses with 422, by its type."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def _queried(request: Request) -> Json:
    """The query as the body of `listRecords` has it: `fields[]` and `sort[0][field]` are lists."""
    asked: Json = {}
    for name, value in request.query_params.multi_items():
        if name in ("fields[]", "fields", "recordMetadata[]"):
            asked.setdefault(name.removesuffix("[]"), []).append(value)
        elif order := re.fullmatch(r"sort\[(\d+)\]\[(field|direction)\]", name):
            orders = asked.setdefault("sort", [])
            while len(orders) <= int(order[1]):
                orders.append({})
            orders[int(order[1])][order[2]] = value
        else:
            asked[name] = value
    return asked


def _limited(kind: str, text: str) -> Response:
    """Without a word of how long: 30 seconds, says the page."""
    return JSONResponse({"errors": [{"error": kind, "message": text}]}, 429)


def _nowhere() -> Response:
    text = (
        "Invalid permissions, or the requested model was not found. Check that both your user and your token have the required permissions."
    )
    return _no(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", text)


def _no(status: int, kind: str, text: str) -> Response:
    return JSONResponse({"error": {"type": kind, "message": text}}, status)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
