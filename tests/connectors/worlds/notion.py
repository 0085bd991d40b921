"""Notion against the document of its own MCP server, which is mended where that server knows less than the API."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts import Json
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.notion import Notion
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.notion import notion
from tenuto.core.values import JsonObject


def mended(document: Json) -> None:
    """Blocks of every kind, entries of data sources, filters and sorts by time.

    https://developers.notion.com/reference/: block, parent-object, post-page, filter-data-source-entries, sort-data-source-entries.
    """
    document.pop("security", None)  # the vault signs, after what is judged here
    schemas, paths = document["components"]["schemas"], document["paths"]
    text = {"type": "array", "items": {"$ref": "#/components/schemas/richTextRequest"}, "maxItems": 100}
    further = {"to_do": {"checked": {"type": "boolean"}}, "code": {"language": {"type": "string"}}}
    for kind in ("heading_1", "heading_2", "heading_3", "numbered_list_item", "quote", "to_do", "code"):
        inner = {
            "type": "object",
            "properties": {"rich_text": text, **further.get(kind, {})},
            "required": ["rich_text"],
            "additionalProperties": False,
        }
        block = {"type": "object", "properties": {"type": {"enum": [kind]}, kind: inner}, "required": [kind], "additionalProperties": False}
        schemas["blockObjectRequest"]["anyOf"].append(block)
    entry = {"type": "object", "properties": {"type": {"enum": ["data_source_id"]}, "data_source_id": {"type": "string", "format": "uuid"}}}
    schemas["parentRequest"]["oneOf"].append({**entry, "required": ["data_source_id"], "additionalProperties": False})
    page = paths["/v1/pages"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    page["children"]["items"] = {"$ref": "#/components/schemas/blockObjectRequest"}
    emoji = {"type": {"enum": ["emoji"]}, "emoji": {"type": "string"}}
    page["icon"] = {"type": "object", "properties": emoji, "required": ["emoji"], "additionalProperties": False}
    query = paths["/v1/data_sources/{data_source_id}/query"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    query["filter"]["additionalProperties"] = True
    schemas["sortObject"] = {
        "type": "object",
        "properties": {
            "property": {"type": "string"},
            "timestamp": {"enum": ["created_time", "last_edited_time"]},
            "direction": schemas["sortObject"]["properties"]["direction"],
        },
        "required": ["direction"],
    }


def cases(double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    double.page_max = 2
    source, home = double[Notion].source, double[Notion].home["id"]
    content = "# Plan\n## When\n### Soon\nText\n- a\n1. b\n- [x] c\n> d\n```python\ne = 1\n```"
    entry: JsonObject = {"data_source": source, "title": "Call", "properties": {"Status": "Open", "Tags": ["a"], "Due": "2026-01-31"}}
    made = yield "create_page", {**entry, "content": content, "icon": "📞", "step_property": "Notes"}
    one: JsonObject = {"id": made["id"]}
    yield "update_page", {**one, "title": "Called", "properties": {"Done": True}, "icon": "✅", "trashed": False}
    yield "get_page", one
    for name in ("b", "c"):
        double[Notion].add_page(name)
    conditions: list[Any] = [
        {"property": "Status", "value": "Open"},
        {"property": "last_edited_time", "is": "on_or_after", "value": "2026-01-01"},
    ]
    yield "query_data_source", {"data_source": source, "where": conditions, "sort_by": "Due"}
    yield "query_data_source", {"data_source": source}
    yield "get_data_source", {"id": source}
    yield "search", {"query": "a", "kind": "page"}
    yield "list_data_sources", {}
    yield "get_content", one
    yield "replace_content", {**one, "content": "New"}
    yield "append_content", {"id": home, "content": "- a\nb"}
    yield "list_blocks", {"id": home}
    yield "add_comment", {**one, "text": "Done."}
    yield "list_comments", one
    yield "list_people", {}


conformance = Conformance(
    connector=notion,
    double=Notion,
    contract=OpenApi(("notion.json",), repair=mended),
    cases=cases,
    blind={
        "append_content": "a block carries nothing of ours",
        "add_comment": "a comment carries nothing of ours",
    },
)
