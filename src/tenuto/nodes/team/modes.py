"""The four ways in which a team works on a task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from pydantic import JsonValue

from tenuto.core.agent import Agent, Reply
from tenuto.core.asking import as_text, structured
from tenuto.core.consent import NeedsPerson
from tenuto.core.errors import InvalidOutput, Problem, Uncertain
from tenuto.core.values import JsonObject
from tenuto.nodes.team import protocol
from tenuto.nodes.team.talk import Role, Said, Talk


@dataclass(frozen=True)
class Work:
    """A talk and the form in which its answer is wanted."""

    talk: Talk
    schema: JsonObject | None

    @property
    def lead(self) -> Agent:
        """The coordinator; the first agent where there is none."""
        return self.talk.lead or self.talk.members[self.talk.agents[0]]

    async def answer(self, agent: Agent, message: str, role: Role = "answer", *, number: int | None = None) -> Said:
        """One agent's answer, in the form that is wanted."""
        number, reply = await self.talk.ask(agent, role, message, self.schema, number=number)
        output = structured(agent, reply, self.schema) if self.schema is not None else None
        return Said(number, agent, "merged" if role == "merge" else "answered", reply.text, output=output)

    async def decide(self, agent: Agent, role: Role, message: str, schema: JsonObject) -> tuple[int, JsonObject]:
        """A decision, with the number of its turn; one that cannot be used is told back once. Raises `InvalidOutput` for a second one."""
        for last in (False, True):
            number = self.talk.number()
            try:
                _, reply = await self.talk.ask(agent, role, message, schema, number=number)
                return number, _usable(agent, reply, schema)
            except InvalidOutput as wrong:
                if last:
                    raise
                message = protocol.again(message, wrong.data.detail)
        raise AssertionError("unreachable: the second answer is returned or refused")

    def done(self, said: Said | None, text: str, output: JsonValue = None) -> JsonValue:
        """The node's output; `said` is the turn that answered, None where several did."""
        found: dict[str, JsonValue] = {"text": text, "agent": said.agent.id if said else None}
        if self.schema is not None:
            found["output"] = output
        found["transcript"] = [each.document for each in self.talk.said]
        found["artifacts"] = [artifact.model_dump(mode="json") for artifact in self.talk.artifacts]
        return found


async def router(work: Work) -> JsonValue:
    """The coordinator chooses one agent, and that one answers."""
    talk = work.talk
    schema = protocol.choice_schema(talk.agents)
    number, choice = await work.decide(work.lead, "choose", protocol.choosing(talk.task, talk.members.values()), schema)
    chosen = str(choice["agent"])
    talk.said.append(Said(number, work.lead, "chose", str(choice.get("reason") or ""), to=chosen))
    said = await work.answer(talk.members[chosen], protocol.answering(talk.task, ""))
    talk.said.append(said)
    return work.done(said, said.text, said.output)


async def parallel(work: Work, merge: Literal["list", "coordinator", "first"]) -> JsonValue:
    """All agents answer side by side; then all answers, the first one, or what the coordinator makes of them."""
    talk = work.talk
    each = Work(talk, None) if merge == "coordinator" else work
    # Numbered before they begin: the names of steps must not depend on who is faster.
    asked = [_later(each, agent, talk.number()) for agent in talk.members.values()]
    if merge == "first":
        said = await _first(asked, alone=not any(agent.tools for agent in talk.members.values()))
        talk.said.append(said)
        return work.done(said, said.text, said.output)
    talk.said += await _all(asked)
    if merge == "coordinator":
        merged = await work.answer(work.lead, protocol.merging(talk.task, talk.heard()), "merge")
        talk.said.append(merged)
        return work.done(merged, merged.text, merged.output)
    text = "\n\n".join(f"{said.agent.name}:\n{said.text}" for said in talk.said)
    return work.done(None, text, [said.output for said in talk.said])


