"""The vendors of models, as data: where they are, how they are signed in to, and by which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tenuto.core.auth import ApiKey
from tenuto.core.errors import Misconfigured
from tenuto.core.vendor import Vendor

_bearer = ApiKey(prefix="Bearer ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One vendor; a model string begins with its key (`openai:gpt-5.5`)."""

    key: str
    name: str
    credential: str
    base_setting: str
    base_url: str | None
    """None where only a setting or the agent can say it."""
    auth: ApiKey = _bearer
    anywhere: bool = False
    """A server of one's own: it may need no key, and an agent may say where it is."""
    priced: bool = True
    """Whether the kept list of models and prices knows it."""


kinds: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            key="openai",
            name="OpenAI",
            credential="OPENAI_API_KEY",
            base_setting="OPENAI_BASE_URL",
            base_url="https://api.openai.com/v1",
        ),
        Kind(
            key="anthropic",
            name="Anthropic",
            credential="ANTHROPIC_API_KEY",
            base_setting="ANTHROPIC_BASE_URL",
            base_url="https://api.anthropic.com",
            auth=ApiKey(header="x-api-key"),
        ),
        Kind(
            key="google",
            name="Google",
            credential="GOOGLE_API_KEY",
            base_setting="GOOGLE_GEMINI_BASE_URL",
            base_url="https://generativelanguage.googleapis.com",
            auth=ApiKey(header="x-goog-api-key"),
        ),
        Kind(
            key="groq",
            name="Groq",
            credential="GROQ_API_KEY",
            base_setting="GROQ_BASE_URL",
            base_url="https://api.groq.com/openai/v1",
        ),
        Kind(
            key="mistral",
            name="Mistral",
            credential="MISTRAL_API_KEY",
            base_setting="MISTRAL_BASE_URL",
            base_url="https://api.mistral.ai",
        ),
        Kind(
            key="openrouter",
            name="OpenRouter",
            credential="OPENROUTER_API_KEY",
            base_setting="OPENROUTER_BASE_URL",
            base_url="https://openrouter.ai/api/v1",
        ),
        Kind(
            key="ollama",
            name="Ollama",
            credential="OLLAMA_API_KEY",
            base_setting="OLLAMA_BASE_URL",
            base_url="http://127.0.0.1:11434/v1",
            anywhere=True,
            priced=False,
        ),
        Kind(
            key="openai-compatible",
            name="the OpenAI-compatible server",
            credential="OPENAI_COMPATIBLE_API_KEY",
            base_setting="OPENAI_COMPATIBLE_BASE_URL",
            base_url=None,
            anywhere=True,
            priced=False,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A vendor as this installation reaches it."""

    kind: Kind
    base_url: str | None
    keyed: bool = True
    """Whether there is a key, as far as one may be missing."""

    @property
    def vendor(self) -> Vendor:
        """With the credential, and where that may go: to the base URL's host."""
        hosts = (urlsplit(self.base_url).netloc.lower(),) if self.base_url else ()
        kind = self.kind
        return Vendor(integration=f"agent:model:{kind.key}", name=kind.name, auth=kind.auth, credential=kind.credential, hosts=hosts)

    def at(self, base_url: str | None) -> Place:
        """For an agent that says where the server is: the key is for the installation's own host, and goes nowhere else."""
        if base_url is None or not self.kind.anywhere:
            return self
        own = self.base_url is not None and _origin(base_url) == _origin(self.base_url)
        return Place(kind=self.kind, base_url=base_url.rstrip("/"), keyed=self.keyed and own)


def place(kind: Kind, settings: Mapping[str, str]) -> Place:
    """A vendor by the settings. Raises `Misconfigured` for what is no http(s) address."""
    given = settings.get(kind.base_setting, "").strip().rstrip("/")
    if given:
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise Misconfigured(
                f"{kind.base_setting} is not an address.", fix=f"Write it like {kind.base_url or 'https://models.example.com/v1'}."
            )
    keyed = not kind.anywhere or bool(settings.get(kind.credential, "").strip())
    return Place(kind=kind, base_url=given or kind.base_url, keyed=keyed)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
