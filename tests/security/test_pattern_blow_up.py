"""Threats 1 and 23, patterns that blow up: what agents, callers and definitions write is read in one pass, however it is made."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import execute

from tenuto.agents.lyzr.reading import reply_text
from tenuto.agents.simulated.pattern import matching
from tenuto.app.logs import redact
from tenuto.core.agent import Turn
from tenuto.vault.mask import Mask, forms

many = 100_000
turn = Turn(message="x", session_id="s")


def read(text: str) -> object:
    return reply_text(text, (), turn)


hostile: dict[str, Callable[[], object]] = {
    "thoughts that never end": lambda: read("<think>" * many),
    "one thought, then openings": lambda: read("<think>x</think>" + "<think>" * many),
    "artifacts that never end": lambda: read("<artifacts>" * many),
    "log: tokens that are none": lambda: redact(None, "info", {"event": "eyJaaaaaaaa-" * many}),
    "log: keys": lambda: redact(None, "info", {"event": "sk-aaaa-" * many}),
    "log: addresses": lambda: redact(None, "info", {"event": "://a:" * many}),
    "a mask over an echo": lambda: Mask(forms("sk-default-aaaaaaaaaaaaaaaaaaaa")).hide(b"sk-default-a" * many),
    "a pattern of patterns": lambda: matching("(((a{9999}){9999}){9999}){9999}", len),
    "a pattern of nothing": lambda: matching("(((){9999}){9999}){9999}", len),
    "a pattern that its own text does not fit": lambda: matching("(a|a){40}$b", len),
    "alternatives of a pattern": lambda: matching("^(([a-z])+.)+[A-Z]([a-z])+$", len),
}


@pytest.mark.parametrize("case", hostile)
def test_it_takes_no_time(case: str) -> None:
    began = time.process_time()
    hostile[case]()
    assert time.process_time() - began < 10


def test_what_an_agent_thinks_is_still_left_out() -> None:
    assert read("<think>a</think>\n <think>b</think>c <think>d").text == "c <think>d"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["```" + "\n" * many, "a." * many, "a1-" * many, "not " * many, "<think>" * many, "{" * many, "{{" * many])
async def test_a_long_message_costs_no_more_than_its_length(text: str, api: Api) -> None:
    client = api.as_role("owner")
    began = time.process_time()
    assert (await client.post("/api/agent/chat", json={"message": text[:900_000]})).status_code == 200
    agent: JsonValue = {"id": "a", "name": "A", "provider": "simulated"}
    schema: JsonValue = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}
    node: JsonValue = {"id": "ask", "type": "agent", "config": {"agent": "a", "message": "{{ input.message }}", "output_schema": schema}}
    workflow: JsonValue = {"name": "w", "startNode": "ask", "agents": [agent], "nodes": [node]}
    run = await execute(client, workflow, wait=60, message=text)
    assert run["status"] in ("completed", "failed")
    assert time.process_time() - began < 30
