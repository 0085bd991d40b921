"""Notion's API: pages with properties and content, data sources, search, comments.

https://developers.notion.com/reference; version 2025-09-03, whose databases have data sources, and 2026-03-11 for Markdown.
"""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.notion.answers import (
    Appended,
    Block,
    Blocks,
    Content,
    DataSource,
    Item,
    Items,
    Page,
    Pages,
    People,
    Person,
    Remark,
    Remarks,
    Typed,
)
from tenuto.connectors.notion.blocks import blocks, rich
from tenuto.connectors.notion.service import Some, listed, markdown, notion
from tenuto.connectors.notion.shapes import (
    Below,
    Changes,
    Comment,
    Limited,
    Listing,
    NewPage,
    One,
    Search,
    Source,
    Text,
    Words,
)
from tenuto.connectors.notion.values import Types, properties
from tenuto.core.connector import Answer, Calls, Params, Request, mark
from tenuto.core.errors import Invalid, Uncertain


async def _types(calls: Calls, data_source: str) -> Types:
    path = "/v1/data_sources/{data_source}"
    return (await calls.send(Request(result=DataSource, method="GET", path=path, fill={"data_source": data_source}))).types


def _titled(title: str, types: Types) -> dict[str, JsonValue]:
    name = next((name for name, kind in types.items() if kind == "title"), "title")
    return {name: {"title": rich(title)}}


def _marking(params: NewPage, types: Types) -> str | None:
    """The property that takes the step's mark."""
    if params.step_property is not None and types.get(params.step_property) != "rich_text":
        raise Invalid(f'"{params.step_property}" is no text property of the data source.', pointer="/step_property", fix="Add one to it.")
    return params.step_property


async def _made(calls: Calls, params: NewPage, key: str) -> Page | None:
    """By the mark in its property, which a query finds at once; the search would be late."""
    if params.step_property is None:
        raise Uncertain("Whether the page was created cannot be found out.", fix="Look it up in Notion; with `step_property` it could be.")
    body: JsonValue = {"filter": {"property": params.step_property, "rich_text": {"equals": mark(key)}}}
    found = await listed(calls, Page, 1, "/v1/data_sources/{data_source}/query", body=body)
    return found[0] if found else None


@notion.action(effect="write", verify=_made)
async def create_page(calls: Calls, params: NewPage) -> Page:
    """Create a page: an entry of a data source, or a page below another one."""
    body: dict[str, JsonValue] = {}
    if params.data_source:
        types = await _types(calls, params.data_source)
        given = properties(params.properties, types) | (_titled(params.title, types) if params.title else {})
        if name := _marking(params, types):
            given[name] = {"rich_text": rich(mark(calls.key))}
        body |= {"parent": {"type": "data_source_id", "data_source_id": params.data_source}, "properties": given}
    else:
        body |= {"parent": {"page_id": params.parent_page}, "properties": _titled(params.title, {})}
    if params.content:
        body["children"] = blocks(params.content, "/content")
    if params.icon:
        body["icon"] = {"type": "emoji", "emoji": params.icon}
    return await calls.send(Request(result=Page, method="POST", path="/v1/pages", json=body))


@notion.action(effect="idempotent_write")
async def update_page(calls: Calls, params: Changes) -> Page:
    """Change the title, the properties or the icon of a page, or put it into the trash."""
    body: dict[str, JsonValue] = {}
    if params.title is not None or params.properties:
        types = (await calls.send(Request(result=Typed, method="GET", path="/v1/pages/{id}"))).types
        title = _titled(params.title, types) if params.title is not None else {}
        body["properties"] = properties(params.properties, types) | title
    if params.icon:
        body["icon"] = {"emoji": params.icon}
    if params.trashed is not None:
        body["in_trash"] = params.trashed
    return await calls.send(Request(result=Page, method="PATCH", path="/v1/pages/{id}", json=body))


@notion.action(effect="read")
def get_page(params: One) -> Request[Page]:
    """Read a page's title and properties."""
    del params  # the path is filled from them
    return Request(result=Page, method="GET", path="/v1/pages/{id}")


