"""The node kind `approval`: people decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, cast

from pydantic import Field, JsonValue, StringConstraints, model_validator

from tenuto.core.errors import Conflict, Invalid
from tenuto.core.language.schema import violations
from tenuto.core.node import Answered, Arrived, Completed, NodeContext, NodeKind, Outcome, Suspended, TimeCame, Wakening
from tenuto.core.question import Person, answers_of, decided, given, question
from tenuto.core.values import Frozen, JsonObject


class Escalation(Frozen):
    """Who else is asked when nobody has decided for a while."""

    after: timedelta = Field(gt=timedelta(0), description="ISO 8601 duration after the question was put.", examples=["PT4H"])
    approvers: tuple[Person, ...] = Field(min_length=1, description="Asked as well from then on.", examples=[["member:Grace"]])


class ApprovalConfig(Frozen):
    """The question, and who may answer it."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="The question in a few words.", examples=["Refund {{ input.amount }} €?"]
    )
    body: str = Field(default="", max_length=20_000, description="What one has to know to decide (Markdown).")
    form: dict[str, JsonValue] | None = Field(default=None, description="JSON schema of what the person fills in.")
    arguments: JsonValue = Field(
        default=None,
        description="Exactly what will be done with the approval, for instance the parameters of the next action. People see it, their "
        "answer is bound to it, and the next node reads it from `nodes.<id>.output.arguments`.",
        examples=[{"order": "{{ input.order }}", "amount": "{{ input.amount }}"}],
    )
    approvers: tuple[Person, ...] = Field(
        default=(),
        description="Who may decide: a member or key by name or id (`member:Ada`), or a role (`role:editor`, exactly this one); "
        "empty: whoever has the permission.",
        examples=[["member:Ada", "role:owner"]],
    )
    required: int = Field(default=1, ge=1, le=100, description="How many different people have to approve; one who rejects is enough.")
    forbid_author: bool = Field(default=False, description="Whoever started the run, or whom it acts for, may not decide.")
    timeout: timedelta | None = Field(default=None, gt=timedelta(0), description="After this (ISO 8601) the node leaves by `expired`.")
    escalate: Escalation | None = None

    @model_validator(mode="after")
    def _enough_people(self) -> ApprovalConfig:
        asked = {*self.approvers, *(self.escalate.approvers if self.escalate else ())}
        single = all(name.startswith(("member:", "key:")) and "{{" not in name for name in asked)
        if self.approvers and single and len(asked) < self.required:
            raise ValueError(f"{self.required} people have to approve, and only {len(asked)} are asked")
        return self


class Approval(NodeKind, frozen=True):
    """Ask people, and go on as they decide.

    The output of `approved` and `rejected` is `{decision, form, by, comment, answers, digest, arguments}`; that of `expired` has no `by`.
    An answer counts for exactly the question that was shown: title, body, form and `arguments` have a digest, and an answer to another
    one is refused. Let the node that acts take its parameters from `nodes.<id>.output.arguments`: what is done is what was approved.
    """

    ports: ClassVar = ("approved", "rejected", "expired")
    example: ClassVar[JsonObject] = {"title": "Refund 20 €?", "body": "The parcel was late.", "approvers": ["member:Ada"]}

    type: Literal["approval"] = "approval"
    config: ApprovalConfig

    async def run(self, ctx: NodeContext) -> Outcome:
        """Suspends; the question is in the data, for whoever shows it."""
        config = self.config
        expires = ctx.now + config.timeout if config.timeout else None
        escalates = ctx.now + config.escalate.after if config.escalate else None
        asked = question(
            config.title,
            config.body,
            form=config.form,
            arguments=config.arguments,
            approvers=config.approvers,
            barred=list(dict.fromkeys(ctx.authors)) if config.forbid_author else (),
        )
        data = asked | {"required": config.required, "expires": _written(expires), "escalates": _written(escalates)}
        return _waiting(data)

    async def resume(self, ctx: NodeContext, wakening: Wakening) -> Outcome:
        """Counts an answer, or sees that the time has come.

        Raises `Forbidden` for somebody who may not decide, `Conflict` for a second answer of one person and for one to another
        question, and `Invalid` with JSON pointers for an answer that does not fit; the node goes on waiting then.
        """
        match wakening:
            case TimeCame():
                return self._time_came(ctx)
            case Answered():
                return self._answered(ctx, wakening)
            case Arrived():
                raise Conflict("A person has to decide this.", node=self.id)

    def _time_came(self, ctx: NodeContext) -> Outcome:
        data, escalate = dict(ctx.waiting), self.config.escalate
        expires, escalates = _time(data.get("expires")), _time(data.get("escalates"))
        if expires and expires <= ctx.now:
            return Completed(_result("expired", data), "expired")
        if escalate and escalates and escalates <= ctx.now:
            asked = dict.fromkeys([*self.config.approvers, *escalate.approvers])
            data |= {"approvers": list(asked) if self.config.approvers else [], "escalates": None, "escalated": list(escalate.approvers)}
        return _waiting(data)

    def _answered(self, ctx: NodeContext, answer: Answered) -> Outcome:
        decision = decided(ctx.waiting, answer, self.id)
        if decision.decision == "approve" and self.config.form is not None:
            _check_form(decision.form, self.config.form)
        answers = [*answers_of(ctx.waiting), given(decision, answer, ctx.now)]
        data: dict[str, JsonValue] = {**ctx.waiting, "answers": cast("JsonValue", answers)}
        if decision.decision == "reject":
            return Completed(_result("reject", data), "rejected")
        return Completed(_result("approve", data), "approved") if len(answers) >= self.config.required else _waiting(data)


def _waiting(data: dict[str, JsonValue]) -> Suspended:
    times = [time for time in (_time(data.get("expires")), _time(data.get("escalates"))) if time is not None]
    return Suspended("approval", min(times, default=None), data)


def _result(decision: str, data: JsonObject) -> dict[str, JsonValue]:
    """The node's output: the deciding answer, and beside it all of them."""
    answers = answers_of(data)
    last: JsonObject = answers[-1] if answers and decision != "expired" else {}
    return {
        "decision": decision,
        "form": last.get("form", {}),
        "by": last.get("by"),
        "comment": last.get("comment", ""),
        "answers": cast("JsonValue", list(answers)),
        "digest": data.get("digest"),
        "arguments": data.get("arguments"),
    }


def _check_form(form: JsonValue, schema: JsonObject) -> None:
    if issues := violations(form, schema, "/form"):
        raise Invalid("The form is not filled in as asked.", issues=issues)


def _written(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(value: JsonValue) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
