"""Documents as they can be compared: each part as publishing would write it, so that a default that is spelled out is no difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import JsonValue, TypeAdapter, ValidationError

from tenuto.core.agent import Agent
from tenuto.core.trigger import Trigger
from tenuto.core.values import JsonObject
from tenuto.core.workflow import Edge, NodeSpec, Settings

_parts: Mapping[str, TypeAdapter[Any]] = {
    "nodes": TypeAdapter(NodeSpec),
    "edges": TypeAdapter(Edge),
    "agents": TypeAdapter(Agent),
    "triggers": TypeAdapter(Trigger),
}
_settings: TypeAdapter[Any] = TypeAdapter(Settings)


def comparable(document: JsonObject) -> dict[str, JsonValue]:
    """The document without what only repeats a default; a part that cannot be read stays as it is. Its layout is left alone."""
    plain: dict[str, JsonValue] = {name: value for name, value in document.items() if value not in (None, "", [], {}) or name == "nodes"}
    for name, adapter in _parts.items():
        if isinstance(items := plain.get(name), list):
            plain[name] = [_plain(adapter, item) for item in items]
    if "settings" in plain and (settings := _plain(_settings, plain["settings"])) != {}:
        plain["settings"] = settings
    else:
        plain.pop("settings", None)
    return plain


def _plain(adapter: TypeAdapter[Any], part: JsonValue) -> JsonValue:
    try:
        read = adapter.validate_python(part)
    except ValidationError:
        return part
    return cast("JsonValue", adapter.dump_python(read, mode="json", by_alias=True, exclude_defaults=True, exclude_none=True))
