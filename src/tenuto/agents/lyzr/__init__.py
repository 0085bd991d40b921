"""The agent provider `lyzr`: agents of Lyzr Studio, by chat, by stream, or as tasks that survive a crash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import urlsplit

from pydantic import JsonValue

from tenuto.agents.lyzr.assets import assets_of, upload_request
from tenuto.agents.lyzr.body import body
from tenuto.agents.lyzr.problems import clean, problem_of
from tenuto.agents.lyzr.reading import reply_asking, reply_of, reply_text
from tenuto.agents.lyzr.stream import Piece, ToolsAsked, Visible, chunks
from tenuto.agents.lyzr.tasks import Tasks
from tenuto.core.agent import Agent, AgentProvider, Reply, Turn, TurnContext
from tenuto.core.assets import Asset, File
from tenuto.core.auth import ApiKey
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import Issue, Misconfigured, Problem
from tenuto.core.values import JsonObject
from tenuto.core.vendor import Vendor

__all__ = ["Asset", "File", "Lyzr", "provider"]

_timeout = 300
"""Seconds of a chat or stream; what takes longer is asked as a task."""


@dataclass(frozen=True)
class Lyzr:
    """Asks agents of Lyzr Studio, or of a private deployment with the same paths."""

    base_url: str = "https://agent-prod.studio.lyzr.ai"
    key: str = "lyzr"
    name: str = "Lyzr"

    def configure(self, settings: Mapping[str, str]) -> AgentProvider:
        """With `LYZR_BASE_URL` instead of the vendor's host. Raises `Misconfigured` for what is no http(s) address."""
        given = settings.get("LYZR_BASE_URL", "").strip().rstrip("/")
        if not given:
            return self
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise Misconfigured("LYZR_BASE_URL is not an address.", fix="Write it like https://agent-prod.studio.lyzr.ai.")
        return replace(self, base_url=given)

    def vendors(self) -> Sequence[Vendor]:
        """Lyzr alone; the key may go to the base URL's host, with its port where it names one."""
        host = urlsplit(self.base_url).netloc.lower()
        return (
            Vendor(integration="agent:lyzr", name=self.name, auth=ApiKey(header="x-api-key"), credential="LYZR_API_KEY", hosts=(host,)),
        )

    def vendor(self, agent: Agent) -> Vendor | None:
        """Lyzr, whichever agent it is."""
        return self.vendors()[0]

    def issues(self, agent: Agent) -> Sequence[Issue]:
        """None: an agent without its id at Lyzr can still be simulated."""
        return ()

    def problem(self, answer: Answer) -> Exception | None:
        """The problem that an error status is, with the key redacted; None for a success."""
        return problem_of(answer)

    async def turn(self, agent: Agent, turn: Turn, ctx: TurnContext) -> Reply:
        """Ask once: as a task where it may take minutes, as a stream where somebody watches, else by chat.

        Raises `CreditsExhausted`, `RateLimited`, `AuthRejected`, `Rejected`, `VendorFailed`, `InvalidOutput` with the raw
        text, `TimedOut`, and `Uncertain` where the agent may have run and billed; none of them holds the key.
        """
        try:
            sent = body(agent, turn)
            if turn.long or agent.type == "coordinator":
                return await self._shown(reply_of(await Tasks(self.base_url).answer(sent, ctx), turn), turn, ctx)
            return await (self._stream(sent, turn, ctx) if turn.stream else self._chat(sent, turn, ctx))
        except Problem as problem:
            raise clean(problem) from None

    async def upload(self, files: Sequence[File], ctx: TurnContext) -> tuple[Asset, ...]:
        """Upload files; their ids go into `Turn.assets`. One asset for each file: some may have failed, all of them raises `Rejected`."""
        try:
            answer = await ctx.send(upload_request(self.base_url, files))
            if problem := problem_of(answer):
                raise problem
            return assets_of(answer)
        except Problem as problem:
            raise clean(problem) from None

    async def _chat(self, sent: JsonObject, turn: Turn, ctx: TurnContext) -> Reply:
        answer = await ctx.send(self._outbound("/v3/inference/chat/", sent))
        if problem := problem_of(answer):
            raise problem
        return reply_of(answer.json, turn)

    async def _stream(self, sent: JsonObject, turn: Turn, ctx: TurnContext) -> Reply:
        said: list[str] = []
        asked: list[JsonObject] = []
        visible = Visible()
        coming = ctx.stream(self._outbound("/v3/inference/stream/", sent))
        async with aclosing(chunks(coming)) as found:
            async for chunk in found:
                match chunk:
                    case Piece(text):
                        said.append(text)
                        await _show(visible.feed(text), ctx)
                    case ToolsAsked(call):
                        asked.append(call)
        await _show(visible.rest(), ctx)
        text = "".join(said)
        return reply_asking(asked, text, turn) if asked else reply_text(text, (), turn)

    async def _shown(self, reply: Reply, turn: Turn, ctx: TurnContext) -> Reply:
        if turn.stream:
            await _show(reply.text, ctx)
        return reply

    def _outbound(self, path: str, sent: JsonObject) -> Outbound:
        return Outbound(method="POST", url=self.base_url + path, json=cast("JsonValue", dict(sent)), timeout=_timeout)


async def _show(text: str, ctx: TurnContext) -> None:
    if text:
        await ctx.token(text)


provider = Lyzr()
