"""A single call of a connector's action, outside any run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.connection import Ticket
from tenuto.core.connector import Action
from tenuto.core.errors import ConnectionMissing, Problem, Uncertain, Unreachable
from tenuto.engine.actions.act import Errand
from tenuto.engine.actions.simulate import simulate
from tenuto.engine.parts import Parts
from tenuto.store.runs.identity import new_id


class Called(NamedTuple):
    """What an action answered."""

    result: JsonValue
    simulated: bool


class Integrations:
    """Calls of actions; the guarded door, the connectors and the rules of simulation are those of runs."""

    def __init__(self, parts: Parts, *, development: bool) -> None:
        """`development`: what lacks a connection is simulated instead of refused."""
        self._parts = parts
        self._development = development

    async def call(
        self,
        caller: Principal,
        connector: str,
        action: str,
        params: Mapping[str, JsonValue],
        *,
        user_id: str | None = None,
        connection: str | None = None,
        simulated: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Called:
        """Perform an action on behalf of a user.

        Raises `NotFound`, `Invalid` (parameters), `ConnectionMissing`, `Unreachable` for what certainly did not happen, `Uncertain` for
        a write that may have, and the connector's problems. The same `idempotency_key` of one caller is the same request to vendors.
        """
        caller.require(Permission.integration_call)
        user = caller.user(user_id)
        found = self._parts.catalog.action(connector, action)
        key = f"call:{caller.workspace}:{caller.id}:{idempotency_key or new_id()}"
        if simulated:
            return Called(simulate(found, params, key=key), simulated=True)
        ticket = Ticket(workspace=caller.workspace, user_id=user, integration=connector, connection=connection)
        errand = Errand(connector=connector, action=action, params=params, ticket=ticket, key=key, now=datetime.now(UTC))
        try:
            return Called(await self._perform(found, errand), simulated=False)
        except ConnectionMissing:
            if simulated is False or not self._development:
                raise
            return Called(simulate(found, params, key=key), simulated=True)

    async def _perform(self, action: Action, errand: Errand) -> JsonValue:
        try:
            return await self._parts.actor.perform(errand)
        except Uncertain as lost:
            if action.verify is None:
                raise
            try:
                result = await self._parts.actor.verify(errand)
            except Problem:
                raise lost from None
            if result is None:
                raise Unreachable(f"{lost.data.detail} It was looked up, and was not carried out.", fix="Try again.") from lost
            return result
