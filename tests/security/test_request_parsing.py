"""Threat 12, request parsing: a body is what it says it is, bounded and unambiguous, or it is refused with a sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.api.conftest import Api

good = b'{"name": "ci", "role": "viewer"}'
json_type = {"Content-Type": "application/json"}

bodies = {
    "no json": (b"{", 400, "malformed"),
    "nan": (b'{"name": NaN, "role": "viewer"}', 400, "malformed"),
    "infinity": (b'{"name": -Infinity, "role": "viewer"}', 400, "malformed"),
    "a key twice": (b'{"name": "a", "name": "b", "role": "viewer"}', 400, "malformed"),
    "half a surrogate": (b'{"name": "\\ud800", "role": "viewer"}', 422, "invalid"),
    "not utf-8": (b'{"name": "\xff", "role": "viewer"}', 400, "malformed"),
    "utf-16": ('{"name": "a", "role": "viewer"}'.encode("utf-16"), 400, "malformed"),
    "deep": (b'{"name": ' + b"[" * 65 + b"]" * 65 + b"}", 422, "invalid"),
    "very deep": (b"[" * 200_000 + b"]" * 200_000, 422, "invalid"),
    "a long number": (b'{"name": ' + b"9" * 5000 + b"}", 400, "malformed"),
    "wrong type": (b'{"name": ["a"], "role": "viewer"}', 422, "invalid"),
    "a number that overflows": (b'{"name": 1e999, "role": "viewer"}', 422, "invalid"),
    "unknown role": (b'{"name": "a", "role": "god"}', 422, "invalid"),
    "unknown field": (b'{"name": "a", "role": "viewer", "workspace": 2}', 422, "invalid"),
    "nul": (b'{"name": "a\\u0000b", "role": "viewer"}', 422, "invalid"),
    "list": (b"[]", 422, "invalid"),
    "nothing": (b"", 422, "invalid"),
    "null": (b"null", 422, "invalid"),
}


@pytest.mark.parametrize("case", bodies)
async def test_a_body_that_cannot_be_meant_is_refused(case: str, api: Api) -> None:
    body, status, kind = bodies[case]
    answer = await api.as_role("owner").post("/api/keys", content=body, headers=json_type)
    found = answer.json()
    assert (answer.status_code, found["type"].rpartition("/")[2]) == (status, kind), answer.text
    assert found["success"] is False
    assert found["error"].endswith((".", "more)"))
    assert "Traceback" not in answer.text


async def test_the_place_of_a_wrong_part_is_a_json_pointer(api: Api) -> None:
    answer = await api.as_role("owner").post("/api/keys", json={"name": "a", "role": "god"})
    assert [issue["pointer"] for issue in answer.json()["issues"]] == ["/role"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonp"]
)
async def test_json_under_another_name_is_refused(kind: str, api: Api) -> None:
    answer = await api.as_role("owner").post("/api/keys", content=good, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == 400, answer.text
    assert "Content-Type" in answer.json()["fix"]


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
)
async def test_json_under_its_own_names_is_read(kind: str, api: Api) -> None:
    answer = await api.as_role("owner").post("/api/keys", content=good, headers={"Content-Type": kind})
    assert answer.status_code == 201, answer.text


async def test_too_large_a_body_is_refused_declared_or_not(api: Api) -> None:
    large = b'{"name": "' + b"a" * (5 * 1024 * 1024) + b'", "role": "viewer"}'

    async def undeclared() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    client = api.as_role("owner")
    for content in (large, undeclared()):
        answer = await client.post("/api/keys", content=content, headers=json_type)
        assert answer.status_code == 413, answer.text
        assert answer.json()["type"].endswith("/too-large")


@pytest.mark.parametrize("path", ["/api/keys/%00", "/api/keys?cursor=%00", "/api/keys/a%00b"])
async def test_a_nul_in_the_address_is_refused(path: str, api: Api) -> None:
    assert (await api.as_role("owner").get(path)).status_code == 400


@pytest.mark.parametrize("cursor", ["x", "W10", "e30", "WzEsMl0", "%F0%9F%92%A9", "WyJcdWQ4MDAiLCAieCJd"])
async def test_a_cursor_that_is_none_is_refused(cursor: str, api: Api) -> None:
    answer = await api.as_role("owner").get(f"/api/keys?cursor={cursor}")
    assert answer.status_code == 400, answer.text


async def test_a_file_faked_in_json_is_only_a_wrong_type(api: Api) -> None:
    faked = {"name": {"filename": "x", "path": "/etc/passwd", "file": "/etc/passwd"}, "role": "viewer"}
    answer = await api.as_role("owner").post("/api/keys", json=faked)
    assert answer.status_code == 422
    assert "root:" not in answer.text
