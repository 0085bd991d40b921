"""How a workflow is drawn: places, notes and groups, which are kept beside what runs and never change it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints, ValidationError

from tenuto.core.errors import Issue
from tenuto.core.values import Frozen, JsonObject, pointer

PartId = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
Color = Annotated[str, StringConstraints(max_length=32, pattern=r"^[A-Za-z0-9#-]*$")]
Far = Annotated[float, Field(ge=-10_000_000, le=10_000_000)]
Size = Annotated[float, Field(gt=0, le=100_000)]


class Place(Frozen):
    """Where a card stands, in the builder's units; one in a body has the place within its frame."""

    x: Far
    y: Far
    collapsed: bool | None = Field(default=None, description="Of a map or a loop: only the card is drawn.")


class Note(Frozen):
    """A sheet on the canvas."""

    x: Far
    y: Far
    width: Size | None = None
    height: Size | None = None
    text: str = Field(default="", max_length=20_000, description="Markdown.")
    color: Color | None = None


class Group(Frozen):
    """A frame around cards; it says nothing of how they run."""

    title: str = Field(default="", max_length=200)
    nodes: tuple[PartId, ...] = Field(default=(), max_length=2_000)
    color: Color | None = None
    collapsed: bool | None = None


class Layout(Frozen):
    """The drawing. Ids of nodes in a body are written with those around them: `each/send`."""

    nodes: dict[PartId, Place] = Field(default_factory=dict, max_length=2_000)
    notes: dict[PartId, Note] = Field(default_factory=dict, max_length=500)
    groups: dict[PartId, Group] = Field(default_factory=dict, max_length=500)


def layout_issues(document: JsonObject) -> tuple[Issue, ...]:
    """What is wrong with the drawing of a document."""
    if "layout" not in document:
        return ()
    try:
        Layout.model_validate(document["layout"])
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return tuple(
            Issue(pointer=pointer("layout", *each["loc"]), code="invalid-layout", message=f"The layout: {each['msg']}.")
            for each in found[:20]
        )
    return ()


def undrawn(document: JsonObject) -> dict[str, JsonValue]:
    """The document without its drawing: what runs."""
    return {name: value for name, value in document.items() if name != "layout"}


def drawn(document: JsonObject) -> dict[str, JsonValue]:
    """The document with the places that its nodes hold moved into its layout, so that moving a card changes nothing that runs.

    A place in a node counts more than the layout's: who writes it there knows no layout. One of another shape is left as it is.
    """
    nodes, layout = document.get("nodes"), document.get("layout", {})
    placed = _places(layout)
    if not isinstance(nodes, list) or placed is None or not any(isinstance(node, dict) and "position" in node for node in nodes):
        return dict(document)
    found: dict[str, JsonValue] = {}
    bare: list[JsonValue] = []
    for node in nodes:
        if isinstance(node, dict) and "position" in node and isinstance(name := node.get("id"), str):
            if isinstance(position := node["position"], dict):
                before = placed.get(name)
                found[name] = {**(before if isinstance(before, dict) else {}), **position}
            bare.append({key: value for key, value in node.items() if key != "position"})
        else:
            bare.append(node)
    whole: dict[str, JsonValue] = {**(layout if isinstance(layout, dict) else {}), "nodes": {**placed, **found}}
    return {**document, "nodes": bare, "layout": whole}


def with_positions(document: JsonObject) -> dict[str, JsonValue]:
    """The document with the place of each node in the node too, as it is answered to clients that know no layout."""
    nodes, placed = document.get("nodes"), _places(document.get("layout", {}))
    if not isinstance(nodes, list) or not placed:
        return dict(document)

    def there(node: JsonValue) -> JsonValue:
        place = placed.get(str(node.get("id"))) if isinstance(node, dict) else None
        if not isinstance(node, dict) or not isinstance(place, dict):
            return node
        return {**node, "position": {axis: place.get(axis) for axis in ("x", "y")}}

    return {**document, "nodes": [there(node) for node in nodes]}


def _places(layout: JsonValue) -> dict[str, JsonValue] | None:
    nodes = layout.get("nodes", {}) if isinstance(layout, dict) else None
    return nodes if isinstance(nodes, dict) else None
