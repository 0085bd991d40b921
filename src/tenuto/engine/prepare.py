"""A node made ready to run: its expressions resolved, its config checked strictly, its effect known."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from tenuto.core.connector import Effect
from tenuto.core.errors import Invalid, Issue
from tenuto.core.node import NodeKind
from tenuto.core.values import encode, pointer
from tenuto.core.workflow import NodeSpec
from tenuto.engine.course import Course
from tenuto.engine.expressions.resolve import Scope, compile_value, resolve, resolve_now
from tenuto.engine.expressions.scope import absent
from tenuto.engine.parts import Parts
from tenuto.engine.plan import Plan


class Prepared(NamedTuple):
    """What will run."""

    kind: NodeKind
    config: JsonValue
    effect: Effect


async def prepare(plan: Plan, course: Course, node: str, scope: Scope, parts: Parts) -> Prepared:
    """Resolve a node's config against the run so far. Raises `ExpressionFailed` and `Invalid` with the place."""
    kept_back = parts.catalog.kind(course.spec(node).type).deferred
    forked = course.started.forked if course.started is not None else None
    edits = forked.config if forked is not None and forked.node == node else None
    compiled = plan.config(node, kept_back) if not edits else compile_value(
        {name: value for name, value in course.spec(node).config.items() if name not in edits and name not in kept_back}, at="/config"
    )  # fmt: skip
    config = resolve_now(compiled, scope) if compiled.native else await resolve(compiled, scope, parts.sandbox)
    if edits and isinstance(config, dict):
        config = {**config, **edits}
    return _prepared(course, node, config, parts)


async def deferred(spec: NodeSpec, field: str, scope: Scope, parts: Parts) -> JsonValue:
    """The value of one field of a config that was not resolved with the others. Raises `ExpressionFailed`."""
    return await resolve(compile_value(spec.config.get(field), at=f"/config/{field}"), scope, parts.sandbox)


def scope_of(course: Course, execution_id: str, now: datetime) -> Scope:
    """What the names of an expression mean at this point of a run."""
    started, nodes = course.started, course.state.nodes
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
        now=now,
        input=started.input if started else None,
        nodes=member,
        status=status,
        vars=course.state.vars,
        trigger={**(started.trigger_data or {}), "type": started.trigger} if started else None,
        item=within.item if within is not None else absent,
        index=within.index if within is not None else absent,
        execution={
            **({"urls": dict(course.addresses)} if course.addresses else {}),
            "id": execution_id,
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


def prepared_again(course: Course, node: str, parts: Parts) -> Prepared:
    """The same node again, from the config that its start recorded."""
    return _prepared(course, node, course.state.nodes[node].input, parts)


def _prepared(course: Course, node: str, config: JsonValue, parts: Parts) -> Prepared:
    spec = course.spec(node)
    try:
        document = encode({"id": node, "type": spec.type, "config": config}, what=f"The config of {node}")
        kind = parts.catalog.kind(spec.type).model_validate_json(document, strict=True)
    except ValidationError as error:
        issues = tuple(
            Issue(pointer=pointer(*each["loc"]), code=each["type"].replace("_", "-"), message=each["msg"], node=node)
            for each in error.errors(include_url=False)
        )
        first = issues[0]
        raise Invalid(
            f"{first.pointer.removeprefix('/config/')}: {first.message}.", pointer=first.pointer, node=node, issues=issues
        ) from None
    return Prepared(kind, config, kind.effect(parts.catalog.effects))
