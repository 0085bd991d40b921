"""What a definition uses of the world: the agents its nodes name, and the credentials that these and its integrations need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.catalog import Catalog
from tenuto.core.connecting import needs_account, signs_in
from tenuto.core.program import names_in
from tenuto.core.toolbox import tool_name
from tenuto.core.workflow import WorkflowDefinition


class Need(NamedTuple):
    """A secret that requests of a run will carry."""

    name: str
    """What it is called in a sentence."""
    integration: str
    """Whose it is, as the vault knows it: a connector's key, or `agent:<provider>`."""
    connection: str | None


def agents_named(definition: WorkflowDefinition) -> Sequence[str]:
    """The ids of agents that nodes name, each once; those that an expression gives are not among them."""
    found = (name for config in _configs(definition) for name in _texts(config, "agent", "coordinator", "agents"))
    return tuple(dict.fromkeys(found))


def credentials_used(definition: WorkflowDefinition, catalog: Catalog) -> Iterator[Need]:
    """Every need, possibly several times. A connection that an expression names is found when its node runs."""
    asked = set(agents_named(definition))
    for agent in definition.agents:
        provider = catalog.providers.get(agent.provider)
        if agent.id in asked and provider is not None and (vendor := provider.vendor(agent)) is not None:
            yield Need(vendor.name, vendor.integration, None)
        if agent.id in asked:
            yield from _of_tools(agent.tools, catalog)
    for config in _configs(definition):
        yield from _of_tools(_texts(config, "tools"), catalog)
        if isinstance(code := config.get("code"), str):
            yield from _of_code(code, catalog)
        connection = config.get("connection")
        named = connection if isinstance(connection, str) else None
        if named is None or "{{" not in named:
            for key in _texts(config, "integration"):
                yield from _of_connector(key, named, catalog)


def _of_tools(tools: Sequence[str], catalog: Catalog) -> Iterator[Need]:
    for tool in tools:
        if (of_server := tool_name(tool)) is None:
            yield from _of_connector(tool.partition(".")[0], None, catalog)
        elif (connector := catalog.connectors.get(of_server.connector)) is not None and connector.toolbox is not None:
            yield from _of_connector(connector.key, connector.toolbox.connection(of_server), catalog)


def _of_code(code: str, catalog: Catalog) -> Iterator[Need]:
    """What the actions need that a program names; a connection that it computes is found when it is asked for."""
    for module, _, connection in names_in(code).calls:
        yield from _of_connector(module, connection, catalog)


def _of_connector(key: str, connection: str | None, catalog: Catalog) -> Iterator[Need]:
    connector = catalog.connectors.get(key)
    if connector is None:
        return
    # Where one may also sign in, whoever names a connection counts on it.
    if needs_account(connector) or (connection is not None and signs_in(connector)):
        yield Need(connector.key, connector.key, connection)


def _configs(definition: WorkflowDefinition) -> Iterator[Mapping[str, JsonValue]]:
    for node in definition.nodes:
        yield from _with_bodies(node.config)


def _with_bodies(config: Mapping[str, JsonValue]) -> Iterator[Mapping[str, JsonValue]]:
    """A node's config and those of the nodes in its body."""
    yield config
    body = config.get("body")
    nodes = body.get("nodes") if isinstance(body, dict) else None
    for node in nodes if isinstance(nodes, list) else []:
        inner = node.get("config") if isinstance(node, dict) else None
        if isinstance(inner, dict):
            yield from _with_bodies(inner)


def _texts(config: Mapping[str, JsonValue], *names: str) -> Sequence[str]:
    """The texts under these names, also where they stand in a list."""
    found: list[JsonValue] = []
    for name in names:
        value = config.get(name)
        found += value if isinstance(value, list) else [value]
    return [text for text in found if isinstance(text, str)]
