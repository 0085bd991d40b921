"""Forking: a new run that begins in the middle of another one, with what that had come to and an input that may be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.blob import references
from tenuto.core.catalog import Catalog
from tenuto.core.documents.node_rules import model_issues
from tenuto.core.errors import Conflict, ConnectionMissing, Invalid, Issue, NotFound, ReadOnly
from tenuto.core.events import Forked, WorkflowStarted
from tenuto.core.execution import fold
from tenuto.core.graph import compile_graph
from tenuto.core.values import encode, max_value
from tenuto.core.workflow import NodeSpec, WorkflowDefinition
from tenuto.engine.rules.forking import differing, kept, refusal
from tenuto.services.executions.folds import summary
from tenuto.services.executions.needs import Credentials, Definitions
from tenuto.services.executions.views import ExecutionSummary
from tenuto.store.database import Database
from tenuto.store.executions import Execution, Executions
from tenuto.store.runs.again.forks import Fork, Forks
from tenuto.store.runs.identity import new_id
from tenuto.store.runs.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkWanted:
    """A fork as it is asked for."""

    node: str
    input: JsonValue = None
    """The run's input for what follows; None keeps the other run's."""
    vars: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    config: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Fields of the node's config, as values: expressions in them are not evaluated."""
    version: Literal["pinned", "published"] = "pinned"
    simulate: bool | None = None
    """None: as the other run was."""


class ExecutionForks:
    """New runs out of old ones."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        forks: Forks,
        catalog: Catalog,
        definitions: Definitions,
        credentials: Credentials,
    ) -> None:
        self._database = database
        self._journal = journal
        self._forks = forks
        self._catalog = catalog
        self._definitions = definitions
        self._credentials = credentials

    async def fork(self, principal: Principal, public_id: str, wanted: ForkWanted) -> ExecutionSummary:
        """Start the fork. What is upstream of the node, and whatever else does not depend on it, keeps its output.

        Raises `NotFound`, `ReadOnly`, `Conflict` (the node was not reached, or copied nodes differ in the wanted version), `Invalid`
        for a config that the node's kind refuses, `Forbidden` to act for the run's user, `ConnectionMissing`.
        """
        principal.require(Permission.execution_start)
        async with self._database.transaction(principal.workspace) as tx:
            run = await Executions(tx).get(public_id)
        if run.imported:
            raise ReadOnly(f'The execution "{public_id}" is an imported record.')
        log = [recorded for recorded in await self._journal.read(run.id) if recorded.seq <= run.head]
        begin = log[0].event if log else None
        if not isinstance(begin, WorkflowStarted) or (begin.within is not None and not begin.within.detached):
            raise Conflict("This execution is a part of another one.", fix="Fork that one.")
        principal.user(begin.user_id)
        pinned = await self._journal.definition(principal.workspace, run.version_hash)
        definition = await self._definition(principal, run, pinned, wanted)
        graph, then, state = compile_graph(pinned), compile_graph(definition), fold(log)
        if (problem := refusal(state, graph, wanted.node)) is not None:
            raise problem
        nodes = kept(log, state, graph, then, wanted.node)
        _comparable(wanted.node, differing(graph, then, nodes), then.specs)
        self._readable(then.specs[wanted.node], wanted.config)
        simulated = await self._simulated(principal, begin, definition, wanted, copies=bool(nodes))
        copied = 1 + await self._forks.count(run.id, run.head, nodes)
        forked = Forked(execution=public_id, node=wanted.node, copied=copied, config=dict(wanted.config), vars=dict(wanted.vars))
        event = _beginning(begin, definition, wanted, forked, by=principal, simulated=simulated)
        encode([event.input, event.vars, forked.config], limit=max_value - 4096, what="The input")
        fork = Fork(
            source=run.id, upto=run.head, nodes=nodes, id=new_id(), public_id=str(new_id()), event=event, run_as=principal.id,
            priority=run.priority, keys=[public_id],
        )  # fmt: skip
        await self._journal.define(principal.workspace, definition)
        if not await self._forks.make(fork):
            raise Conflict(f'The execution "{public_id}" has changed in the meantime.', fix="Try again.")
        async with self._database.transaction(principal.workspace) as tx:
            return summary(await Executions(tx).get(fork.public_id))

    async def _definition(self, principal: Principal, run: Execution, pinned: WorkflowDefinition, wanted: ForkWanted) -> WorkflowDefinition:
        if wanted.version == "pinned":
            return pinned
        if run.workflow_id is None:
            raise Conflict("This execution is of no stored workflow, so nothing newer is published.", fix="Leave version out.")
        return await self._definitions.pinned(principal.workspace, run.workflow_id, None)

    def _readable(self, spec: NodeSpec, edits: Mapping[str, JsonValue]) -> None:
        if not edits:
            return
        model = self._catalog.kind(spec.type).model_fields["config"].annotation
        given = {**spec.config, **edits}
        wrong = [
            Issue(pointer=part, code="invalid-config", message=message, fix=fix, node=spec.id)
            for part, message, fix in model_issues(model, given, "/config", strict=True)  # pyright: ignore[reportArgumentType]  # a kind's config is a model
        ]
        if wrong:
            raise Invalid(wrong[0].message, pointer=wrong[0].pointer, node=spec.id, fix=wrong[0].fix, issues=tuple(wrong))

    async def _simulated(
        self, principal: Principal, begin: WorkflowStarted, definition: WorkflowDefinition, wanted: ForkWanted, *, copies: bool
    ) -> bool:
        if wanted.simulate is False and begin.simulated and copies:
            raise Conflict(
                "What a simulated execution came to is made up, and a real one cannot go on from it.",
                fix="Fork it simulated, or start anew.",
            )
        if begin.simulated if wanted.simulate is None else wanted.simulate:
            return True
        if missing := await self._credentials.missing(principal.workspace, begin.user_id, definition):
            raise ConnectionMissing(
                f"This needs {', '.join(missing)}, and no account is connected.", fix="Connect it, or fork with simulate: true."
            )
        return False


def _comparable(node: str, differ: Sequence[str], specs: Mapping[str, NodeSpec]) -> None:
    if node not in specs:
        raise NotFound(f'The published version has no node "{node}".', node=node)
    if differ:
        sentence = f"The published version has other nodes where the fork would keep what they came to: {', '.join(differ)}."
        raise Conflict(sentence, fix="Fork from a node before these, or with version: pinned.")


def _beginning(
    begin: WorkflowStarted, definition: WorkflowDefinition, wanted: ForkWanted, forked: Forked, *, by: Principal, simulated: bool
) -> WorkflowStarted:
    given = begin.input if wanted.input is None else wanted.input
    said = wanted.input.get("message") if isinstance(wanted.input, dict) else None
    message = said if isinstance(said, str) else begin.message
    variables = begin.vars | ({"message": message} if message != begin.message else {}) | dict(wanted.vars)
    kept = tuple(steps for name, value in (("input", given), ("vars", variables)) for steps, _ in references(value, (name,)))
    return begin.model_copy(
        update={
            "refs": kept, "input": given, "message": message, "vars": variables, "version": definition.version_hash, "workflow_name": definition.name,
            "simulated": simulated, "trigger": "fork", "started_by": (by.label, by.person), "within": None, "forked": forked,
            "root": None, "accounts": None, "replayed": None,
        }
    )  # fmt: skip
