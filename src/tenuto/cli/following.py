"""Following one run to its end, or until it waits for somebody, and saying how it ended."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from tenuto.app import House
from tenuto.cli.exits import ExitCode
from tenuto.cli.opened import local
from tenuto.cli.terminal import clean, one_line, say
from tenuto.cli.view import View, waits_for_somebody
from tenuto.core.errors import ProblemData
from tenuto.core.execution import ExecutionId, State, Status
from tenuto.core.usage import Usage, dollars
from tenuto.core.values import encode
from tenuto.services.executions.watch import over


async def follow(home: House, public_id: str, view: View, *, to_the_end: bool = False, after: int = 0) -> ExecutionId:
    """Show a run until it ends; without `to_the_end` also only until it waits for somebody. Raises `NotFound`."""
    watches = home.services.executions.watches
    run = await watches.find(local, public_id)
    async with watches.follow(run, after) as watch:
        while not watch.closed:
            events, whispers = await watch.next(5.0)
            for recorded in events:
                view.take(recorded)
                if over(run, recorded, events):
                    return run.id
            for event in whispers:
                view.whisper(event)
            if not to_the_end and waits_for_somebody(view.state) and not await _goes_on_below(home, public_id, view.state):
                break
    return run.id


async def _goes_on_below(home: House, public_id: str, state: State) -> bool:
    """Whether runs of its own are under way, none of which waits for somebody."""
    if state.status is not Status.waiting or not any(node.reason == "children" for node in state.active.values()):
        return False
    return await home.services.executions.kin.going_on(local, public_id)


def exit_code(state: State) -> ExitCode:
    """What a run's end means for the command that waited for it."""
    match state.status:
        case Status.completed:
            return ExitCode.ok
        case Status.failed | Status.cancelled:
            return ExitCode.failed
        case _:
            return ExitCode.unfinished


def result(public_id: str, state: State) -> dict[str, JsonValue]:
    """A run's end as JSON."""
    return {
        "id": public_id,
        "status": state.status.value,
        "output": state.output,
        "error": error_of(state),
        "waiting_for": list(state.waiting_for),
        "usage": state.usage.model_dump(mode="json", exclude_none=True) if state.usage else None,
    }


def error_of(state: State) -> JsonValue:
    """Why a run did not complete; None if it did, or is under way."""
    if state.status is Status.cancelled:
        return ProblemData(type="cancelled", status=409, detail=state.ended_by or "cancelled").model_dump(mode="json", exclude_none=True)
    return state.error.model_dump(mode="json", exclude_none=True) if state.error else None


def show_end(public_id: str, state: State) -> None:
    """How a run ended, for a person: the output, or what to do."""
    if state.usage is not None:
        say(f"Used: {used(state.usage)}.", stderr=True)
    match state.status:
        case Status.completed:
            say(pretty(state.output))
        case Status.failed | Status.cancelled:
            detail = state.error.detail if state.error else state.ended_by or state.status.value
            say(f"The run {public_id} {state.status.value}: {one_line(detail, 500)}", stderr=True)
            if state.error and state.error.fix:
                say(f"→ {one_line(state.error.fix, 500)}", stderr=True)
        case _:
            waits = "; ".join(state.waiting_for) or state.status.value
            say(f"The run {public_id} waits: {one_line(waits, 500)}", stderr=True)
            for said in _how_to_go_on(public_id, state):
                say(f"→ {said}", stderr=True)
            say(f"→ It goes on with `tenuto serve`; follow it with `tenuto executions watch {public_id}`.", stderr=True)


def used(usage: Usage) -> str:
    """What was used, in a line."""
    turns = f"{usage.turns:,} agent turn{'s' if usage.turns != 1 else ''}, " if usage.turns else ""
    about = "about " if usage.estimated else ""
    tokens = f"{about}{usage.input_tokens:,} tokens in and {usage.output_tokens:,} out, " if usage.turns else ""
    unknown = f" and what {usage.unpriced:,} turns of unknown price cost" if usage.unpriced and usage.cost is not None else ""
    cost = f", cost {dollars(usage.cost)}{unknown}" if usage.turns else ""
    simulated = " (simulated)" if usage.simulated else ""
    return f"{turns}{tokens}{usage.calls:,} call{'s' if usage.calls != 1 else ''}{cost}{simulated}"


def _how_to_go_on(public_id: str, state: State) -> Iterator[str]:
    """What somebody has to do, for each node that waits."""
    for node, stands in state.active.items():
        match stands.reason if stands.status == "waiting" else None:
            case "approval":
                yield f"Decide: tenuto approvals decide {shlex.quote(f'{public_id}/{node}')} approve (or reject)"
            case "call":
                yield f"Its address, to be called once: tenuto waits addresses {shlex.quote(public_id)}"
            case "event":
                yield f"It waits for an event: tenuto waits offer {shlex.quote(str((stands.data or {}).get('event')))} --payload …"
            case _:
                pass


def pretty(value: JsonValue) -> str:
    """A value for a person: text as it is, objects as `name: value` lines, everything else as JSON."""
    match value:
        case str():
            return clean(value)
        case dict():
            return "\n".join(f"{clean(name)}: {_inner(item)}" for name, item in value.items())
        case _:
            return _inner(value)


def announce(out: Console, text: str) -> None:
    """A dim line that stands for itself."""
    out.print(Text(clean(text), style="dim"))


def _inner(value: JsonValue) -> str:
    return clean(value) if isinstance(value, str) else clean(encode(value).decode())
