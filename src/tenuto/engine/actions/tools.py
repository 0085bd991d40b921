"""What agents may be given as tools: the actions of connectors."""

from __future__ import annotations

from tenuto.core.agent import Tool
from tenuto.core.catalog import Catalog


def tool_of(name: str, catalog: Catalog) -> Tool:
    """A connector action (`github.list_issues`) as a tool. Raises `NotFound`."""
    connector, _, key = name.partition(".")
    action = catalog.action(connector, key)
    writes = action.effect not in ("pure", "read")
    return Tool(name=name, description=action.doc, parameters=action.params.model_json_schema(), writes=writes)
