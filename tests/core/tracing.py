"""What a trace is: a definition, the events of a run of it, and the state after each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from tenuto.core.events import Event, Forked, Recorded, Replayed, WorkflowStarted, event_data, node_of
from tenuto.core.execution import State, evolve
from tenuto.core.family import Within
from tenuto.core.spending import Account
from tenuto.core.values import decode
from tenuto.core.workflow import WorkflowDefinition

folder = Path(__file__).parents[2] / "spec" / "traces"
noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
later = noon + timedelta(hours=1)


@dataclass(frozen=True)
class Trace:
    """One run."""

    name: str
    definition: WorkflowDefinition
    events: Sequence[Event]

    @property
    def log(self) -> Iterator[Recorded]:
        """The events in their places, a second apart."""
        for seq, event in enumerate(self.events, 1):
            yield Recorded(seq, noon + timedelta(seconds=seq), event)

    @property
    def document(self) -> dict[str, JsonValue]:
        """What the file holds."""
        state, states, events = State(), list[JsonValue](), list[JsonValue]()
        for recorded in self.log:
            evolve(state, recorded)
            # Through text and back: a later event must not change what was noted before.
            states.append(json.loads(json.dumps(state.view())))
            events.append(
                {
                    "seq": recorded.seq,
                    "at": recorded.at.isoformat().replace("+00:00", "Z"),
                    "type": recorded.event.type,
                    "node": node_of(recorded.event),
                    "data": decode(event_data(recorded.event)),
                }
            )
        return {"definition": self.definition.document, "events": events, "states": states}

    @property
    def text(self) -> str:
        """The file."""
        return json.dumps(self.document, indent=1, ensure_ascii=False) + "\n"


def definition_of(*nodes: dict[str, JsonValue], edges: Sequence[tuple[str, str, str]] = ()) -> WorkflowDefinition:
    listed: list[JsonValue] = [{"from": source, "port": port, "to": target} for source, port, target in edges]
    return WorkflowDefinition.model_validate(
        {"id": "w", "name": "Trace", "startNode": nodes[0]["id"], "nodes": list(nodes), "edges": listed}
    )


def begun(definition: WorkflowDefinition, **more: JsonValue | Forked | Replayed | Within | tuple[Account, ...]) -> WorkflowStarted:
    return WorkflowStarted.model_validate(
        {
            "workflow_id": "w", "workflow_name": "Trace", "version": definition.version_hash, "input": {"message": "hi"},
            "vars": {"message": "hi", "user_id": None, "session_id": None}, "message": "hi", **more,
        }
    )  # fmt: skip
