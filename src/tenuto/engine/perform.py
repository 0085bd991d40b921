"""Run one attempt of one node to its outcome: time limit, problems, and what is said of an effect that may have happened."""

from __future__ import annotations

import asyncio

import structlog

from tenuto.core.connector import Effect
from tenuto.core.errors import BudgetExceeded, Conflict, Problem, ProblemData, TimedOut, Unavailable, Uncertain, internal
from tenuto.core.limits import Held
from tenuto.core.node import Again, Deferred, Failed, NodeKind, Outcome, TimeCame, Unknown, Wakening
from tenuto.core.run import Fenced
from tenuto.core.workflow import NodeSpec
from tenuto.engine.context import Context
from tenuto.engine.pacing.places import begun

_log = structlog.get_logger(__name__)
_tries = 3
_pause = 0.2


async def perform(kind: NodeKind, spec: NodeSpec, effect: Effect, ctx: Context, *, recovering: bool = False) -> Outcome:
    """The outcome of an attempt. `recovering` says that it was under way when its process stopped.

    The effect ledger: pure or `read` runs again; `idempotent_write` runs again with the same key; `write` is verified where the
    action can be, and is unknown otherwise. A lost answer takes the same path as a crash. Raises `Fenced`.
    """
    effect = "pure" if ctx.simulated else effect
    if recovering and effect == "write":
        lost = Uncertain("The process stopped while the request was under way; it may or may not have happened.")
        return await _settle(kind, spec, effect, ctx, lost)
    try:
        if spec.timeout is None:
            return await kind.run(ctx)
        async with _limit(spec):
            return await kind.run(ctx)
    except Fenced:
        raise
    except Held as held:
        return Deferred(held.what, held.seconds, (ctx.place.refused if ctx.place else 0) + held.refused)
    except Uncertain as lost:
        return await _settle(kind, spec, effect, ctx, lost)
    except Problem as problem:
        return _failed(problem, spec)
    except TimeoutError:
        late = TimedOut(f"The node took longer than its time limit of {spec.timeout}.", node=spec.id, fix="Raise its timeout.")
        if effect in ("pure", "read") and not ctx.steps.uncertain:
            return Failed(late.data)
        return await _settle(kind, spec, effect, ctx, Uncertain(late.data.detail))
    except Exception as error:
        return _bug(error, spec)


async def resume(kind: NodeKind, spec: NodeSpec, ctx: Context, wakening: Wakening) -> Outcome | Again | Problem:
    """The outcome of a suspended node that is asked again; a `Problem` if the answer it got was refused."""
    if kind.spawns:
        return _unfinished(spec, wakening)
    try:
        return await kind.resume(ctx, wakening)
    except Problem as problem:
        return problem.at(node=spec.id)
    except Exception as error:
        return _bug(error, spec)


async def gather(kind: NodeKind, spec: NodeSpec, ctx: Context) -> Outcome:
    """The outcome of a node whose runs have ended."""
    try:
        return await kind.gather(ctx)
    except (Fenced, Unavailable):
        raise
    except Problem as problem:
        return Failed(problem.at(node=spec.id).data)
    except Exception as error:
        return _bug(error, spec)


def _unfinished(spec: NodeSpec, wakening: Wakening) -> Outcome | Problem:
    """What comes of a node that waits for runs of its own and is asked before they have ended."""
    if isinstance(wakening, TimeCame):
        return Failed(TimedOut(f"Its runs took longer than its time limit of {spec.timeout}.", node=spec.id, fix="Raise its timeout.").data)
    return Conflict("This node waits for executions of its own; there is nothing to answer.", node=spec.id)


async def _settle(kind: NodeKind, spec: NodeSpec, effect: Effect, ctx: Context, lost: Uncertain) -> Outcome:
    """What is said of an attempt whose answer was lost."""
    lost.at(node=spec.id)
    ctx.place = begun(ctx.place)  # whatever is asked now belongs to what has left already
    if ctx.steps.uncertain:
        return Unknown(lost.data, next(iter(ctx.steps.uncertain)) if kind.replays else None)
    match effect:
        case "pure" | "read":
            return Failed(lost.data.model_copy(update={"retryable": True}))
        case "idempotent_write":
            return await _again(kind, spec, ctx, lost)
        case "write":
            return await _verified(kind, spec, ctx, lost)


async def _again(kind: NodeKind, spec: NodeSpec, ctx: Context, lost: Uncertain) -> Outcome:
    for attempt in range(_tries):
        await asyncio.sleep(_pause * 4**attempt)
        if (outcome := await _once_more(kind, spec, ctx)) is not None:
            return outcome
    return Unknown(lost.data)


async def _verified(kind: NodeKind, spec: NodeSpec, ctx: Context, lost: Uncertain) -> Outcome:
    """Look whether it happened; only a clear no lets it be done (once more)."""
    for attempt in range(_tries):
        try:
            async with _limit(spec):
                found = await kind.verify(ctx)
        except Uncertain as unknown:
            return Unknown(_joined(lost.data, unknown.data))
        except (Problem, TimeoutError):
            await asyncio.sleep(_pause * 4**attempt)
            continue
        except Exception as error:
            return _bug(error, spec)
        if found is None:
            found = await _once_more(kind, spec, ctx)
        if found is not None:
            return found
    return Unknown(lost.data)


async def _once_more(kind: NodeKind, spec: NodeSpec, ctx: Context) -> Outcome | None:
    """The outcome of doing it again; None if the answer was lost again. Raises `Fenced`."""
    try:
        async with _limit(spec):
            return await kind.run(ctx)
    except Fenced:
        raise
    except (Uncertain, TimeoutError):
        return None
    except Problem as problem:
        return _failed(problem, spec)
    except Exception as error:
        return _bug(error, spec)


def _failed(problem: Problem, spec: NodeSpec) -> Failed:
    return Failed(problem.at(node=spec.id).data, holds=isinstance(problem, BudgetExceeded) and problem.asks)


def _limit(spec: NodeSpec) -> asyncio.Timeout:
    return asyncio.timeout(spec.timeout.total_seconds() if spec.timeout else None)


def _joined(lost: ProblemData, unknown: ProblemData) -> ProblemData:
    return lost.model_copy(update={"fix": unknown.fix or lost.fix})


def _bug(error: Exception, spec: NodeSpec) -> Failed:
    _log.exception("node.bug", node=spec.id, type=spec.type, error=type(error).__name__)
    return Failed(internal(error).model_copy(update={"node": spec.id}))
