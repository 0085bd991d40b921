"""One cell of the crash matrix: a life is lived, another process finishes its run, and everything that must be true of it is looked at."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from tests.crash import family, scenario
from tests.crash.counter import Outside
from tests.crash.program import Life, Nursery, Words, attend, engine, found, patient
from tests.engine.rig import Rig

from tenuto.core.events import NodeCompleted, NodeStarted, NodeUnknown, Recorded, StepCompleted, StepStarted, node_of
from tenuto.core.execution import ExecutionId, State, Status, fold
from tenuto.core.run import Mail

page = Path(__file__).parents[2] / "docs" / "explanation" / "durability.md"
begins, ends = "<!-- matrix: written by tests/crash/test_matrix.py -->", "<!-- end of the matrix -->"


@dataclass(frozen=True)
class Lane:
    """What one sequence of lives needs: a database, a world outside and somebody who forks."""

    dsn: str
    outside: Outside
    nursery: Nursery
    postmaster: Path | None = None
    reviving: asyncio.Task[None] | None = None
    """What brings its database back; it ends only where that cannot be done."""

    def life(self, run: str, **more: Any) -> Life:
        """A life here."""
        return Life(dsn=self.dsn, addresses=self.outside.addresses, run=run, postmaster=self.postmaster, **more)


async def prepared(
    dsn: str, outside: Outside, nursery: Nursery, postmaster: Path | None = None, reviving: asyncio.Task[None] | None = None
) -> Lane:
    """A lane whose database knows the workflow that the run calls."""
    async with engine(dsn, outside.addresses) as made:
        await family.stored(made, outside.addresses)
    return Lane(dsn, outside, nursery, postmaster, reviving)


@dataclass(frozen=True)
class Cell:
    """What was seen: where it was killed, what the log said then, what became of it, and what is wrong with that."""

    killed: str
    stood: str
    followed: str
    outside: str
    wrong: Sequence[str]
    reached: bool = True


async def baseline(lane: Lane) -> tuple[Words, State]:
    """The run that nothing happens to: how many places there are to die at, and how it ends."""
    words = await lane.nursery.live(lane.life("nothing-happens"))
    assert (words.signal, words.error) == (0, ""), words.error
    async with engine(lane.dsn, lane.outside.addresses) as made:
        assert not await settled(made)
        log = await made.journal.read(await found(made, "nothing-happens"))
    assert not mistakes(log, lane.outside.counts("nothing-happens"))
    return words, fold(log)


async def cell(lane: Lane, life: Life, expected: State) -> Cell:
    """Kill, take over, finish, look."""
    await patient(lambda: bury(lane.dsn))
    words = await lane.nursery.live(life)
    if not words.error and 0 < words.commits < life.n and life.moment == "commit":
        return Cell(name(life), "", "", "", [], reached=False)
    if words.signal != (0 if life.postmaster else signal.SIGKILL) or words.error:
        return Cell(name(life), "", "", "", [f"it was not killed, or not as was asked: {words}"])
    await patient(lambda: bury(lane.dsn))
    async with engine(lane.dsn, lane.outside.addresses) as made:
        run = await found(made, life.run)
        before = await made.journal.read(run)
        within = await family.newest(made, run)
        log = await finish(made, run, lane.outside, life.run)
        left = await settled(made)
    counts = lane.outside.counts(life.run)
    wrong = [*mistakes(log, counts), *differences(fold(log), expected), *left]
    return Cell(name(life), _stood(before) + within, _followed(log, len(before)), _seen(counts), wrong)


async def finish(made: Rig, run: ExecutionId, outside: Outside, public_id: str) -> list[Recorded]:
    """Take the run over and bring it to its end: approve, and decide what nobody else can know; answers the whole log."""
    await made.claims.take_over()
    attending = asyncio.create_task(attend(made, run, public_id))
    seen: list[Recorded] = []
    async with asyncio.timeout(60), made.feed.watch(run, 0, made.journal.read) as watch:
        while not seen or not fold(seen).status.ended:
            events, _ = await watch.next(5)
            seen.extend(events)
            for recorded in events:
                if isinstance(recorded.event, NodeUnknown) and fold(seen).nodes[recorded.event.node].status == "unknown":
                    await _decide(made, run, recorded, outside.counts(public_id))
    attending.cancel()
    return seen


async def settled(made: Rig) -> list[str]:
    """What is left to be done after the run, where it does not come to its end."""
    patience = 600
    while (left := await family.left(made)) and patience:
        patience -= 1
        await asyncio.sleep(0.05)
    return left


async def bury(dsn: str) -> None:
    """Have everybody be dead to the others at once, as ten seconds without a heartbeat would."""
    link = await asyncpg.connect(dsn)
    try:
        await link.execute("update processes set beat = beat - interval '1 minute'")
    finally:
        await link.close()


async def _decide(made: Rig, run: ExecutionId, recorded: Recorded, counts: dict[str, Any]) -> None:
    """What a person does: look outside, and say."""
    node = str(node_of(recorded.event))
    decision = "done" if scenario.happened(node, counts) else "retry"
    await made.mail(run, Mail(f"decided {recorded.seq}", "decide", {"node": node, "decision": decision, "by": "member:Ada"}))


def mistakes(log: Sequence[Recorded], counts: dict[str, Any]) -> list[str]:
    """What contradicts the promise."""
    wrong = [f"the log has {[r.seq for r in log]}"] if [r.seq for r in log] != list(range(1, len(log) + 1)) else []
    wrong += _repeated(log)
    calls = {
        path: [call for call in counts["http"] if call[1].startswith(f"/effect/{path}")]
        for path in ("put", "post", "code", "never", "fetch")
    }
    once = {
        "post": sum(call[4] for call in calls["post"]),
        "mail": counts["mails"],
        "issue": sum(not title.startswith("code ") for title in counts["issues"]),
        "issue of the code": sum(title.startswith("code ") for title in counts["issues"]),
        "channel": counts["channels"],
        "key of put": len({call[2] for call in calls["put"]}),
        "key of the code's put": len({call[2] for call in calls["code"]}),
    }
    wrong += [f"{what} happened {times} times" for what, times in once.items() if times != 1]
    wrong += family.mistakes(counts["http"])
    wrong += ["the branch that is not taken was"] if calls["never"] else []
    wrong += ["fetch did not happen"] if not calls["fetch"] else []
    wrong += [f"the turn {message[:20]} was asked {asked} times" for message, asked, _ in counts["turns"] if asked > 4]
    return wrong


def _repeated(log: Sequence[Recorded]) -> list[str]:
    """Nodes and steps that went on after they were finished."""
    wrong: list[str] = []
    done: Counter[tuple[str, str]] = Counter()
    for recorded in log:
        event = recorded.event
        if isinstance(event, NodeStarted | NodeCompleted) and done[event.node, ""]:
            wrong.append(f"{event.node} was finished and has {event.type} at {recorded.seq}")
        if isinstance(event, StepStarted | StepCompleted) and done[event.node, event.step]:
            wrong.append(f"the step {event.step} of {event.node} was finished and has {event.type} at {recorded.seq}")
        if isinstance(event, NodeCompleted):
            done[event.node, ""] += 1
        if isinstance(event, StepCompleted) and not event.fact:
            done[event.node, event.step] += 1
    return wrong


def differences(state: State, expected: State) -> list[str]:
    """Where the run's end is another than that of the run that nothing happened to."""
    wrong = (
        []
        if (state.status, state.output) == (Status.completed, expected.output)
        else [f"ended {state.status}: {state.output} {state.error}"]
    )
    for node, wanted in expected.nodes.items():
        is_ = state.nodes.get(node)
        if is_ is None or (is_.status, is_.port) != (wanted.status, wanted.port):
            wrong.append(f"{node} is {is_.status if is_ else 'untouched'}, not {wanted.status}")
    return wrong


