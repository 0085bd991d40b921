"""A double of the OpenAI API: Chat Completions, Responses and the list of models, over real HTTP on loopback.

In a test: `async with openai_double() as double`, then a client with `base_url=double.base` and `api_key=double.key`. As a process:
`python -m tests.doubles.openai --port N`. How it is scripted stands in `tests.doubles.models`.

Which fields a request may have is read from the official SDK's types. Chat Completions tell of thinking only by the count of its tokens,
as the vendor's do; Responses tell its summary to those who ask for it. Where the vendor documents nothing, the double chose: a body that is too large is 413
with `invalid_request_error`; a sign of life is a comment of the stream; more than one choice is refused.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal, cast

from openai.types.chat.completion_create_params import CompletionCreateParamsBase
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles import Json
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
    first_half,
    loose,
    model_double,
    nested,
    pieces,
    run,
    texts,
)

__all__ = ["Fault", "OpenAIDouble", "Script", "ToolCall", "Usage", "openai_double"]

_chat_fields = CompletionCreateParamsBase.__required_keys__ | CompletionCreateParamsBase.__optional_keys__ | {"stream"}
_response_fields = ResponseCreateParamsBase.__required_keys__ | ResponseCreateParamsBase.__optional_keys__ | {"stream"}
_types = {403: "request_forbidden", 429: "requests", 500: "server_error", 502: "server_error", 503: "server_error", 504: "server_error"}
_codes = {401: "invalid_api_key", 403: "unsupported_country_region_territory", 429: "rate_limit_exceeded"}
_said = {
    401: "Incorrect API key provided.",
    403: "Country, region, or territory not supported",
    413: "The request is too large.",
    429: "Rate limit reached for requests. Please try again in 1s.",
    500: "The server had an error while processing your request. Sorry about that!",
    503: "The engine is currently overloaded, please try again later",
}
_any_object: Json = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}


class OpenAIDouble(ModelDouble):
    """The state of the double of OpenAI."""

    key: ClassVar[str] = "sk-proj-double000000000000000000000000"
    serves: ClassVar[Sequence[str]] = ("gpt-5.5", "gpt-5.4", "gpt-5.4-mini", "gpt-5.2", "gpt-4.1", "gpt-4o", "gpt-4o-mini")
    largest: ClassVar[int] = 64 * 1024 * 1024
    prefix: ClassVar[str] = "/v1"
    """Before the paths; others who speak this interface have it elsewhere."""
    more: ClassVar[frozenset[str]] = frozenset()
    """Fields that a vendor takes beside those of Chat Completions."""
    said: ClassVar[Json] = {"service_tier": "default", "system_fingerprint": "fp_double"}
    """What the vendor says in each answer."""
    usage_always: ClassVar[bool] = False
    """Whether a stream's last chunk tells the tokens without being asked."""

    @property
    def base(self) -> str:
        """The base URL for a client."""
        return f"{self.url}{self.prefix}"

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.stored: dict[str, tuple[list[Json], Json]] = {}
        """Responses that can be gone on from: all that was said before, and the response itself, by id."""

    def routes(self) -> Sequence[tuple[str, str, Endpoint]]:
        chat, responses = _Chat(self), _Responses(self)
        return [
            ("POST", f"{self.prefix}/chat/completions", chat.create),
            ("POST", "/v1/responses", responses.create),
            ("GET", "/v1/responses/{response_id}", responses.retrieve),
            ("GET", "/v1/models", self._list),
            ("GET", "/v1/models/{model}", self._model),
        ]

    def problem(self, status: int, message: str | None = None, code: str | None = None, param: str | None = None) -> Json:
        kind = "insufficient_quota" if code == "insufficient_quota" else _types.get(status, "invalid_request_error")
        return {
            "error": {
                "message": message or _said.get(status, "Bad request"),
                "type": kind,
                "param": param,
                "code": code or _codes.get(status),
            }
        }

    def headers(self, status: int) -> dict[str, str]:
        left = status != 429
        return {
            "x-request-id": self.serial("req_"),
            "openai-version": "2020-10-01",
            "openai-processing-ms": "7",
            "x-ratelimit-limit-requests": "10000",
            "x-ratelimit-limit-tokens": "2000000",
            "x-ratelimit-remaining-requests": "9999" if left else "0",
            "x-ratelimit-remaining-tokens": "1999000" if left else "0",
            "x-ratelimit-reset-requests": "6ms" if left else "1s",
            "x-ratelimit-reset-tokens": "30ms" if left else "6m0s",
        }

    def locked(self, request: Request) -> str | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            return "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."
        return None if given == self.key else f"Incorrect API key provided: {given[:3]}***{given[-2:]}."

    def prompt(self, body: Json) -> str | None:
        if isinstance(asked := body.get("input"), str):
            return asked
        users = [one for one in dicts(body.get("messages") or body.get("input")) if one.get("role") == "user"]
        return texts(users[-1].get("content"), "text", "input_text") if users else None

    def wrong(self, message: str, param: str | None = None, code: str | None = None) -> Exception:
        """A request that is refused, to be raised."""
        return self.refused(400, message, code, param=param)

    def checked(self, body: Json, fields: frozenset[str]) -> None:
        """Answers what a request gets that names unknown fields, no model or an unknown one."""
        for name in body.keys() - fields - self.more:
            raise self.wrong(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise self.wrong("you must provide a model parameter")
        if model not in self.models:
            raise self.refused(404, f"The model `{model}` does not exist or you do not have access to it.", "model_not_found")
        if body.get("stream_options") is not None and body.get("stream") is not True:
            raise self.wrong("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")

    def tools(self, functions: Sequence[Json], path: str) -> list[tuple[str, JsonValue]]:
        """Names and schemas of the functions that are offered; `path` is where one stands, with its place."""
        offered: list[tuple[str, JsonValue]] = []
        for place, function in enumerate(functions):
            name, schema, here = (
                function.get("name"),
                function.get("parameters") or {"type": "object", "properties": {}},
                path.format(place),
            )
            if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
                raise self.wrong(f"Invalid '{here}.name': string does not match pattern.", f"{here}.name", "invalid_value")
            if not isinstance(schema, dict) or schema.get("type") != "object":
                said = f"Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"'."
                raise self.wrong(said, f"{here}.parameters", "invalid_function_parameters")
            if function.get("strict") is True and (at := loose(schema)):
                raise self.wrong(_not_strict(f"function '{name}'", at), f"{here}.parameters", "invalid_function_parameters")
            offered.append((name, schema))
        return offered

    def chosen(self, choice: JsonValue, offered: Sequence[tuple[str, JsonValue]]) -> tuple[str | bool, Sequence[tuple[str, JsonValue]]]:
        """Which tool must be called, and which ones may be. Answers 400 to a choice of what is not offered."""
        if choice is not None and not offered:
            raise self.wrong("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")
        match choice:
            case None | "auto" | "none":
                return False, () if choice == "none" else offered
            case "required":
                return True, offered
            case {"type": "function", "function": {"name": str(name)}} | {"type": "function", "name": str(name)}:
                named, mode = {name}, name
            case {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}} | {
                "type": "allowed_tools",
                "mode": mode,
                "tools": tools,
            }:
                named = {str(one.get("name") or nested(one.get("function")).get("name")) for one in dicts(tools)}
            case _:
                raise self.wrong(f"Invalid value: {json.dumps(choice)}.", "tool_choice", "invalid_value")
        if missing := named - {name for name, _ in offered}:
            raise self.wrong(f"Tool choice '{min(missing)}' not found in 'tools' parameter.", "tool_choice")
        allowed = [tool for tool in offered if tool[0] in named]
        must = mode == "required" or (str(mode) if str(mode) in named else False)
        return must, allowed

    def schema(self, asked: JsonValue, path: str, body: Json) -> JsonValue:
        """The JSON Schema of the answer, None for free text; `asked` is the format with its schema laid flat."""
        match asked:
            case None | {"type": "text"}:
                return None
            case {"type": "json_object"}:
                if "json" not in json.dumps(body.get("messages") or body.get("input")).lower():
                    raise self.wrong(
                        f"The messages must contain the word 'json' in some form, to use '{path}' of type 'json_object'.", path
                    )
                return _any_object
            case {"type": "json_schema", "name": str(name), "schema": dict(schema)}:
                if asked.get("strict") is True and (at := loose(schema)):
                    raise self.wrong(_not_strict(f"response_format '{name}'", at), path, "invalid_json_schema")
                return cast("JsonValue", schema)
            case _:
                raise self.wrong(f"Missing required parameter: '{path}.name' or '{path}.schema'.", path, "missing_required_parameter")

    async def _list(self, request: Request, sent: JsonValue) -> Response:
        return JSONResponse({"object": "list", "data": [_model(name) for name in self.models]})

    async def _model(self, request: Request, sent: JsonValue) -> Response:
        name = str(request.path_params["model"])
        if name not in self.models:
            raise self.refused(404, f"The model '{name}' does not exist", "model_not_found", param="model")
        return JSONResponse(_model(name))


