"""A double of Notion's API: pages in a data source, blocks, markdown, comments, search; every request names its version.

From https://developers.notion.com/reference/ (post-page, patch-page, patch-block-children, query-a-data-source, filter-data-source-entries,
post-search, create-a-comment, versioning, status-codes, request-limits) and …/guides/get-started/upgrade-guide-2025-09-03.
Where the vendor documents nothing, the double chose: the markdown of a page is its paragraphs' texts, one a line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor

versions = ("2025-09-03", "2026-03-11")
_texts = ("title", "rich_text")
_conditions: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "does_not_equal": lambda value, wanted: value != wanted,
    "contains": lambda value, wanted: _folded(wanted) in _folded(value or ""),
    "does_not_contain": lambda value, wanted: _folded(wanted) not in _folded(value or ""),
    "starts_with": lambda value, wanted: _folded(value or "").startswith(_folded(wanted)),
    "ends_with": lambda value, wanted: _folded(value or "").endswith(_folded(wanted)),
    "is_empty": lambda value, wanted: not value,
    "is_not_empty": lambda value, wanted: bool(value),
    "greater_than": lambda value, wanted: value is not None and value > wanted,
    "less_than": lambda value, wanted: value is not None and value < wanted,
    "greater_than_or_equal_to": lambda value, wanted: value is not None and value >= wanted,
    "less_than_or_equal_to": lambda value, wanted: value is not None and value <= wanted,
    "before": lambda value, wanted: value is not None and value < wanted,
    "after": lambda value, wanted: value is not None and value > wanted,
    "on_or_before": lambda value, wanted: value is not None and value <= wanted,
    "on_or_after": lambda value, wanted: value is not None and value >= wanted,
}


class Refusal(Exception):
    """What Notion refuses, in its own words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Notion(Vendor):
    """A workspace with one database of one data source, Tasks, and a page beside it; `properties` is the data source's schema."""

    key = "notion"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.database, self.source = str(uuid4()), str(uuid4())
        self.properties = {
            "Name": "title", "Notes": "rich_text", "Status": "select", "Tags": "multi_select", "Due": "date", "Done": "checkbox",
            "Effort": "number", "Link": "url", "Owner": "people",
        }  # fmt: skip
        self.users: list[Json] = [
            {"object": "user", "id": str(uuid4()), "type": "person", "name": "Ada Lovelace", "person": {"email": "ada@example.com"}},
            {"object": "user", "id": str(uuid4()), "type": "bot", "name": "Tenuto", "bot": {"workspace_name": "Tenuto"}},
        ]
        self.pages: list[Json] = []
        """The newest first."""
        self.blocks: dict[str, list[Json]] = {}
        """Children by the id of their page or block."""
        self.comments: list[Json] = []
        self.unindexed = False
        """The search does not know the latest page yet."""
        self.home = self.add_page("Home", parent={"type": "workspace", "workspace": True})

    def routes(self) -> Routes:
        routes: Routes = [
            ("GET", "/v1/users", self._list_users),
            ("GET", "/v1/users/me", self._me),
            ("GET", "/v1/users/{id}", self._user),
            ("POST", "/v1/search", self._search),
            ("POST", "/v1/pages", self._create),
            ("GET", "/v1/pages/{id}", self._get),
            ("PATCH", "/v1/pages/{id}", self._update),
            ("POST", "/v1/pages/{id}/move", self._move),
            ("GET", "/v1/pages/{id}/markdown", self._markdown),
            ("PATCH", "/v1/pages/{id}/markdown", self._write_markdown),
            ("GET", "/v1/blocks/{id}", self._block),
            ("DELETE", "/v1/blocks/{id}", self._remove_block),
            ("GET", "/v1/blocks/{id}/children", self._children),
            ("PATCH", "/v1/blocks/{id}/children", self._append),
            ("GET", "/v1/databases/{id}", self._get_database),
            ("GET", "/v1/data_sources/{id}", self._get_source),
            ("POST", "/v1/data_sources/{id}/query", self._query),
            ("GET", "/v1/comments", self._list_comments),
            ("POST", "/v1/comments", self._comment),
        ]
        return [(method, path, self._versioned(endpoint)) for method, path, endpoint in routes]

    def refuse(self, fault: Fault) -> Response:
        headers = {"retry-after": "30"} if fault.kind in ("rate_limited", "secondary_limit") else {}
        status, code, message = {
            "rate_limited": (429, "rate_limited", "You have been rate limited. Please try again in a few minutes."),
            "secondary_limit": (429, "rate_limited", "You have been rate limited. Please try again in a few minutes."),
            "unauthorized": (401, "unauthorized", "API token is invalid."),
            "forbidden": (403, "restricted_resource", "Insufficient permissions for this endpoint."),
            "invalid": (400, "invalid_json", "Error parsing JSON body."),
            "unavailable": (503, "service_unavailable", "Notion is unavailable, please try again later."),
        }.get(fault.kind, (500, "internal_server_error", "Unexpected error occurred."))
        if fault.error == "conflict_error":
            status, code, message = 409, "conflict_error", "Conflict occurred while saving. Please try again."
        return _no(status, code, message, headers)

    def add_page(self, title: str, parent: Json | None = None, **properties: Any) -> Json:
        """Put a page into the data source, or where `parent` says; properties as Notion answers them."""
        number, now = str(uuid4()), _now()
        within = parent or {"type": "data_source_id", "data_source_id": self.source, "database_id": self.database}
        name = "title" if parent else "Name"
        page: Json = {
            "object": "page", "id": number, "created_time": now, "last_edited_time": now, "created_by": _short(self.users[1]),
            "last_edited_by": _short(self.users[1]), "parent": within, "archived": False, "in_trash": False, "icon": None, "cover": None,
            "properties": {name: {"id": "title", "type": "title", "title": [text(title)]}, **properties},
            "url": f"https://www.notion.so/{number.replace('-', '')}", "public_url": None,
        }  # fmt: skip
        self.pages.insert(0, page)
        self.blocks[number] = []
        return page

    def _versioned(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            version = request.headers.get("notion-version")
            if version is None:
                return _no(400, "missing_version", "Notion-Version header failed validation: Notion-Version header should be defined.")
            if version not in versions:
                return _no(400, "validation_error", f'Notion-Version header failed validation: "{version}" is not a known version.')
            try:
                return await endpoint(request, sent)
            except Refusal as refusal:
                return _no(refusal.status, refusal.code, str(refusal))

        return enter

    async def _list_users(self, request: Request, _sent: Any) -> Response:
        return self._page(self.users, dict(request.query_params), "user")

    async def _me(self, _request: Request, _sent: Any) -> Response:
        return JSONResponse(self.users[1])

    async def _user(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(_one(self.users, request.path_params["id"], "user"))

    async def _search(self, _request: Request, sent: Any) -> Response:
        asked: Json = sent or {}
        kind, words = (asked.get("filter") or {}).get("value"), str(asked.get("query") or "").lower()
        known = [page for index, page in enumerate(self.pages) if not page["in_trash"] and (index or not self.unindexed)]
        found = [each for each in [*known, self._source()] if kind in (None, each["object"]) and words in _title(each).lower()]
        oldest = (asked.get("sort") or {}).get("direction") == "ascending"
        return self._page(sorted(found, key=lambda each: each["last_edited_time"], reverse=not oldest), asked, "page_or_data_source")

    async def _create(self, _request: Request, sent: Any) -> Response:
        parent, children = sent.get("parent"), sent.get("children") or []
        if not isinstance(parent, dict) or not isinstance(sent.get("properties"), dict):
            raise _invalid("body failed validation: body.parent and body.properties should be defined.")
        _checked_blocks(children)
        if "page_id" in parent:
            above = _one(self.pages, parent["page_id"], "page")
            title = sent["properties"].get("title")
            properties = {"title": _property("title", title if isinstance(title, list) else (title or {}).get("title"), "title")}
            page = self.add_page("", {"type": "page_id", "page_id": above["id"]})
        else:
            self._is_source(parent.get("data_source_id") or parent.get("database_id") or "")
            properties = self._resolved(sent["properties"])
            page = self.add_page("")
            page["properties"] |= {name: _empty(kind) for name, kind in self.properties.items()}
        page["properties"] |= properties
        page |= {name: sent[name] for name in ("icon", "cover") if name in sent}
        self._put(page["id"], children, None)
        self.happened(sent, f"page:{page['id']}")
        return JSONResponse(page)

    def _resolved(self, properties: Json) -> Json:
        resolved: Json = {}
        for name, value in properties.items():
            if name not in self.properties:
                raise _invalid(f"{name} is not a property that exists.")
            kind = self.properties[name]
            if not isinstance(value, dict) or kind not in value:
                raise _invalid(f"{name} is expected to be {kind}.")
            resolved[name] = _property(name, value[kind], kind)
        return resolved

    async def _get(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(_one(self.pages, request.path_params["id"], "page"))

    async def _update(self, request: Request, sent: Any) -> Response:
        page = _one(self.pages, request.path_params["id"], "page")
        if page["in_trash"] and sent.get("in_trash", sent.get("archived")) is not False:
            raise _invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        properties = sent.get("properties") or {}
        within = page["parent"]["type"] == "data_source_id"
        page["properties"] |= (
            self._resolved(properties) if within else {n: _property(n, v.get("title"), "title") for n, v in properties.items()}
        )
        page |= {name: sent[name] for name in ("icon", "cover") if name in sent}
        trashed = sent.get("in_trash", sent.get("archived", page["in_trash"]))
        page |= {"in_trash": trashed, "archived": trashed, "last_edited_time": _now()}
        self.happened(sent, f"update:{page['id']}")
        return JSONResponse(page)

    async def _move(self, request: Request, sent: Any) -> Response:
        page, parent = _one(self.pages, request.path_params["id"], "page"), sent.get("parent") or {}
        if "page_id" in parent:
            page["parent"] = {"type": "page_id", "page_id": _one(self.pages, parent["page_id"], "page")["id"]}
        else:
            self._is_source(parent.get("data_source_id", ""))
            page["parent"] = {"type": "data_source_id", "data_source_id": self.source, "database_id": self.database}
        self.happened(sent, f"move:{page['id']}")
        return JSONResponse(page)

    async def _markdown(self, request: Request, _sent: Any) -> Response:
        page = _one(self.pages, request.path_params["id"], "page")
        lines = [_plain(each[each["type"]].get("rich_text", [])) for each in self.blocks[page["id"]]]
        return JSONResponse(
            {"object": "page_markdown", "id": page["id"], "markdown": "\n".join(lines), "truncated": False, "unknown_block_ids": []}
        )

    async def _write_markdown(self, request: Request, sent: Any) -> Response:
        page = _one(self.pages, request.path_params["id"], "page")
        if sent.get("type") != "replace_content" or "new_str" not in sent.get("replace_content", {}):
            raise _invalid("body failed validation: this double knows replace_content only.")
        self.blocks[page["id"]] = []
        lines = [line for line in sent["replace_content"]["new_str"].split("\n") if line]
        self._put(page["id"], [{"paragraph": {"rich_text": [{"text": {"content": line}}]}} for line in lines], None)
        self.happened(sent, f"markdown:{page['id']}")
        return await self._markdown(request, None)

    async def _block(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(_one([each for blocks in self.blocks.values() for each in blocks], request.path_params["id"], "block"))

    async def _remove_block(self, request: Request, _sent: Any) -> Response:
        block = _one([each for blocks in self.blocks.values() for each in blocks], request.path_params["id"], "block")
        for blocks in self.blocks.values():
            if block in blocks:
                blocks.remove(block)
        self.happened(None, f"remove:{block['id']}")
        return JSONResponse(block | {"archived": True, "in_trash": True})

    async def _children(self, request: Request, _sent: Any) -> Response:
        return self._page(self.blocks[self._holder(request)], dict(request.query_params), "block")

    async def _append(self, request: Request, sent: Any) -> Response:
        holder, children = self._holder(request), sent.get("children")
        if not isinstance(children, list):
            raise _invalid("body failed validation: body.children should be defined, instead was `undefined`.")
        _checked_blocks(children)
        made = self._put(holder, children, sent.get("after"))
        self.happened(sent, f"append:{holder}")
        return self._page(made, {}, "block")

    def _holder(self, request: Request) -> str:
        wanted = _id(request.path_params["id"])
        if wanted not in self.blocks:
            raise _not_found(wanted, "block")
        return wanted

    def _put(self, holder: str, children: list[Json], after: str | None) -> list[Json]:
        made: list[Json] = []
        for each in children:
            kind = next(name for name in each if name not in ("object", "type"))
            inner, number, now = dict(each[kind]), str(uuid4()), _now()
            below = inner.pop("children", [])
            if "rich_text" in inner:
                inner["rich_text"] = [text(one["text"]["content"], one["text"].get("link")) for one in inner["rich_text"]]
            made.append(
                {
                    "object": "block", "id": number, "type": kind, kind: inner, "created_time": now, "last_edited_time": now,
                    "has_children": bool(below), "archived": False, "in_trash": False,
                }
            )  # fmt: skip
            self.blocks[number] = []
            self._put(number, below, None)
        there = self.blocks[holder]
        place = there.index(_one(there, after, "block")) + 1 if after else len(there)
        self.blocks[holder] = there[:place] + made + there[place:]
        return made

    async def _get_database(self, request: Request, _sent: Any) -> Response:
        if _id(request.path_params["id"]) != self.database:
            raise _not_found(request.path_params["id"], "database")
        sources = [{"id": self.source, "name": "Tasks"}]
        return JSONResponse(
            {"object": "database", "id": self.database, "title": [text("Tasks")], "data_sources": sources, "in_trash": False}
        )

    def _is_source(self, wanted: str) -> None:
        if _id(wanted) not in (self.source, self.database):
            raise _not_found(wanted, "data source")

    def _source(self) -> Json:
        properties = {name: {"id": name.lower(), "name": name, "type": kind, kind: {}} for name, kind in self.properties.items()}
        parent = {"type": "database_id", "database_id": self.database}
        times = {"created_time": "2026-01-02T03:04:00.000Z", "last_edited_time": "2026-01-02T03:04:00.000Z"}
        return {"object": "data_source", "id": self.source, "title": [text("Tasks")], "parent": parent, "properties": properties, **times}

    async def _get_source(self, request: Request, _sent: Any) -> Response:
        self._is_source(request.path_params["id"])
        return JSONResponse(self._source())

    async def _query(self, request: Request, sent: Any) -> Response:
        self._is_source(request.path_params["id"])
        asked: Json = sent or {}
        within = [page for page in self.pages if page["parent"].get("data_source_id") == self.source and not page["in_trash"]]
        found = [page for page in within if self._fits(page, asked.get("filter") or {})]
        for sort in reversed(asked.get("sorts") or []):
            found.sort(key=lambda page, by=sort: str(self._value(page, by) or ""), reverse=sort.get("direction") == "descending")
        return self._page(found, asked, "page_or_data_source")

    def _fits(self, page: Json, asked: Json) -> bool:
        if "and" in asked:
            return all(self._fits(page, each) for each in asked["and"])
        if "or" in asked:
            return any(self._fits(page, each) for each in asked["or"])
        if not asked:
            return True
        kind = asked["timestamp"] if "timestamp" in asked else self.properties.get(asked["property"], "")
        if kind not in asked:
            raise _invalid(
                f"Could not find property with name or id: {asked.get('property')}, or its filter is not of the type {kind or 'known'}."
            )
        conditions = asked[kind].items()
        if unknown := [name for name, _ in conditions if name not in _conditions]:
            raise _invalid(f"body failed validation: body.filter.{kind}.{unknown[0]} should be not present.")
        return all(_conditions[name](self._value(page, asked), wanted) for name, wanted in conditions)

    def _value(self, page: Json, asked: Json) -> Any:
        if "timestamp" in asked:
            return page[asked["timestamp"]]
        name = asked["property"]
        if name not in self.properties:
            raise _invalid(f"Could not find sort property with name or id: {name}")
        kind = self.properties[name]
        return _bare(kind, page["properties"].get(name, _empty(kind))[kind])

    async def _list_comments(self, request: Request, _sent: Any) -> Response:
        wanted = _id(request.query_params.get("block_id", ""))
        return self._page([each for each in self.comments if each["parent"]["page_id"] == wanted], dict(request.query_params), "comment")

    async def _comment(self, _request: Request, sent: Any) -> Response:
        if "discussion_id" in sent:
            first = next((each for each in self.comments if each["discussion_id"] == sent["discussion_id"]), None)
            if first is None:
                raise _not_found(sent["discussion_id"], "discussion")
            page, discussion = first["parent"]["page_id"], first["discussion_id"]
        else:
            page, discussion = _one(self.pages, (sent.get("parent") or {}).get("page_id", ""), "page")["id"], str(uuid4())
        now = _now()
        comment: Json = {
            "object": "comment", "id": str(uuid4()), "parent": {"type": "page_id", "page_id": page}, "discussion_id": discussion,
            "created_time": now, "last_edited_time": now, "created_by": _short(self.users[1]),
            "rich_text": _property("rich_text", sent.get("rich_text"), "rich_text")["rich_text"],
        }  # fmt: skip
        self.comments.append(comment)
        self.happened(sent, f"comment:{page}")
        return JSONResponse(comment)

    def _page(self, items: list[Json], asked: Json, kind: str) -> Response:
        """A list as Notion answers it; a cursor is the id of the next page's first item."""
        if int(asked.get("page_size") or 100) > 100:
            raise _invalid(f"body failed validation: body.page_size should be ≤ `100`, instead was `{asked['page_size']}`.")
        ids, cursor = [each["id"] for each in items], asked.get("start_cursor")
        if cursor is not None and cursor not in ids:
            raise _invalid(f"The start_cursor provided is invalid: {cursor}")
        start = ids.index(cursor) if cursor else 0
        end = start + self.size(asked.get("page_size"), 100)
        following = ids[end] if end < len(ids) else None
        answer = {"object": "list", "results": items[start:end], "next_cursor": following, "has_more": following is not None}
        return JSONResponse(answer | {"type": kind, kind: {}})


def text(content: str, link: Json | None = None) -> Json:
    """A piece of rich text as Notion answers it."""
    plain = {"bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False, "color": "default"}
    href = link["url"] if link else None
    return {"type": "text", "text": {"content": content, "link": link}, "annotations": plain, "plain_text": content, "href": href}


def _property(name: str, value: Any, kind: str) -> Json:
    if kind in _texts:
        if not isinstance(value, list) or not all(isinstance(each.get("text", {}).get("content"), str) for each in value):
            raise _invalid(f"body failed validation: body.properties.{name}.{kind} should be an array of rich text.")
        _checked_length(value, f"body.properties.{name}.{kind}")
        value = [text(each["text"]["content"], each["text"].get("link")) for each in value]
    elif value is not None and not isinstance(value, _shapes.get(kind, str)):
        raise _invalid(f"body failed validation: body.properties.{name}.{kind} is not what {kind} should be.")
    return {"id": "title" if kind == "title" else name.lower(), "type": kind, kind: value}


_shapes: dict[str, type | tuple[type, ...]] = {
    "select": dict, "multi_select": list, "date": dict, "checkbox": bool, "number": (int, float), "people": list, "url": str,
}  # fmt: skip


def _empty(kind: str) -> Json:
    empty: Any = [] if kind in (*_texts, "multi_select", "people") else False if kind == "checkbox" else None
    return {"id": kind, "type": kind, kind: empty}


def _bare(kind: str, value: Any) -> Any:
    """The value that filters and sorts look at."""
    match kind:
        case "title" | "rich_text":
            return _plain(value)
        case "select":
            return value and value.get("name")
        case "multi_select":
            return [each["name"] for each in value]
        case "people":
            return [each["id"] for each in value]
        case "date":
            return value and value["start"]
        case _:
            return value


def _checked_blocks(children: list[Json], where: str = "body.children", depth: int = 1) -> None:
    if len(children) > 100:
        raise _invalid(f"body failed validation: {where}.length should be ≤ `100`, instead was `{len(children)}`.")
    for place, each in enumerate(children):
        kind = next((name for name in each if name not in ("object", "type")), None) if isinstance(each, dict) else None
        if kind is None or not isinstance(each[kind], dict) or each.get("type", kind) != kind:
            raise _invalid(f"body failed validation: {where}[{place}] should be a block of a known type.")
        _checked_length(each[kind].get("rich_text") or [], f"{where}[{place}].{kind}.rich_text")
        if below := each[kind].get("children"):
            if depth == 2:
                raise _invalid(f"body failed validation: {where}[{place}].{kind}.children should be not present, instead was an array.")
            _checked_blocks(below, f"{where}[{place}].{kind}.children", depth + 1)


def _checked_length(pieces: list[Json], where: str) -> None:
    for place, each in enumerate(pieces):
        if (length := len(each["text"]["content"])) > 2000:
            raise _invalid(f"body failed validation: {where}[{place}].text.content.length should be ≤ `2000`, instead was `{length}`.")


def _one(items: list[Json], wanted: str, kind: str) -> Json:
    found = next((each for each in items if each["id"] == _id(wanted)), None)
    if found is None:
        raise _not_found(wanted, kind)
    return found


def _id(given: str) -> str:
    try:
        return str(UUID(given))
    except ValueError:
        raise _invalid(f"path failed validation: path.id should be a valid uuid, instead was `{given}`.") from None


def _title(found: Json) -> str:
    if found["object"] == "data_source":
        return _plain(found["title"])
    return next((_plain(each["title"]) for each in found["properties"].values() if each["type"] == "title"), "")


def _plain(pieces: list[Json]) -> str:
    return "".join(each["plain_text"] for each in pieces)


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _short(user: Json) -> Json:
    return {"object": "user", "id": user["id"]}


def _invalid(message: str) -> Refusal:
    return Refusal(400, "validation_error", message)


def _not_found(wanted: str, kind: str) -> Refusal:
    text = f"Could not find {kind} with ID: {wanted}. Make sure the relevant pages and databases are shared with your integration."
    return Refusal(404, "object_not_found", text)


def _no(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    body = {"object": "error", "status": status, "code": code, "message": message, "request_id": "9b3a5c3e-0000-4000-8000-000000000001"}
    return JSONResponse(body, status, headers)


def _now() -> str:
    """To the minute, as Notion has it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")
