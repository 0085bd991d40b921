"""What a run can be found by: its ids as clients choose them, and the values of its workflow's `settings.keys`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never

from pydantic import JsonValue

from tenuto.core.errors import ExpressionFailed, Invalid
from tenuto.core.events import WorkflowStarted
from tenuto.engine.expressions.resolve import compile_value, resolve_now
from tenuto.engine.expressions.scope import Scope

_longest = 200
_longest_id = 128


def text_id(value: str, name: str) -> str:
    """An id of any form, 1 to 128 characters. Raises `Invalid` naming the field for what a text column cannot hold."""
    if not 1 <= len(value) <= _longest_id:
        raise Invalid(f"{name} has 1 to {_longest_id} characters, not {len(value)}.", pointer=f"/{name}")
    if "\0" in value:
        raise Invalid(f"{name} holds a NUL character.", pointer=f"/{name}")
    return value


def keys_of(expressions: Sequence[str], event: WorkflowStarted) -> tuple[str, ...]:
    """The values as text, each once; what the input does not have makes no key.

    Raises `Invalid` for an expression that is more than a path: it would need the sandbox, before there is a run to fail.
    """
    if not expressions:
        return ()
    scope = Scope(now=datetime.now(UTC), input=event.input, vars=event.vars)
    found: dict[str, None] = {}
    for number, expression in enumerate(expressions):
        at = f"/settings/keys/{number}"
        resolvable = compile_value(expression, at=at)
        if not resolvable.native:
            raise Invalid(f"A key is a path such as {{{{ input.order_id }}}}, not {expression}.", pointer=at, fix="Write a path.")
        try:
            key = _written(resolve_now(resolvable, scope))
        except ExpressionFailed:
            continue
        if key:
            found[key] = None
    return tuple(found)


def _written(value: JsonValue) -> str | None:
    """A value as people would type it; None for what nobody searches for."""
    match value:
        case str():
            # Half a kilobyte is no key, and neither is what a text column or the list of keys cannot hold.
            return value if len(value) <= _longest and not ({"\0", "\x1f"} & set(value)) else None
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case None | list() | dict():
            return None
        case _:
            assert_never(value)
