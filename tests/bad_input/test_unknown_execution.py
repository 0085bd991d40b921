"""The id of an execution that is not there: 404 with the id, at every route that takes one."""

from __future__ import annotations

import pytest
from tests.api.conftest import Api

unknown = "no-such-run"
bodies = {"answers": {"node": "a", "data": {}}, "decide": {"node": "a", "decision": "fail"}, "fork": {"node": "a"}}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/api/executions/{unknown}"),
        ("GET", f"/api/executions/{unknown}/events"),
        ("GET", f"/api/executions/{unknown}/nodes/a"),
        ("POST", f"/api/executions/{unknown}/cancel"),
        ("POST", f"/api/executions/{unknown}/pause"),
        ("POST", f"/api/executions/{unknown}/resume"),
        ("POST", f"/api/executions/{unknown}/retry"),
        ("POST", f"/api/executions/{unknown}/fork"),
        ("POST", f"/api/executions/{unknown}/replay"),
        ("GET", f"/api/executions/{unknown}/difference"),
        ("GET", f"/api/executions/{unknown}/children"),
        ("POST", f"/api/executions/{unknown}/answers"),
        ("POST", f"/api/executions/{unknown}/decide"),
        ("DELETE", f"/api/executions/{unknown}"),
        ("GET", f"/api/workflows/executions?id={unknown}"),
        ("DELETE", f"/api/workflows/executions?id={unknown}"),
        ("GET", f"/api/workflows/monitor?execution_id={unknown}"),
        ("DELETE", f"/api/workflows/monitor?execution_id={unknown}"),
        ("POST", "/api/workflows/monitor"),
    ],
)
async def test_it_is_named_and_404(method: str, path: str, api: Api) -> None:
    asked = {"execution_id": unknown, "type": "x"} if path.endswith("monitor") else bodies.get(path.rpartition("/")[2])
    answer = await api.as_role("owner").request(method, path, json=asked)
    assert answer.status_code == 404, answer.text
    assert unknown in answer.json()["error"]
    assert answer.json()["success"] is False


@pytest.mark.parametrize("id", ["%2e%2e", "..%2f..%2fetc%2fpasswd", "x" * 5_000, "%F0%9F%92%A9", "%ED%A0%80", "0x1F", "null", "a%0Ab"])
async def test_no_form_of_an_id_is_a_bug(id: str, api: Api) -> None:
    answer = await api.as_role("owner").get(f"/api/executions/{id}/events")
    assert answer.status_code == 404, answer.text
    assert len(answer.content) < 3_000
