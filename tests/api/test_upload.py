"""Files handed to the agent provider over HTTP: against Lyzr's double, simulated without a key, and their limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api.conftest import Api, served
from tests.doubles.lyzr import echo_agent, key, lyzr_double

at = "/api/upload"


async def test_files_become_assets_that_a_question_can_name(dsn: str, tmp_path: Path) -> None:
    async with lyzr_double() as double, served(dsn, tmp_path, LYZR_BASE_URL=double.url, LYZR_API_KEY=key) as api:
        client = api.as_role("operator")
        files = [("files", ("a.pdf", b"%PDF-", "application/pdf")), ("files", ("ü b.png", b"\x89PNG", "image/png"))]
        answer = await client.post(at, files=files)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["simulated"] is False
        assert [asset["file_name"] for asset in body["assets"]] == ["a.pdf", "ü b.png"]
        ids = [asset["asset_id"] for asset in body["assets"]]
        assert set(ids) == set(double.assets)
        asked = await client.post("/api/agent", json={"message": "Read them", "agent_id": echo_agent, "assets": ids})
        assert asked.status_code == 200, asked.text


async def test_without_a_key_development_simulates_and_says_so(api: Api) -> None:
    body = (await api.as_role("operator").post(at, files=[("files", ("a.txt", b"hello"))])).json()
    (asset,) = body["assets"]
    assert (body["simulated"], asset["simulated"], asset["file_name"], asset["file_size"]) == (True, True, "a.txt", 5)
    assert asset["asset_id"].startswith("simulated-")


async def test_in_production_a_missing_key_is_401(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, NODE_ENV="production") as api:
        answer = await api.as_role("owner").post(at, files=[("files", ("a.txt", b"hello"))])
        assert answer.status_code == 401
        assert "LYZR_API_KEY" in answer.text


@pytest.mark.parametrize("name", ["../a.txt", "a/b.txt", "a\\b.txt", "..", "x" * 256, "/etc/passwd"])
async def test_a_name_that_is_a_path_is_refused(api: Api, name: str) -> None:
    answer = await api.as_role("operator").post(at, files=[("files", (name, b"x"))])
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/files/0"), answer.text


async def test_limits(api: Api) -> None:
    client = api.as_role("operator")
    assert (await client.post(at, files=[("files", (f"{n}.txt", b"x")) for n in range(10)])).status_code == 200
    assert (await client.post(at, files=[("files", (f"{n}.txt", b"x")) for n in range(11)])).status_code == 422
    assert (await client.post(at, files=[("files", ("big.bin", b"\0" * (10 * 1024 * 1024)))])).status_code == 200
    assert (await client.post(at, files=[("files", ("big.bin", b"\0" * (10 * 1024 * 1024 + 1)))])).status_code == 413
    huge = await client.post(at, content=b"x", headers={"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(10**9)})
    assert huge.status_code == 413


async def test_no_file_is_refused(api: Api) -> None:
    client = api.as_role("operator")
    assert (await client.post(at)).status_code in (400, 422)
    assert (await client.post(at, files=[("other", ("a.txt", b"x"))])).status_code == 400
    assert (await client.post(at, data={"files": "text"})).status_code in (400, 422)
    assert (await client.post(at, content=b"--b\r\nbroken", headers={"Content-Type": "multipart/form-data; boundary=b"})).status_code == 400
    assert (await api.as_role("viewer").post(at, files=[("files", ("a.txt", b"x"))])).status_code == 403