class _Chat:
    """Chat Completions."""

    def __init__(self, double: OpenAIDouble) -> None:
        self.double = double

    async def create(self, request: Request, sent: JsonValue) -> Response:
        body = cast("Json", sent)
        reply = await self.double.replied(self._asked(body))
        if body.get("stream") is not True:
            return self.double.whole(reply, self._completion(reply, body))
        with_usage = nested(body.get("stream_options")).get("include_usage") is True
        return self.double.streamed(reply, self._chunks(reply, body, with_usage), event(self.double.failure(reply.script)))

    def _asked(self, body: Json) -> Asked:
        self.double.checked(body, _chat_fields)
        messages = dicts(body.get("messages"))
        if not messages:
            raise self.double.wrong("Invalid 'messages': empty array. Expected at least 1 message.", "messages", "empty_array")
        if body.get("n") not in (None, 1):
            raise self.double.wrong("The double answers with one choice.", "n")
        self._paired(messages)
        functions = [nested(tool.get("function")) for tool in dicts(body.get("tools")) if tool.get("type") == "function"]
        must, tools = self.double.chosen(body.get("tool_choice"), self.double.tools(functions, "tools[{}].function"))
        asked = body.get("response_format")
        flat = {**asked, **nested(asked.get("json_schema"))} if isinstance(asked, dict) else asked
        calls = [call for message in messages for call in dicts(message.get("tool_calls"))]
        return Asked(
            prompt=self.double.prompt(body) or "",
            tools=tools,
            must=must,
            called=[str(nested(call.get("function")).get("name")) for call in calls],
            results=_trailing(messages, lambda message: message.get("role") == "tool", "content"),
            schema=self.double.schema(flat, "response_format", body),
            limit=_limit(body, "max_completion_tokens", "max_tokens"),
            size=len(json.dumps(messages)),
        )

    def _paired(self, messages: Sequence[Json]) -> None:
        """Answers 400 to a result without its call, and to a call without its result."""
        unanswered: list[str] = []
        for place, message in enumerate([*messages, {"role": "end"}]):
            role = message.get("role")
            if role not in ("developer", "system", "user", "assistant", "tool", "end"):
                raise self.double.wrong(f"Invalid value: '{role}'.", f"messages[{place}].role", "invalid_value")
            if role == "tool":
                if message.get("tool_call_id") not in unanswered:
                    said = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
                    raise self.double.wrong(said, f"messages.[{place}].role")
                unanswered.remove(str(message["tool_call_id"]))
                continue
            if unanswered:
                said = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
                said += f" The following tool_call_ids did not have response messages: {', '.join(unanswered)}"
                raise self.double.wrong(said, f"messages.[{place}].role")
            unanswered = [str(call.get("id")) for call in dicts(message.get("tool_calls"))]

    def _completion(self, reply: Reply, body: Json) -> Json:
        message: Json = {"role": "assistant", "content": reply.text, "refusal": reply.refusal, "annotations": []}
        if reply.tools:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.written}} for call in reply.tools
            ]
        choice: Json = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}
        return {**self._head(body, "chat.completion"), "choices": [choice], "usage": _chat_usage(reply.usage)}

    def _chunks(self, reply: Reply, body: Json, with_usage: bool) -> list[str]:
        head = self._head(body, "chat.completion.chunk") | ({"usage": None} if with_usage else {})

        def chunk(delta: Json, finish: str | None = None) -> str:
            return event({**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]})

        spoken = reply.text is not None
        events = [chunk({"role": "assistant", "content": "" if spoken else None, "refusal": None}), *[": ping\n\n"] * reply.script.pings]
        events += [chunk({"content": piece}) for piece in pieces(reply.text or "", reply.script)]
        events += [chunk({"refusal": piece}) for piece in pieces(reply.refusal or "", reply.script)]
        for index, call in enumerate(reply.tools):
            first: Json = {"index": index, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
            events.append(chunk({"tool_calls": [first]}))
            for piece in pieces(call.written, reply.script):
                events.append(chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}))
        last = chunk({}, _finish(reply))
        if self.double.usage_always:
            last = event({**json.loads(last.removeprefix("data: ")), "usage": _chat_usage(reply.usage)})
        events.append(last)
        if with_usage:
            events.append(event({**head, "choices": [], "usage": _chat_usage(reply.usage)}))
        return [*events, "data: [DONE]\n\n"]

    def _head(self, body: Json, kind: str) -> Json:
        made: Json = {"id": self.double.serial("chatcmpl-"), "object": kind, "created": int(time.time()), "model": body["model"]}
        return made | self.double.said


