"""The tools that a caller is offered: `run_<id>` for each published workflow, `<connector>__<action>` for each action, and `get_run`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias, cast

from pydantic import BaseModel, JsonValue

from tenuto.core.access import Permission
from tenuto.core.catalog import Catalog
from tenuto.core.connector import Action, Connector
from tenuto.core.errors import Malformed, NotFound
from tenuto.mcp.visits import Visit, workflows
from tenuto.services.offers import Offer, Offers

get_run = "get_run"
_page = 100
_fitting = re.compile(r"[A-Za-z0-9_-]{1,60}")
_prefix = "run_"

_run_result: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "execution_id": {"type": "string", "description": f"The run; {get_run} tells what becomes of it."},
        "status": {"type": "string", "description": "`completed`, or `waiting`, `running` and others where it goes on."},
        "output": {"description": "What the run came to, once it is completed."},
        "simulated": {"type": "boolean", "description": "Whether nothing real happened outside."},
        "waits_for": {"type": "array", "items": {"type": "string"}, "description": "What has to be done before it goes on."},
    },
    "required": ["execution_id", "status"],
}


Tool: TypeAlias = dict[str, JsonValue]
"""A tool as it is sent."""


class Called(NamedTuple):
    """Which action a tool's name means."""

    connector: str
    action: Action


class Tools:
    """Everything that could be offered; what is, depends on the visit."""

    def __init__(self, catalog: Catalog, offers: Offers) -> None:
        self._catalog = catalog
        self._offers = offers

    async def page(self, visit: Visit, cursor: str | None) -> tuple[list[Tool], str | None]:
        """Some tools, and where to go on: workflows first. Raises `Malformed` for a cursor that is none of ours."""
        kind, _, place = (cursor or "w").partition(":")
        found: list[Tool] = []
        if kind == "w" and visit.offers(workflows):
            if not place and visit.caller.may(Permission.execution_read):
                found.append(_get_run)
            if visit.caller.may(Permission.execution_start):
                page = await self._offers.page(visit.caller, limit=_page, cursor=place or None)
                found += [_workflow(offer) for offer in page.items]
                if page.next:
                    return found, f"w:{page.next}"
        if kind not in ("w", "a") or (kind == "a" and not (place.isascii() and place.isdigit() and len(place) < 7)):
            raise Malformed("This cursor is none of ours.", pointer="/cursor", fix="List from the beginning.")
        begin = int(place) if kind == "a" else 0
        actions = (
            [tool for key, tool in self._actions.values() if visit.offers(key)] if visit.caller.may(Permission.integration_call) else []
        )
        rest = f"a:{begin + _page}" if len(actions) > begin + _page else None
        return [*found, *actions[begin : begin + _page]], rest

    def action(self, visit: Visit, name: str) -> Called | None:
        """The action that a name means, if there is one and this visit is offered it."""
        found = self._actions.get(name)
        if found is None or not visit.offers(found[0]) or not visit.caller.may(Permission.integration_call):
            return None
        return Called(found[0], self._catalog.action(found[0], name.removeprefix(f"{found[0]}__")))

    async def workflow(self, visit: Visit, name: str) -> Offer | None:
        """The published workflow that a name means."""
        if not name.startswith(_prefix) or not visit.offers(workflows) or not visit.caller.may(Permission.execution_start):
            return None
        try:
            return await self._offers.one(visit.caller, name.removeprefix(_prefix))
        except NotFound:
            return await self._renamed(visit, name)

    async def _renamed(self, visit: Visit, name: str) -> Offer | None:
        """One whose id is no name of a tool: it is looked for among all."""
        if not _marked.fullmatch(name):
            return None
        cursor: str | None = None
        while True:
            page = await self._offers.page(visit.caller, limit=200, cursor=cursor)
            for offer in page.items:
                if name_of(offer.id) == name:
                    return offer
            if (cursor := page.next) is None:
                return None

    @cached_property
    def _actions(self) -> Mapping[str, tuple[str, Tool]]:
        return {
            f"{connector.key}__{action.key}": (connector.key, _action(connector, action))
            for connector in self._catalog.connectors.values()
            for action in connector.actions.values()
        }


_marked = re.compile(r"run_[A-Za-z0-9_-]{0,40}_[0-9a-f]{12}")


def name_of(id: str) -> str:
    """A workflow's name as a tool: at most 64 of the characters that every model takes, and another one for every id."""
    if _fitting.fullmatch(id):
        return _prefix + id
    slug = re.sub(r"[^A-Za-z0-9]+", "_", id).strip("_")[:40]
    return f"{_prefix}{slug}_{hashlib.sha256(id.encode()).hexdigest()[:12]}"


schema_of_get_run: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "execution_id": {"type": "string", "description": "As the tool that started it has told."},
        "wait": {"type": "number", "minimum": 0, "maximum": 300, "description": "Seconds to wait for its end; 0 by default."},
    },
    "required": ["execution_id"],
    "additionalProperties": False,
}

_get_run: Tool = {
    "name": get_run,
    "title": "Look at a run",
    "description": "What became of a run of a workflow: its status and, once it is completed, its output. Waits a while for its end.",
    "inputSchema": schema_of_get_run,
    "outputSchema": _run_result,
    "annotations": {"readOnlyHint": True, "openWorldHint": False},
}


def _workflow(offer: Offer) -> Tool:
    doc = offer.description.strip() or f"Run the workflow {offer.name}."
    return {
        "name": name_of(offer.id),
        "title": offer.name,
        "description": f"{doc} (A workflow: it may take long or wait for people, and then answers with the id of its run.)",
        "inputSchema": offer.input,
        "outputSchema": _run_result,
        "annotations": {"readOnlyHint": False},
    }


def _action(connector: Connector, action: Action) -> Tool:
    reads = action.effect in ("pure", "read")
    hints: dict[str, JsonValue] = {"readOnlyHint": reads, "openWorldHint": True}
    if not reads:
        hints["idempotentHint"] = action.effect == "idempotent_write"
    tool: Tool = {
        "name": f"{connector.key}__{action.key}",
        "title": f"{connector.name}: {action.key.replace('_', ' ')}",
        "description": f"{connector.name}: {action.doc}",
        "inputSchema": _schema(action.params),
        "annotations": hints,
    }
    result = _schema(action.result, "serialization")
    if result.get("type") == "object":
        tool["outputSchema"] = result
    return tool


def _schema(model: type[BaseModel], mode: Literal["validation", "serialization"] = "validation") -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", model.model_json_schema(by_alias=True, mode=mode))
