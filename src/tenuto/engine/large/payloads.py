"""The large values of one run: put away beside the log before an event names them, and loaded when somebody looks into them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from pydantic import JsonValue

from tenuto.core.blob import Reference, filled, json_media, mark, reference, references, standing, threshold, value_of
from tenuto.core.errors import Problem, TooLarge
from tenuto.core.events import Event, WorkflowStarted, event_data
from tenuto.core.execution import ExecutionId
from tenuto.core.family import ChildResult
from tenuto.core.node import Completed, Failed, Finished, Settled, Suspended
from tenuto.core.values import encode
from tenuto.engine.large.cache import Cache
from tenuto.engine.ports import Blobs
from tenuto.engine.steady import steady

default_largest = 64 * 1024 * 1024
_shown = 200
_values = ("input", "output", "data", "request", "vars")
_whole = ("output", "request")
"""What leaves an event as one; of a config and the like only the parts that are large do, so that the rest can be read."""


class Payloads:
    """What one run keeps beside its log. A run without large values costs nothing here."""

    def __init__(
        self, blobs: Blobs, run: ExecutionId, cache: Cache, largest: int = default_largest, conceal: Callable[[bytes], bytes] = bytes
    ) -> None:
        """`largest` bounds one value, in bytes of JSON; `conceal` takes out of one what must not be recorded."""
        self._blobs = blobs
        self._run = run
        self._cache = cache
        self.largest = largest
        self._conceal = conceal
        self.used = False
        """Whether there may be a reference in the run's state."""
        self.suspect = False
        """Whether a process stopped in the middle of this run: it may have written what no event names."""
        self.unwritten: dict[bytes, bytes] = {}
        """Set aside and not yet in the database, by digest."""
        self._kept: set[bytes] = set()
        self._named: set[bytes] = set()
        self._writing = asyncio.Lock()

    def saw(self, event: Event) -> None:
        """Take in that a recorded event holds references."""
        found = {each.digest for name in _values for _, each in references(getattr(event, name, None))}
        found |= {each.digest for _, each in references(_item(event))}
        self._named |= found
        self._kept |= found
        self.used = True

    def took(self, results: Sequence[ChildResult]) -> Sequence[ChildResult]:
        """The same, taking in that what is large in them was copied here."""
        if found := {each.digest for result in results for _, each in references(result.output)}:
            self._kept |= found
            self.used = True
        return results

    def part(self, event: Event) -> tuple[Event, bytes]:
        """The event with references in the place of what is large, and its bytes. Raises like `encode`.

        Whatever it set aside has to be written (`flush`) before the event is committed.
        """
        data = event_data(event, limit=self.largest)
        if len(data) <= threshold and not (self.used and mark in data):
            return event, data
        fields: dict[str, JsonValue] = {}
        for name in _values:
            if (value := getattr(event, name, None)) is not None:
                fields[name] = self._part(name, value, begins=event.type == "workflow_started")
        if isinstance(event, WorkflowStarted) and len(event.message) > threshold:
            fields["message"] = f"{event.message[:_shown]}…"  # it is whole in vars.message
        found = [(steps, each) for name, value in fields.items() for steps, each in references(value, (name,))]
        given: dict[str, object] = {**fields}
        if (item := _item(event)) is not None and isinstance(event, WorkflowStarted) and event.within is not None:
            given["within"] = event.within.model_copy(update={"item": (item := self._aside(item, whole=True))})
            found += references(item, ("within", "item"))
        if not found:
            return event, data
        self.used = True
        self._named.update(each.digest for _, each in found)
        event = event.model_copy(update={**given, "refs": tuple(steps for steps, _ in found)})
        return event, event_data(event)

    async def flush(self) -> None:
        """Write what was set aside, however long the database is away."""
        async with self._writing:
            while self.unwritten:
                digest, data = next(iter(self.unwritten.items()))
                await self._write(digest, data)
                del self.unwritten[digest]

    async def keep(self, data: bytes, media_type: str = json_media) -> JsonValue:
        """Put bytes away at once; what stands for them. Raises `TooLarge`."""
        if len(data) > self.largest:
            raise _too_large(len(data), self.largest)
        data = self._conceal(data)
        found = await asyncio.to_thread(reference, data, media_type)
        await self._write(found.digest, data)
        return standing(found)

    async def lifted(self, outcome: Settled) -> Settled:
        """The outcome without its large values, which are written; a failure where they cannot be kept."""
        try:
            match outcome:
                case Completed(output=output) if not _small(output):
                    return replace(outcome, output=await self.lift(output))
                case Finished(output=output) if not _small(output):
                    return replace(outcome, output=await self.lift(output))
                case Suspended(data=data) if data is not None and not _small(dict(data)):
                    return replace(outcome, data=cast("Mapping[str, JsonValue]", await self.lift(dict(data), whole=False)))
                case _:
                    return outcome
        except Problem as problem:
            return Failed(problem.data)

    async def lift(self, value: JsonValue, *, whole: bool = True) -> JsonValue:
        """The value, or what stands for it or its large parts, which are written. Raises like `encode`."""
        if _small(value):
            return value
        lifted = await asyncio.to_thread(self._aside, value, whole=whole)
        if isinstance(cast("object", lifted), Reference):
            self._cache.put(self._run, cast("Reference", lifted), value)
        await self.flush()
        return lifted

    async def opened(self, value: JsonValue) -> JsonValue:
        """The value with what its references stand for in their places. Raises `TooLarge`, `Damaged`."""
        if not self.used or not (found := [each for _, each in references(value)]):
            return value
        if (size := sum(each.blob.size for each in found)) > self.largest:
            raise _too_large(size, self.largest)
        return filled(value, {each.blob.digest: await self.load(each) for each in found})

    async def load(self, found: Reference) -> JsonValue:
        """What a reference stands for. Raises `Damaged`."""
        if (value := self._cache.get(self._run, found)) is not None:
            return value
        data = self.unwritten.get(found.digest)
        if data is None:
            data = await steady(lambda: self._blobs.read(self._run, found.blob))
        value = await asyncio.to_thread(value_of, found.blob, data)
        self._cache.put(self._run, found, value)
        return value

    async def sweep(self, head: int) -> None:
        """Delete what was written and is not named, now that the run has ended at `head`: by a process that stopped, or of a loop's rounds."""
        if self.suspect or self.used:
            await steady(lambda: self._blobs.sweep(self._run, self._named, head))

    async def _write(self, digest: bytes, data: bytes) -> None:
        self.used = True
        if digest not in self._kept:
            await steady(lambda: self._blobs.write(self._run, digest, data))
            self._kept.add(digest)

    def _part(self, name: str, value: JsonValue, *, begins: bool) -> JsonValue:
        if name in _whole or (begins and name == "input"):
            return self._aside(value, whole=True)
        parted = self._aside(value, whole=False)
        if name != "input" or next(references(parted), None) is not None:
            return parted
        return self._aside(parted, whole=True)  # many parts, none of them large

    def _aside(self, value: JsonValue, *, whole: bool) -> JsonValue:
        """What stands for a value above the threshold, set aside; or for its large parts, where it holds references or is not `whole`."""
        if isinstance(cast("object", value), Reference):
            return value
        data = encode(value, limit=self.largest)
        if len(data) <= threshold:
            return value
        if whole and next(references(value), None) is None:
            return self._set_aside(data)
        match value:
            case dict():
                return {key: self._aside(item, whole=True) for key, item in value.items()}
            case list():
                return [self._aside(item, whole=True) for item in value]
            case _:
                return self._set_aside(data)

    def _set_aside(self, data: bytes) -> JsonValue:
        data = self._conceal(data)
        found = reference(data)
        self.used = True
        if found.digest not in self._kept:
            self.unwritten[found.digest] = data
        return standing(found)


def _item(event: Event) -> JsonValue:
    return event.within.item if isinstance(event, WorkflowStarted) and event.within is not None else None


def _small(value: JsonValue) -> bool:
    """Whether a value is certainly far from large, by a look that ends early."""
    left, waiting = threshold // 8, [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                left -= len(text)
            case dict() as members:
                left -= 8 * len(members)
                if left > 0:
                    waiting.extend(members.values())
            case list() as items:
                left -= 8 * len(items)
                if left > 0:
                    waiting.extend(items)
            case _:
                left -= 8
        if left <= 0:
            return False
    return True


def _too_large(size: int, largest: int) -> TooLarge:
    return TooLarge(
        f"The value has {size:,} bytes; at most {largest:,} are accepted.",
        fix="Take less of it, pass a reference (a URL or a file id), or raise TENUTO_LARGEST_VALUE.",
    )
