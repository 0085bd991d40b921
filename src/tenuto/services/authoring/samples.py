"""Values by which a draft is edited: of each node what is pinned, else its last test, else its last run, else an example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from pydantic import Field, JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.blob import plain
from tenuto.core.catalog import Catalog
from tenuto.core.documents.inputs import input_schema
from tenuto.core.documents.results import example_of, result_schema
from tenuto.core.documents.scope import Node, Scope, read_scope
from tenuto.core.documents.translate import translate
from tenuto.core.errors import Invalid
from tenuto.core.events import WorkflowStarted
from tenuto.core.language.schema import violations
from tenuto.core.values import Frozen, JsonObject, encode
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.workflows import workflow_of
from tenuto.store.authoring.last_tests import LastTests
from tenuto.store.authoring.pins import Pin, Pins
from tenuto.store.database import Database, Transaction
from tenuto.store.execution_log import Log
from tenuto.store.executions import Executions, Filters

Source: TypeAlias = Literal["pinned", "test", "run", "example"]
order: tuple[Source, ...] = ("pinned", "test", "run", "example")
"""The order of truth."""

test_trigger = "test"
"""What starts the runs that are tests of drafts."""

_runs = 10
_shown = 16 * 1024
_old = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A value of a node, and where it is from."""

    node: str
    port: str = "out"
    value: JsonValue
    source: Source
    run: str | None = None
    at: datetime | None = None
    simulated: bool = False


