"""A definition made ready to be run many times: its graph, and its nodes' configs with their expressions parsed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from tenuto.core.graph import compile_graph
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.children.body import Body, body_of
from tenuto.engine.expressions.resolve import Resolvable, compile_value

_kept = 512


class Plan:
    """Shared by all runs of one version."""

    def __init__(self, definition: WorkflowDefinition) -> None:
        """`definition` is valid."""
        self.definition = definition
        self.graph = compile_graph(definition)
        self._configs: dict[str, Resolvable] = {}
        self._bodies: dict[str, Body] = {}
        self.callable = tuple(node.id for node in definition.nodes if node.type == "wait" and node.config.get("event") is None)
        """The nodes that wait for a call of their address."""
        agents = {agent.id: agent.name for agent in definition.agents}
        self.agent_names: dict[str, str | None] = {
            node.id: agents.get(str(node.config.get("agent"))) for node in definition.nodes if "agent" in node.config
        }

    def config(self, node: str, deferred: Collection[str] = ()) -> Resolvable:
        """A node's config, its expressions parsed but for those of the `deferred` fields of its kind. Raises `InvalidExpression`."""
        compiled = self._configs.get(node)
        if compiled is None:
            compiled = self._configs[node] = compile_value(self.graph.specs[node].config, at="/config", leave=deferred)
        return compiled

    def body(self, node: str) -> Body:
        """What the children of a node with a body run. Raises `Invalid`."""
        body = self._bodies.get(node)
        if body is None:
            body = self._bodies[node] = body_of(self.definition, self.graph.specs[node])
        return body


class Plans:
    """The plans used lately, by version."""

    def __init__(self) -> None:
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    def of(self, definition: WorkflowDefinition) -> Plan:
        """The plan of a definition."""
        plan = self._plans.get(definition.version_hash)
        if plan is None:
            plan = self._plans[definition.version_hash] = Plan(definition)
            if len(self._plans) > _kept:
                self._plans.popitem(last=False)
        return plan
