"""The agent provider `simulated`: plausible answers without any model, the same for the same question every time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from tenuto.agents.simulated.prose import prose
from tenuto.agents.simulated.question import Question
from tenuto.agents.simulated.teamwork import deciding, decision
from tenuto.agents.simulated.values import value_for
from tenuto.core.agent import Agent, AgentProvider, Reply, Turn, TurnContext
from tenuto.core.connector import Answer
from tenuto.core.errors import Issue
from tenuto.core.usage import Usage, estimate
from tenuto.core.values import JsonObject, encode
from tenuto.core.vendor import Vendor

_piece = re.compile(r"\s*\S+\s?|\s+")


@dataclass(frozen=True)
class Simulated:
    """Answers from the agent's id, name and description and from the words of the question alone.

    With an output schema the answer is an object that fits it. Tools are never asked for: what a tool would do depends on
    a decision that only a model can make.
    """

    key: str = "simulated"
    name: str = "Simulated"

    def configure(self, settings: Mapping[str, str]) -> AgentProvider:
        """The same: there is nothing to set."""
        return self

    def vendors(self) -> Sequence[Vendor]:
        """None: nothing is sent."""
        return ()

    def vendor(self, agent: Agent) -> Vendor | None:
        """None: nothing is sent."""
        return None

    def issues(self, agent: Agent) -> Sequence[Issue]:
        """None: every agent can be simulated."""
        return ()

    def problem(self, answer: Answer) -> Exception | None:
        """None: nothing is asked."""
        return None

    async def turn(self, agent: Agent, turn: Turn, ctx: TurnContext) -> Reply:
        """Raises `Invalid` for a schema that is wrong, and `InvalidOutput` for one that is too intricate to be met by guessing."""
        # In a team it is the task that is answered: the rest of the message is what the others said, and how to answer.
        question = Question(agent.id, turn.team.task if turn.team is not None else turn.message)
        if turn.team is not None and turn.output_schema is not None and turn.team.role in deciding:
            output = decision(agent, turn.team, turn.output_schema, question)
            text = encode(output).decode()
        else:
            output, text = self._answer(agent, turn.output_schema, question)
        if turn.stream:
            for piece in _piece.findall(text):
                await ctx.token(piece)
        usage = Usage(input_tokens=estimate(turn.message), output_tokens=estimate(text), estimated=True)
        return Reply(text=text, output=output, usage=usage)

    def _answer(self, agent: Agent, schema: JsonObject | None, question: Question) -> tuple[JsonValue, str]:
        if schema is None:
            return None, prose(agent, question)
        value = value_for(schema, question)
        return value, encode(value).decode()


provider = Simulated()
