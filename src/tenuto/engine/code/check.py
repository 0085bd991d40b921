"""Programs checked without being run: the sandbox's own parser and type checker, with what the connectors offer as stubs."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, TypedDict, cast

from pydantic_monty import (
    AsyncFunctionSnapshot,
    ExternalModule,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    MontyTypingError,
    ResourceLimits,
)

from tenuto.core.catalog import Catalog
from tenuto.core.program import names_in
from tenuto.engine.code.interpreters import Interpreters
from tenuto.engine.code.stubs import functions_of, modules_named, stub_of

_gate = "tenuto_gate__"
_kept = 1024
_most = 50
"""Findings of one program that are told."""

_certain = {
    "invalid-syntax",
    "missing-argument",
    "too-many-positional-arguments",
    "unknown-argument",
    "unresolved-attribute",
    "unresolved-import",
    "unresolved-reference",
    "unsupported",
    "unused-awaitable",
}
"""What fails for certain when it is run; what the checker says of types may be too strict, and is a warning."""


class Finding(NamedTuple):
    """Something wrong in a program: where (from 1), what kind, and in words."""

    line: int
    column: int
    code: str
    message: str
    certain: bool


class _Place(TypedDict):
    row: int
    column: int


class _Diagnostic(TypedDict):
    location: _Place
    code: str
    message: str


class Checker:
    """Checks programs; what it said is remembered. It has a process of its own, started when first used."""

    def __init__(self, catalog: Catalog) -> None:
        """`catalog` is what programs may call."""
        self._catalog = catalog
        self._interpreters = Interpreters(workers=1, wait=10, patience=10)
        self._known: OrderedDict[tuple[str, frozenset[str]], Sequence[Finding]] = OrderedDict()

    async def check(self, code: str, inputs: Collection[str]) -> Sequence[Finding]:
        """Everything that is wrong with a program that is given these variables. Nothing of it is run."""
        key = (code, frozenset(inputs))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = await self._checked(code, sorted(key[1]))
            if len(self._known) > _kept:
                self._known.popitem(last=False)
        return found

    async def close(self) -> None:
        """End the process."""
        await self._interpreters.close()

    async def _checked(self, code: str, inputs: Sequence[str]) -> Sequence[Finding]:
        try:
            found = await self._fed(code, inputs, typed=True)
            if not found and "return" in code:
                # The checker stopped at a `return`, which it does not know outside of functions; the parser has the last word.
                found = await self._fed(code, inputs, typed=False)
        except (MontyCrashedError, TimeoutError):
            return (Finding(1, 1, "not-checked", "This code could not be checked; whether it is right shows when it runs.", False),)
        return tuple(found[:_most])

    async def _fed(self, code: str, inputs: Sequence[str], *, typed: bool) -> Sequence[Finding]:
        """What the sandbox refuses, up to a gate that stands before the first line: behind it nothing is reached."""
        names = modules_named(names_in(code).words, self._catalog)
        pool = await self._interpreters.pool()
        modules = {
            name: ExternalModule(dict.fromkeys(functions_of(name, self._catalog), _never), stubs=stub_of(name, self._catalog))
            for name in names
        }
        session = pool.checkout(
            limits=ResourceLimits(max_turn_duration_secs=5, max_memory=256 * 1024 * 1024, max_recursion_depth=200, max_suspensions=20),
            type_check=typed,
            type_check_format="json",
            type_check_stubs=_stubs(inputs),
            external_modules=modules,
        )
        async with session as opened:
            try:
                await opened.feed_run(f"import {', '.join(['asyncio', *names])}")
                snapshot = await opened.feed_start(f"{_gate}()\n{code}")
                while isinstance(snapshot, AsyncFunctionSnapshot) and str(snapshot.function_name) in ("import", "import_stubs"):
                    snapshot = await snapshot.resume_auto()
            except MontyCrashedError:
                raise
            except MontyTypingError as error:
                return await asyncio.to_thread(_diagnosed, error.display())
            except (MontySyntaxError, MontyRuntimeError) as error:
                frames = error.traceback()
                place = (max(1, frames[-1].line - 1), frames[-1].column) if frames else (1, 1)
                return (Finding(*place, "unsupported", _sentence(error.display("msg")), True),)
            except MontyError as error:
                return (Finding(1, 1, "unsupported", _sentence(str(error)), True),)
        return ()


def _stubs(inputs: Sequence[str]) -> str:
    given = "".join(f"{name}: Any\n" for name in inputs)
    return f"from typing import Any\nimport asyncio\ndef {_gate}() -> None: ...\n{given}"


def _diagnosed(text: str) -> Sequence[Finding]:
    return tuple(_findings(cast("list[_Diagnostic]", json.loads(text))))


def _findings(diagnostics: list[_Diagnostic]) -> Iterator[Finding]:
    for each in diagnostics:
        code, message = each["code"], each["message"]
        if code == "invalid-syntax" and message.startswith("`return` statement outside"):
            continue
        line = max(1, each["location"]["row"] - 1)
        yield Finding(line, each["location"]["column"], code, _sentence(message), code in _certain)


def _sentence(message: str) -> str:
    text = message.removeprefix("The monty syntax parser does not yet support ")
    if text != message:
        text = f"The sandbox's Python has no {text}"
    text = text if len(text) <= 400 else text[:399] + "…"
    return text if text.endswith(".") else text + "."


async def _never(**_: object) -> None:
    """Stands for an action; nothing is called."""
