"""Threat 11, webhook authenticity: over HTTP, what is not signed exactly as its sender signs it starts nothing."""

from __future__ import annotations

import ast
import base64
import hashlib
import hmac
import inspect
import json
import statistics
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from pydantic import TypeAdapter, ValidationError
from tests.api.conftest import Api, fresh_database, served
from tests.api.hooking import github, path_of, plain, publish, webhook, workflow

from tenuto.core import signature
from tenuto.core.auth import schemes
from tenuto.core.signature import Incoming, allowed, refusal
from tenuto.core.trigger import Trigger
from tenuto.store.server.embedded import Embedded

body = json.dumps({"action": "opened", "n": 1, "text": "grüß dich"}, ensure_ascii=False).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def placed(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Api, dict[str, dict[str, Any]]]]:
    folder: Path = tmp_path_factory.mktemp("authenticity")
    async with fresh_database(server) as dsn, served(dsn, folder) as api:
        document = workflow(
            webhook("github", connector="github"), webhook("stripe", scheme="stripe"), webhook("hmac"), webhook("bearer", scheme="bearer"),
            webhook("hubspot", scheme="hubspot"),
        )  # fmt: skip
        made = await publish(api.as_role("owner"), document)
        yield api, {one["key"]: one for one in made}


async def post(house: tuple[Api, dict[str, dict[str, Any]]], name: str, content: bytes, headers: Any) -> httpx2.Response:
    api, made = house
    return await api.client().post(path_of(made[name]), content=content, headers=headers)


def secret(house: tuple[Api, dict[str, dict[str, Any]]], name: str) -> str:
    return house[1][name]["secret"]


async def test_a_body_that_was_read_and_written_again_is_another_body(placed: Any) -> None:
    again = json.dumps(json.loads(body)).encode()
    assert json.loads(again) == json.loads(body)
    headers = github(secret(placed, "github"), body, "again")
    assert (await post(placed, "github", again, headers)).status_code == 401
    assert (await post(placed, "github", body, headers)).status_code == 202


@pytest.mark.parametrize("place", [0, len(body) // 2, len(body) - 1])
async def test_one_changed_byte(placed: Any, place: int) -> None:
    changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    assert (await post(placed, "github", changed, github(secret(placed, "github"), body, f"byte-{place}"))).status_code == 401


async def test_the_names_of_headers_have_no_case_and_the_digits_of_a_signature_neither(placed: Any) -> None:
    headers = {name.upper(): value for name, value in github(secret(placed, "github"), body, "case").items()}
    assert (await post(placed, "github", body, headers)).status_code == 202
    digits = headers["X-HUB-SIGNATURE-256"].removeprefix("sha256=").upper()
    assert (await post(placed, "github", body, {**headers, "X-HUB-SIGNATURE-256": f"sha256={digits}"})).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda headers: {name: value for name, value in headers.items() if name != "x-hub-signature-256"},
        lambda headers: {**headers, "x-hub-signature-256": ""},
        lambda headers: {**headers, "x-hub-signature-256": headers["x-hub-signature-256"].removeprefix("sha256=")},
        lambda headers: {**headers, "x-hub-signature-256": headers["x-hub-signature-256"].replace("sha256", "sha1")},
        lambda headers: {**headers, "x-hub-signature-256": headers["x-hub-signature-256"][:-2]},
        lambda headers: {**headers, "x-hub-signature-256": "sha256=" + "0" * 64},
        lambda headers: {**headers, "x-hub-signature-256": headers["x-hub-signature-256"] + "é"},
        # The right signature in the header of another scheme.
        lambda headers: {"x-hub-signature": headers["x-hub-signature-256"], "x-github-delivery": "moved"},
        # An older, weaker scheme of the same vendor.
        lambda headers: {"x-hub-signature": "sha1=" + hmac.new(b"s", body, hashlib.sha1).hexdigest()},
    ],
)
async def test_a_missing_or_wrong_header(placed: Any, change: Any) -> None:
    headers = change(github(secret(placed, "github"), body, "wrong"))
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert (await post(placed, "github", body, encoded)).status_code == 401


async def test_two_signature_headers_are_none(placed: Any) -> None:
    good = github(secret(placed, "github"), body, "two")
    forged = ("x-hub-signature-256", "sha256=" + "0" * 64)
    for both in ([*good.items(), forged], [forged, *good.items()]):
        assert (await post(placed, "github", body, both)).status_code == 401


async def test_of_two_signatures_in_stripes_header_one_has_to_be_right(placed: Any) -> None:
    stamp = str(int(time.time()))
    right = hmac.digest(secret(placed, "stripe").encode(), f"{stamp}.".encode() + body, "sha256").hex()
    for n, (header, status) in enumerate(
        [
            (f"t={stamp},v1={'0' * 64},v1={right}", 202),
            (f"t={stamp},v0={right}", 401),
            (f"v1={right}", 401),
            (f"t={stamp},v1={'0' * 64}", 401),
            (f"t={int(stamp) + 1},v1={right}", 401),
            (f"t={stamp}," + ",".join(["v1=" + "0" * 64] * 30) + f",v1={right}", 401),
        ]
    ):
        assert (await post(placed, "stripe", body, {"stripe-signature": header})).status_code == status, n


async def test_outside_the_time_window_a_good_signature_is_stale(placed: Any) -> None:
    for shift, status in ((-270, 202), (-330, 401), (330, 401)):
        headers = plain(secret(placed, "hmac"), body, at=time.time() + shift)
        assert (await post(placed, "hmac", body, headers)).status_code == status, shift
    headers = plain(secret(placed, "hmac"), body)
    assert (await post(placed, "hmac", body, {**headers, "x-signature-timestamp": str(int(time.time()) + 1)})).status_code == 401


