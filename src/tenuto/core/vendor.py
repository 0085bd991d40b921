"""Whom an agent provider asks, with which credential, and the settings of the models that are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from tenuto.core.auth import Auth
from tenuto.core.values import Frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor that an agent provider asks: its credential, and where that may be sent."""

    integration: str
    """Whose the credential is, as the vault knows it: `agent:<provider>`, or `agent:<provider>:<vendor>` where there are several."""
    name: str
    auth: Auth
    credential: str
    """The setting that holds it (`OPENAI_API_KEY`)."""
    hosts: tuple[str, ...]
    """`host:port` (or `host`) that the credential may be sent to."""


class ModelSettings(Frozen):
    """How a model is to answer, and where it is. What a model does not know it ignores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = Field(
        default=None, description="0 is the most predictable; reasoning models ignore it.", examples=[0.2]
    )
    top_p: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = Field(
        default=None, description="Only the likeliest tokens that together have this probability."
    )
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        default=None,
        description="The longest answer in tokens, reasoning included; a longer one is a problem and not cut off.",
        examples=[4096],
    )
    thinking: Literal["off", "minimal", "low", "medium", "high"] | None = Field(
        default=None, description="How much the model thinks before it answers, where it can."
    )
    timeout: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] | None = Field(
        default=None, description="Seconds for one turn; 600 by default."
    )
    base_url: Annotated[str, StringConstraints(max_length=2048, pattern=r"^https?://[^\s?#@]+$")] | None = Field(
        default=None,
        description="Where the server is, for `openai-compatible` and `ollama`. No credential is sent to another host than the one of "
        "the installation's own setting.",
        examples=["http://127.0.0.1:8000/v1"],
    )