@notion.action(effect="read")
async def query_data_source(calls: Calls, params: Listing) -> Pages:
    """List the entries of a data source that fit conditions, the one that changed last first."""
    body: dict[str, JsonValue] = {"sorts": params.sorts}
    if params.where:
        timed = all(each.timestamp for each in params.where)
        types: Types = {} if timed else await _types(calls, params.data_source)
        conditions: list[JsonValue] = []
        for number, each in enumerate(params.where):
            if not each.timestamp and each.property_name not in types:
                raise Invalid(
                    f'There is no property "{each.property_name}".', pointer=f"/where/{number}", fix=f"It has {', '.join(types)}."
                )
            conditions.append(each.sent(each.property_name if each.timestamp else types[each.property_name]))
        body["filter"] = {"and": conditions}
    found = await listed(calls, Page, params.limit, "/v1/data_sources/{data_source}/query", body=body)
    return Pages(pages=found, total=len(found))


@notion.action(effect="read")
def get_data_source(params: Source) -> Request[DataSource]:
    """Describe a data source: the properties of its entries."""
    del params  # the path is filled from them
    return Request(result=DataSource, method="GET", path="/v1/data_sources/{id}")


async def _searched(calls: Calls, params: Words, kind: str | None) -> Items:
    body: dict[str, JsonValue] = {"sort": {"direction": "descending", "timestamp": "last_edited_time"}}
    if params.query:
        body["query"] = params.query
    if kind:
        body["filter"] = {"property": "object", "value": kind}
    found = await listed(calls, Item, params.limit, "/v1/search", body=body)
    return Items(items=found, total=len(found))


@notion.action(effect="read")
async def search(calls: Calls, params: Search) -> Items:
    """Search pages and data sources by their titles. What was created seconds ago may not be found yet."""
    return await _searched(calls, params, params.kind)


@notion.action(effect="read")
async def list_data_sources(calls: Calls, params: Words) -> Items:
    """List the data sources (the tables of databases) that the integration may see."""
    return await _searched(calls, params, "data_source")


@notion.action(effect="read")
def get_content(params: One) -> Request[Content]:
    """Read a page's content in Markdown."""
    del params  # the path is filled from them
    return Request(result=Content, method="GET", path="/v1/pages/{id}/markdown", headers=markdown)


@notion.action(effect="idempotent_write")
def replace_content(params: Text) -> Request[Content]:
    """Replace a page's content by Markdown; what stands below it as pages of their own stays."""
    body: JsonValue = {"type": "replace_content", "replace_content": {"new_str": params.content}}
    return Request(result=Content, method="PATCH", path="/v1/pages/{id}/markdown", headers=markdown, json=body)


# Without `verify`: a block carries nothing of ours, and the same words may have been appended by another run.
@notion.action(effect="write")
def append_content(params: Text) -> Request[Appended]:
    """Append text to a page."""
    body: JsonValue = {"children": blocks(params.content, "/content")}
    return Request(result=Appended, method="PATCH", path="/v1/blocks/{id}/children", json=body, read=_appended)


def _appended(answer: Answer, params: Params) -> Appended:
    del params
    made = Some[Block].model_validate(answer.json).results
    return Appended(block_ids=tuple(each.id for each in made), total=len(made))


@notion.action(effect="read")
async def list_blocks(calls: Calls, params: Below) -> Blocks:
    """List what stands on a page, or below a block."""
    found = await listed(calls, Block, params.limit, "/v1/blocks/{id}/children")
    return Blocks(blocks=found, total=len(found))


# Without `verify`, as above.
@notion.action(effect="write")
def add_comment(params: Comment) -> Request[Remark]:
    """Comment on a page."""
    body: JsonValue = {"parent": {"page_id": params.id}, "rich_text": rich(params.text)}
    return Request(result=Remark, method="POST", path="/v1/comments", json=body)


@notion.action(effect="read")
async def list_comments(calls: Calls, params: Below) -> Remarks:
    """List the comments on a page."""
    found = await listed(calls, Remark, params.limit, "/v1/comments", query={"block_id": params.id})
    return Remarks(comments=found, total=len(found))


@notion.action(effect="read")
async def list_people(calls: Calls, params: Limited) -> People:
    """List the people of the workspace, and its bots."""
    found = await listed(calls, Person, params.limit, "/v1/users")
    return People(people=found, total=len(found))
