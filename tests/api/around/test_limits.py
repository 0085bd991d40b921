"""Inbound limits: counted per address and per caller, answered with 429 and when to come back."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from tests.api.conftest import served

from tenuto.api.identity import address_of


async def test_one_caller_is_limited_and_others_are_not(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, TENUTO_CALLS_PER_CALLER="3") as api:
        client = api.as_role("viewer")
        answers = [await client.get("/api/auth/me") for _ in range(4)]
        # A window may end on the way: then three more fit into the next one.
        while answers[-1].status_code == 200 and len(answers) < 12:
            answers.append(await client.get("/api/auth/me"))
        limited = answers[-1]
        assert limited.status_code == 429
        assert 1 <= int(limited.headers["retry-after"]) <= 61
        assert limited.json()["retryable"] is True
        assert (await api.as_role("editor").get("/api/auth/me")).status_code == 200


async def test_an_address_is_limited_before_it_is_known_who_calls(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path, TENUTO_CALLS_PER_ADDRESS="3") as api:
        statuses = [(await api.client("tnt_guess").get("/api/auth/me")).status_code for _ in range(8)]
        assert statuses[0] == 401
        assert 429 in statuses


async def test_attempts_to_sign_in_are_limited(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path) as api:
        client = api.client()
        statuses = [(await client.post("/api/auth/sign-in", json={"token": "tnl_guess"})).status_code for _ in range(62)]
        assert statuses[0] == 401
        assert 429 in statuses


def test_a_subscriber_of_ipv6_is_one_address() -> None:
    def asked(host: str) -> str:
        return address_of(Request({"type": "http", "client": (host, 1), "headers": []}))

    assert asked("2001:db8:1:2:a::1") == asked("2001:db8:1:2:b::9") != asked("2001:db8:1:3::1")
    assert asked("192.0.2.1") != asked("192.0.2.2")
