"""Long turns as tasks: submitted once, remembered, and polled until they are done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from tenuto.agents.lyzr.problems import problem_of, refusal
from tenuto.core.agent import TurnContext
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import InvalidOutput, RateLimited, TimedOut, Uncertain, Unreachable, VendorFailed
from tenuto.core.values import JsonObject, encode

patience = 3_600.0
"""Seconds of waiting between polls after which a turn gives up. Long, because a retry is a new run that is billed again."""
failures = 5
"""So many polls in a row may fail before the turn does."""

_fact = "task"
_submit_timeout, _poll_timeout = 120, 30
_submit_paths = ("/v3/inference/chat/task", "/v3/inference/task/")
"""The second is an older way that some deployments and the vendor's own SDK still use."""


@dataclass(frozen=True)
class Tasks:
    """The task interface at a base URL."""

    base_url: str

    async def answer(self, body: JsonObject, ctx: TurnContext) -> JsonValue:
        """The finished task's answer, shaped like a chat answer.

        A task that is remembered from before a crash is asked for first, if it was the same question. One that Lyzr no
        longer knows is asked anew, once. Raises `TimedOut` when it takes too long, and what a failed task says.
        """
        path = _recalled(ctx.recalled(_fact), body)
        for _ in range(2):
            answer = await self._polled(path or await self._submit(body, ctx), ctx)
            if answer is not None:
                return answer
            path = None
        raise VendorFailed("Lyzr forgot the task before it was finished.")

    async def _submit(self, body: JsonObject, ctx: TurnContext) -> str:
        """The path under which the new task is found; remembered before anything else happens."""
        answer = await self._post(_submit_paths[0], body, ctx)
        used = _submit_paths[0]
        if _is_missing(answer):
            used = _submit_paths[1]
            answer = await self._post(used, body, ctx)
        if problem := problem_of(answer):
            raise problem
        made = answer.json
        task = made.get("task_id") if isinstance(made, dict) else None
        if not isinstance(task, str) or not task or "/" in task:
            raise InvalidOutput("Lyzr took the task but gave no id for it.", raw=answer.text)
        path = f"{used.rstrip('/')}/{task}"
        await ctx.remember(_fact, {"path": path, "question": _digest(body)})
        return path

    async def _post(self, path: str, body: JsonObject, ctx: TurnContext) -> Answer:
        return await ctx.send(Outbound(method="POST", url=self.base_url + path, json=dict(body), timeout=_submit_timeout))

    async def _polled(self, path: str, ctx: TurnContext) -> JsonValue:
        """The answer, or None when Lyzr does not know the task any more."""
        waited, failed, count = 0.0, 0, 0
        while waited < patience:
            state: Mapping[str, JsonValue] | None
            try:
                state, failed = await self._state(path, ctx), 0
            except (Unreachable, Uncertain, VendorFailed, RateLimited, InvalidOutput) as problem:
                # Asking how far it is costs nothing, and the task goes on whether we can hear of it or not.
                failed += 1
                if failed == failures:
                    raise VendorFailed(f"Lyzr cannot be asked how far the task is: {problem.data.detail}") from problem
                state = {}
            if state is None:
                return None
            match state.get("status"):
                case "completed":
                    return state["response"] if state.get("response") is not None else state.get("result")
                case "failed":
                    await ctx.remember(_fact, None)
                    raise refusal(str(state.get("error") or ""))
                case _:
                    seconds = min(500 * 1.4**count, 4_000) / 1_000
                    await ctx.sleep(seconds)
                    waited, count = waited + seconds, count + 1
        raise TimedOut(
            f"The agent has been working for more than {patience / 60:.0f} minutes.",
            fix="Ask it for less at once. A retry is a new run, and the old one may still be billed.",
        )

    async def _state(self, path: str, ctx: TurnContext) -> Mapping[str, JsonValue] | None:
        answer = await ctx.send(Outbound(method="GET", url=self.base_url + path, timeout=_poll_timeout))
        if answer.status == 404:
            return None
        if problem := problem_of(answer):
            raise problem
        state = answer.json
        if not isinstance(state, dict):
            raise InvalidOutput("Lyzr answered something else than the state of a task.", raw=answer.text)
        return state


def _recalled(fact: JsonValue, body: JsonObject) -> str | None:
    """The remembered task's path, if it was made for this very question."""
    if not isinstance(fact, dict) or fact.get("question") != _digest(body):
        return None
    path = fact.get("path")
    return path if isinstance(path, str) else None


def _digest(body: JsonObject) -> str:
    return hashlib.sha256(encode(body)).hexdigest()


def _is_missing(answer: Answer) -> bool:
    """Whether the path does not exist there: a 404 about an agent or a task says so in other words."""
    return answer.status == 405 or (answer.status == 404 and '"detail":"Not Found"' in answer.text.replace('": "', '":"'))
