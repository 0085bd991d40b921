"""Values by which a draft is edited: samples, pinned values, and previews of expressions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field, JsonValue

from tenuto.api.bodies import definition_limit
from tenuto.api.fields import Ask, Done, Said, Word
from tenuto.api.routing import Caller, Permission, Provided, Router
from tenuto.core.errors import Malformed
from tenuto.services.authoring.previews import Asked, Preview
from tenuto.services.authoring.samples import SampleView, Source, order

router = Router("/api/workflows/{id:path}", tag="Drafts")

_room = 64 * 1024
_pin_room = 2 * 1024 * 1024
Node = Annotated[str, Path(min_length=1, max_length=300, description="The node's id; in a body with those around it: `each/send`.")]
Port = Annotated[str, Path(min_length=1, max_length=128)]


class SamplesAnswer(Done):
    """The value of each node that counts: pinned, else of its last test, else of its last run, else an example."""

    samples: tuple[SampleView, ...]
    input: SampleView


class NodeSamplesAnswer(Done):
    """Every value that is known of a node, the one that counts first."""

    samples: tuple[SampleView, ...]


class PinsAnswer(Done):
    """Every pinned value."""

    pins: tuple[SampleView, ...]


class PinAnswer(Done):
    """A value that was pinned."""

    pin: SampleView


class PinBody(Ask):
    """What is pinned."""

    value: JsonValue
    source: Word = Field(default="edited", description="The id of the run that it is from, `test`, or `edited`.")


class PreviewBody(Ask):
    """An expression, or a text with expressions, and where it stands."""

    expression: str | None = Field(default=None, max_length=100_000, description="Without braces: `nodes.classify.output.urgency + 1`.")
    template: str | None = Field(
        default=None, max_length=100_000, description="With braces: `Urgency {{ nodes.classify.output.urgency }}`."
    )
    node: str | None = Field(default=None, max_length=300, description="The node in whose config it stands.")
    sources: tuple[Source, ...] = Field(
        default=order, min_length=1, max_length=4, description="Values of other nodes are taken from the first that has one."
    )
    workflow: dict[str, JsonValue] | None = Field(default=None, description="A document that is being edited, instead of the stored draft.")


class PreviewAnswer(Done):
    """What it gives: `success` says that it was tried."""

    preview: Preview


@router.get("/samples", permission=Permission.workflow_read)
async def get_samples(id: str, caller: Caller, services: Provided) -> SamplesAnswer:
    """A value of each node, as far as one is known before it runs, with where it is from."""
    samples, given = await services.editing.samples.of(caller, id)
    return SamplesAnswer(samples=samples, input=given)


@router.get("/samples/{node:path}", permission=Permission.workflow_read)
async def get_node_samples(
    id: str, node: Node, caller: Caller, services: Provided, whole: Annotated[bool, Query(description="Leave nothing out.")] = False
) -> NodeSamplesAnswer:
    """Every value that is known of one node: pinned, of its last test, of its last run, an example."""
    return NodeSamplesAnswer(samples=await services.editing.samples.of_node(caller, id, node, whole=whole))


@router.post("/preview", permission=Permission.execution_start, limit=definition_limit + 4 * _room)
async def preview_expression(id: str, body: PreviewBody, caller: Caller, services: Provided) -> PreviewAnswer:
    """What an expression would give on values that are known, or where the mistake is. Evaluated in the sandbox, recorded nowhere."""
    if (body.expression is None) == (body.template is None):
        raise Malformed("Either expression or template is needed.", fix="Send exactly one of them.")
    template = body.template if body.template is not None else "{{" + (body.expression or "") + "}}"
    asked = Asked(template=template, node=body.node, sources=body.sources, begin=0 if body.template is not None else 2)
    return PreviewAnswer(preview=await services.editing.previews.of(caller, id, asked, body.workflow))


@router.get("/pins", permission=Permission.workflow_read)
async def list_pins(id: str, caller: Caller, services: Provided) -> PinsAnswer:
    """Every pinned value of the draft."""
    return PinsAnswer(pins=await services.editing.pins.list(caller, id))


@router.put("/pins/{node:path}/{port}", permission=Permission.workflow_write, limit=_pin_room)
async def pin(*, id: str, node: Node, port: Port, body: PinBody, caller: Caller, services: Provided) -> PinAnswer:
    """Pin a value to a port: tests of the draft use it. No version holds it and no run of a published workflow reads it."""
    return PinAnswer(pin=await services.editing.pins.put(caller, id, node, port, body.value, source=body.source))


@router.delete("/pins/{node:path}/{port}", permission=Permission.workflow_write)
async def unpin(id: str, node: Node, port: Port, caller: Caller, services: Provided) -> Said:
    """Take a pinned value away."""
    await services.editing.pins.remove(caller, id, node, port)
    return Said(message="Nothing is pinned there any more.")
