"""What a simulation is asked to let go wrong goes wrong as it would outside: retries, questions to people, branches for errors."""

from __future__ import annotations

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.runs import document, execute, until, value

from tenuto.core.faults import Fault, fault_of


def call(node: str, action: str, params: dict[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    integration, _, name = action.partition(".")
    return {"id": node, "type": "integration", "config": {"integration": integration, "action": name, "params": params}, **more}


retry: JsonValue = {"attempts": 3, "delay": 0.01}
read = call("read", "gmail.read_emails", {"limit": 1}, retry=retry)
send = call("send", "gmail.send_email", {"to": "a@example.com", "subject": "s", "body": "b"}, retry=retry)
fetch: dict[str, JsonValue] = {"id": "fetch", "type": "http", "config": {"method": "GET", "url": "https://a.example.com"}, "retry": retry}


async def attempts(client: httpx2.AsyncClient, run: JsonValue, node: str) -> list[str]:
    """How each attempt of a node ended."""
    events = (await client.get(f"/api/executions/{run}/events")).json()["events"]
    return [each["type"] for each in events if each.get("node") == node and each["type"] != "node_started"]


targets = [(read, "read"), (read, "gmail"), (read, "gmail.read_emails"), (fetch, "http"), (fetch, "fetch")]
passing = [(*target, kind) for kind in ("unavailable", "timeout") for target in targets]
passing += [(read, "read", "rate_limited"), (fetch, "http", "rate_limited")]  # a second's wait each time: one of each is enough


@pytest.mark.parametrize(("node", "at", "kind"), passing, ids=str)
async def test_what_passes_is_tried_again(owner: httpx2.AsyncClient, node: dict[str, JsonValue], at: str, kind: str) -> None:
    faults: JsonValue = [{"at": at, "kind": kind, "attempts": 2}]
    run = await execute(owner, document(node), wait=30, simulate=True, faults=faults)
    assert run["status"] == "completed"
    assert await attempts(owner, run["id"], str(node["id"])) == ["node_retrying", "node_retrying", "node_completed"]


async def test_an_expired_token_fails_at_once_and_says_that_it_was_asked_for(owner: httpx2.AsyncClient) -> None:
    faults: JsonValue = [{"at": "gmail.send_email", "kind": "expired_token"}]
    run = await execute(owner, document(send), wait=30, simulate=True, faults=faults)
    assert run["status"] == "failed"
    found = (await owner.get(f"/api/executions/{run['id']}/nodes/send")).json()
    assert "This simulation was asked for it" in str(found)
    assert "connect the account again" in str(found)


@pytest.mark.parametrize("kind", ["timeout", "malformed"])
async def test_a_write_that_may_have_happened_asks_a_person_as_it_would(owner: httpx2.AsyncClient, kind: str) -> None:
    run = await execute(owner, document(send, value("after", 1)), simulate=True, faults=[{"at": "send", "kind": kind}])
    await until(owner, str(run["id"]), "unknown")
    answer = await owner.post(f"/api/executions/{run['id']}/decide", json={"node": "send", "decision": "retry"})
    assert answer.status_code in (200, 202, 204), answer.text
    await until(owner, str(run["id"]), "completed")


async def test_a_malformed_answer_to_a_question_fails_as_it_would(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, document(read), wait=30, simulate=True, faults=[{"at": "gmail", "kind": "malformed"}])
    assert (run["status"], await attempts(owner, run["id"], "read")) == ("failed", ["node_failed"])


async def test_each_run_of_a_map_meets_it(owner: httpx2.AsyncClient) -> None:
    inner: JsonValue = {"startNode": "read", "nodes": [read], "edges": []}
    mapped: dict[str, JsonValue] = {"id": "each", "type": "map", "config": {"items": [1, 2], "body": inner}}
    run = await execute(owner, document(mapped), wait=30, simulate=True, faults=[{"at": "gmail", "kind": "unavailable", "attempts": 9}])
    assert run["status"] == "failed"


@pytest.mark.parametrize(
    ("body", "place", "word"),
    [
        ({"simulate": True, "faults": [{"at": "gmial", "kind": "timeout"}]}, "/faults/0/at", 'Did you mean "gmail"'),
        ({"simulate": True, "faults": [{"at": "gmail.send_mail", "kind": "timeout"}]}, "/faults/0/at", "gmail.send_email"),
        ({"simulate": True, "faults": [{"at": "gmail", "kind": "explodes"}]}, "/faults/0/kind", "rate_limited"),
        ({"simulate": True, "faults": [{"at": "gmail", "kind": "timeout", "attempts": 0}]}, "/faults/0/attempts", ""),
        ({"simulate": True, "faults": [{"at": "gmail", "kind": "timeout"}] * 51}, "/faults", ""),
        ({"simulate": True, "faults": "gmail"}, "/faults", ""),
    ],
)
async def test_a_fault_that_can_never_happen_is_refused(
    owner: httpx2.AsyncClient, body: dict[str, JsonValue], place: str, word: str
) -> None:
    answer = await owner.post("/api/workflow/execute", json={"workflow": document(read), **body})
    assert answer.status_code == 422, answer.text
    assert place in answer.text
    assert word.replace('"', '\\"') in answer.text


async def test_nothing_real_is_let_go_wrong(owner: httpx2.AsyncClient) -> None:
    body: dict[str, JsonValue] = {"workflow": document(value("a", 1)), "faults": [{"at": "a", "kind": "timeout"}]}
    answer = await owner.post("/api/workflow/execute", json=body)
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/faults")


def test_a_fault_strikes_the_first_attempts_of_what_it_names() -> None:
    fault = Fault(at="gmail", kind="timeout", attempts=2)
    assert [fault_of([fault], "n", attempt, "gmail.send_email") for attempt in (1, 2, 3)] == [fault, fault, None]
    assert fault_of([fault], "n", 1, "gmails.send_email") is None
    assert fault_of([Fault(at="n", kind="timeout")], "n", 1, "http") is not None
