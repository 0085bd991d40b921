"""Webhooks coming in: believed or refused, written down before they are answered, and their runs begun exactly once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID, uuid5

import structlog
from pydantic import JsonValue

from tenuto.core.auth import Webhook, schemes
from tenuto.core.errors import Malformed, NotFound, Problem, ProblemData, Unauthenticated, Unavailable
from tenuto.core.signature import Incoming, allowed, challenge_of, delivery_of, event_of, matches, refusal
from tenuto.core.trigger import WebhookTrigger
from tenuto.services.triggers.launch import Happened, Launch
from tenuto.services.triggers.payload import kept_headers, payload_of
from tenuto.services.triggers.refusals import Refusals
from tenuto.services.triggers.secrets import Signing, opened_secrets, valid
from tenuto.store.runs.identity import new_id
from tenuto.store.triggers.hooks import Arrival, Hooks, Kept, Left, Marked
from tenuto.store.triggers.rows import InstalledTrigger
from tenuto.vault.keys.envelope import Envelope

_log = structlog.get_logger(__name__)
_remembered = 1.0
_most_remembered = 4096
_most_attempts = 12
_longest_event = 200
_unknown = "There is no webhook at this address."
_reasons = {
    "no-signature": "It carries no signature.",
    "no-time": "It does not say when it was sent.",
    "stale": "It was sent too long ago, or its sender's clock is wrong.",
    "wrong-signature": "Its signature is wrong.",
    "no-secret": "Its trigger has no secret.",
    "address": "Its address is not among those allowed.",
}

Offer: TypeAlias = Callable[[int, str, JsonValue, str], Awaitable[object]]
"""(workspace, event, payload, delivery): tell runs that wait for such an event."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery."""

    delivery: str | None
    """Its id with us; None for a challenge."""
    execution_id: str | None
    status: str
    new: bool = True
    challenge: str | None = None
    wait: int | None = None
    """The workspace of the run whose end the sender is to be told, if it is."""


@dataclass(frozen=True, slots=True)
class _Address:
    trigger: InstalledTrigger
    spec: WebhookTrigger
    scheme: Webhook
    secrets: tuple[Signing, ...]
    asked: float


