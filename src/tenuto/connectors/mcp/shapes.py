"""What the actions of an MCP server take and answer."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, JsonValue

from tenuto.core.connector import Params, Result, options
from tenuto.core.toolbox import Offered
from tenuto.core.values import encode

_tools = options("list_tools", "tools", value="name", label="title")


class Search(Params):
    """Which tools."""

    query: str | None = Field(
        default=None, max_length=200, description="Only tools whose name or description has this in it, in any case.", examples=["issue"]
    )


class ToolView(Result):
    """A tool that a server offers, in the server's own words, which nobody has checked."""

    name: str = Field(description="What it is called by.", examples=["create_issue"])
    title: str = Field(description="For people; the name where the server gives no title.", examples=["Create an issue"])
    description: str = Field(default="", description="What it does.", examples=["Creates an issue in a project."])
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="JSON schema of its arguments.",
        examples=[{"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}],
    )
    output: dict[str, JsonValue] | None = Field(default=None, description="JSON schema of its data, if it says so.", examples=[None])
    reads: bool = Field(default=False, description="Whether the server says that it changes nothing.", examples=[False])
    repeatable: bool = Field(default=False, description="Whether the server says that twice is the same as once.", examples=[False])


class ToolList(Result):
    """The tools of a server."""

    tools: tuple[ToolView, ...] = Field(description="In the server's order.")
    total: int = Field(description="How many are in the list.", examples=[1])


class ToolCall(Params):
    """A call of one tool."""

    name: str = Field(min_length=1, max_length=256, description="The tool's name.", examples=["create_issue"], json_schema_extra=_tools)
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict, description="What the tool takes: see its schema in list_tools.", examples=[{"title": "It broke"}]
    )


class ToolAnswer(Result):
    """What a tool answered."""

    text: str = Field(description="All its text, for people and models.", examples=["Created issue 42."])
    data: JsonValue = Field(default=None, description="Its data, where it gives any.", examples=[{"number": 42}])
    content: tuple[dict[str, JsonValue], ...] = Field(
        default=(),
        description="Everything as it came: texts, images and sounds in base64, links and resources.",
        examples=[({"type": "text", "text": "Created issue 42."},)],
    )


def offered(listed: JsonValue) -> Sequence[Offered]:
    """The tools of a list, for agents."""
    return tuple(Offered(tool.name, tool.description or tool.title, tool.arguments) for tool in ToolList.model_validate(listed).tools)


def told(answered: JsonValue) -> str:
    """A tool's answer as a model reads it: its text, else its data; of what is no text only that there is some."""
    answer = ToolAnswer.model_validate(answered)
    data = encode(answer.data).decode() if answer.data is not None else "(no text)"
    said = answer.text if answer.text.strip() else data
    others = [str(part.get("type")) for part in answer.content if part.get("type") != "text"]
    # First, because a text may be cut where it is too long.
    return f"({len(others)} parts that are no text were left out: {', '.join(sorted(set(others)))[:200]})\n{said}" if others else said
