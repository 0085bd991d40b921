"""What the parts of Microsoft Graph's double share: refusals, queries of a list with pages and deltas, and how items are checked."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from html import escape, unescape
from json import dumps, loads
from typing import Any, Protocol, cast
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.odata import Filter, Invalid, at, order
from tests.doubles.vendor import Books, Json

context = "https://graph.microsoft.com/v1.0/$metadata#"


class Refusal(Exception):
    """What Graph refuses, in its own words."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers

    def answer(self) -> Response:
        """`error.innerError` names the request, as the answer's headers do."""
        inner = {"date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", "request-id": str(uuid4()), "client-request-id": str(uuid4())}
        error = {"code": self.code, "message": str(self), "innerError": inner}
        return JSONResponse({"error": error}, self.status, dict(self.headers or {}))


class Home(Protocol):
    """What the parts know of the whole."""

    books: Books
    url: str
    address: str
    name: str

    def happened(self, sent: Any, what: str) -> None:
        """Count an effect."""
        ...

    def changed(self, change: str, resource: str, item: Json, kind: str) -> None:
        """Tell the subscriptions of a resource."""
        ...


def missing() -> Refusal:
    return Refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def wrong(message: str, code: str = "BadRequest") -> Refusal:
    return Refusal(400, code, message)


def one(items: Sequence[Json], id: str) -> Json:
    """The item of an id; Outlook tells a malformed id from one that it does not have."""
    if not re.fullmatch(r"[A-Za-z0-9_=-]{20,}", id):
        raise wrong("Id is malformed.", "ErrorInvalidIdMalformed")
    found = next((each for each in items if each["id"] == id), None)
    if found is None:
        raise missing()
    return found


def given(sent: Any, known: Collection[str], kind: str) -> Json:
    """The body, an object of known properties."""
    if not isinstance(sent, dict):
        raise wrong("Empty Payload. JSON content expected.")
    asked = cast("Json", sent)
    for name in asked:
        if name not in known and not name.startswith("@odata."):
            text = f"The property '{name}' does not exist on type 'microsoft.graph.{kind}'. "
            raise wrong(text + "Make sure to only use property names that are defined by the type.", "RequestBodyRead")
    return asked


def address(recipient: Json) -> str:
    """The address of a recipient or attendee, empty where there is none."""
    found: Json = (recipient or {}).get("emailAddress") or {}
    return str(found.get("address") or "")


def many(item: Json, name: str) -> list[Any]:
    """A list of the item, empty where there is none."""
    return item.get(name) or []


def body_of(value: Any) -> Json:
    """An `itemBody`; the type is text where none is said."""
    body = cast("Json", value) if isinstance(value, dict) else {"contentType": "none"}
    kind = str(body.get("contentType") or "text").lower()
    if kind not in ("text", "html") or not isinstance(body.get("content", ""), str):
        raise wrong("Cannot convert the literal to the expected type 'microsoft.graph.itemBody'.", "RequestBodyRead")
    return {"contentType": kind, "content": body.get("content") or ""}


def plain(body: Json) -> str:
    """A body as text."""
    return unescape(re.sub(r"<[^>]*>", "", body["content"])).strip() if body["contentType"] == "html" else body["content"]


def preferred(request: Request, name: str) -> str | None:
    """What `Prefer` says of a name: `outlook.timezone="UTC"`."""
    found = re.search(rf'{re.escape(name)}\s*=\s*"?([^",;]+)"?', ", ".join(request.headers.getlist("prefer")), re.IGNORECASE)
    return found[1] if found else None


def dressed(request: Request, body: Json) -> Json:
    """Outlook answers HTML, whatever was written, unless text is preferred."""
    if (preferred(request, "outlook.body-content-type") or "html").lower() == "text":
        return {"contentType": "text", "content": plain(body)}
    text = body["content"]
    return {"contentType": "html", "content": text if body["contentType"] == "html" else f"<html><body>{escape(text)}</body></html>"}


def selected(item: Json, request: Request, known: Collection[str], hidden: Collection[str] = ()) -> Json:
    """`$select`: what was asked for, and the id; what is `hidden` is only shown when it was asked for."""
    asked = [name.strip() for name in request.query_params.get("$select", "").split(",") if name.strip()]
    for name in asked:
        if name not in known:
            raise wrong(f"Could not find a property named '{name}' on type 'microsoft.graph.outlookItem'.")
    shown = {"id", *asked} if asked else set(item) - set(hidden)
    return {name: value for name, value in item.items() if name in shown or name.startswith("@")}


def listed(items: list[Json], request: Request, known: Collection[str]) -> list[Json]:
    """`$filter` and `$orderby`, with Exchange's rule that the properties of the order come first in the filter, in that order."""
    query = request.query_params
    try:
        sieve = Filter(query["$filter"], known) if "$filter" in query else None
        orders = order(query["$orderby"], known) if "$orderby" in query else []
    except Invalid as error:
        raise wrong(str(error)) from error
    names = [name for name, _ in orders]
    if sieve and names and list(dict.fromkeys(sieve.names))[: len(names)] != names:
        raise wrong("The restriction or sort order is too complex for this operation.", "InefficientFilter")
    found = [each for each in items if sieve is None or sieve.passes(each)]
    for name, descends in reversed(orders):
        found.sort(key=lambda each: str(at(each, name) or "").lower(), reverse=descends)
    return found


