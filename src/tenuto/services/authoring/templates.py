"""The gallery: whole workflows that come with the product, each a file, with inputs to try it on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from pydantic import Field, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.catalog import Catalog
from tenuto.core.documents.reader import read_document
from tenuto.core.documents.validation import validate
from tenuto.core.errors import NotFound
from tenuto.core.values import Frozen, decode
from tenuto.core.workflow import WorkflowDefinition


class TemplateInput(Frozen):
    """Something to try a template on."""

    title: str
    input: dict[str, JsonValue]


class Application(Frozen):
    """What a template works with."""

    key: str
    name: str


class PictureNode(Frozen):
    """A step in the picture of a graph."""

    id: str
    name: str
    type: str
    application: str | None = Field(description="The connector it calls; null where it calls none.")
    x: float
    y: float


class PictureEdge(Frozen):
    """A way between two steps."""

    source: str
    target: str


class Picture(Frozen):
    """What is needed to draw a graph in small. A step is 240 wide and 80 high."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]


class TemplateSummary(Frozen):
    """A template as the gallery shows it."""

    id: str
    title: str
    description: str
    applications: tuple[Application, ...] = Field(description="The connectors that its steps, and its agents' tools, call.")
    kinds: tuple[str, ...] = Field(description="Kinds of its steps.")
    triggers: tuple[str, ...] = Field(description="What starts it beside a person: webhook, schedule, poll.")
    tags: tuple[str, ...]
    agents: int
    inputs: tuple[TemplateInput, ...]
    graph: Picture


class Template(Frozen):
    """A template whole."""

    summary: TemplateSummary
    definition: dict[str, JsonValue]


class Templates:
    """The use cases of the gallery."""

    def __init__(self, folder: Path | None, catalog: Catalog) -> None:
        """`folder` holds a YAML file for each template, and `inputs.json`: their order, and example inputs of each.

        Those without a title are shown to nobody: tests try with them what only another person's decision leads to.
        """
        self._folder = folder
        self._catalog = catalog
        self._read: asyncio.Task[Mapping[str, Template]] | None = None

    async def list(self, caller: Principal) -> tuple[TemplateSummary, ...]:
        """All of them, in the order of the gallery."""
        caller.require(Permission.workflow_read)
        return tuple(template.summary for template in (await self._all()).values())

    async def get(self, caller: Principal, id: str) -> Template:
        """One of them, with its definition. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        found = (await self._all()).get(id)
        if found is None:
            raise NotFound(f'There is no template "{id[:128]}".', fix="GET /api/templates lists all of them.")
        return found

    async def _all(self) -> Mapping[str, Template]:
        """Read once, when somebody first looks: parsing takes longer than a request should hold up the others."""
        if self._read is None or (self._read.done() and (self._read.cancelled() or self._read.exception() is not None)):
            self._read = asyncio.create_task(asyncio.to_thread(_templates, self._folder, self._catalog), name="templates")
        return await asyncio.shield(self._read)


def _templates(folder: Path | None, catalog: Catalog) -> Mapping[str, Template]:
    if folder is None:
        return {}
    given = cast("dict[str, list[dict[str, JsonValue]]]", decode((folder / "inputs.json").read_text()))
    return {key: _template(key, _definition(folder / f"{key}.yaml", catalog), inputs, catalog) for key, inputs in given.items()}


def _definition(path: Path, catalog: Catalog) -> WorkflowDefinition:
    return validate(read_document(path.read_bytes(), "yaml"), catalog).require()


def _template(id: str, definition: WorkflowDefinition, inputs: list[dict[str, JsonValue]], catalog: Catalog) -> Template:
    summary = TemplateSummary(
        id=id,
        title=definition.name,
        description=definition.description,
        applications=tuple(Application(key=key, name=catalog.connectors[key].name) for key in sorted(_applications(definition))),
        kinds=tuple(sorted({node.type for node in definition.nodes})),
        triggers=tuple(sorted({trigger.type for trigger in definition.triggers})),
        tags=tuple(tag for tag in definition.settings.tags if tag != "example"),
        agents=len(definition.agents),
        inputs=tuple(
            TemplateInput(title=str(each["title"]), input=cast("dict[str, JsonValue]", each["input"])) for each in inputs if "title" in each
        ),
        graph=_picture(definition),
    )
    return Template(summary=summary, definition=definition.document)


def _picture(definition: WorkflowDefinition) -> Picture:
    nodes = [
        PictureNode(
            id=node.id,
            name=node.name or node.id,
            type=node.type,
            application=application if isinstance(application := node.config.get("integration"), str) else None,
            x=node.position.x if node.position else 0,
            y=node.position.y if node.position else 0,
        )
        for node in definition.nodes
    ]
    return Picture(nodes=tuple(nodes), edges=tuple(PictureEdge(source=edge.source, target=edge.target) for edge in definition.edges))


def _applications(definition: WorkflowDefinition) -> set[str]:
    """What its steps call, in bodies as well, and what its agents may."""
    called = {name for node in definition.nodes for name in _called(node.config)}
    return called | {tool.partition(".")[0] for agent in definition.agents for tool in agent.tools if ":" not in tool}


def _called(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        config = cast("Mapping[str, object]", value)
        if isinstance(name := config.get("integration"), str) and "action" in config:
            yield name
        for part in config.values():
            yield from _called(part)
    elif isinstance(value, list | tuple):
        for part in cast("tuple[object, ...]", value):
            yield from _called(part)
