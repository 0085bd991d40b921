"""A double of the Anthropic API: Messages, the count of tokens and the list of models, over real HTTP on loopback.

In a test: `async with anthropic_double() as double`, then a client with `base_url=double.url` and `api_key=double.key`. As a process:
`python -m tests.doubles.anthropic --port N`. How it is scripted stands in `tests.doubles.models`.

Which fields a request may have is read from the official SDK's types. Thinking is told to those who ask for it, and comes back with the
signature that was given. A refusal has no content; why stands in `stop_details`. Where the vendor documents nothing, the double chose:
the sampling parameters that the SDK no longer names are let through; arguments of a tool that are no JSON object come in one piece as
`{"INVALID_JSON": text}`; a wrong key is told before a missing version.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

from anthropic.types.beta.message_create_params import MessageCreateParamsBase as BetaParams
from anthropic.types.message_create_params import MessageCreateParamsBase
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles import Json
from tests.doubles.lyzr_answers import Answered
from tests.doubles.models import (
    Asked,
    Endpoint,
    Fault,
    ModelDouble,
    Reply,
    Script,
    ToolCall,
    Usage,
    dicts,
    event,
    loose,
    model_double,
    nested,
    pieces,
    run,
    texts,
)

__all__ = ["AnthropicDouble", "Fault", "Script", "ToolCall", "Usage", "anthropic_double"]

_fields = MessageCreateParamsBase.__required_keys__ | MessageCreateParamsBase.__optional_keys__
_fields |= BetaParams.__required_keys__ | BetaParams.__optional_keys__ | {"stream", "temperature", "top_p", "top_k"}
_types = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_said = {
    401: "invalid x-api-key",
    402: "Your credit balance is too low to access the Anthropic API.",
    403: "Your API key does not have permission to use the specified resource.",
    413: "Request exceeds the maximum size",
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    504: "Request timed out",
    529: "Overloaded",
}


class AnthropicDouble(ModelDouble):
    """The state of the double of Anthropic."""

    key: ClassVar[str] = "sk-ant-api03-double00000000000000000000"
    serves: ClassVar[Sequence[str]] = ("claude-opus-5", "claude-opus-5-5", "claude-sonnet-5", "claude-sonnet-5-5", "claude-haiku-5-5")
    largest: ClassVar[int] = 32 * 1024 * 1024
    call_prefix: ClassVar[str] = "toolu_"

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.signatures: dict[str, str] = {}
        """The thinking that was shown, by its signature."""

    def routes(self) -> Sequence[tuple[str, str, Endpoint]]:
        messages = _Messages(self)
        return [
            ("POST", "/v1/messages", messages.create),
            ("POST", "/v1/messages/count_tokens", messages.count),
            ("GET", "/v1/models", self._list),
            ("GET", "/v1/models/{model}", self._model),
        ]

    def problem(self, status: int, message: str | None = None, code: str | None = None, param: str | None = None) -> Json:
        kind = _types.get(status, "api_error" if status >= 500 else "invalid_request_error")
        error: Json = {"type": kind, "message": message or _said.get(status, "Bad request")}
        if code:
            error["details"] = {"error_code": code}
        return {"type": "error", "error": error}

    def refused(
        self, status: int, message: str | None = None, code: str | None = None, *, param: str | None = None, retry_after: int | None = None
    ) -> Answered:
        """An error of the vendor, to be raised; its body and its headers name the same request."""
        headers = {"request-id": self.serial("req_")} | ({} if retry_after is None else {"retry-after": str(retry_after)})
        return Answered(JSONResponse(self.problem(status, message, code) | {"request_id": headers["request-id"]}, status, headers))

    def headers(self, status: int) -> dict[str, str]:
        left, full = status != 429, (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = {"request-id": self.serial("req_"), "anthropic-organization-id": "00000000-0000-4000-8000-000000000001"}
        for what, limit in (("requests", 4000), ("tokens", 480_000), ("input-tokens", 400_000), ("output-tokens", 80_000)):
            of = f"anthropic-ratelimit-{what}"
            told |= {f"{of}-limit": str(limit), f"{of}-remaining": str(limit - 1000 if left else 0), f"{of}-reset": full}
        return told

    def locked(self, request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = request.headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")
        if not given:
            return "x-api-key header is required"
        return None if given == self.key else _said[401]

    def prompt(self, body: Json) -> str | None:
        said = [texts(one.get("content"), "text") for one in dicts(body.get("messages")) if one.get("role") == "user"]
        return next((one for one in reversed(said) if one), None)

    def sign(self, thinking: str, shown: str) -> str:
        """The signature of a thought, which the double knows again together with what was shown of it."""
        signature = hashlib.sha256(thinking.encode()).hexdigest()
        self.signatures[signature] = shown
        return signature

    async def _list(self, request: Request, sent: JsonValue) -> Response:
        found = [_model(name) for name in self.models]
        return JSONResponse({"data": found, "has_more": False, "first_id": self.models[0], "last_id": self.models[-1]})

    async def _model(self, request: Request, sent: JsonValue) -> Response:
        name = str(request.path_params["model"])
        if name not in self.models:
            raise self.refused(404, f"model: {name}")
        return JSONResponse(_model(name))


class _Messages:
    """The Messages API."""

    def __init__(self, double: AnthropicDouble) -> None:
        self.double = double

    async def create(self, request: Request, sent: JsonValue) -> Response:
        body = cast("Json", sent)
        self._versioned(request)
        if not isinstance(limit := body.get("max_tokens"), int):
            raise self._wrong("max_tokens: Field required")
        if limit < 1:
            raise self._wrong("max_tokens: Input should be greater than or equal to 1")
        reply = await self.double.replied(self._asked(body, limit))
        message = self._message(reply, body)
        if body.get("stream") is not True:
            return self.double.whole(reply, message)
        return self.double.streamed(reply, _events(reply, message), event(self.double.failure(reply.script), "error"))

    async def count(self, request: Request, sent: JsonValue) -> Response:
        self._versioned(request)
        return JSONResponse({"input_tokens": max(1, self._asked(cast("Json", sent), None).size // 4)})

    def _versioned(self, request: Request) -> None:
        if not request.headers.get("anthropic-version"):
            raise self._wrong("anthropic-version: header is required")

    def _asked(self, body: Json, limit: int | None) -> Asked:
        self._checked(body)
        messages = dicts(body["messages"])
        self._paired(messages)
        self._thinks(body, limit)
        blocks = [block for message in messages for block in dicts(message.get("content"))]
        must, tools = self._tools(body)
        return Asked(
            prompt=self.double.prompt(body) or "",
            tools=tools,
            must=must,
            called=[str(block.get("name")) for block in blocks if block.get("type") == "tool_use"],
            results=[texts(one.get("content"), "text") for one in dicts(messages[-1].get("content")) if one.get("type") == "tool_result"],
            schema=self._schema(body),
            limit=limit,
            size=len(json.dumps([messages, body.get("system"), body.get("tools")])),
        )

    def _checked(self, body: Json) -> None:
        for name in ("model", "messages"):
            if name not in body:
                raise self._wrong(f"{name}: Field required")
        for name in sorted(body.keys() - _fields):
            raise self._wrong(f"{name}: Extra inputs are not permitted")
        if body["model"] not in self.double.models:
            raise self.double.refused(404, f"model: {body['model']}")
        messages = dicts(body["messages"])
        if not messages:
            raise self._wrong("messages: at least one message is required")
        for place, message in enumerate(messages):
            if message.get("role") not in ("user", "assistant", "system"):
                raise self._wrong(f'messages: Unexpected role "{message.get("role")}". Allowed roles are "user" or "assistant"')
            if not message.get("content") and place < len(messages) - 1:
                raise self._wrong(
                    f"messages.{place}: all messages must have non-empty content except for the optional final assistant message"
                )
            for block in dicts(message.get("content")):
                if block.get("type") == "text" and not block.get("text"):
                    raise self._wrong("messages: text content blocks must be non-empty")

    def _paired(self, messages: Sequence[Json]) -> None:
        """Answers 400 to a result without its call, a call without its result, and a thought that the double did not think."""
        called: set[str] = set()
        for place, message in enumerate(messages):
            blocks = dicts(message.get("content"))
            results = {str(block.get("tool_use_id")) for block in blocks if block.get("type") == "tool_result"}
            for found in sorted(results - called):
                said = f"messages.{place}.content: unexpected `tool_use_id` found in `tool_result` blocks: {found}."
                raise self._wrong(f"{said} Each `tool_result` block must have a corresponding `tool_use` block in the previous message.")
            if called - results:
                self._unanswered(place - 1, called - results)
            called = {str(block.get("id")) for block in blocks if block.get("type") == "tool_use"}
            for at, block in enumerate(blocks):
                if block.get("type") == "thinking" and self.double.signatures.get(str(block.get("signature"))) != block.get("thinking"):
                    raise self._wrong(f"messages.{place}.content.{at}: Invalid `signature` in `thinking` block")
        if called:
            self._unanswered(len(messages) - 1, called)

    def _unanswered(self, place: int, ids: set[str]) -> None:
        said = f"messages.{place}: `tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(sorted(ids))}."
        raise self._wrong(f"{said} Each `tool_use` block must have a corresponding `tool_result` block in the next message.")

    def _thinks(self, body: Json, limit: int | None) -> None:
        thinking = nested(body.get("thinking"))
        if thinking.get("type") != "enabled":
            return
        budget = thinking.get("budget_tokens")
        if not isinstance(budget, int) or budget < 1024:
            raise self._wrong("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if limit is not None and budget >= limit:
            raise self._wrong("`max_tokens` must be greater than `thinking.budget_tokens`.")
        if nested(body.get("tool_choice")).get("type") in ("any", "tool"):
            raise self._wrong("Thinking may not be enabled when tool_choice forces tool use.")

    def _tools(self, body: Json) -> tuple[str | bool, Sequence[tuple[str, JsonValue]]]:
        """Which tool must be called, and which ones may be. Tools that the vendor runs itself are not called by the double."""
        offered: list[tuple[str, JsonValue]] = []
        for place, tool in enumerate(dicts(body.get("tools"))):
            if tool.get("type") not in (None, "custom"):
                continue
            name, schema, here = tool.get("name"), tool.get("input_schema"), f"tools.{place}.custom"
            if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", name):
                raise self._wrong(f"{here}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
            if not isinstance(schema, dict) or schema.get("type") != "object":
                raise self._wrong(f"{here}.input_schema.type: Input should be 'object'")
            if tool.get("strict") is True and loose(schema, optional=True):
                raise self._wrong(f"{here}: For 'object' type, 'additionalProperties' must be explicitly set to false")
            if name in dict(offered):
                raise self._wrong("tools: Tool names must be unique.")
            offered.append((name, schema))
        choice = nested(body.get("tool_choice"))
        if choice and not body.get("tools"):
            raise self._wrong("tool_choice: tool_choice may only be specified while providing tools.")
        match choice:
            case {"type": "tool", "name": str(name)}:
                if name not in dict(offered):
                    raise self._wrong(f"Tool '{name}' not found in provided tools")
                return name, offered
            case {"type": "none"}:
                return False, ()
            case {} if choice.get("type") in (None, "auto", "any"):
                return choice.get("type") == "any", offered
            case _:
                raise self._wrong("tool_choice: Input should be 'auto', 'any', 'tool' or 'none'")

    def _schema(self, body: Json) -> JsonValue:
        match nested(body.get("output_config")).get("format"):
            case None:
                return None
            case {"type": "json_schema", "schema": dict(schema)}:
                if loose(cast("JsonValue", schema), optional=True):
                    said = "For 'object' type, 'additionalProperties' must be explicitly set to false"
                    raise self._wrong(f"output_config.format.schema: {said}")
                return cast("JsonValue", schema)
            case _:
                raise self._wrong("output_config.format.schema: Field required")

    def _message(self, reply: Reply, body: Json) -> Json:
        thinking = nested(body.get("thinking"))
        content: list[JsonValue] = []
        if reply.thinking is not None and thinking.get("type") not in (None, "disabled"):
            shown = "" if thinking.get("display") == "omitted" else reply.thinking
            content.append({"type": "thinking", "thinking": shown, "signature": self.double.sign(reply.thinking, shown)})
        if reply.text:
            content.append({"type": "text", "text": reply.text, "citations": None})
        content += [{"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call)} for call in reply.tools]
        reason = reply.script.finish or _reasons[reply.finish]
        details: Json = {"type": "refusal", "category": None, "explanation": reply.refusal}
        return {
            "id": self.double.serial("msg_"),
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "stop_details": details if reason == "refusal" else None,
            "usage": _usage(reply.usage),
        }

    def _wrong(self, message: str) -> Exception:
        return self.double.refused(400, message)


_reasons = {"stop": "end_turn", "length": "max_tokens", "tools": "tool_use", "refusal": "refusal"}


def _events(reply: Reply, message: Json) -> list[str]:
    """The events of a stream; the signs of life come once the message has begun."""
    usage = cast("Json", message["usage"])
    begun: Json = {**message, "content": [], "stop_reason": None, "stop_details": None, "usage": {**usage, "output_tokens": 1}}
    events = [_typed("message_start", message=begun), *[_typed("ping")] * reply.script.pings]
    calls = iter(reply.tools)
    for index, block in enumerate(dicts(message["content"])):
        match block["type"]:
            case "thinking":
                empty: Json = {"thinking": "", "signature": ""}
                deltas: list[Json] = [{"type": "thinking_delta", "thinking": one} for one in pieces(str(block["thinking"]), reply.script)]
                deltas.append({"type": "signature_delta", "signature": block["signature"]})
            case "text":
                empty = {"text": ""}
                deltas = [{"type": "text_delta", "text": one} for one in pieces(str(block["text"]), reply.script)]
            case _:
                empty = {"input": {}}
                written = ["", *pieces(next(calls).written, reply.script)]
                deltas = [{"type": "input_json_delta", "partial_json": one} for one in written]
        events.append(_typed("content_block_start", index=index, content_block=block | empty))
        events += [_typed("content_block_delta", index=index, delta=delta) for delta in deltas]
        events.append(_typed("content_block_stop", index=index))
    end: Json = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    counted: Json = {name: count for name, count in usage.items() if name not in ("cache_creation", "service_tier")}
    return [*events, _typed("message_delta", delta=end, usage=counted), _typed("message_stop")]


def _typed(name: str, **fields: JsonValue) -> str:
    return event({"type": name, **fields}, name)


def _input(call: ToolCall) -> JsonValue:
    if isinstance(call.arguments, dict):
        return call.arguments
    try:
        read = cast("JsonValue", json.loads(call.arguments))
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"INVALID_JSON": call.arguments}


def _usage(usage: Usage) -> Json:
    """The vendor counts what was read from the cache and written to it beside the input, and not in it."""
    return {
        "input_tokens": usage.input - usage.cached - usage.written,
        "output_tokens": usage.output,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.written,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.written, "ephemeral_1h_input_tokens": 0},
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
        "service_tier": "standard",
    }


def _model(name: str) -> Json:
    shown = name.replace("-", " ").title()
    return {"type": "model", "id": name, "display_name": shown, "created_at": "2026-01-01T00:00:00Z", "lifecycle": "active"}


def anthropic_double(port: int = 0) -> AbstractAsyncContextManager[AnthropicDouble]:
    """A running double on 127.0.0.1; port 0 takes a free one."""
    return model_double(AnthropicDouble, port)


if __name__ == "__main__":
    asyncio.run(run(AnthropicDouble))
