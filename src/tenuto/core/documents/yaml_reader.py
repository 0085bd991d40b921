"""YAML as plain data: a reader that builds JSON values from the parser's events, and nothing else, within limits."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, cast

import yaml
from pydantic import JsonValue

from tenuto.core.errors import Malformed
from tenuto.core.values import max_depth, pointer
from tenuto.core.workflow import max_definition


class _Mark(Protocol):
    """Where libyaml was, counted from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


Place: TypeAlias = tuple[int, int]
"""Line and column, both counted from 1."""

max_aliases = 100
_max_weight = 2 * max_definition
"""Characters and values after aliases are written out: what an alias bomb is measured with."""


@dataclass
class _Frame:
    """A list or mapping that is being read."""

    value: list[JsonValue] | dict[str, JsonValue]
    at: str
    anchor: str | None
    begun: int
    key: str | None = None


@dataclass
class YamlReader:
    """Builds plain data from the parser's events with a stack of its own: no constructors, no recursion, every limit in one place."""

    places: dict[str, Place] = field(default_factory=dict[str, Place])
    _frames: list[_Frame] = field(default_factory=list[_Frame])
    _anchors: dict[str, tuple[JsonValue, int]] = field(default_factory=dict[str, tuple[JsonValue, int]])
    _aliases: int = 0
    _weight: int = 0
    _roots: list[JsonValue] = field(default_factory=list[JsonValue])

    def read(self, text: str) -> JsonValue:
        """The one document of the text."""
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                self._hear(event)
        except yaml.MarkedYAMLError as error:
            said = " ".join(filter(None, (error.context, error.problem)))
            raise malformed(f"This is not YAML: {said}", _marked(error)) from None
        except yaml.YAMLError as error:
            raise Malformed(f"This is not YAML: {str(error).splitlines()[0]}.") from None
        if not self._roots:
            raise Malformed("The document is empty.")
        return self._roots[0]

    def _hear(self, event: yaml.Event) -> None:
        place = _place(event.start_mark)
        match event:
            case yaml.DocumentStartEvent() if self._roots:
                raise malformed("A second document begins here; one is expected", place, "Keep one document in a file.")
            case yaml.ScalarEvent():
                self._scalar(event, place)
            case yaml.AliasEvent():
                self._alias(event, place)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open(event, place)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                frame = self._frames.pop()
                if frame.anchor:
                    self._anchors[frame.anchor] = (frame.value, self._weight - frame.begun)
            case _:
                pass

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> None:
        self._weigh(len(event.value), place)
        frame = self._frames[-1] if self._frames else None
        if frame and isinstance(frame.value, dict) and frame.key is None:
            self._key(frame, frame.value, event, place)
            return
        value: JsonValue = event.value
        if not event.style and event.tag is None:
            value = resolve(event.value, place)
        elif event.tag not in {None, "!", "tag:yaml.org,2002:str"}:
            raise _tagged(event.tag, place)
        if event.anchor:
            self._anchors[event.anchor] = (value, len(event.value))
        self._put(value, place)

    def _key(self, frame: _Frame, into: dict[str, JsonValue], event: yaml.ScalarEvent, place: Place) -> None:
        if event.value in into:
            raise malformed(f'"{event.value}" is written twice in the same object', place, "Remove one of the two.")
        if event.value == "<<" and not event.style:
            raise malformed("Merge keys (<<) are not read", place, "Write the fields out.")
        frame.key = event.value

    def _alias(self, event: yaml.AliasEvent, place: Place) -> None:
        self._aliases += 1
        known = self._anchors.get(event.anchor or "")
        if known is None:
            raise malformed(f"The alias *{event.anchor} stands for nothing that ended before it", place)
        if self._aliases > max_aliases:
            raise malformed(f"More than {max_aliases} aliases are used", place, "Write the values out.")
        self._weigh(known[1], place)
        self._put(known[0], place)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, place: Place) -> None:
        if event.tag is not None:
            raise _tagged(event.tag, place)
        if len(self._frames) >= max_depth:
            raise malformed(f"Nested more than {max_depth} levels deep", place)
        begun = self._weight
        self._weigh(0, place)
        value: list[JsonValue] | dict[str, JsonValue] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        at = self._put(cast("JsonValue", value), place)
        self._frames.append(_Frame(value, at, event.anchor, begun))

    def _put(self, value: JsonValue, place: Place) -> str:
        """Put a value where it belongs; answers its pointer."""
        if not self._frames:
            self._roots.append(value)
            self.places[""] = place
            return ""
        frame = self._frames[-1]
        if isinstance(frame.value, list):
            at = frame.at + pointer(len(frame.value))
            frame.value.append(value)
        elif frame.key is None:
            raise malformed("The name of a field is text; here it is a list or an object", place, "Write expressions in quotes.")
        else:
            at = frame.at + pointer(frame.key)
            frame.value[frame.key] = value
            frame.key = None
        self.places[at] = place
        return at

    def _weigh(self, size: int, place: Place) -> None:
        self._weight += size + 1
        if self._weight > _max_weight:
            raise malformed("The document becomes too large when its aliases are written out", place)


def malformed(sentence: str, place: Place, fix: str | None = None) -> Malformed:
    """The problem of a document, with its place."""
    return Malformed(f"{sentence} (line {place[0]}, column {place[1]}).", fix=fix)


_integer = re.compile(r"-?(0|[1-9][0-9]*)")
_number = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_words: Mapping[str, bool | None] = {"true": True, "True": True, "false": False, "False": False, "null": None, "~": None, "": None}


def resolve(text: str, place: Place) -> JsonValue:
    """What an unquoted scalar means. Raises `Malformed` for numbers that JSON cannot hold."""
    if text in _words:
        return _words[text]
    if len(text) <= 4300 and _integer.fullmatch(text):
        return int(text)
    if _number.fullmatch(text):
        if len(text) > 4300 or math.isinf(float(text)):
            raise malformed("This number is too large", place, "Put it in quotes to keep it as text.")
        return float(text)
    if text.lower() in {".nan", ".inf", "-.inf", "+.inf"}:
        raise malformed(f"{text} is not a value that JSON can hold", place, "Use null or a string instead.")
    return text


def _marked(error: yaml.MarkedYAMLError) -> Place:
    return _place(error.problem_mark or error.context_mark)


def _place(mark: _Mark | None) -> Place:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _tagged(tag: str | None, place: Place) -> Malformed:
    return malformed(f"The tag {tag} is not accepted: a definition is plain data", place, "Remove the tag.")
