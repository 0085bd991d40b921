"""Single calls of connectors over HTTP: simulated in development, refused in production, and real against a vendor's double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Api, served

from tenuto.core.catalog import discover
from tenuto.core.connector import Action

message: dict[str, Any] = {"action": "send_message", "params": {"channel": "#a", "text": "Hello"}}

actions = [
    ("gmail", "send_email"), ("gmail", "read_emails"), ("gmail", "search_emails"),
    ("slack", "send_message"), ("slack", "create_channel"), ("slack", "list_channels"), ("slack", "get_messages"),
    ("github", "create_issue"), ("github", "list_issues"), ("github", "create_pr"), ("github", "get_commits"), ("github", "get_repos"),
]  # fmt: skip


def example(action: Action) -> dict[str, Any]:
    fields = action.params.model_fields.items()
    return {name: field.examples[0] for name, field in fields if field.is_required() and field.examples}


async def test_every_kept_action_answers_simulated_and_says_so(api: Api) -> None:
    catalog, client = discover(), api.as_role("operator")
    for connector, action in actions:
        params = example(catalog.action(connector, action)) | ({"query": "x"} if action == "search_emails" else {})
        answer = await client.post(f"/api/integrations/{connector}", json={"action": action, "params": params})
        assert answer.status_code == 200, (connector, action, answer.text)
        body = answer.json()
        assert body["success"] is True
        assert body["simulated"] is True
        assert "Simulated" in body["message"]
        assert isinstance(body["result"], dict)
        assert body["result"]


async def test_a_user_id_of_somebody_else_needs_a_permission(api: Api) -> None:
    asked = message | {"context": {"user_id": "ada", "session": "ignored"}}
    assert (await api.as_role("owner").post("/api/integrations/slack", json=asked)).status_code == 200
    assert (await api.as_role("operator").post("/api/integrations/slack", json=asked)).status_code == 403
    assert (await api.as_role("viewer").post("/api/integrations/slack", json=message)).status_code == 403


refused: list[tuple[str, dict[str, Any], int]] = [
    ("slack", {"action": "explode", "params": {}}, 400),
    ("slack", {"params": {}}, 400),
    ("nope", {"action": "x"}, 404),
    ("slack", message | {"params": {"channel": "#a"}}, 422),
    ("slack", message | {"params": {"channel": 5, "text": "x"}}, 422),
    ("slack", message | {"params": []}, 422),
]


@pytest.mark.parametrize(("integration", "body", "status"), refused)
async def test_what_cannot_be_done_is_refused(api: Api, integration: str, body: dict[str, Any], status: int) -> None:
    answer = await api.as_role("owner").post(f"/api/integrations/{integration}", json=body)
    assert (answer.status_code, answer.json()["success"]) == (status, False), answer.text


async def test_simulation_can_be_demanded_and_forbidden(api: Api) -> None:
    client = api.as_role("operator")
    assert (await client.post("/api/integrations/slack", json=message | {"simulate": True})).json()["simulated"] is True
    refused = await client.post("/api/integrations/slack", json=message | {"simulate": False})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (401, "connection-missing")


async def test_in_production_a_missing_connection_is_401_and_says_what_to_connect(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, NODE_ENV="production") as api:
        for integration, action in (("slack", "list_channels"), ("gmail", "read_emails"), ("github", "get_repos")):
            answer = await api.as_role("owner").post(f"/api/integrations/{integration}", json={"action": action, "params": {}})
            if answer.status_code == 422:  # parameters come first
                answer = await api.as_role("owner").post(
                    f"/api/integrations/{integration}", json={"action": action, "params": {"org": "acme"}}
                )
            assert answer.status_code == 401, answer.text
            assert integration in answer.json()["error"]
            assert answer.json()["fix"]


async def test_the_same_idempotency_key_is_the_same_simulated_answer(api: Api) -> None:
    client = api.as_role("operator")

    async def ts(key: str) -> str:
        answer = await client.post("/api/integrations/slack", json=message, headers={"Idempotency-Key": key})
        return answer.json()["result"]["ts"]

    assert await ts("a") == await ts("a") != await ts("b")
