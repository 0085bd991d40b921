"""A run as it is asked for, and the event that it begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from pydantic import JsonValue

from tenuto.core.access import Principal
from tenuto.core.catalog import Catalog, suggest
from tenuto.core.errors import Invalid
from tenuto.core.events import WorkflowStarted
from tenuto.core.faults import Fault
from tenuto.core.values import pointer
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.keys import text_id
from tenuto.store.runs.identity import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run as it is asked for: a whole `workflow`, or the id of a stored one."""

    workflow: JsonValue = None
    workflow_id: str | None = None
    version: int | None = None
    """Of the stored workflow; the newest published one if it is not given."""
    message: str | None = None
    input: JsonValue = None
    user_id: str | None = None
    session_id: str | None = None
    execution_id: str | None = None
    """The client's own id for the run; the same again is the same run."""
    idempotency_key: str | None = None
    """Stands for an id of the caller's where none is given."""
    simulate: bool | None = None
    """None: simulated exactly if this is development and a credential is missing."""
    faults: tuple[Fault, ...] = ()
    """What a simulation is to let go wrong."""
    trigger: str = "api"


def beginning(
    by: Principal, wanted: Wanted, user_id: str | None, definition: WorkflowDefinition, catalog: Catalog, *, simulated: bool
) -> WorkflowStarted:
    """The first event of a run. Raises `Invalid` for an id that is none, and for faults that would never happen."""
    message = wanted.message
    given: JsonValue = wanted.input
    if message is None:
        said = given.get("message") if isinstance(given, dict) else None
        message = said if isinstance(said, str) else ""
    elif given is None or isinstance(given, dict):
        given = {"message": message, **(given or {})}
    session_id = optional_id(wanted.session_id, "session_id")
    return WorkflowStarted(
        workflow_id=wanted.workflow_id or definition.id,
        workflow_name=definition.name,
        version=definition.version_hash,
        input=given,
        vars={"message": message, "user_id": user_id, "session_id": session_id},
        message=message,
        user_id=optional_id(user_id, "user_id"),
        session_id=session_id,
        simulated=simulated,
        faults=faults_of(wanted.faults, definition, catalog, simulated=simulated) or None,
        trigger=wanted.trigger,
        started_by=(by.label, by.person),
    )


def public_id(principal: Principal, wanted: Wanted) -> str:
    """The id that the run is known by: the given one, one that stands for the given key, or a new one. Raises `Invalid`."""
    if wanted.execution_id is not None:
        return text_id(wanted.execution_id, "execution_id")
    if wanted.idempotency_key is not None:
        # Of this caller alone: two callers' keys never meet.
        return str(uuid5(NAMESPACE_URL, f"tenuto:start:{principal.workspace}:{principal.id}:{wanted.idempotency_key}"))
    return str(new_id())


def optional_id(value: str | None, name: str) -> str | None:
    """The text of an id, where there is one. Raises `Invalid`."""
    return None if value is None else text_id(value, name)


def faults_of(faults: Sequence[Fault], definition: WorkflowDefinition, catalog: Catalog, *, simulated: bool) -> tuple[Fault, ...]:
    """The faults, if each can happen. Raises `Invalid` with the place of one that cannot."""
    if faults and not simulated:
        raise Invalid("Faults are for simulations; this run is real.", pointer="/faults", fix="Start it with simulate: true.")
    nodes = {node.id: None for node in definition.nodes}
    for number, fault in enumerate(faults):
        integration, action = fault.names
        connector = catalog.connectors.get(integration)
        if fault.at == "http" or fault.at in nodes or (connector is not None and (not action or action in connector.actions)):
            continue
        known = {
            **nodes,
            "http": None,
            **({f"{integration}.{key}": None for key in connector.actions} if connector else catalog.connectors),
        }
        sentence = f'"{fault.at}" is no node of this workflow, no integration and no action.'
        raise Invalid(sentence, pointer=pointer("faults", number, "at"), fix=suggest(fault.at, known).strip())
    return tuple(faults)
