"""A double of Google's Gemini API: `generateContent` and `streamGenerateContent`, over real HTTP on loopback.

From https://ai.google.dev/api/generate-content (shapes), https://ai.google.dev/gemini-api/docs/troubleshooting (errors) and
https://ai.google.dev/gemini-api/docs/function-calling. The key stands in `x-goog-api-key`; a wrong one is 400 `INVALID_ARGUMENT` with the reason
`API_KEY_INVALID`, a missing one 403 `PERMISSION_DENIED`. How it is scripted stands in `tests.doubles.models`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar, cast

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response
from tests.doubles import Json
from tests.doubles.models import Asked, Endpoint, ModelDouble, Reply, dicts, event, nested, pieces

_statuses = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
_finish = {"stop": "STOP", "length": "MAX_TOKENS", "tools": "STOP", "refusal": "SAFETY"}
_fields = {"contents", "systemInstruction", "generationConfig", "safetySettings", "tools", "toolConfig", "cachedContent", "labels"}


class GoogleDouble(ModelDouble):
    """The state of the double of Gemini."""

    key: ClassVar[str] = "AIzaDouble0000000000000000000000000000"
    serves: ClassVar[Sequence[str]] = ("gemini-3-pro", "gemini-2.5-flash")
    largest: ClassVar[int] = 20 * 1024 * 1024

    def routes(self) -> Sequence[tuple[str, str, Endpoint]]:
        return [
            ("POST", "/v1beta/models/{model}:generateContent", self._generate),
            ("POST", "/v1beta/models/{model}:streamGenerateContent", self._stream),
        ]

    def problem(self, status: int, message: str | None = None, code: str | None = None, param: str | None = None) -> Json:
        details: list[JsonValue] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code}] if code else []
        return {
            "error": {"code": status, "message": message or "Bad request", "status": _statuses.get(status, "UNKNOWN"), "details": details}
        }

    def headers(self, status: int) -> dict[str, str]:
        return {"server-timing": "gfet4t7; dur=7"}

    def locked(self, request: Request) -> str | None:
        return None if request.headers.get("x-goog-api-key") == self.key else "API key not valid. Please pass a valid API key."

    def prompt(self, body: Json) -> str | None:
        users = [content for content in dicts(body.get("contents")) if content.get("role") == "user"]
        return _text(users[-1]) if users else None

    async def _generate(self, request: Request, sent: JsonValue) -> Response:
        body = cast("Json", sent)
        reply = await self.replied(self._asked(request, body))
        return self.whole(reply, self._answer(request, reply, self.serial("resp"), [*_spoken(reply.text), *_calls(reply)], last=True))

    async def _stream(self, request: Request, sent: JsonValue) -> Response:
        if request.query_params.get("alt") != "sse":
            raise self.refused(400, "The double streams server-sent events only: alt=sse.")
        body = cast("Json", sent)
        reply = await self.replied(self._asked(request, body))
        name = self.serial("resp")
        events = [event(self._answer(request, reply, name, _spoken(piece))) for piece in pieces(reply.text or "", reply.script)]
        events.append(event(self._answer(request, reply, name, _calls(reply) or [{"text": ""}], last=True)))
        return self.streamed(reply, events, event(self.failure(reply.script)))

    def _asked(self, request: Request, body: Json) -> Asked:
        for name in body.keys() - _fields:
            raise self.refused(400, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
        model = request.path_params["model"]
        if model not in self.models:
            raise self.refused(404, f"models/{model} is not found for API version v1beta.")
        contents = dicts(body.get("contents"))
        if not contents:
            raise self.refused(400, "* GenerateContentRequest.contents: contents is not specified")
        parts = [part for content in contents for part in dicts(content.get("parts"))]
        declared = [one for tool in dicts(body.get("tools")) for one in dicts(tool.get("functionDeclarations"))]
        mode = nested(nested(body.get("toolConfig")).get("functionCallingConfig")).get("mode")
        config = nested(body.get("generationConfig"))
        last = dicts(contents[-1].get("parts"))
        return Asked(
            prompt=self.prompt(body) or "",
            tools=[(str(one.get("name")), _schema(one)) for one in declared],
            must=mode == "ANY",
            called=[str(nested(part.get("functionCall")).get("name")) for part in parts if "functionCall" in part],
            results=[json.dumps(part["functionResponse"]) for part in last if "functionResponse" in part],
            schema=config.get("responseJsonSchema") or config.get("responseSchema"),
            limit=cast("int | None", config.get("maxOutputTokens")),
            size=len(json.dumps(contents)),
        )

    def _answer(self, request: Request, reply: Reply, name: str, parts: Sequence[JsonValue], *, last: bool = False) -> Json:
        candidate: Json = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
        if last:
            candidate["finishReason"] = reply.script.finish or _finish[reply.finish]
        usage = reply.usage
        told: Json = {"promptTokenCount": usage.input, "candidatesTokenCount": usage.output, "totalTokenCount": usage.input + usage.output}
        if usage.cached:
            told["cachedContentTokenCount"] = usage.cached
        return {
            "candidates": [candidate], "usageMetadata": told, "modelVersion": request.path_params["model"], "responseId": name,
        }  # fmt: skip


def _schema(declared: Json) -> JsonValue:
    """Of a function's arguments; Google's JSON takes a field's name in either spelling (https://protobuf.dev/programming-guides/json)."""
    return declared.get("parametersJsonSchema") or declared.get("parameters_json_schema") or declared.get("parameters")


def _spoken(text: str | None) -> list[JsonValue]:
    return [{"text": text}] if text is not None else []


def _calls(reply: Reply) -> list[JsonValue]:
    print("CALLS", [(c.name, c.written) for c in reply.tools])
    return [{"functionCall": {"name": call.name, "args": json.loads(call.written)}} for call in reply.tools]


def _text(content: Json) -> str:
    return "".join(str(part.get("text", "")) for part in dicts(content.get("parts")))
