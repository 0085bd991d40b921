"""What can be wrong with the tools that agents are given, and with those that a person has to approve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.catalog import Catalog
from tenuto.core.connection import Connection
from tenuto.core.consent import every_write
from tenuto.core.documents.scope import known
from tenuto.core.toolbox import tool_name, within
from tenuto.core.values import JsonObject


class Wrong(NamedTuple):
    """An issue before its place is known."""

    part: str
    code: str
    message: str
    fix: str | None
    severity: str = "error"


def tool_issues(holder: JsonObject, catalog: Catalog, connections: Sequence[Connection] | None = None) -> Iterator[Wrong]:
    """Tools that do not exist, of an agent or a node's config, and names in `approve` that guard nothing.

    That there is no such connection is a warning: a workflow may be written before its accounts are connected.
    """
    tools = holder.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else []):
        if wrong := tool_issue(tool, catalog):
            yield Wrong(f"/tools/{index}", "unknown-tool", *wrong)
        elif unknown := _unconnected(tool, catalog, connections):
            yield Wrong(f"/tools/{index}", "unknown-connection", *unknown, "warning")
    yield from _approve_issues(holder, catalog)


def tool_issue(tool: JsonValue, catalog: Catalog) -> tuple[str, str] | None:
    """(sentence, fix) if a tool of an agent does not exist; None if it does or only a run can tell, as of a server's own tools."""
    if not isinstance(tool, str) or "{{" in tool:
        return None
    if ":" in tool:
        return _of_server(tool, catalog)
    connector, _, action = tool.partition(".")
    if connector not in catalog.connectors:
        return f'The tool "{tool}" belongs to no integration.', known(catalog.connectors, connector)
    actions = catalog.connectors[connector].actions
    return None if action in actions else (f'{connector} has no action "{action}".', known(actions, action))


def _approve_issues(holder: JsonObject, catalog: Catalog) -> Iterator[Wrong]:
    """An unknown name is an error, because the tool that was meant would be used unasked; one of another tool is a warning."""
    approve, tools = holder.get("approve"), _texts(holder.get("tools"))
    for index, name in enumerate(approve if isinstance(approve, list) else []):
        if not isinstance(name, str) or "{{" in name or name == every_write or within([name], tools):
            continue
        at, near = f"/approve/{index}", get_close_matches(name, tools, n=1, cutoff=0.5)
        mean = f'Did you mean "{near[0]}"?' if near else None
        if wrong := tool_issue(name, catalog):
            yield Wrong(at, "unknown-tool", wrong[0], mean or wrong[1])
        elif tools:
            yield Wrong(at, "unused-approval", f'"{name}" is to be approved, and is none of the tools here.', mean or _unused, "warning")


def _of_server(tool: str, catalog: Catalog) -> tuple[str, str] | None:
    boxes = {key: connector for key, connector in catalog.connectors.items() if connector.toolbox is not None}
    found = tool_name(tool)
    if found is None:
        return f'The tool "{tool}" cannot be read.', "Write a connection and a tool of its server, like mcp:docs/search, or mcp:docs/*."
    if found.connector not in boxes:
        return f"{found.connector} has no servers with tools of their own.", known(boxes, found.connector)
    return None


def _unconnected(tool: JsonValue, catalog: Catalog, connections: Sequence[Connection] | None) -> tuple[str, str] | None:
    found = tool_name(tool) if isinstance(tool, str) and "{{" not in tool else None
    if found is None or connections is None:
        return None
    box = catalog.connectors[found.connector].toolbox
    names = {name: one for one in connections if one.integration == found.connector for name in (one.name, str(one.id))}
    if box is None or box.connection(found) is None or found.place in names:
        return None
    return f'There is no {catalog.connectors[found.connector].name} connection "{found.place}".', known(names, found.place)


_unused = "Give it as a tool as well, or leave it out."


def _texts(value: JsonValue) -> Sequence[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