class Reception:
    """The open door for webhooks."""

    def __init__(self, hooks: Hooks, launch: Launch, envelope: Envelope, refusals: Refusals, offer: Offer | None = None) -> None:
        self._hooks = hooks
        self._launch = launch
        self._envelope = envelope
        self._refusals = refusals
        self._offer = offer
        self._known: OrderedDict[str, _Address] = OrderedDict()

    async def receive(self, path: str, incoming: Incoming, address: str) -> Taken:
        """Take a delivery in.

        Raises `NotFound` for an unknown address, `Unauthenticated` for what is not signed as its trigger asks, `Malformed` and
        `Invalid` for a body that cannot be read, and `Unavailable` when it could not be kept: whoever sent it sends it again.
        """
        there = await self._find(path)
        if there is None:
            raise NotFound(_unknown, fix="Publish the workflow whose trigger has it, and see /api/triggers.")
        trigger, now = there.trigger, self._launch.now()
        reason = "address" if not allowed(address, there.spec.allow) else None
        reason = reason or refusal(there.scheme, incoming, valid(there.secrets, now), now)
        if reason is not None:
            self._refusals.add(trigger.workspace, trigger.id, reason, kept_headers(incoming.headers))
            raise Unauthenticated(f"The delivery is refused. {_reasons[reason]}", fix="Sign it as the trigger's scheme says.")
        payload = payload_of(incoming.headers, incoming.body)
        if (challenge := challenge_of(there.scheme, payload)) is not None:
            return Taken(None, None, "challenge", challenge=challenge)
        name = delivery_of(there.scheme, incoming, payload) or f"once:{new_id()}"
        if "\0" in name:
            raise Malformed("The delivery's id holds a NUL character.")
        event = event_of(there.scheme, incoming, payload)
        return await self._take(there, name, event, incoming, payload)

    async def replay(self, trigger: InstalledTrigger, first: UUID, arrival: Arrival) -> Kept:
        """Begin another run of a delivery that is kept."""
        kept = await self._hooks.keep(arrival)
        happened = _happened(arrival.headers, arrival.body, arrival.delivery, arrival.event, replay_of=first)
        await self._begin(trigger, arrival.id, happened)
        return kept

    async def sweep(self, limit: int = 200) -> int:
        """Begin the runs of deliveries whose process died in between; how many were looked at."""
        left = await self._hooks.left(limit)
        for one, found in zip(left, await asyncio.gather(*map(self._again, left), return_exceptions=True), strict=True):
            if isinstance(found, Exception):
                # It comes up again, ever later, and keeps nobody else waiting.
                _log.error("delivery.bug", delivery=str(one.id), exc_info=found)
        return len(left)

    def forget(self) -> None:
        """Ask for every address anew: something about triggers changed here."""
        self._known.clear()

    async def _take(self, there: _Address, name: str, event: str | None, incoming: Incoming, payload: JsonValue) -> Taken:
        trigger, spec = there.trigger, there.spec
        own = uuid5(trigger.id, name)
        headers = kept_headers(incoming.headers)
        happened = _told(payload, headers, name, event)
        status, error = await self._judged(trigger, spec, event, happened)
        await self._offered(spec, trigger.workspace, event, payload, str(own))
        kept = await self._hooks.keep(
            Arrival(
                workspace=trigger.workspace,
                id=own,
                trigger_id=trigger.id,
                delivery=name,
                event=event,
                headers=headers,
                body=incoming.body,
                status=status,
                execution_id=str(own) if status == "received" else None,
                error=error,
            )
        )
        status = kept.status
        if status == "received":
            status = await self._begin(trigger, own, happened)
        wait = trigger.workspace if spec.respond == "when_done" and status == "started" else None
        return Taken(str(own), kept.execution_id if status != "failed" else None, status, kept.new, wait=wait)

    async def _offered(self, spec: WebhookTrigger, workspace: int, event: str | None, payload: JsonValue, delivery: str) -> None:
        """Tell runs that wait for it: before it is kept, so that what was acknowledged was offered. Twice is once."""
        name = ".".join(filter(None, (spec.connector, event)))
        if self._offer is not None and event is not None and len(name) <= _longest_event and name.isprintable():
            await self._offer(workspace, name, payload, delivery)

    async def _judged(
        self, trigger: InstalledTrigger, spec: WebhookTrigger, event: str | None, happened: Happened
    ) -> tuple[str, ProblemData | None]:
        """Whether it is to start a run, and if it cannot even be told, why."""
        if not matches(event, spec.events):
            return "ignored", None
        try:
            return ("received" if await self._launch.wanted(trigger, happened) else "ignored"), None
        except Unavailable:
            raise
        except Problem as problem:
            return "failed", problem.data

    async def _begin(self, trigger: InstalledTrigger, id: UUID, happened: Happened) -> str:
        """Begin the run; what cannot begin now is begun by the sweep, and what never can is marked so."""
        try:
            await self._launch.start(trigger, str(id), happened)
        except Unavailable as away:
            _log.warning("delivery.waits", delivery=str(id), reason=away.data.detail)
            return "received"
        except Problem as problem:
            await self._hooks.mark(Marked(trigger.workspace, id, "failed", problem.data))
            return "failed"
        await self._hooks.mark(Marked(trigger.workspace, id, "started", None))
        return "started"

    async def _again(self, left: Left) -> None:
        trigger = await self._hooks.trigger(left.workspace, left.trigger_id)
        if trigger is None or left.attempts > _most_attempts:
            gone = NotFound("Its trigger is gone.") if trigger is None else Unavailable("Its run could not be started in many attempts.")
            await self._hooks.mark(Marked(left.workspace, left.id, "failed", gone.data))
            return
        try:
            happened = _happened(left.headers, left.body, left.delivery, left.event, replay_of=left.replay_of)
        except Problem as problem:
            await self._hooks.mark(Marked(left.workspace, left.id, "failed", problem.data))
            return
        await self._begin(trigger, left.id, happened)

    async def _find(self, path: str) -> _Address | None:
        """What is at an address, asked again every second: a webhook in a storm costs no query."""
        known = self._known.get(path)
        if known is not None and time.monotonic() - known.asked < _remembered:
            return known
        hook = await self._hooks.find(path)
        if hook is None or not hook.trigger.active or not isinstance(spec := hook.trigger.spec, WebhookTrigger):
            self._known.pop(path, None)
            return None
        trigger, sealed = hook
        kept = await opened_secrets(self._envelope, trigger.workspace, trigger.secret or "", sealed) if sealed is not None else ()
        found = self._known[path] = _Address(trigger, spec, self._scheme(spec), kept, time.monotonic())
        if len(self._known) > _most_remembered:
            self._known.popitem(last=False)
        return found

    def _scheme(self, spec: WebhookTrigger) -> Webhook:
        if spec.scheme is not None:
            return schemes[spec.scheme]
        connector = self._launch.catalog.connectors.get(spec.connector or "")
        scheme = connector.webhook if connector is not None else None
        return scheme or schemes["hmac"]


def _happened(headers: dict[str, str], body: bytes, delivery: str, event: str | None, *, replay_of: UUID | None) -> Happened:
    told = _told(payload_of(headers, body), headers, delivery, event)
    return told if replay_of is None else Happened(told.event, {**told.facts, "replay_of": str(replay_of)})


def _told(payload: JsonValue, headers: dict[str, str], delivery: str, event: str | None) -> Happened:
    facts: dict[str, JsonValue] = {"delivery": delivery, "event": event, "headers": dict[str, JsonValue](headers)}
    return Happened(payload, facts)
