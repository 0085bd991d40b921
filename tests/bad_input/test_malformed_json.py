"""Malformed JSON: refused with line and column at every route that takes a body, and nothing happens."""

from __future__ import annotations

import json
import time

import pytest
from tests.api.conftest import Api
from tests.security.surface import Route, routes

from tenuto.api.bodies import read_json
from tenuto.core.errors import Malformed

json_type = {"Content-Type": "application/json"}
taking = [route for route in routes() if route.method in {"POST", "PUT", "PATCH"} and route.path != "/api/upload"]
no_body = {
    "/api/auth/sign-out",
    "/api/executions/{id:path}/pause",
    "/api/executions/{id:path}/resume",
    "/api/deliveries/{id}/replay",
    "/api/connections/{id}/test",
    "/api/workflows/{id:path}/restore-points/{number}/restore",
    "/api/workflows/{id:path}/versions/{number}/restore",
}
form_body = {"/oauth/token", "/oauth/revoke"}
"""Forms, as the protocol has them: what else is sent there is nothing, and said to be missing (tests/security/test_delegation.py)."""
raw_body = {"/api/hooks/{path:path}"}
"""What senders outside send is believed by its signature first, and read by the trigger it is for."""


@pytest.mark.parametrize(
    "route", [route for route in taking if route.path not in no_body | raw_body | form_body], ids=lambda route: route.name
)
async def test_it_is_refused_with_its_place(route: Route, api: Api) -> None:
    answer = await api.as_role("owner").request(route.method, route.at("1"), content=b'{"a": 1,\n "b" 2}', headers=json_type)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["success"] is False
    assert "line 2, column 6" in problem["error"]


@pytest.mark.parametrize("text", ["", "[", '{"a":}', "{'a': 1}", '{"a": 1}}', '"\\x"', "nul", "01", "\ufeff{}"])
async def test_each_kind_has_a_sentence(text: str, api: Api) -> None:
    answer = await api.as_role("owner").post("/api/workflow/execute", content=text.encode(), headers=json_type)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["error"].endswith(".")


def test_a_repeated_key_is_found_in_one_pass() -> None:
    """Counting each of 300,000 names among all the others took minutes, for anybody who sent them to the sign-in route."""
    body = json.dumps({f"k{number}": 1 for number in range(300_000)})[:-1] + ', "last": 1, "last": 2}'
    began = time.process_time()
    with pytest.raises(Malformed, match="'last' stands twice"):
        read_json(body.encode(), "application/json")
    assert time.process_time() - began < 20


async def test_half_a_million_unknown_fields_are_not_listed(api: Api) -> None:
    body = b'{"name": "x", "role": "viewer", ' + b", ".join(b'"%d": 1' % number for number in range(100_000)) + b"}"
    answer = await api.as_role("owner").post("/api/keys", content=body, headers=json_type)
    assert answer.status_code == 422
    assert len(answer.json()["issues"]) == 100
    assert "99999 more" in answer.json()["error"]


async def test_an_unknown_field_of_a_megabyte_is_not_sent_back(api: Api) -> None:
    answer = await api.as_role("owner").post("/api/keys", json={"name": "x", "role": "viewer", "k" * 1_000_000: 1})
    assert answer.status_code == 422
    assert len(answer.content) < 5_000
