"""A single question to an agent, outside any run; and the files that go with questions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import JsonValue

from tenuto.core.access import Permission, Principal
from tenuto.core.agent import Agent, AgentProvider, Exchange, FileTaker, Reply, Turn
from tenuto.core.assets import Asset, File
from tenuto.core.connection import Ticket
from tenuto.core.errors import ConnectionMissing, Invalid, Misconfigured, Problem, TooLarge
from tenuto.core.values import JsonObject, decode
from tenuto.core.vendor import Vendor
from tenuto.engine.actions.turns import ProviderTurn
from tenuto.engine.parts import Parts
from tenuto.services.agents import default_id
from tenuto.services.executions.keys import text_id
from tenuto.services.executions.needs import Agents
from tenuto.store.runs.identity import new_id

most_files = 10
largest_file = 10 * 1024 * 1024
_longest_name = 255
_fence = "```"
_simulated = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of whom: an agent of the workspace by its id or by its id at its provider, or one that only the provider knows."""

    message: str
    agent_id: str = default_id
    user_id: str | None = None
    session_id: str | None = None
    assets: tuple[str, ...] = ()
    history: tuple[Exchange, ...] = ()
    """What was said before, for an agent whose provider keeps no session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an agent answered, read as agents of older clients write it: `{status, result, message, metadata}`."""

    agent: Agent
    text: str
    status: str
    result: JsonValue
    message: str
    metadata: JsonObject
    raw: str
    user_id: str
    session_id: str
    at: datetime
    simulated: bool


class Uploaded(NamedTuple):
    """What became of files."""

    assets: tuple[Asset, ...]
    simulated: bool


