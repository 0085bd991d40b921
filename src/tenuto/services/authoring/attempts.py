"""Trials of nodes with what is known of the others, and remembered as what the node answered last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from tenuto.core.access import Principal
from tenuto.core.errors import TooLarge
from tenuto.services.authoring.samples import Samples, Source
from tenuto.services.authoring.trials import Trial, Trials, Tried
from tenuto.services.workflows import workflow_of
from tenuto.store.authoring.last_tests import LastTests
from tenuto.store.database import Database


class Attempts:
    """The use cases of trying a node while its workflow is edited."""

    def __init__(self, database: Database, trials: Trials, samples: Samples) -> None:
        self._database = database
        self._trials = trials
        self._samples = samples

    async def run(
        self, caller: Principal, id: str, trial: Trial, document: Mapping[str, JsonValue] | None = None, sources: Sequence[Source] = ()
    ) -> Tried:
        """Try a node; outputs of other nodes that are not given are taken from these sources, and so is the input.

        Raises `NotFound` for an unknown workflow or node; what goes wrong in the node is the answer's problem.
        """
        if sources:
            known = await self._samples.known(caller, id, document)
            found = {node: sample.value for node in known.nodes if (sample := known.best(node, sources)) is not None}
            trial = replace(trial, nodes={**found, **trial.nodes}, input=known.input if trial.input is None else trial.input)
        tried = await self._trials.run(caller, id, trial, document)
        if tried.status == "completed":
            await self._remember(caller, id, tried)
        return tried

    async def _remember(self, caller: Principal, id: str, tried: Tried) -> None:
        async with self._database.transaction(caller.workspace) as tx:
            await workflow_of(tx, id, lock=True)
            try:
                await LastTests(tx).put(id, tried.node, tried.port or "out", tried.output, simulated=tried.simulated)
            except TooLarge:
                return
