"""What the Lyzr double says: how an agent is told to behave, and its texts, streams and refusals made from that; no I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from starlette.responses import JSONResponse, Response
from tests.doubles import Dress, Json, Wire, dressed, fitting

from tenuto.core.values import Frozen

Fault = Literal["drop_before", "drop_after", "drop_midway", "truncated", "malformed", "html", "empty"]


class ToolCall(Frozen):
    """One call the agent asks its caller to make (local tools)."""

    name: str
    arguments: Json = {}


class Artifact(Frozen):
    """A file the agent made; its `file_url` is a short link that redirects to the content."""

    name: str = "Quarterly Summary Report"
    format_type: str = "pdf"
    content: str = "%PDF-1.7 double"


class Behaviour(Frozen):
    """How an agent answers; every field left alone is the sensible default.

    Answers: `answer` is the text (a JSON value is written as JSON), `dress` how its JSON is clothed, `under` a key that wraps it,
    `think` a block before it, `refuses` makes it `{"success":false,"error":…}` with status 200; `extra` adds fields to the answer.
    Failures: `status` (with `detail`, `retry_after`) or `fault`. With `drop_before` nothing ran; with `drop_after` and `drop_midway`
    it ran, and the answer is lost or cut in half; a `truncated` stream lacks its `[DONE]`.
    Time: `delay` is how long the agent thinks, in seconds (a task is processing meanwhile); `hold` makes it think until
    `double.release()`; `gap` is the pause after each chunk of a stream.
    Streams: `chunks` are sent verbatim, `json_chunks` sends objects, `stream_error` ends it with `[ERROR]` in place of `[DONE]`.
    Tasks: `polls` is what the first polls answer (a number is an HTTP status; after 404 the task is gone), `task_error` fails it.
    Local tools: `tools` are the calls of each round, after which comes the answer.
    `times` limits a behaviour to that many runs, after which the next one applies (in a message: to its first runs).
    """

    times: Annotated[int, Field(ge=1)] | None = None
    answer: JsonValue = None
    dress: Dress | None = None
    under: str | None = None
    think: str | None = None
    refuses: str | None = None
    extra: Json = {}
    artifacts: tuple[Artifact, ...] = ()
    status: int = 200
    detail: JsonValue = None
    retry_after: int | None = None
    fault: Fault | None = None
    delay: float = 0
    hold: bool = False
    gap: float = 0
    chunks: tuple[str, ...] = ()
    json_chunks: bool = False
    stream_error: str | None = None
    polls: tuple[Literal["processing", "drop", "html"] | int, ...] = ("processing",)
    task_error: str | None = None
    tools: tuple[tuple[ToolCall, ...], ...] = ()


out_of_credits = Behaviour(status=429, detail="Credits exhausted. Please upgrade your plan to continue.")


class Body(BaseModel):
    """The body of chat, stream and task; fields the double has no use for are let through, as the vendor does."""

    agent_id: str
    session_id: str
    user_id: str | None = "default_user"
    message: str | None = None
    messages: list[Json] | None = None
    assets: list[str] | None = None
    features: list[Json] | None = None
    response_format: Json | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Body:
        if self.message is None and not self.messages:
            raise ValueError("one of message or messages is required")
        return self


@dataclass
class Run:
    body: Body
    agent: Json
    behaviour: Behaviour
    message: str
    earlier: Sequence[JsonValue]
    files: Sequence[JsonValue]
    done: Callable[[], None]


class Answered(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__("answered")
        self.response = response


def agent_record(agent_id: str, fields: Json) -> Json:
    """A stored agent: the vendor's defaults under the given fields; some empty lists come back as null, as the vendor's do."""
    now = datetime.now(UTC).isoformat()
    defaults: Json = {"name": "Agent", "description": "", "agent_role": "", "agent_goal": "", "agent_instructions": "", "examples": None}
    defaults |= {"provider_id": "OpenAI", "model": "gpt-4o-mini", "temperature": 0.7, "top_p": 0.9, "llm_credential_id": "lyzr_openai"}
    defaults |= {"features": [], "tools": None, "tool_usage_description": "{}", "tool_configs": [], "managed_agents": [], "a2a_tools": None}
    defaults |= {"response_format": {"type": "text"}, "store_messages": True, "file_output": False, "max_iterations": 25}
    defaults |= {"skills_catalog": None, "mcp_resources": None, "mcp_prompts": None, "template_type": None, "version": "3"}
    return defaults | fields | {"_id": agent_id, "created_at": now, "updated_at": now}


def agent_fields(sent: JsonValue) -> Json:
    """The fields of a create or replace. Answers 422 when one is missing, or when memory is asked for but nothing is stored."""
    try:
        fields = _AgentBody.model_validate(sent).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        raise Answered(unprocessable(error)) from None
    return cast("Json", fields)


def check_agent(agent: Json, added: Sequence[Json]) -> None:
    """Answers what an agent that was accepted with a bad configuration answers to its first message."""
    if agent["provider_id"] not in ("OpenAI", "Anthropic", "Google", "Groq", "Perplexity", "Aws-Bedrock"):
        raise Answered(problem(400, "1 validation error for LLMConfig\nprovider_id\n  Field required"))
    kinds = {str(feature.get("type")) for feature in [*_list(agent["features"]), *added]}
    if wrong := [kind for kind in kinds if kind not in _features and kind.upper() in _features]:
        raise Answered(problem(400, f"Unknown feature type: {wrong[0]}"))
    if {"RAI", "UQLM_LLM_JUDGE"} <= kinds:
        raise Answered(problem(400, "Expecting value: line 1 column 2 (char 1)"))
    if any(tool.get("action_names", []) is None for tool in _list(agent["tool_configs"])):
        raise Answered(problem(500))


def refuse(run: Run) -> None:
    """Answers what a run gets that does not take place."""
    behaviour = run.behaviour
    if behaviour.fault == "drop_before":
        raise Answered(Wire([], cut=True))
    if behaviour.fault == "html":
        raise Answered(page(behaviour.status))
    if behaviour.status != 200:
        raise Answered(problem(behaviour.status, behaviour.detail, behaviour.retry_after))


def faulty(run: Run, payload: Json) -> Response:
    """The answer to a run, damaged as the behaviour asks."""
    data = json.dumps(payload).encode()
    half, kind = data[: len(data) // 2], "application/json"
    match run.behaviour.fault:
        case "drop_after":
            return Wire([], cut=True)
        case "drop_midway":
            return Wire([half], kind, length=len(data), cut=True)
        case "truncated":
            return Response(half, media_type=kind)
        case "malformed":
            return Response(data.replace(b'": ', b'" = '), media_type=kind)
        case "empty":
            return Response(b"", media_type=kind)
        case _:
            return Wire([data], kind, length=len(data), done=run.done)


def tool_calls(run: Run) -> Json | None:
    """The assistant's entry that asks for the next round of local tools; None when it is time to answer."""
    rounds = sum("tool_calls" in message for message in run.body.messages or [])
    scripted = run.behaviour.tools
    offered = [tool for feature in [*_list(run.agent["features"]), *(run.body.features or [])] for tool in _offered(feature)]
    calls: Sequence[ToolCall] = scripted[rounds] if rounds < len(scripted) else ()
    if offered and not scripted and rounds == 0:
        # The tool that is spoken of, else the first one.
        tool = next((tool for tool in offered if str(tool["name"]) in run.message), offered[0])
        calls = [ToolCall(name=str(tool["name"]), arguments=cast("Json", fitting(tool.get("parameters", {}), directive(run.message)[0])))]
    if not calls:
        return None
    entries = [
        {"id": f"call_{rounds}_{place}", "type": "function", "function": {"name": "local_tool", "arguments": _arguments(call)}}
        for place, call in enumerate(calls)
    ]
    return {"role": "assistant", "content": None, "tool_calls": cast("JsonValue", entries)}