async def handoff(work: Work) -> JsonValue:
    """One agent begins; whoever has the task answers, or hands it over with a note."""
    talk, agent = work.talk, work.lead
    everybody = {agent.id: agent, **talk.members}
    while True:
        others = {name: other for name, other in everybody.items() if name != agent.id}
        message = protocol.handing(talk.task, others.values(), talk.heard(), last=talk.last_turn)
        schema = protocol.handoff_schema(list(others), work.schema)
        number, decision = await work.decide(agent, "handoff", message, schema)
        if decision["action"] == "answer":
            return _answered(work, Said(number, agent, "answered", "", output=decision["answer"]))
        to = str(decision["to"])
        talk.said.append(Said(number, agent, "handed over", str(decision.get("note") or ""), to=to))
        agent = others[to]


async def supervisor(work: Work) -> JsonValue:
    """The coordinator asks one agent after the other, and finishes with the answer."""
    talk, lead = work.talk, work.lead
    schema = protocol.supervisor_schema(talk.agents, work.schema)
    while True:
        message = protocol.supervising(talk.task, talk.members.values(), talk.heard(), last=talk.last_turn)
        number, decision = await work.decide(lead, "supervise", message, schema)
        if decision["action"] == "finish":
            return _answered(work, Said(number, lead, "answered", "", output=decision["answer"]))
        name, part = str(decision["agent"]), str(decision["task"])
        talk.said.append(Said(number, lead, "asked", part, to=name))
        member = Work(talk, None)
        talk.said.append(await member.answer(talk.members[name], protocol.answering(talk.task, talk.heard(), part)))


def _answered(work: Work, said: Said) -> JsonValue:
    """The end of a talk by an answer that stands in a decision."""
    output = said.output if work.schema is not None else None
    said = Said(said.turn, said.agent, said.did, as_text(said.output), output=output)
    work.talk.said.append(said)
    return work.done(said, said.text, output)


def _usable(agent: Agent, reply: Reply, schema: JsonObject) -> JsonObject:
    decision = cast("JsonObject", structured(agent, reply, schema))
    if (wrong := protocol.lacking(decision)) is not None:
        raise InvalidOutput(wrong, raw=reply.raw or reply.text)
    return decision


def _later(work: Work, agent: Agent, number: int) -> Callable[[], Awaitable[Said]]:
    return lambda: work.answer(agent, protocol.answering(work.talk.task, ""), number=number)


async def _all(asked: Sequence[Callable[[], Awaitable[Said]]]) -> Sequence[Said]:
    """Every answer. Where one fails the others are waited for: what they have done is kept for a further attempt."""
    answers = await asyncio.gather(*(ask() for ask in asked), return_exceptions=True)
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    # What is no problem of an agent's, and what may have happened outside, must not hide behind a plain failure.
    for error in sorted(failed, key=lambda error: (isinstance(error, Problem), not isinstance(error, Uncertain))):
        raise error
    return [answer for answer in answers if isinstance(answer, Said)]


async def _first(asked: Sequence[Callable[[], Awaitable[Said]]], *, alone: bool) -> Said:
    """The first answer that succeeds. The others are stopped only where no tool could be under way (`alone`)."""
    tasks = [asyncio.ensure_future(ask()) for ask in asked]
    try:
        waiting, won = set(tasks), None
        while waiting and won is None:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            won = next((task for task in tasks if task in done and task.exception() is None), None)
        if not alone and waiting:
            await asyncio.wait(waiting)
        errors = [error for task in tasks if task.done() and not task.cancelled() and (error := task.exception()) is not None]
        # Nobody need decide about a tool any more where another agent has answered; where none has, that is waited for.
        questions = [error for error in errors if isinstance(error, NeedsPerson)]
        for error in (*(questions if won is None else ()), *(error for error in errors if error not in questions)):
            if won is None or not isinstance(error, Problem) or isinstance(error, Uncertain):
                raise error
        assert won is not None  # noqa: S101 there is at least one agent: it has answered or failed
        return won.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