async def test_a_replay_within_the_window_starts_nothing_new(placed: Any) -> None:
    headers = plain(secret(placed, "hmac"), body + b" ")
    first, second = [await post(placed, "hmac", body + b" ", headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["execution_id"] == second.json()["execution_id"]


async def test_a_signature_for_one_address_is_none_for_another(placed: Any) -> None:
    stamp = str(int(time.time() * 1000))
    made = placed[1]["hubspot"]
    for uri, status in ((made["url"], 202), (made["url"] + "x", 401)):
        signed = hmac.digest(made["secret"].encode(), f"POST{uri}".encode() + body + stamp.encode(), "sha256")
        headers = {"x-hubspot-request-timestamp": stamp, "x-hubspot-signature-v3": base64.b64encode(signed).decode()}
        assert (await post(placed, "hubspot", body, headers)).status_code == status


async def test_another_triggers_secret_and_an_api_key_open_nothing(placed: Any) -> None:
    assert (await post(placed, "github", body, github(secret(placed, "hmac"), body, "other"))).status_code == 401
    key = placed[0].keys["owner"]
    assert (await post(placed, "github", body, {"authorization": f"Bearer {key}"})).status_code == 401
    assert (await post(placed, "bearer", body, {"authorization": f"Bearer {key}"})).status_code == 401


async def test_an_unbelieved_body_is_not_even_read(placed: Any) -> None:
    """What is no JSON is refused for its signature, not for its form: a stranger learns nothing and costs no parsing."""
    assert (await post(placed, "github", b"[" * 100_000, {"x-hub-signature-256": "sha256=00"})).status_code == 401


def test_signatures_are_compared_by_the_one_function_that_takes_the_same_time() -> None:
    tree = ast.parse(inspect.getsource(signature))
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    among = ast.unparse(functions["_among"])
    assert "hmac.compare_digest(" in among
    assert "return" not in among.partition("for one in given")[2].partition("return None if found")[0], "no early end"
    for name in ("_signed", "_bearer"):
        assert "_among(" in ast.unparse(functions[name])
        compared = [node for node in ast.walk(functions[name]) if isinstance(node, ast.Compare)]
        assert not [node for node in compared if any(word in ast.unparse(node) for word in ("secret", "expected", "digest"))]


def test_time_does_not_tell_where_a_signature_differs() -> None:
    """Not a proof, but what a comparison byte by byte of long texts would fail: first against last byte, medians of many."""
    right = hmac.digest(b"s", body, "sha256").hex()
    wrong = {"first": "f" + right[1:] if right[0] != "f" else "0" + right[1:], "last": right[:-1] + ("0" if right[-1] != "0" else "1")}
    times: dict[str, list[float]] = {"first": [], "last": []}
    for _ in range(3000):
        for name, text in wrong.items():
            given = Incoming({"x-hub-signature-256": f"sha256={text}"}, body)
            began = time.perf_counter()
            assert refusal(schemes["github"], given, ["s"], datetime.now(UTC)) == "wrong-signature"
            times[name].append(time.perf_counter() - began)
    first, last = (statistics.median(times[name]) for name in ("first", "last"))
    assert 0.5 < first / last < 2


@pytest.mark.parametrize("network", ["192.0.2.1/24", "192.0.2.0/33", "0300.0.2.0/24", "example.com", "192.0.2", "::1/129", ""])
def test_a_network_that_is_none_is_refused_when_it_is_written(network: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](Trigger).validate_python({"id": "t", "type": "webhook", "allow": [network]})


@pytest.mark.parametrize(
    ("address", "network", "lies"),
    [
        ("192.0.2.7", "192.0.2.0/24", True),
        ("192.0.3.7", "192.0.2.0/24", False),
        # Text that begins alike is no network.
        ("192.0.2.77", "192.0.2.7/32", False),
        ("192.0.2.7", "192.0.2.77/32", False),
        ("192.0.2.128", "192.0.2.0/25", False),
        ("::ffff:192.0.2.7", "192.0.2.0/24", True),
        ("::ffff:c000:207", "192.0.2.0/24", True),
        ("2001:db8::1", "2001:db8::/32", True),
        ("2001:db9::1", "2001:db8::/32", False),
        ("fe80::1%eth0", "fe80::/10", True),
        # Another family is in no network of this one, however wide.
        ("2001:db8::1", "0.0.0.0/0", False),
        ("192.0.2.7", "::/0", False),
        # What some read as 192.0.2.7 is no address at all.
        ("3221225991", "192.0.2.0/24", False),
        ("0300.0.2.7", "192.0.2.0/24", False),
        ("0xc0.0.2.7", "192.0.2.0/24", False),
        ("192.0.2.7, 10.0.0.1", "192.0.2.0/24", False),
        ("192.0.2.7:443", "192.0.2.0/24", False),
        ("", "0.0.0.0/0", False),
        ("unknown", "0.0.0.0/0", False),
    ],
)
def test_an_address_lies_in_a_network_by_its_bits(address: str, network: str, *, lies: bool) -> None:
    assert allowed(address, [network]) is lies
    assert allowed(address, ["198.51.100.0/24", network]) is lies


async def test_a_header_does_not_change_where_somebody_calls_from(placed: Any) -> None:
    document = workflow(webhook("far", scheme="path", allow=["192.0.2.0/24"]))
    document["id"] = "far"
    [far] = await publish(placed[0].as_role("owner"), document)
    for name in ("x-forwarded-for", "x-real-ip", "forwarded", "client-ip", "true-client-ip", "cf-connecting-ip"):
        value = "for=192.0.2.7" if name == "forwarded" else "192.0.2.7"
        answer = await placed[0].client().post(path_of(far), json={}, headers={name: value})
        assert answer.status_code == 401, name
