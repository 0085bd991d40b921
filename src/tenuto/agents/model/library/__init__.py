"""Asking by pydantic-ai: importing this loads it, so that only the first question does (`late`)."""

from __future__ import annotations

import warnings
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import ModelResponse, PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

from tenuto.agents.model.choice import Choice
from tenuto.agents.model.library.building import built, settings_of
from tenuto.agents.model.library.failures import failure
from tenuto.agents.model.library.form import Form
from tenuto.agents.model.library.history import messages_of
from tenuto.agents.model.library.replies import reply_of
from tenuto.agents.model.problems import unreadable
from tenuto.core.agent import Agent, Reply, Turn, TurnContext
from tenuto.core.errors import Problem, Uncertain
from tenuto.core.limits import Held
from tenuto.core.run import Fenced

if TYPE_CHECKING:
    from pydantic_ai.models import StreamedResponse

__all__ = ["ask"]

# That a model ignores a setting is told to programmers; an agent's author is told by the settings' own description.
warnings.filterwarnings("ignore", category=UserWarning, module=r"pydantic_ai\b")


async def ask(choice: Choice, agent: Agent, turn: Turn, ctx: TurnContext, client: object) -> Reply:
    """One turn of a model, over this client. What the client raises may come out wrapped; whoever lent it knows it."""
    form = Form.of(turn)
    messages = messages_of(agent, turn, form)
    try:
        model = built(choice, client)
        given = list(messages), settings_of(agent, choice.kind), form.parameters
        response = await (_streamed(model.request_stream(*given), ctx) if turn.stream else model.request(*given))
    except (Problem, Held, Fenced):
        raise
    except (AgentRunError, UserError) as error:
        raise failure(error, choice) from error
    except Exception as error:
        # A vendor's library meets an answer that it cannot read with whatever it happens to trip over.
        raise unreadable(choice.kind.name, f"sent an answer that cannot be read ({type(error).__name__})") from error
    if response.state != "complete" or response.finish_reason is None:
        raise Uncertain(f"The answer of {choice.kind.name} broke off in the middle; the model may have gone on.")
    return reply_of(response, messages, form, choice)


async def _streamed(stream: AbstractAsyncContextManager[StreamedResponse], ctx: TurnContext) -> ModelResponse:
    async with stream as coming:
        await _shown(coming, ctx)
        return coming.get()


async def _shown(coming: StreamedResponse, ctx: TurnContext) -> None:
    """Read the stream to its end, and tell what is said as it comes; what is thought, and what tools are asked, is not said."""
    async for event in coming:
        match event:
            case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                if text:
                    await ctx.token(text)
            case _:
                continue