class SampleView(Frozen):
    """A value of a node as it is shown while its workflow is edited."""

    node: str = Field(description="Its id; in a body with those around it: `each/send`.")
    port: str
    value: JsonValue = Field(description="Cut where it is long: lists to their first items, texts to how they begin.")
    source: Source
    run: str | None = Field(description="The run that it is from.")
    at: datetime | None
    simulated: bool
    size: int = Field(description="Bytes of JSON of the whole value.")
    cut: bool = Field(description="Whether something of it is left out.")
    issues: tuple[str, ...] = Field(default=(), description="Of a pinned value: how it is not what the node answers, or that it is old.")


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of the values of a draft."""

    nodes: Mapping[str, Mapping[Source, Sample]]
    """By node, then by source."""
    begun: WorkflowStarted | None
    run: str | None
    """The run whose input and trigger are known."""
    at: datetime | None
    input: JsonValue
    schemas: Mapping[str, JsonObject]

    def best(self, node: str, among: Sequence[Source] = order) -> Sample | None:
        """The value that counts, of those sources."""
        found = self.nodes.get(node, {})
        return next((found[source] for source in among if source in found), None)


class Samples:
    """The use cases of samples."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    async def known(self, caller: Principal, id: str, document: Mapping[str, JsonValue] | None = None) -> Known:
        """Every value that is known, of the nodes of the draft or of a document that is being edited. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        caller.require(Permission.execution_read)
        async with self._database.transaction(caller.workspace) as tx:
            workflow = await workflow_of(tx, id)
            pinned, tested = await Pins(tx).of(id), await LastTests(tx).of(id)
            ran, begun, run, at = await _last_runs(tx, id)
        whole = document if document is not None else workflow.draft
        nodes = dict(nodes_of(whole))
        schemas = {key: schema for key, node in nodes.items() if (schema := result_schema(node, self._catalog)) is not None}
        found: dict[str, dict[Source, Sample]] = {}
        examples = [
            Sample(node=key, value=example_of(dict(schema)), source="example", port=_port(nodes[key])) for key, schema in schemas.items()
        ]
        tests = [
            Sample(node=each.node, port=each.port, value=each.value, source="test", at=each.at, simulated=each.simulated) for each in tested
        ]
        pins = [_of_pin(pin) for pin in pinned]
        for sample in (*examples, *sorted((*ran, *tests), key=_when), *pins):
            if sample.node in nodes:
                found.setdefault(sample.node, {})[sample.source] = sample
        given = plain(begun.input) if begun is not None else _example_input(whole)
        return Known(found, begun, run, at, given, schemas)

    async def of_node(self, caller: Principal, id: str, node: str, *, whole: bool = False) -> tuple[SampleView, ...]:
        """Every value that is known of one node, in the order of truth; `whole` leaves nothing out. Raises `NotFound`."""
        known = await self.known(caller, id)
        found, schema = known.nodes.get(node, {}), known.schemas.get(node)
        views = tuple(view(found[source], schema) for source in order if source in found)
        if not whole:
            return views
        return tuple(each.model_copy(update={"value": plain(found[each.source].value), "cut": False}) for each in views)

    async def of(self, caller: Principal, id: str) -> tuple[tuple[SampleView, ...], SampleView]:
        """The value of each node that counts, and that of the input. Raises `NotFound`."""
        known = await self.known(caller, id)
        views = tuple(view(sample, known.schemas.get(node)) for node in known.nodes if (sample := known.best(node)) is not None)
        source: Source = "run" if known.run is not None else "example"
        return views, view(Sample(node="", port="input", value=known.input, source=source, run=known.run, at=known.at))


def nodes_of(document: JsonObject) -> Iterator[tuple[str, Node]]:
    """Every node by its id, those in bodies by the ids around them too."""
    translated = translate(dict(document)).document
    if isinstance(translated, dict):
        yield from _within(read_scope(translated), "")


def view(sample: Sample, schema: JsonObject | None = None) -> SampleView:
    """A sample as it is shown."""
    value = plain(sample.value)
    size = len(encode(value, limit=2**40))
    shown = value if size <= _shown else _cut(value, 4)
    issues = misfits(sample.value, schema) if sample.source == "pinned" else ()
    if sample.source == "pinned" and sample.at is not None and datetime.now(UTC) - sample.at > _old:
        issues = (*issues, "It was pinned more than 7 days ago.")
    return SampleView(
        node=sample.node, port=sample.port, value=shown, source=sample.source, run=sample.run, at=sample.at, simulated=sample.simulated,
        size=size, cut=size > _shown, issues=issues,
    )  # fmt: skip


def misfits(value: JsonValue, schema: JsonObject | None) -> tuple[str, ...]:
    """How a value is not what a node answers; nothing where that is not known."""
    if schema is None:
        return ()
    try:
        return tuple(f"{issue.pointer or 'The value'}: {issue.message}." for issue in violations(value, schema))
    except Invalid:
        return ()  # a schema of the draft that is wrong itself, of which validation tells


def _within(scope: Scope, around: str) -> Iterator[tuple[str, Node]]:
    for node in scope.every:
        yield around + node.id, node
        if node.body:
            at, graph = node.body
            yield from _within(read_scope(graph, at, (scope, node)), f"{around}{node.id}/")


async def _last_runs(tx: Transaction, id: str) -> tuple[list[Sample], WorkflowStarted | None, str | None, datetime | None]:
    """The newest output of each node in the last runs, the newest run counting most; and how that one began."""
    page = await Executions(tx).page(Filters(workflow_id=id), limit=_runs)
    runs = [run for run in page.items if not run.imported]
    of = {run.id.id: run for run in runs}
    answers = await Log(tx).answers(list(of))
    found = [
        Sample(
            node=event.node, port=event.port, value=plain(event.output), source="test" if run.trigger == test_trigger else "run",
            run=run.public_id, at=run.finished_at or run.created_at, simulated=run.simulated,
        )
        for run, event in sorted(((of[key], event) for key, event in answers), key=lambda each: each[0].created_at)
    ]  # fmt: skip
    newest = next((run for run in runs if run.trigger != test_trigger), None)
    begun = await Log(tx).beginning(newest.id.id) if newest is not None else None
    return found, begun, newest.public_id if newest else None, newest.created_at if newest else None


def _when(sample: Sample) -> datetime:
    return sample.at or datetime.min.replace(tzinfo=UTC)


def _of_pin(pin: Pin) -> Sample:
    run = pin.source if pin.source not in ("edited", "test") else None
    return Sample(node=pin.node, port=pin.port, value=pin.value, source="pinned", run=run, at=pin.at)


def is_whole(value: JsonValue) -> bool:
    """Whether no part of a value of a run is kept beside its log."""
    match value:
        case dict():
            return "$blob" not in value and all(is_whole(item) for item in value.values())
        case list():
            return all(is_whole(item) for item in value)
        case _:
            return True


def _port(node: Node) -> str:
    return "approved" if node.type == "approval" else "out"


def _example_input(document: JsonObject) -> JsonValue:
    """An input with the fields that the draft's expressions read, as far as they can be read."""
    try:
        schema = input_schema(WorkflowDefinition.model_validate({name: part for name, part in document.items() if name != "layout"}))
    except ValueError:
        return {"message": "A message."}
    fields = schema.get("properties")
    return {name: "A message." if name == "message" else "text" for name in fields} if isinstance(fields, dict) else {}


def _cut(value: JsonValue, depth: int) -> JsonValue:
    """A value that can be shown: the first items of lists, how texts begin, and nothing below some levels."""
    match value:
        case str():
            return value if len(value) <= 500 else value[:500] + "…"
        case list():
            return [_cut(item, depth - 1) for item in value[:5]] if depth else []
        case dict():
            return {key: _cut(item, depth - 1) for key, item in list(value.items())[:50]} if depth else {}
        case _:
            return value


def shown_json(value: JsonValue, limit: int = _shown) -> tuple[JsonValue, bool]:
    """A value as it is shown, and whether something of it was left out."""
    whole = len(json.dumps(value)) <= limit
    return (value, False) if whole else (_cut(value, 4), True)
