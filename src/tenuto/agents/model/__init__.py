"""The agent provider `model`: any model of OpenAI, Anthropic, Google, Groq, Mistral, OpenRouter, Ollama and OpenAI-compatible servers.

Asked by pydantic-ai and the vendors' own libraries, which are loaded when the first model of the vendor is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, cast

from tenuto.agents.model.choice import Choice, chosen, issues_of, vendor_of
from tenuto.agents.model.problems import clean, problem_of
from tenuto.agents.model.vendors import Place, kinds, place
from tenuto.core.agent import Agent, AgentProvider, Reply, Turn, TurnContext
from tenuto.core.catalog import late
from tenuto.core.connector import Answer
from tenuto.core.errors import Invalid, Issue, Misconfigured, Problem
from tenuto.core.vendor import Vendor

_timeout = 600.0


class _Library(Protocol):
    """What is loaded with the first question."""

    async def ask(self, choice: Choice, agent: Agent, turn: Turn, ctx: TurnContext, client: object) -> Reply:
        """One turn by the vendor's library, which has this client for all it sends."""
        ...


@dataclass(frozen=True)
class Model:
    """Asks models by their vendors' own interfaces; what an agent is told is in its `instructions`.

    A model remembers nothing: each turn carries all that was said in it. Tools, structured output and streaming work with every
    vendor whose model can do them.
    """

    key: str = "model"
    name: str = "Models"
    places: Mapping[str, Place] = field(default_factory=lambda: {key: place(kind, {}) for key, kind in kinds.items()})

    def configure(self, settings: Mapping[str, str]) -> AgentProvider:
        """With the base URLs of the settings. Raises `Misconfigured` for what is no http(s) address."""
        return replace(self, places={key: place(kind, settings) for key, kind in kinds.items()})

    def vendors(self) -> Sequence[Vendor]:
        """Every vendor, whether its key is set or not; servers of one's own only where they have a key."""
        return tuple(there.vendor for there in self.places.values() if there.keyed)

    def vendor(self, agent: Agent) -> Vendor | None:
        """The vendor that the agent's model names; None for a server that needs no key."""
        kind = vendor_of(agent)
        there = self._place(kind.key, agent) if kind is not None else None
        return there.vendor if there is not None and there.keyed else None

    def issues(self, agent: Agent) -> Sequence[Issue]:
        """A model that cannot be read, a vendor that does not exist, settings it does not take; a warning for an unknown name."""
        return issues_of(agent)

    def problem(self, answer: Answer) -> Exception | None:
        """The problem that an error status is; None for a success."""
        return problem_of(answer)

    async def turn(self, agent: Agent, turn: Turn, ctx: TurnContext) -> Reply:
        """Ask once, as a stream where somebody watches.

        Raises `Invalid` for an agent that cannot be asked, `AuthRejected`, `CreditsExhausted`, `RateLimited`, `Rejected`, `VendorFailed`,
        `InvalidOutput` for a refusal to answer, an answer that was cut off or that is none, and `Uncertain` where it was lost; none of
        them holds the key.
        """
        choice = chosen(agent)
        there = self._place(choice.kind.key, agent)
        if there.base_url is None:
            raise Misconfigured(
                f"Nobody has said where {choice.kind.name} is.", fix=f"Set {choice.kind.base_setting}, or the agent's settings.base_url."
            )
        choice = choice._replace(base_url=there.base_url)
        if turn.assets:
            raise Invalid("Files cannot be given to agents of the provider model yet.", fix="Put their text into the message.")
        # Loading takes seconds the first time, and whatever else runs here must not stand still for it.
        library = cast("_Library", await asyncio.to_thread(late, "tenuto.agents.model.library"))
        seconds = (agent.settings.timeout if agent.settings else None) or _timeout
        try:
            async with ctx.client(partial(problem_of, asked=choice), streamed=turn.stream, seconds=seconds) as client:
                return await library.ask(choice, agent, turn, ctx, client)
        except Problem as problem:
            raise clean(problem) from None

    def _place(self, key: str, agent: Agent) -> Place:
        return self.places[key].at(agent.settings.base_url if agent.settings is not None else None)


provider = Model()
