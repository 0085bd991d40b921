"""What a turn asks of a model beside the question: tools by names that vendors take, and the form of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self, cast

from pydantic import JsonValue
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.tools import ToolDefinition

from tenuto.core.agent import Tool, Turn
from tenuto.core.values import JsonObject

answering = "answer"
"""The tool by which a model gives a structured answer, where its vendor has no better way."""
_wrapped = "value"
_longest = 64
_definitions = ("$defs", "definitions")


@dataclass(frozen=True)
class Form:
    """The tools that may be asked for, and the schema of the answer."""

    tools: Sequence[Tool]
    schema: JsonObject | None

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """The form of a turn."""
        return cls(turn.tools, turn.output_schema)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Our names of tools by those that are sent: `github.list_issues` is `github_list_issues`. Vendors take no dots."""
        found: dict[str, str] = {}
        for tool in self.tools:
            base = re.sub(r"[^A-Za-z0-9_-]", "_", tool.name)[:_longest]
            name, count = base, 1
            while name in found or name == answering:
                count += 1
                name = f"{base[: _longest - 4]}_{count}"
            found[name] = tool.name
        return found

    def sent(self, name: str) -> str:
        """The name of a tool as it is sent; as it is, for one that there is not."""
        return next((wire for wire, ours in self.names.items() if ours == name), name)

    @property
    def wraps(self) -> bool:
        """Whether the answer stands in an object of its own, because vendors take no other schemas than those of objects."""
        return self.schema is not None and self.schema.get("type") != "object"

    @property
    def parameters(self) -> ModelRequestParameters:
        """As pydantic-ai has it. How a structured answer is asked for (by a tool, or by the vendor's own way) is by the model."""
        wires = {ours: wire for wire, ours in self.names.items()}
        tools = [
            ToolDefinition(name=wires[tool.name], description=tool.description, parameters_json_schema=dict(tool.parameters))
            for tool in self.tools
        ]
        if self.schema is None:
            return ModelRequestParameters(function_tools=tools)
        schema = dict(self._object)
        return ModelRequestParameters(
            function_tools=tools,
            output_mode="auto",
            output_tools=[ToolDefinition(name=answering, description=_asked, parameters_json_schema=schema, kind="output")],
            output_object=OutputObjectDefinition(json_schema=schema, name=answering),
            allow_text_output=False,
        )

    def unwrapped(self, value: JsonValue) -> JsonValue:
        """The answer itself."""
        return value[_wrapped] if self.wraps and isinstance(value, dict) and value.keys() == {_wrapped} else value

    @property
    def _object(self) -> JsonObject:
        schema = cast("JsonObject", self.schema)
        if not self.wraps:
            return schema
        # Definitions are looked up at the root of the whole schema.
        inner: dict[str, JsonValue] = {name: part for name, part in schema.items() if name not in _definitions}
        outer: dict[str, JsonValue] = {name: schema[name] for name in _definitions if name in schema}
        return {"type": "object", "properties": {_wrapped: inner}, "required": [_wrapped], "additionalProperties": False, **outer}


_asked = "Give the answer, in exactly this form."
