"""A vendor's model as pydantic-ai has it, over the client that was lent; each vendor's library is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from pydantic_ai.settings import ModelSettings

from tenuto.agents.model.choice import Choice
from tenuto.agents.model.vendors import Kind
from tenuto.core.agent import Agent
from tenuto.core.catalog import late

if TYPE_CHECKING:
    from pydantic_ai.models import Model

_no_key = "put-in-by-tenuto"
"""Libraries insist on a key; the vault leaves out what they write, and puts the true one in."""
_whole: Mapping[str, bool] = {"openai_chat_streaming_requires_finish_reason": True}
"""Of models by OpenAI's older interface: a stream that does not say that it is at its end has been cut off."""
_stainless = frozenset({"openai", "anthropic", "groq", "openrouter", "ollama", "openai-compatible"})
"""Vendors whose library takes `max_retries` with a request; the others retry nothing by themselves."""


def built(choice: Choice, client: object) -> Model[object]:
    """The model, ready for one request."""
    url, name = choice.base_url, choice.name
    models, providers = _modules(choice.kind.key)
    match choice.kind.key:
        case "openai":
            provider = providers.OpenAIProvider(base_url=url, api_key=_no_key, http_client=client)
            model: object = models.OpenAIResponsesModel(name, provider=provider)
        case "anthropic":
            model = models.AnthropicModel(name, provider=providers.AnthropicProvider(base_url=url, api_key=_no_key, http_client=client))
        case "google":
            model = models.GoogleModel(name, provider=providers.GoogleProvider(base_url=url, api_key=_no_key, http_client=client))
        case "mistral":
            model = models.MistralModel(name, provider=providers.MistralProvider(base_url=url, api_key=_no_key, http_client=client))
        case "openrouter":
            asking = late("openai").AsyncOpenAI(base_url=url, api_key=_no_key, http_client=client)
            model = models.OpenRouterModel(name, provider=providers.OpenRouterProvider(openai_client=asking), profile=_whole)
        case "ollama":
            provider = providers.OllamaProvider(base_url=url, api_key=_no_key, http_client=client)
            model = models.OllamaModel(name, provider=provider, profile=_ollama(url, name))
        case key:
            provider = providers.OpenAICompatibleProvider(
                key, base_url=url, api_key=_no_key, http_client=client, profile=_profile(key, name)
            )
            model = models.OpenAIChatModel(name, provider=provider, profile=_whole)
    return cast("Model[object]", model)


def settings_of(agent: Agent, kind: Kind) -> ModelSettings:
    """The agent's settings as pydantic-ai has them. Nothing is retried here: whoever paces requests does that, and the node's retry."""
    made: dict[str, object] = {"max_retries": 0} if kind.key in _stainless else {}
    if kind.key == "openai":
        made["openai_store"] = False  # what is said stays in the log of the run, and nowhere else
    given = agent.settings
    if given is not None:
        made |= given.model_dump(include={"temperature", "top_p", "max_tokens"}, exclude_none=True)
        if given.thinking is not None:
            made["thinking"] = False if given.thinking == "off" else given.thinking
    return cast("ModelSettings", cast("object", made))


def _ollama(url: str, name: str) -> Mapping[str, bool]:
    """In its cloud, Ollama takes a schema and does not keep to it, so that a tool is the better way."""
    host = urlsplit(url).hostname or ""
    cloud = name.endswith("-cloud") or host == "ollama.com" or host.endswith(".ollama.com")
    return {**_whole, "supports_json_schema_output": False} if cloud else _whole


def _profile(key: str, name: str) -> object:
    """What a model can do, where its name alone does not say it."""
    return late("pydantic_ai.profiles.groq").groq_model_profile(name) if key == "groq" else None


def _modules(key: str) -> tuple[ModuleType, ModuleType]:
    """Where pydantic-ai has a vendor's model, and its sign-in."""
    # Groq by its OpenAI interface: its own library brings an older HTTP client, which is not lent.
    models, providers = ("openai", "openai_compatible") if key in ("openai-compatible", "groq") else (key, key)
    return late(f"pydantic_ai.models.{models}"), late(f"pydantic_ai.providers.{providers}")