def name(life: Life) -> str:
    """Where a life ends, in words."""
    match life.moment:
        case "commit":
            return f"after commit {life.n}"
        case "leaving":
            return f"before request {life.n} left"
        case "sent":
            return f"request {life.n} sent"
        case "answered":
            return f"answer {life.n} received"
        case "parked":
            return "parked"
        case _:
            return "answer in the mailbox"


def write(cells: Sequence[Cell]) -> None:
    """Put the table into its page."""
    rows = ["| killed | the log then ended with | the other process | outside |", "|---|---|---|---|"]
    rows += [f"| {cell.killed} | {cell.stood} | {cell.followed} | {cell.outside} |" for cell in cells]
    before, _, rest = page.read_text().partition(begins)
    page.write_text(f"{before}{begins}\n\n" + "\n".join(rows) + f"\n\n{ends}{rest.partition(ends)[2]}")


def _stood(log: Sequence[Recorded]) -> str:
    event = log[-1].event
    step = getattr(event, "step", "")
    return f"`{event.type}` {node_of(event) or ''}{f' ({step})' if step else ''}".strip()


def _followed(log: Sequence[Recorded], head: int) -> str:
    """What the second process did with what was under way."""
    rest = log[head:]
    if not rest:
        return "nothing was left to do"
    last = node_of(log[head - 1].event)
    for recorded in rest:
        event = recorded.event
        if isinstance(event, NodeUnknown):
            again = any(isinstance(r.event, NodeStarted) and r.event.node == event.node for r in rest)
            return f"reported `{event.node}` as unknown; decided: {'it had not happened, again' if again else 'done'}"
        if isinstance(event, NodeCompleted) and event.node == last:
            return f"finished `{last}`"
    return "went on"


def _seen(counts: dict[str, Any]) -> str:
    """What may have happened several times, and did."""
    told = [f"{call[0]} {call[1].split('/')[2]} ×{call[4]}" for call in counts["http"] if call[4] > 1]
    # The agent with a tool is asked twice for one question: for what to do, and with what came of it.
    told += [f"agent ×{asked}" for message, asked, _ in counts["turns"] if asked > (2 if '"tools"' in message else 1)]
    return ", ".join(told) or "each once"
