"""What an agent is, what one turn of it is, and the contract of a provider that makes it answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from tenuto.core.assets import Asset, File
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import Issue
from tenuto.core.usage import Price, Usage
from tenuto.core.values import Frozen
from tenuto.core.vendor import ModelSettings, Vendor

_tools = (
    "What it may call: connector actions (`github.list_issues`), and tools of MCP servers, by their connection (`mcp:docs/search`; "
    "`mcp:docs/*`: all of them)."
)
AgentId = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Agent(BaseModel):
    """An agent as a workflow names it: who it is, and which provider makes it answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: AgentId
    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    provider: str = "lyzr"
    agent_id: str | None = Field(
        default=None, max_length=128, description="The agent's id at its provider (Lyzr: 24 hexadecimal characters)."
    )
    model: str | None = Field(default=None, description="For the provider `model`: `openai:gpt-5-mini`.")
    settings: ModelSettings | None = Field(default=None, description="For the provider `model`: how the model is to answer.")
    instructions: str = ""
    type: Literal["coordinator", "specialist", "integration"] = "specialist"
    capabilities: tuple[str, ...] = ()
    integrations: tuple[str, ...] = ()
    tools: tuple[str, ...] = Field(default=(), description=_tools)
    approve: tuple[str, ...] = Field(
        default=(),
        description="Those of its tools that a person has to approve, each time, with exactly these arguments; `*`: all that change something.",
    )
    prices: Price | None = Field(default=None, description="What it costs, where the kept list does not know it or is wrong.")


class AgentConfig(Agent):
    """An agent as a workspace keeps it."""

    status: Literal["active", "inactive"] = "active"
    created: datetime
    updated: datetime


class Tool(Frozen):
    """A tool that an agent may ask for: a name and the JSON schema of its arguments."""

    name: str
    description: str
    parameters: dict[str, JsonValue]
    writes: bool = Field(default=False, exclude=True)
    """Whether it changes something outside."""


class ToolCall(Frozen):
    """An agent asks for a tool."""

    id: str
    name: str
    arguments: dict[str, JsonValue]


class ToolResult(Frozen):
    """What a tool answered, as text for the agent."""

    call: ToolCall
    content: str


class Member(Frozen):
    """A member of a team, as the others see it."""

    id: str
    name: str
    description: str = ""
    capabilities: tuple[str, ...] = ()


class Teamwork(Frozen):
    """What a turn is within a team. An agent that can read is told all of it by the message; a simulated one looks here."""

    role: Literal["choose", "answer", "handoff", "supervise", "merge"]
    task: str
    members: tuple[Member, ...]
    said: tuple[str, ...] = Field(default=(), description="Ids of those who have spoken so far, in order.")


class Exchange(Frozen):
    """A question of a conversation, and what was answered."""

    question: str
    answer: str


class Turn(Frozen):
    """One question to an agent, with all that the provider needs to ask it."""

    message: str
    session_id: str = Field(description="One per execution and node, unless a shared one was asked for.")
    history: tuple[Exchange, ...] = Field(
        default=(), description="What was said before in this conversation, oldest first; a provider that keeps sessions passes it over."
    )
    user_id: str | None = None
    output_schema: dict[str, JsonValue] | None = None
    assets: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    transcript: tuple[dict[str, JsonValue], ...] = Field(default=(), description="The provider's own messages of this turn so far.")
    repair: str | None = Field(
        default=None, description="What is wrong with the last answer of the transcript, which is to be given again."
    )
    team: Teamwork | None = None
    stream: bool = False
    long: bool = Field(default=False, description="May take minutes: use the provider's task interface, if it has one.")


class Artifact(Frozen):
    """A file that an agent made."""

    id: str
    name: str
    media: str = ""
    url: str | None = None


class Reply(Frozen):
    """What an agent answered."""

    text: str
    output: JsonValue = Field(default=None, description="The object that the output schema describes.")
    artifacts: tuple[Artifact, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    transcript: tuple[dict[str, JsonValue], ...] = Field(
        default=(), description="All that was said so far; of an answer only where the provider takes a `repair` of it."
    )
    usage: Usage | None = Field(
        default=None, description="Tokens, and the model if the answer names it; None where the provider does not tell."
    )
    raw: str | None = Field(default=None, description="The answer as it came, where it had to be repaired.")


class TurnContext(Protocol):
    """What a provider may ask of the house during one turn."""

    async def send(self, request: Outbound) -> Answer:
        """Send through the guarded door, with the provider's credential put in. Error statuses are answered, not raised."""
        ...

    def stream(self, request: Outbound) -> AsyncIterator[bytes]:
        """The same, giving the body as it comes. Raises the provider's problem for an error status (see `AgentProvider.problem`)."""
        ...

    def client(
        self, refusal: Callable[[Answer], Exception | None], *, streamed: bool = False, seconds: float = 600
    ) -> AbstractAsyncContextManager[object]:
        """An `httpx2.AsyncClient` for a vendor's own library, until the block ends.

        All it sends goes through the guarded door; a credential that the library writes is left out, and the provider's is put in.
        An answer of which `refusal` makes a problem, and whatever the door raises, leaves the block as it was raised, whatever the
        library made of it. `seconds` bounds each whole exchange.
        """
        ...

    async def token(self, text: str) -> None:
        """Tell those who watch that some text came."""
        ...

    def recalled(self, name: str) -> JsonValue:
        """What was remembered under this name before a crash; None if nothing was."""
        ...

    async def remember(self, name: str, value: JsonValue) -> None:
        """Commit a fact about this turn (a task id), so that a crash does not lose it."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class AgentProvider(Protocol):
    """Makes agents answer. One file in `tenuto/agents` defines one provider as the module's value `provider`.

    An instance is immutable and made without arguments; `configure` gives one bound to settings.
    """

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    def configure(self, settings: Mapping[str, str]) -> AgentProvider:
        """The same provider with base URLs and the like from the environment."""
        ...

    def vendors(self) -> Sequence[Vendor]:
        """Whom it may ask with a credential; none for a provider that needs no credential."""
        ...

    def vendor(self, agent: Agent) -> Vendor | None:
        """Whom this agent is asked of, with a credential; None where none is needed, or nobody can be found by what the agent says."""
        ...

    def issues(self, agent: Agent) -> Sequence[Issue]:
        """What of this agent could never be asked, each with its pointer into the agent; nothing outside is looked at."""
        ...

    def problem(self, answer: Answer) -> Exception | None:
        """The problem that an answer is, or None."""
        ...

    async def turn(self, agent: Agent, turn: Turn, ctx: TurnContext) -> Reply:
        """Ask once. Raises a `Problem` when it cannot be answered."""
        ...


@runtime_checkable
class FileTaker(Protocol):
    """An agent provider that takes files, to be named in `Turn.assets`."""

    async def upload(self, files: Sequence[File], ctx: TurnContext) -> tuple[Asset, ...]:
        """One asset for each file, in order: some may have failed. Raises a `Problem` when all of them did."""
        ...