def paged(items: list[Json], request: Request, books: Books, *, usual: int, most: int, what: str) -> Response:
    """A page, and an opaque `@odata.nextLink` while there are more; `$skiptoken` is ours, `$skip` the client's."""
    query = request.query_params
    size, skip = _number(query, "$top", usual), _number(query, "$skip", 0)
    if not 1 <= size <= most:
        raise wrong(f"The value for $top must be between 1 and {most}.", "ErrorInvalidUrlQuery")
    start = int(opened(query["$skiptoken"])["at"]) if "$skiptoken" in query else skip
    end = start + min(size, books.page_max)
    answer: Json = {"@odata.context": context + what}
    if query.get("$count") == "true":
        answer["@odata.count"] = len(items)
    answer["value"] = items[start:end]
    if end < len(items):
        answer["@odata.nextLink"] = link(request, **{"$skiptoken": sealed({"at": end})})
    return JSONResponse(answer)


def link(request: Request, **more: str) -> str:
    """The same address with further parameters."""
    return str(request.url.include_query_params(**more))


def sealed(value: Json) -> str:
    """An opaque token."""
    return urlsafe_b64encode(dumps(value).encode()).decode().rstrip("=")


def opened(token: str) -> Json:
    try:
        return loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError as error:
        raise wrong("Badly formed token.", "ErrorInvalidUrlQuery") from error


class Changes:
    """What happened to the items of a collection, so that a delta can be told; `oldest` is the first that is still known."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str, str]] = []
        """Change, collection, id."""
        self.oldest = 0

    def since(self, place: int, collection: str, wanted: Callable[[str], bool]) -> dict[str, str]:
        """The latest change by id."""
        found: dict[str, str] = {}
        for change, where, number in self.log[place:]:
            if where == collection:
                first = found.pop(number, change)
                found[number] = change if change == "deleted" else first
        return {number: change for number, change in found.items() if wanted(change)}


def delta(
    request: Request, changes: Changes, collection: str, items: Mapping[str, Json], show: Callable[[Json], Json], books: Books
) -> Response:
    """A round of pages that ends with `@odata.deltaLink`; the parameters of the first request are kept in the tokens.

    A collection's first round is everything; what was removed comes as `@removed`. A forgotten token is 410 `SyncStateNotFound`.
    """
    query = request.query_params
    token = query.get("$deltatoken") or query.get("$skiptoken")
    state: Json = opened(token) if token else {"from": None, "to": len(changes.log), "at": 0, "kind": query.get("changeType")}
    if "$deltatoken" in query:
        state |= {"from": state["to"], "to": len(changes.log), "at": 0}
    if state["from"] is not None and state["from"] < changes.oldest:
        raise Refusal(410, "SyncStateNotFound", "The sync state generation is not found.")
    if state["from"] is None:
        rows = [show(each) for each in items.values()]
    else:
        found = changes.since(state["from"], collection, lambda change: state["kind"] in (None, change))
        rows = [show(items[each]) if each in items else {"id": each, "@removed": {"reason": "deleted"}} for each in found]
    size = min(int(preferred(request, "odata.maxpagesize") or 10), books.page_max)
    end = state["at"] + size
    answer: Json = {"@odata.context": f"{context}{collection}", "value": rows[state["at"] : end]}
    bare = str(request.url.replace(query=""))
    name, token = ("$skiptoken", sealed(state | {"at": end})) if end < len(rows) else ("$deltatoken", sealed(state))
    answer["@odata.nextLink" if end < len(rows) else "@odata.deltaLink"] = f"{bare}?{name}={token}"
    return JSONResponse(answer)


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name) or str(usual)
    if not text.isdecimal():
        raise wrong(f"Invalid value '{text}' for {name} query option found. The {name} query option requires a non-negative integer value.")
    return int(text)


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def fresh_id() -> str:
    """Long, opaque and safe in a path, as Outlook's are when they are encoded."""
    return "AAMkAG" + urlsafe_b64encode(uuid4().bytes * 2).decode().rstrip("=") + "AAA="


def change_key() -> str:
    return urlsafe_b64encode(uuid4().bytes).decode()


def stamped(item: Json) -> Json:
    """A new change key, and the etag that follows from it."""
    key = change_key()
    return item | {"@odata.etag": f'W/"{key}"', "changeKey": key, "lastModifiedDateTime": now()}


def unchanged(request: Request, item: Json) -> None:
    """`If-Match`: 412 where the item is another by now."""
    tag = request.headers.get("if-match", "*")
    if tag not in ("*", item["@odata.etag"]):
        text = "The send or update operation could not be performed because the change key passed in the request does not match "
        raise Refusal(412, "ErrorIrresolvableConflict", text + "the current change key for the item.")
