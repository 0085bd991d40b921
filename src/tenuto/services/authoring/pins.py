"""Pinned values: what tests of a draft use instead of what a node would answer, and no run reads."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.catalog import Catalog
from tenuto.core.documents.results import result_schema
from tenuto.core.documents.scope import Node
from tenuto.core.errors import Conflict, Invalid, NotFound
from tenuto.services.authoring.samples import Sample, SampleView, nodes_of, view
from tenuto.services.executions.keys import text_id
from tenuto.services.workflows import workflow_of
from tenuto.store.authoring.pins import Pin, Pins, most_pins
from tenuto.store.database import Database, Transaction


class Pinning:
    """The use cases of pins."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    async def list(self, caller: Principal, id: str) -> tuple[SampleView, ...]:
        """The pinned values, each with how it is not what its node answers. Raises `NotFound`."""
        caller.require(Permission.workflow_read)
        async with self._database.transaction(caller.workspace) as tx:
            nodes = dict(nodes_of((await workflow_of(tx, id)).draft))
            return tuple(self._view(pin, nodes) for pin in await Pins(tx).of(id))

    async def put(self, caller: Principal, id: str, node: str, port: str, value: JsonValue, *, source: str) -> SampleView:
        """Pin a value; the ways in which it is not what the node answers are told, and refuse nothing.

        Raises `NotFound`, `Invalid` for a port that the node has not, `TooLarge`, and `Conflict` for more than 500.
        """
        caller.require(Permission.workflow_write)
        text_id(source, "source")
        async with self._database.transaction(caller.workspace) as tx:
            nodes = dict(nodes_of((await workflow_of(tx, id, lock=True)).draft))
            if node not in nodes or "\0" in node:
                raise NotFound(f'The draft has no node "{node[:128]}".', pointer="/node")
            if port not in self._ports(nodes[node]):
                raise Invalid(
                    f'"{node[:128]}" has no port "{port[:64]}".', pointer="/port", fix=f"Its ports: {', '.join(self._ports(nodes[node]))}."
                )
            before = await Pins(tx).of(id)
            if len(before) >= most_pins and all((pin.node, pin.port) != (node, port) for pin in before):
                raise Conflict(f"A workflow has at most {most_pins} pinned values.", fix="Take some away.")
            await Pins(tx).put(id, node, port, value, source=source, by=caller.label)
            return self._view(await _pin(tx, id, node, port), nodes)

    async def remove(self, caller: Principal, id: str, node: str, port: str) -> None:
        """Take a pinned value away. Raises `NotFound`."""
        caller.require(Permission.workflow_write)
        async with self._database.transaction(caller.workspace) as tx:
            await workflow_of(tx, id)
            if "\0" in node + port or not await Pins(tx).remove(id, node, port):
                raise NotFound(f'Nothing is pinned to "{node[:128]}", port "{port[:64]}".')

    def _ports(self, node: Node) -> tuple[str, ...]:
        kind = self._catalog.kinds.get(node.type)
        own = tuple(kind.ports_of(node.config)) if kind is not None else ("out",)
        return (*own, "error") if node.raw.get("on_error") == "port" else own

    def _view(self, pin: Pin, nodes: Mapping[str, Node]) -> SampleView:
        run = pin.source if pin.source not in ("edited", "test") else None
        sample = Sample(node=pin.node, port=pin.port, value=pin.value, source="pinned", run=run, at=pin.at)
        node = nodes.get(pin.node)
        if node is None:
            found = view(sample)
            return found.model_copy(update={"issues": (*found.issues, "The draft has no such node any more.")})
        return view(sample, result_schema(node, self._catalog))


async def _pin(tx: Transaction, id: str, node: str, port: str) -> Pin:
    return next(pin for pin in await Pins(tx).of(id) if (pin.node, pin.port) == (node, port))
