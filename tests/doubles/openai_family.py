"""Doubles of vendors whose interface is that of OpenAI's Chat Completions with differences of their own: Groq, OpenRouter, Ollama, Mistral.

From the vendors' pages: Groq https://console.groq.com/docs/openai (base /openai/v1, `x_groq` in answers); OpenRouter
https://openrouter.ai/docs/api-reference/overview (base /api/v1, `provider` and `native_finish_reason`, comments `: OPENROUTER PROCESSING`);
Ollama https://docs.ollama.com/openai (base /v1, any key); Mistral https://docs.mistral.ai/api (base /v1, tokens in the last chunk unasked,
errors as `{"object": "error", "message", "type", "code"}` and for a wrong key `{"detail": "Unauthorized"}`). How each is scripted stands in
`tests.doubles.models`. They offer no Responses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import JsonValue
from starlette.requests import Request
from tests.doubles import Json
from tests.doubles.models import Endpoint
from tests.doubles.openai import OpenAIDouble


class _OnlyChat(OpenAIDouble):
    def routes(self) -> Sequence[tuple[str, str, Endpoint]]:
        return [route for route in super().routes() if route[1].endswith("/chat/completions")]


class GroqDouble(_OnlyChat):
    """Groq."""

    key: ClassVar[str] = "gsk_double00000000000000000000000000"
    serves: ClassVar[Sequence[str]] = ("llama-3.3-70b-versatile", "openai/gpt-oss-120b")
    prefix: ClassVar[str] = "/openai/v1"
    said: ClassVar[Json] = {"system_fingerprint": "fp_double", "service_tier": "on_demand", "x_groq": {"id": "req_double"}}


class OpenRouterDouble(_OnlyChat):
    """OpenRouter, which says who really answered."""

    key: ClassVar[str] = "sk-or-v1-double000000000000000000000"
    serves: ClassVar[Sequence[str]] = ("openai/gpt-4o", "meta-llama/llama-3.3-70b-instruct")
    prefix: ClassVar[str] = "/api/v1"
    more: ClassVar[frozenset[str]] = frozenset({"models", "provider", "preset", "transforms", "reasoning", "usage"})
    said: ClassVar[Json] = {"provider": "Double", "system_fingerprint": None}


class OllamaDouble(_OnlyChat):
    """Ollama on a machine of one's own: no key is asked for."""

    key: ClassVar[str] = "ollama"
    serves: ClassVar[Sequence[str]] = ("llama3.2", "qwen3:8b")
    said: ClassVar[Json] = {"system_fingerprint": "fp_ollama"}

    def locked(self, request: Request) -> str | None:
        return None


class MistralDouble(_OnlyChat):
    """Mistral."""

    key: ClassVar[str] = "mistral-double-key-0000000000000000"
    serves: ClassVar[Sequence[str]] = ("mistral-large-latest", "mistral-small-latest")
    more: ClassVar[frozenset[str]] = frozenset({"safe_prompt", "random_seed", "prompt_mode", "guardrails", "metadata"})
    said: ClassVar[Json] = {}
    usage_always: ClassVar[bool] = True

    def chosen(self, choice: JsonValue, offered: Sequence[tuple[str, JsonValue]]) -> tuple[str | bool, Sequence[tuple[str, JsonValue]]]:
        return super().chosen("required" if choice == "any" else choice, offered)

    def problem(self, status: int, message: str | None = None, code: str | None = None, param: str | None = None) -> Json:
        if status == 401:
            return {"detail": "Unauthorized"}
        return {"object": "error", "message": message or "Bad request", "type": "invalid_request_error", "param": param, "code": code}
