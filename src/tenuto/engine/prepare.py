"""A node made ready to run: its expressions resolved, its config checked strictly, its effect known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple, TypeVar, cast

from pydantic import JsonValue, ValidationError

from tenuto.core.blob import Needed, Reference, references
from tenuto.core.connector import Effect
from tenuto.core.errors import ExpressionFailed, Invalid, Issue
from tenuto.core.node import NodeKind
from tenuto.core.values import encode, pointer
from tenuto.core.workflow import NodeSpec
from tenuto.engine.course import Course
from tenuto.engine.expressions.resolve import Scope, compile_value, resolve, resolve_now
from tenuto.engine.expressions.scope import absent
from tenuto.engine.large.payloads import Payloads
from tenuto.engine.parts import Parts
from tenuto.engine.plan import Plan

T = TypeVar("T")


class Prepared(NamedTuple):
    """What will run."""

    kind: NodeKind
    config: JsonValue
    effect: Effect


async def prepare(plan: Plan, course: Course, node: str, scope: Scope, *, parts: Parts, payloads: Payloads) -> Prepared:
    """Resolve a node's config against the run so far. Raises `ExpressionFailed` and `Invalid` with the place."""
    kept_back = parts.catalog.kind(course.spec(node).type).deferred
    forked = course.started.forked if course.started is not None else None
    edits = forked.config if forked is not None and forked.node == node else None
    compiled = plan.config(node, kept_back) if not edits else compile_value(
        {name: value for name, value in course.spec(node).config.items() if name not in edits and name not in kept_back}, at="/config"
    )  # fmt: skip
    if compiled.native and not payloads.used:
        config = resolve_now(compiled, scope)
    else:
        config = await looking(lambda: resolve(compiled, scope, parts.sandbox), scope, payloads)
    if edits and isinstance(config, dict):
        config = {**config, **edits}
    prepared = await _prepared(course, node, config, parts, payloads)
    return prepared._replace(config=await payloads.lift(config, whole=False)) if payloads.used else prepared


async def deferred(spec: NodeSpec, field: str, scope: Scope, parts: Parts, payloads: Payloads) -> JsonValue:
    """The value of one field of a config that was not resolved with the others. Raises `ExpressionFailed`."""
    compiled = compile_value(spec.config.get(field), at=f"/config/{field}")
    return await payloads.opened(await looking(lambda: resolve(compiled, scope, parts.sandbox), scope, payloads))


def scope_of(course: Course, execution_id: str, now: datetime) -> Scope:
    """What the names of an expression mean at this point of a run."""
    started, nodes = course.started, course.state.nodes
    replayed = started.replayed if started is not None else None
    within = started.within if started is not None and started.within is not None and started.within.body else None

    def member(node: str) -> dict[str, JsonValue] | None:
        state = nodes.get(node)
        if state is None:
            return {"output": within.outer[node]} if within is not None and node in within.outer else None
        if state.status == "completed":
            return {"output": state.output}
        if state.status == "failed" and state.problem is not None:
            return {"error": state.problem.model_dump(mode="json", exclude_none=True)}
        return None

    def status(node: str) -> str | None:
        state = nodes.get(node)
        return state.status if state is not None else None

    return Scope(
        now=replayed.at if replayed is not None else now,
        input=started.input if started else None,
        nodes=member,
        status=status,
        vars=course.state.vars,
        trigger={**(started.trigger_data or {}), "type": replayed.trigger if replayed else started.trigger} if started else None,
        item=within.item if within is not None else absent,
        index=within.index if within is not None else absent,
        execution={
            **({"urls": dict(course.addresses)} if course.addresses else {}),
            "id": replayed.execution if replayed is not None and started and started.within is None else execution_id,
            "workflow_id": started.workflow_id if started else None,
            "workflow_name": course.graph.definition.name,
            "user_id": started.user_id if started else None,
            "session_id": started.session_id if started else None,
        },
    )


def authors_of(course: Course) -> tuple[str, ...]:
    """Whoever started a run and whom it acts for, by all their names."""
    started = course.started
    if started is None:
        return ()
    acts_for = (started.user_id, f"member:{started.user_id}") if started.user_id else ()
    return (*(started.started_by or ()), *acts_for)


async def prepared_again(course: Course, node: str, parts: Parts, payloads: Payloads) -> Prepared:
    """The same node again, from the config that its start recorded."""
    return await _prepared(course, node, course.state.nodes[node].input, parts, payloads)


async def large_message(course: Course, payloads: Payloads) -> str | None:
    """The run's message, where it is too large for the log."""
    said = course.started.vars.get("message") if course.started else None
    return str(await payloads.opened(said)) if isinstance(cast("object", said), Reference) else None


async def looking(look: Callable[[], Awaitable[T]], scope: Scope, payloads: Payloads) -> T:
    """What a look into a scope finds; large values that it looks into are loaded, and it looks again."""
    scope.large = payloads.used
    while True:
        try:
            return await look()
        except Needed as needed:
            await _load(needed.reference, scope, payloads)


async def _load(wanted: Reference, scope: Scope, payloads: Payloads) -> None:
    """Load what an expression looks into; all that one config looks into has to fit at the same time."""
    scope.size += wanted.blob.size
    if scope.size > payloads.largest:
        raise ExpressionFailed(
            f"The values that this looks into have {scope.size:,} bytes together; at most {payloads.largest:,} can be loaded.",
            fix="Take them apart in nodes of their own, or raise TENUTO_LARGEST_VALUE.",
        )
    scope.loaded[wanted.blob.digest] = await payloads.load(wanted)


async def _prepared(course: Course, node: str, config: JsonValue, parts: Parts, payloads: Payloads) -> Prepared:
    spec = course.spec(node)
    kind_type = parts.catalog.kind(spec.type)
    given, passed = config, dict[str, JsonValue]()
    if payloads.used and isinstance(config, dict):
        passed = {name: config[name] for name in kind_type.passes if next(references(config.get(name)), None) is not None}
        given = await payloads.opened({**config, **dict.fromkeys(passed)})
    try:
        document = encode({"id": node, "type": spec.type, "config": given}, limit=payloads.largest, what=f"The config of {node}")
        kind = kind_type.model_validate_json(document, strict=True)
    except ValidationError as error:
        issues = tuple(
            Issue(pointer=pointer(*each["loc"]), code=each["type"].replace("_", "-"), message=each["msg"], node=node)
            for each in error.errors(include_url=False)
        )
        first = issues[0]
        raise Invalid(
            f"{first.pointer.removeprefix('/config/')}: {first.message}.", pointer=first.pointer, node=node, issues=issues
        ) from None
    if passed:
        kind = kind.model_copy(update={"config": kind.config.model_copy(update=passed)})
    return Prepared(kind, config, kind.effect(parts.catalog.effects))
