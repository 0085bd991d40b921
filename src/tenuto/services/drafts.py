"""What a draft may be: a document of any accepted shape becomes one of today's, stored also where its parts are still wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from pydantic import JsonValue, ValidationError

from tenuto.core.catalog import Catalog
from tenuto.core.documents.kept import without_stale
from tenuto.core.documents.translate import translate
from tenuto.core.documents.validation import validate
from tenuto.core.errors import Conflict, Invalid, InvalidDefinition, Issue, Malformed
from tenuto.core.layout import drawn, undrawn
from tenuto.core.values import JsonObject
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.programs import Checker, with_programs

required = ("name", "nodes", "startNode")
_stamps = ("created", "updated")
_unreadable = {"not-an-object", "too-deep", "too-large", "not-json", "too-many-nodes"}


async def draft_of(
    document: Mapping[str, JsonValue], catalog: Catalog, agents: Collection[str], checker: Checker | None = None
) -> tuple[WorkflowDefinition, tuple[Issue, ...]]:
    """The draft and everything that keeps it from being published.

    Raises `Malformed` where a required field is missing, and `InvalidDefinition` where the parts do not even have the shape of
    a workflow; a wrong parameter, a missing edge or an unknown agent is an issue of a draft and no refusal.
    """
    missing = [name for name in required if document.get(name) in (None, "")]
    if missing:
        raise Malformed(f"A workflow needs {' and '.join(missing)}.", pointer=f"/{missing[0]}", fix=f"Send {', '.join(required)}.")
    given = dict(document)
    report = validate(given, catalog, agents=agents)
    definition = report.definition
    if definition is None:
        if any(issue.code in _unreadable for issue in report.errors):
            report.require()
        translated = translate(given)
        if wrong := tuple(issue for issue in translated.issues if issue.severity == "error"):
            raise InvalidDefinition(wrong[0].message, fix=wrong[0].fix, pointer=wrong[0].pointer, issues=wrong)
        try:
            definition = WorkflowDefinition.model_validate(undrawn(cast("JsonObject", translated.document)))
        except ValidationError:
            definition = report.require()
    return _storable(definition), (await with_programs(report, checker)).issues


def with_drawing(definition: WorkflowDefinition, document: JsonObject) -> dict[str, JsonValue]:
    """A definition as it is stored as a draft: with the layout of the document that it was made of."""
    layout = drawn(document).get("layout")
    nodes: list[JsonValue] = [
        {name: value for name, value in node.items() if name != "position"} for node in _objects(definition.document["nodes"])
    ]
    return {**definition.document, "nodes": nodes, **({"layout": layout} if layout else {})}


def changed(stored: JsonObject, changes: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The stored draft with some of its fields replaced; null leaves a field as it is.

    Nodes that come without edges, as older clients send them, keep the edges between those that are still there.
    """
    given = {name: value for name, value in changes.items() if value is not None and name not in _stamps}
    merged = {**stored, **given}
    if "nodes" in given and "edges" not in given:
        names = _ids(given["nodes"])
        edges = [edge for edge in _objects(merged.get("edges")) if edge.get("from") in names and edge.get("to") in names]
        merged["edges"] = cast("list[JsonValue]", edges)
    elif "nodes" in given:
        merged = without_stale(merged, stored)
    return merged


def check_revision(current: int, expected: int | None) -> None:
    """Raises `Conflict` where somebody else changed the draft since it was read."""
    if expected is not None and expected != current:
        raise Conflict(
            f"The workflow was changed in the meantime: it is at revision {current}, and this change was made to revision {expected}.",
            fix="Read it again and repeat the change; nothing was overwritten.",
        )


def _storable(definition: WorkflowDefinition) -> WorkflowDefinition:
    for name, text in (("id", definition.id or ""), ("name", definition.name), ("description", definition.description)):
        if "\0" in text:
            raise Invalid(f"The {name} of a workflow holds no NUL character.", pointer=f"/{name}")
    return definition


def _ids(nodes: JsonValue) -> set[JsonValue]:
    return {name for node in _objects(nodes) if isinstance(name := node.get("id"), str)}


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
