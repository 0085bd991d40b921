"""What pydantic-ai raises, as problems: errors that come within an answer, and answers that are none."""

from __future__ import annotations

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_ai.exceptions import (
    AgentRunError,
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    UnexpectedModelBehavior,
    UserError,
)

from tenuto.agents.model.choice import Choice
from tenuto.agents.model.problems import Refusal, problem, redacted, unreadable
from tenuto.core.errors import Invalid, InvalidOutput, Problem, Uncertain
from tenuto.core.values import encode


def failure(error: AgentRunError | UserError, choice: Choice) -> Problem:
    """The problem that an error of the library is."""
    who = choice.kind.name
    match error:
        case ModelConnectionError():
            return Uncertain(f"The answer of {who} broke off; the model may have gone on.")
        case ModelAPIError() if error.in_stream or isinstance(error, ModelHTTPError):
            return problem(Refusal(_status(error), _reason(error), _body(error), error.retry_after), choice)
        case ContentFilterError():
            return InvalidOutput(f"The model refuses to answer: {redacted(error.message)}", fix="Ask otherwise, or another model.")
        case UnexpectedModelBehavior():
            return unreadable(who, f"sent an answer that cannot be used: {redacted(error.message)[:300]}", error.body)
        case UserError():
            return Invalid(
                f"The model cannot be asked like this: {redacted(error.message)[:300]}", fix="Change the agent's settings or model."
            )
        case _:
            return unreadable(who, f"sent an answer that cannot be read: {redacted(error.message)[:300]}")


def _status(error: ModelAPIError) -> int:
    match error:
        case ModelHTTPError():
            return error.status_code
        case ModelAuthenticationError():
            return 401
        case ModelRateLimitError():
            return 429
        case ModelQuotaExceededError():
            return 402
        case _:
            return 0


def _reason(error: ModelAPIError) -> str:
    body = _json(error)
    inner = body.get("error", body) if isinstance(body, dict) else None
    said = inner.get("message") if isinstance(inner, dict) else None
    return str(said or error.message)[:500]


def _body(error: ModelAPIError) -> str:
    body = _json(error)
    return body if isinstance(body, str) else encode(body).decode()


def _json(error: ModelAPIError) -> JsonValue:
    try:
        return _any.validate_python(error.body)
    except ValidationError:
        return str(error.body or "")


_any: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
