"""A run of one code node that does everything code can do: reads, writes of every effect, side by side and in a loop, sleeps, clock and chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue
from tests.crash.counter import Addresses

from tenuto.core.events import NodeProgress, Recorded
from tenuto.core.workflow import WorkflowDefinition

_program = """
import random
from datetime import datetime

async def put(what):
    said = {"run": run, "what": what, "draw": draw, "began": began}
    return await http.request(method="PUT", url=f"{base}/effect/code", body=said)

began, draw = datetime.now().isoformat(), random.random()
print("began")
await http.request(url=f"{base}/effect/code-read/{run}")
first = await asyncio.gather(
    put("left"),
    github.create_issue(owner="octocat", repo="hello-world", title=run),
    asyncio.sleep(0.05),
    put("right"),
)
for n in range(2):
    await put(f"round {n}")
await asyncio.sleep(1.3)
print("slept")
await http.request(method="POST", url=f"{base}/effect/code-post", body={"run": run, "draw": draw})
await put(f"last {random.randint(0, 10**9)}")
late = datetime.now().isoformat() > began
{"issue": first[1]["title"], "late": late}
"""

_puts = 5


def node(addresses: Addresses) -> tuple[str, dict[str, JsonValue]]:
    """Kind and config."""
    return "code", {"code": _program, "inputs": {"run": "{{ input.run }}", "base": addresses.counter}}


def definition(addresses: Addresses) -> WorkflowDefinition:
    """The run of it alone."""
    kind, config = node(addresses)
    return WorkflowDefinition.model_validate(
        {"name": "Code", "startNode": "code", "nodes": [{"id": "code", "type": kind, "config": config}]}
    )


def output(run: str) -> JsonValue:
    """What it gives, whatever happens."""
    return {"issue": run, "late": True}


def posted(counts: dict[str, Any]) -> int:
    """How often the write happened that nobody can look up but a person."""
    return sum(call[4] for call in counts["http"] if call[1] == "/effect/code-post")


def mistakes(log: Sequence[Recorded], counts: dict[str, Any]) -> list[str]:
    """What contradicts the promise: each effect once, asked the same way whenever it was asked, each line told once."""
    wrong = [
        f"{what} happened {times} times"
        for what, times in (("the post", posted(counts)), ("the issue", len(counts["issues"])))
        if times != 1
    ]
    puts = [call for call in counts["http"] if call[1] == "/effect/code"]
    if (len({call[3] for call in puts}), len({call[2] for call in puts})) != (_puts, _puts):
        wrong.append(f"{_puts} effects were asked for as {[call[2:] for call in puts]}")
    told = [r.event.data for r in log if isinstance(r.event, NodeProgress) and r.event.kind == "print"]
    printed = "".join(str(data["text"]) for data in told if isinstance(data, dict))
    return wrong if printed == "began\nslept\n" else [*wrong, f"it told {printed!r}"]