def text(run: Run) -> str:
    """What the agent says: what was scripted, else what its schema asks for, else an echo that shows what it knows."""
    behaviour, schema = run.behaviour, _schema(run)
    managed = _list(run.agent["managed_agents"])
    value: JsonValue
    if behaviour.refuses is not None:
        value = {"success": False, "error": behaviour.refuses}
    elif behaviour.answer is not None:
        value = behaviour.answer
    elif schema is not None:
        value = fitting(schema, directive(run.message)[0])
    elif managed:
        value = {"status": "success", "result": {"text": _echo(run), "agent": _routed(managed, run.message)}}
    else:
        value = _echo(run)
    if behaviour.under:
        value = {behaviour.under: value}
    plain: Dress = "double_encoded" if managed and behaviour.answer is None else "bare"
    spoken = dressed(value, behaviour.dress or plain)
    return spoken if behaviour.think is None else f"<think>{behaviour.think}</think>\n{spoken}"


def lines(run: Run, answer: Json) -> list[str]:
    """The events of a stream, without its end: one per word, the space before a word being part of it."""
    if answer.get("requires_local_execution"):
        messages = answer["messages"]
        called = cast("list[Json]", _list(messages)[-1]["tool_calls"])
        asked = [cast("Json", json.loads(cast("str", cast("Json", call["function"])["arguments"]))) for call in called]
        return [_event(json.dumps({"type": "local_tool_call", **call, "messages": messages})) for call in asked]
    if run.behaviour.chunks:
        return [_event(chunk) for chunk in run.behaviour.chunks]
    pieces = [str(piece) for piece in re.findall(r"\s*\S+|\s+$", str(answer["response"]))]
    if run.behaviour.json_chunks:
        return [_event(json.dumps({"content": piece, "delta": piece, "metadata": {}})) for piece in pieces]
    return [_event(json.dumps(piece)[1:-1].replace("&", "&amp;").replace("<", "&lt;")) for piece in pieces]


