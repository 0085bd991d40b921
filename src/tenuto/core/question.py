"""A question to people: what is shown, who may answer, and an answer that counts for exactly what was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints, ValidationError

from tenuto.core.errors import Conflict, Forbidden, Invalid, Issue
from tenuto.core.node import Answered
from tenuto.core.values import Frozen, JsonObject, digest, pointer

Person = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Decision(Frozen):
    """One person's answer, as it is sent."""

    decision: Literal["approve", "reject"]
    form: dict[str, JsonValue] = Field(default_factory=dict)
    comment: Annotated[str, StringConstraints(max_length=10_000)] = ""
    digest: Annotated[str, StringConstraints(max_length=100)] | None = None
    """Of what the person saw. Demanded where the question has arguments."""


def question(
    title: str, body: str, *, form: JsonValue = None, arguments: JsonValue = None, approvers: Sequence[str] = (), barred: Sequence[str] = ()
) -> dict[str, JsonValue]:
    """What a node that waits says of it, with the digest of what is shown."""
    shown: dict[str, JsonValue] = {"title": title, "body": body, "form": form, "arguments": arguments}
    return {**shown, "digest": digest(shown), "approvers": list(approvers), "required": 1, "barred": list(barred), "answers": []}


def decided(waiting: JsonObject, answer: Answered, node: str) -> Decision:
    """An answer to what a node waits for.

    Raises `Forbidden` for somebody who may not decide, `Conflict` for a second answer of one person and for one to another question, and
    `Invalid` with JSON pointers for one that cannot be read.
    """
    _may_decide(waiting, answer, node)
    decision = _read(answer.data)
    _saw_this(waiting, decision, node)
    return decision


def given(decision: Decision, answer: Answered, at: datetime) -> dict[str, JsonValue]:
    """The answer as it is kept."""
    return {
        **decision.model_dump(exclude={"digest"}),
        "by": answer.by,
        "person": answer.person or answer.by,
        "at": at.isoformat(),
    }


def answers_of(data: JsonObject) -> Sequence[Mapping[str, JsonValue]]:
    """What was answered so far."""
    answers = data.get("answers")
    return [answer for answer in answers if isinstance(answer, dict)] if isinstance(answers, list) else []


def _may_decide(waiting: JsonObject, answer: Answered, node: str) -> None:
    by, names = answer.by, {answer.by, *answer.names}
    asked = _names(waiting.get("approvers"))
    if asked and names.isdisjoint(asked):
        raise Forbidden(f"{by} is not among those who are asked.", fix=f"Ask {', '.join(asked)}.", node=node)
    person = answer.person or by
    if not {*names, person}.isdisjoint(_names(waiting.get("barred"))):
        raise Forbidden("Whoever started the run or whom it acts for may not decide.", fix="Ask somebody else.", node=node)
    if any(person == before.get("person") or by == before.get("by") for before in answers_of(waiting)):
        raise Conflict(f"{by} has answered already.", fix="Somebody else has to decide.", node=node)


def _saw_this(waiting: JsonObject, decision: Decision, node: str) -> None:
    """An answer holds for what was shown to whoever gave it, and for nothing else."""
    if decision.digest is None and waiting.get("arguments") is not None:
        raise Conflict(
            "The answer does not say what was seen, and this question is bound to its arguments.",
            fix="Send the digest that the question was shown with.",
            node=node,
        )
    if decision.digest is not None and decision.digest != waiting.get("digest"):
        raise Conflict("The question is not the one that was seen.", fix="Look at it again, then answer.", node=node)


def _names(value: JsonValue) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _read(answer: JsonObject) -> Decision:
    try:
        return Decision.model_validate(answer)
    except ValidationError as error:
        issues = tuple(
            Issue(pointer=pointer(*each["loc"]), code=each["type"].replace("_", "-"), message=each["msg"]) for each in error.errors()
        )
        raise Invalid("The answer cannot be read.", issues=issues, fix='Send {"decision": "approve"} or {"decision": "reject"}.') from None