class Conversations:
    """Direct calls of agents; providers and the guarded door are those of runs."""

    def __init__(self, parts: Parts, agents: Agents, *, development: bool) -> None:
        """`development`: a provider without its credential is replaced by the simulated one instead of refused."""
        self._parts = parts
        self._agents = agents
        self._development = development

    async def ask(self, caller: Principal, question: Question) -> Said:
        """Ask once. Raises `ConnectionMissing` (in production) and the provider's problems."""
        caller.require(Permission.agent_ask)
        user_id = caller.user(question.user_id) or caller.label
        agent = await self._find(caller.workspace, text_id(question.agent_id, "agent_id"))
        session_id = question.session_id or f"{agent.agent_id or agent.id}-{new_id().hex}"
        turn = Turn(
            message=question.message,
            session_id=text_id(session_id, "session_id"),
            history=question.history,
            user_id=user_id,
            assets=question.assets,
        )
        provider = self._provider(agent.provider)
        simulated = provider.key == _simulated
        try:
            reply = await provider.turn(agent, turn, self._context(caller.workspace, user_id, provider, provider.vendor(agent)))
        except (ConnectionMissing, Invalid) as problem:
            # Both are known before anything leaves the house: there is no key, or nobody said which agent of the provider it is.
            nameless = type(problem) is Invalid and not agent.agent_id
            if not self._development or not (nameless or isinstance(problem, ConnectionMissing)):
                raise
            provider, simulated = self._provider(_simulated), True
            reply = await provider.turn(agent, turn, self._context(caller.workspace, user_id, provider, provider.vendor(agent)))
        return _said(agent, reply, turn, simulated=simulated)

    async def upload(self, caller: Principal, files: Sequence[File], *, user_id: str | None = None) -> Uploaded:
        """Hand files to the agent provider, which answers with ids for `Question.assets`.

        Raises `Invalid` for no file, more than 10, or a name that is a path; `TooLarge` for one above 10 MB; `ConnectionMissing`.
        """
        caller.require(Permission.agent_ask)
        user = caller.user(user_id)
        _check(files)
        for provider in self._parts.providers.values():
            if isinstance(provider, FileTaker):
                try:
                    vendor = next(iter(provider.vendors()), None)
                    context = self._context(caller.workspace, user, provider, vendor)
                    return Uploaded(await provider.upload(files, context), simulated=False)
                except ConnectionMissing:
                    if not self._development:
                        raise
        if self._development:
            return Uploaded(tuple(_pretended(file) for file in files), simulated=True)
        raise Misconfigured("No agent provider that takes files is installed.")

    async def _find(self, workspace: int, agent_id: str) -> Agent:
        known = await self._agents.active(workspace)
        by_own = [agent for agent in known if agent.id == agent_id]
        found = next((agent for agent in (*by_own, *known) if agent_id in (agent.id, agent.agent_id)), None)
        return found or Agent(id=agent_id, name=agent_id, agent_id=agent_id)

    def _provider(self, key: str) -> AgentProvider:
        return self._parts.providers.get(key) or self._parts.catalog.provider(key)

    def _context(self, workspace: int, user_id: str | None, provider: AgentProvider, vendor: Vendor | None) -> ProviderTurn:
        integration, hosts = (vendor.integration, vendor.hosts) if vendor is not None else (None, ())
        facts = _Facts()
        return ProviderTurn(
            provider=provider,
            sender=self._parts.sender,
            ticket=Ticket(workspace=workspace, user_id=user_id, integration=integration, hosts=hosts),
            recall=facts.get,
            record=facts.put,
            tell=_nobody,
            lend=self._parts.lend,
        )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a provider remembers during one call; nobody comes back to it after a crash."""

    facts: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])

    def get(self, name: str) -> JsonValue:
        return self.facts.get(name)

    async def put(self, name: str, value: JsonValue) -> None:
        self.facts[name] = value


async def _nobody(data: JsonObject) -> None:
    del data


def _said(agent: Agent, reply: Reply, turn: Turn, *, simulated: bool) -> Said:
    now = datetime.now(UTC)
    artifacts: list[JsonValue] = [artifact.model_dump(mode="json") for artifact in reply.artifacts]
    status, message = "success", reply.text
    result: JsonValue = reply.output
    metadata: dict[str, JsonValue] = {"agent_name": agent.name, "timestamp": now.isoformat(), "simulated": simulated}
    value = result if result is not None else _object(reply.text)
    if isinstance(value, dict) and isinstance(value.get("status"), str) and "result" in value:
        status, result, message = str(value["status"]), value["result"], str(value.get("message") or "")
        metadata |= inner if isinstance(inner := value.get("metadata"), dict) else {}
    elif value is not None:
        result = value
    else:
        result = {"text": reply.text, "artifacts": artifacts}
    return Said(
        agent=agent,
        text=reply.text,
        status=status,
        result=result,
        message=message,
        metadata=metadata,
        raw=reply.raw or reply.text,
        user_id=turn.user_id or "",
        session_id=turn.session_id,
        at=now,
        simulated=simulated,
    )


def _object(text: str) -> JsonValue:
    """The object that a text is, bare or fenced; None for anything else. Nothing is repaired here: `raw` has the text as it came."""
    text = text.strip()
    if len(text) > 2 * len(_fence) and text.startswith(_fence) and text.endswith(_fence):
        # Cut and not matched: to a pattern a hundred thousand empty lines are hours.
        language, newline, inner = text[len(_fence) : -len(_fence)].partition("\n")
        text = inner if newline and language.strip() in {"", "json"} else text
    try:
        value = decode(text)
    except Problem:
        return None
    return value if isinstance(value, dict | list) else None


def _check(files: Sequence[File]) -> None:
    if not 0 < len(files) <= most_files:
        raise Invalid(f"Between 1 and {most_files} files are taken at once; these are {len(files)}.", pointer="/files")
    for number, file in enumerate(files):
        at, name = f"/files/{number}", file.name
        if not name.strip() or len(name) > _longest_name or name in {".", ".."} or re.search(r"[/\\\x00-\x1f\x7f]", name):
            raise Invalid("The name of a file is a plain name, without a folder.", pointer=at, fix="Send the name alone.")
        if len(file.content) > largest_file:
            raise TooLarge(f"{name} has {len(file.content):,} bytes; at most {largest_file:,} are taken.", pointer=at)


def _pretended(file: File) -> Asset:
    digest = hashlib.sha256(file.name.encode(errors="replace") + b"\0" + file.content).hexdigest()[:24]
    return Asset(asset_id=f"simulated-{digest}", file_name=file.name, file_size=len(file.content), mime_type=file.media)