class _Responses:
    """Responses; what was said before is kept unless `store` is false."""

    def __init__(self, double: OpenAIDouble) -> None:
        self.double = double

    async def create(self, request: Request, sent: JsonValue) -> Response:
        body = cast("Json", sent)
        items = self._items(body)
        reply = await self.double.replied(self._asked(body, items))
        output = self._output(reply, body)
        answer = self._response(reply, body, output)
        if body.get("store") is not False:
            self.double.stored[str(answer["id"])] = ([*items, *output], answer)
        if body.get("stream") is not True:
            return self.double.whole(reply, answer)
        events = _Events(reply.script).all(answer, output)
        spoken = cast("Json", self.double.failure(reply.script)["error"])
        count = sum(not one.startswith(":") for one in first_half(events))
        # Unlike an error's body this one is flat, and the SDK hands it on in place of raising.
        broken: Json = {"type": "error", "sequence_number": count} | {name: spoken[name] for name in ("code", "message", "param")}
        return self.double.streamed(reply, events, event(broken, "error"))

    async def retrieve(self, request: Request, sent: JsonValue) -> Response:
        response_id = str(request.path_params["response_id"])
        if response_id not in self.double.stored:
            raise self.double.refused(404, f"Response with id '{response_id}' not found.")
        return JSONResponse(self.double.stored[response_id][1])

    def _items(self, body: Json) -> list[Json]:
        """All that was said, with what the response before this one knew."""
        self.double.checked(body, _response_fields)
        said = body.get("input")
        items: list[Json] = [{"role": "user", "content": said}] if isinstance(said, str) else dicts(said)
        before = None if body.get("previous_response_id") is None else str(body["previous_response_id"])
        if before is None and not items:
            raise self.double.wrong("Missing required parameter: 'input'.", "input", "missing_required_parameter")
        if before is not None and before not in self.double.stored:
            missing = f"Previous response with id '{before}' not found."
            raise self.double.wrong(missing, "previous_response_id", "previous_response_not_found")
        return [*([] if before is None else self.double.stored[before][0]), *items]

    def _asked(self, body: Json, items: Sequence[Json]) -> Asked:
        calls = {str(item.get("call_id")): str(item.get("name")) for item in items if item.get("type") == "function_call"}
        results = {str(item.get("call_id")) for item in items if item.get("type") == "function_call_output"}
        for call_id in sorted(results - calls.keys()):
            raise self.double.wrong(f"No tool call found for function call output with call_id {call_id}.", "input")
        for call_id in sorted(calls.keys() - results):
            raise self.double.wrong(f"No tool output found for function call {call_id}.", "input")
        functions = [tool for tool in dicts(body.get("tools")) if tool.get("type") == "function"]
        must, tools = self.double.chosen(body.get("tool_choice"), self.double.tools(functions, "tools[{}]"))
        return Asked(
            prompt=self.double.prompt({"input": cast("JsonValue", list(items))}) or "",
            tools=tools,
            must=must,
            called=list(calls.values()),
            results=_trailing(items, lambda item: item.get("type") == "function_call_output", "output"),
            schema=self.double.schema(nested(body.get("text")).get("format"), "text.format", body),
            limit=_limit(body, "max_output_tokens"),
            size=len(json.dumps(items)) + len(str(body.get("instructions") or "")),
        )

    def _output(self, reply: Reply, body: Json) -> list[Json]:
        serial, items = self.double.serial, list[Json]()
        encrypted = "reasoning.encrypted_content" in cast("list[str]", body.get("include") or [])
        if reply.thinking is not None:
            told = nested(body.get("reasoning")).get("summary")
            summary: JsonValue = [{"type": "summary_text", "text": reply.thinking}] if told else []
            items.append({"id": serial("rs_"), "type": "reasoning", "summary": summary})
            items[-1] |= {"encrypted_content": "encrypted-by-the-double"} if encrypted else {}
        parts: list[JsonValue] = []
        if reply.text is not None:
            parts.append({"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []})
        if reply.refusal is not None:
            parts.append({"type": "refusal", "refusal": reply.refusal})
        status = "incomplete" if _status(reply)[0] == "incomplete" else "completed"
        if parts:
            items.append({"id": serial("msg_"), "type": "message", "role": "assistant", "status": status, "content": parts})
        for call in reply.tools:
            item: Json = {"id": serial("fc_"), "type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.written}
            items.append(item | {"status": status})
        return items

    def _response(self, reply: Reply, body: Json, output: Sequence[Json]) -> Json:
        status, reason = _status(reply)
        error = cast("Json", self.double.failure(reply.script)["error"])
        whole: Json = {
            "id": self.double.serial("resp_"),
            "object": "response",
            "created_at": int(time.time()),
            "status": status,
            "error": {"code": reply.script.code or "server_error", "message": error["message"]} if status == "failed" else None,
            "incomplete_details": {"reason": reason} if reason else None,
            "output": cast("JsonValue", [] if status == "failed" else list(output)),
            "usage": None if status == "failed" else _response_usage(reply.usage),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "reasoning": {"effort": None, "summary": None},
            "store": True,
            "temperature": 1.0,
            "top_p": 1.0,
            "text": {"format": {"type": "text"}},
            "truncation": "disabled",
            "service_tier": "default",
            "metadata": {},
            "instructions": None,
            "max_output_tokens": None,
            "previous_response_id": None,
        }
        return whole | {name: value for name, value in body.items() if name in _repeated and value is not None}


_repeated = {"model", "parallel_tool_calls", "tool_choice", "tools", "reasoning", "store", "temperature", "top_p", "text", "truncation"}
_repeated |= {"metadata", "instructions", "max_output_tokens", "previous_response_id"}


class _Events:
    """The typed events of a response, numbered."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.made: list[str] = []
        self.number = 0

    def all(self, answer: Json, output: Sequence[Json]) -> list[str]:
        begun: Json = answer | {"status": "in_progress", "output": [], "usage": None, "error": None, "incomplete_details": None}
        self._add("response.created", response=begun)
        self._add("response.in_progress", response=begun)
        self.made += [": ping\n\n"] * self.script.pings
        for index, item in enumerate(output):
            empty: dict[str, Json] = {"reasoning": {"summary": []}, "message": {"content": []}, "function_call": {"arguments": ""}}
            started = {} if item["type"] == "reasoning" else {"status": "in_progress"}
            self._add("response.output_item.added", output_index=index, item=item | empty[str(item["type"])] | started)
            match item["type"]:
                case "reasoning":
                    self._thinking(index, item)
                case "message":
                    self._message(index, item)
                case _:
                    self._deltas(
                        "response.function_call_arguments", str(item["arguments"]), "arguments", output_index=index, item_id=item["id"]
                    )
            self._add("response.output_item.done", output_index=index, item=item)
        self._add(f"response.{answer['status']}", response=answer)
        return self.made

    def _thinking(self, index: int, item: Json) -> None:
        for place, part in enumerate(dicts(item["summary"])):
            at: Json = {"item_id": item["id"], "output_index": index, "summary_index": place}
            self._add("response.reasoning_summary_part.added", **at, part=part | {"text": ""})
            self._deltas("response.reasoning_summary_text", str(part["text"]), "text", **at)
            self._add("response.reasoning_summary_part.done", **at, part=part)

    def _message(self, index: int, item: Json) -> None:
        for place, part in enumerate(dicts(item["content"])):
            at: Json = {"item_id": item["id"], "output_index": index, "content_index": place}
            field = "text" if part["type"] == "output_text" else "refusal"
            more: Json = {"logprobs": []} if field == "text" else {}
            self._add("response.content_part.added", **at, part=part | {field: ""})
            self._deltas(f"response.{part['type']}", str(part[field]), field, **at, **more)
            self._add("response.content_part.done", **at, part=part)

    def _deltas(self, name: str, text: str, field: Literal["text", "refusal", "arguments"], **at: JsonValue) -> None:
        for piece in pieces(text, self.script):
            self._add(f"{name}.delta", **at, delta=piece)
        self._add(f"{name}.done", **at, **{field: text})

    def _add(self, name: str, **fields: JsonValue) -> None:
        self.made.append(event({"type": name, "sequence_number": self.number, **fields}, name))
        self.number += 1


def openai_double(port: int = 0) -> AbstractAsyncContextManager[OpenAIDouble]:
    """A running double on 127.0.0.1; port 0 takes a free one."""
    return model_double(OpenAIDouble, port)


def _finish(reply: Reply) -> str:
    return reply.script.finish or {"stop": "stop", "length": "length", "tools": "tool_calls", "refusal": "stop"}[reply.finish]


def _status(reply: Reply) -> tuple[str, str | None]:
    """How a response ended, and why it is incomplete; a script says it with `failed`, or with the reason."""
    match reply.script.finish or reply.finish:
        case "failed":
            return "failed", None
        case "length" | "max_output_tokens":
            return "incomplete", "max_output_tokens"
        case "content_filter":
            return "incomplete", "content_filter"
        case _:
            return "completed", None


def _limit(body: Json, *names: str) -> int | None:
    """How many tokens the answer may have, by the first of the fields that says it."""
    return next((limit for name in names if isinstance(limit := body.get(name), int)), None)


def _chat_usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.written, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _response_usage(usage: Usage) -> Json:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def _model(name: str) -> Json:
    return {"id": name, "object": "model", "created": 1767225600, "owned_by": "openai"}


def _not_strict(what: str, at: str) -> str:
    said = "'additionalProperties' is required to be supplied and to be false, and 'required' to include every key in properties."
    return f"Invalid schema for {what}: In context={at}, {said}"


def _trailing(said: Sequence[Json], is_result: Callable[[Json], bool], field: str) -> list[str]:
    """The results at the end of what was said."""
    return [texts(one.get(field), "text", "input_text") for one in reversed(list(itertools.takewhile(is_result, reversed(said))))]


if __name__ == "__main__":
    asyncio.run(run(OpenAIDouble))