def said(body: Body) -> str | None:
    """The last thing the user said."""
    if body.message is not None:
        return body.message
    users = [message.get("content") for message in body.messages or [] if message.get("role") == "user"]
    return users[-1] if users and isinstance(users[-1], str) else None


def directive(message: str) -> tuple[str, Behaviour | None]:
    """A message without its `[[double {…}]]`, and the behaviour that asks for. Answers 422 to one that cannot be read."""
    before, mark, after = message.partition("[[double ")
    if not mark:
        return message, None
    try:
        asked, end = cast("tuple[JsonValue, int]", json.JSONDecoder().raw_decode(after))
        return (before + after[end:].removeprefix("]]")).strip(), Behaviour.model_validate(asked)
    except ValidationError as error:
        raise Answered(unprocessable(error)) from None
    except ValueError as error:
        raise Answered(problem(422, f"The double's directive is not JSON: {error}")) from None


def problem(status: int, detail: JsonValue = None, retry_after: int | None = None) -> Response:
    """An error as FastAPI writes it."""
    usual = {400: "Failed to chat completions: 400: bad request", 401: "Invalid API key", 429: "Rate limit exceeded"}
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return JSONResponse({"detail": usual.get(status, "Internal Server Error") if detail is None else detail}, status, headers)


def page(status: int = 502) -> Response:
    """The page of a gateway in front of the vendor; an error status in any case."""
    status = status if status >= 400 else 502
    return Response(f"<html><head><title>{status} Bad Gateway</title></head><body>nginx</body></html>", status, media_type="text/html")


def unprocessable(error: ValidationError) -> Response:
    """A 422 as FastAPI writes it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return JSONResponse({"detail": [{"loc": ["body", *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in found]}, 422)


_memory = {"MEMORY", "SHORT_TERM_MEMORY"}
_features = _memory | {"KNOWLEDGE_BASE", "TOOL_CALLING", "DATA_QUERY", "HUMANIZER", "SRS", "CONTEXT_RELEVANCE", "GROUNDEDNESS", "RAI"}
_features |= {"UQLM_LLM_JUDGE", "UQLM_JUDGE_PANEL"}


class _AgentBody(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str
    provider_id: str
    model: str
    temperature: float
    top_p: float
    features: list[Json] | None = None
    managed_agents: list[Json] | None = None
    store_messages: bool = True

    @model_validator(mode="after")
    def _stores_what_it_remembers(self) -> _AgentBody:
        if not self.store_messages and any(feature.get("type") in _memory for feature in self.features or []):
            raise ValueError("store_messages must be true when a memory feature is enabled")
        return self


def _echo(run: Run) -> str:
    heard = directive(run.message)[0]
    parts = [f"You said: {heard}"]
    last = (run.body.messages or [{}])[-1]
    if last.get("role") == "tool":
        parts.append(f"The tool answered: {last.get('content')}")
    if run.files:
        parts.append(f"Files: {', '.join(map(str, run.files))}")
    if run.earlier and any(feature.get("type") in _memory for feature in _list(run.agent["features"])):
        parts.append(f"Earlier you said: {' | '.join(map(str, run.earlier))}")
    return "\n".join(parts)


def _routed(managed: list[Json], message: str) -> JsonValue:
    words = set(re.findall(r"\w{4,}", message.lower()))
    fits = [one for one in managed if words & set(re.findall(r"\w{4,}", str(one.get("usage_description")).lower()))]
    return (fits or managed)[0].get("name")


def _schema(run: Run) -> JsonValue:
    """The schema to honour: a run names it bare (or as the agent does), an agent in OpenAI's envelope."""
    for asked in (run.body.response_format, run.agent["response_format"]):
        match asked:
            case {"type": "json_schema", "json_schema": {"schema": schema}}:
                return cast("JsonValue", schema)
            case {"type": "json_object"}:
                return {"type": "object", "properties": {"message": {"type": "string"}}}
            case {"type": "text"} | None:
                pass
            case dict() if asked:
                return asked
            case _:
                pass
    return None


def _offered(feature: Json) -> list[Json]:
    config = feature.get("config")
    return _list(config.get("tools")) if feature.get("type") == "local_tools" and isinstance(config, dict) else []


def _arguments(call: ToolCall) -> str:
    return json.dumps({"tool_name": call.name, "arguments": call.arguments})


def _event(data: str) -> str:
    return f"data: {data}\n\n"


def _list(value: JsonValue) -> list[Json]:
    return cast("list[Json]", value or [])
