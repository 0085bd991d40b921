"""Definitions as text: YAML or JSON becomes plain data, and data becomes YAML, without ever building anything else."""

from __future__ import annotations

import json
import math
import re
from typing import Literal, TypeAlias

import pydantic_core
import yaml
from pydantic import JsonValue

from tenuto.core.documents.yaml_reader import Place, YamlReader, malformed, resolve
from tenuto.core.errors import Malformed, TooLarge
from tenuto.core.values import JsonObject, max_depth
from tenuto.core.workflow import WorkflowDefinition, max_definition

Format: TypeAlias = Literal["json", "yaml"]


def read_document(data: bytes | str, form: Format | None = None) -> JsonValue:
    """The plain data of a YAML or JSON text of at most 2 MB; without `form`, what begins like JSON is read as JSON.

    Scalars are read as JSON would: only `true`, `false`, `null` (or nothing) and JSON's numbers are not strings, so that `on`,
    `no`, `0049` and `2026-01-31` stay text. Raises `Malformed` with line and column, and `TooLarge`.
    """
    text = _text(data)
    if (form or _guess(text)) == "json":
        return _json(text)
    return YamlReader().read(text)


def locate(data: bytes | str, at: str) -> Place | None:
    """Where the value of a JSON pointer stands in a YAML or JSON text, or else its nearest parent; None if that is unreadable."""
    reader = YamlReader()
    try:
        reader.read(_text(data))
    except (Malformed, TooLarge):
        return None
    while at not in reader.places:
        if not at:
            return None
        at = at.rpartition("/")[0]
    return reader.places[at]


def dump_yaml(definition: WorkflowDefinition | JsonObject) -> str:
    """YAML that `read_document` reads back as the same data: fields in their order, long text in blocks, small objects in a line."""
    document = definition.document if isinstance(definition, WorkflowDefinition) else definition
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000, default_flow_style=False)


def _text(data: bytes | str) -> str:
    try:
        raw = data if isinstance(data, bytes) else data.encode()
        if len(raw) > max_definition:
            raise TooLarge(f"The document has {len(raw):,} bytes; at most {max_definition:,} are accepted.")
        return raw.decode("utf-8-sig")
    except UnicodeError:
        raise Malformed("The document is not UTF-8 text.", fix="Save it as UTF-8.") from None


def _guess(text: str) -> Format:
    return "json" if re.match(r'\s*(\{\s*["}]|\[)', text) else "yaml"


def _json(text: str) -> JsonValue:
    try:
        pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError as error:
        said, _, where = str(error).partition(" at line ")
        line, column = re.findall(r"\d+", where) or ("1", "1")
        raise malformed(f"This is not JSON: {said}", (int(line), int(column))) from None
    try:
        value: JsonValue = json.loads(text, object_pairs_hook=_unique, parse_float=_finite)
    except _Refused:
        # JSON is YAML, and that reader knows the line of what was refused.
        return YamlReader().read(text)
    if _deep(text):
        return YamlReader().read(text)
    return value


def _deep(text: str) -> bool:
    """Whether brackets outside of strings nest deeper than is accepted."""
    depth = deepest = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        mark = found[0]
        depth += (mark in "[{") - (mark in "]}") if len(mark) == 1 else 0
        deepest = max(deepest, depth)
    return deepest > max_depth


class _Refused(ValueError):
    """Valid JSON that is not accepted."""


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused
    return found


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Refused
    return number


class _Dumper(yaml.CSafeDumper):
    """YAML as people write it."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    del dumper
    style = "|" if "\n" in text and "\t" not in text else None
    if style is None and (text == "=" or _resolved(text)):
        style = '"'
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


def _represent_object(dumper: _Dumper, value: dict[str, JsonValue]) -> yaml.Node:
    scalars = all(isinstance(item, str | int | float | None) for item in value.values())
    line = "".join(f"{key}: {item}, " for key, item in value.items())
    flow = scalars and len(line) <= 110 and "\n" not in line
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=flow)


def _represent_list(dumper: _Dumper, value: list[JsonValue]) -> yaml.Node:
    flow = all(isinstance(item, str | int | float | None) for item in value) and len(str(value)) <= 110 and "\n" not in str(value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flow)


def _resolved(text: str) -> bool:
    """Whether our reader would take this text, unquoted, for something else."""
    try:
        return not isinstance(resolve(text, (1, 1)), str)
    except Malformed:
        return True


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(dict, _represent_object)
_Dumper.add_representer(list, _represent_list)
