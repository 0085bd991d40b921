"""Threat 11 by other people's pens: what GitHub's, Slack's and Stripe's own libraries signed is believed over HTTP, and nothing else.

The libraries are judges twice: they sign what we must believe, and refuse what we must refuse.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
import stripe
from slack_sdk.signature import Clock, SignatureVerifier
from tests.api.conftest import Api, fresh_database, served
from tests.api.hooking import path_of, publish, webhook, workflow
from tests.judges import ask

from tenuto.store.server.embedded import Embedded

Sign = Callable[[str, bytes, float], Mapping[str, str]]
"""Secret, body and time to the headers of a delivery."""
json_type = {"content-type": "application/json"}


class At(Clock):
    """A clock that stands still, for a library that looks at its own."""

    def __init__(self, moment: float) -> None:
        self.moment = moment

    def now(self) -> float:
        return self.moment


def by_octokit(secret: str, body: bytes, _at: float) -> Mapping[str, str]:
    signed = ask("webhooks.mjs", {"secret": secret, "body": body.decode()})["signed"]
    return json_type | {"x-hub-signature-256": signed, "x-github-event": "issues", "x-github-delivery": f"guid-{hash(body)}"}


def by_slack(secret: str, body: bytes, at: float) -> Mapping[str, str]:
    stamp = str(int(at))
    signed = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signed is not None
    kind = json_type if body.startswith(b"{") else {"content-type": "application/x-www-form-urlencoded"}
    return dict(kind) | {"x-slack-request-timestamp": stamp, "x-slack-signature": signed}


def by_stripe(secret: str, body: bytes, at: float) -> Mapping[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=int(at))
    return json_type | {"stripe-signature": header}


def octokit_believes(secret: str, body: bytes, headers: Mapping[str, str], _at: float) -> bool:
    return ask("webhooks.mjs", {"secret": secret, "body": body.decode(), "signature": headers["x-hub-signature-256"]})["accepted"]


def slack_believes(secret: str, body: bytes, headers: Mapping[str, str], at: float) -> bool:
    return SignatureVerifier(secret, clock=At(at)).is_valid_request(body, dict(headers))


def stripe_believes(secret: str, body: bytes, headers: Mapping[str, str], _at: float) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body.decode(), headers["stripe-signature"], secret, tolerance=300)
    except stripe.SignatureVerificationError:
        return False


signers: dict[str, tuple[Sign, Callable[[str, bytes, Mapping[str, str], float], bool]]] = {
    "github": (by_octokit, octokit_believes),
    "slack": (by_slack, slack_believes),
    "stripe": (by_stripe, stripe_believes),
}
timed = ("slack", "stripe")


def body_of(vendor: str, word: str) -> bytes:
    """A delivery that differs by a word, as the vendor writes it."""
    text = f"grüß dich, {word}"
    sent: dict[str, Any] = {
        "github": {"action": "opened", "issue": {"number": 1, "title": text}},
        "slack": {"type": "event_callback", "event_id": f"Ev-{word}", "event": {"type": "message", "text": text}},
        "stripe": {"id": f"evt_{word}", "object": "event", "type": "invoice.paid", "data": {"object": {"description": text}}},
    }[vendor]
    return json.dumps(sent, ensure_ascii=False).encode()


class Placed:
    """A workflow with a trigger for each vendor, and the secrets that it was given."""

    def __init__(self, api: Api, triggers: list[dict[str, Any]]) -> None:
        self.api, self.triggers = api, {one["key"]: one for one in triggers}

    def secret(self, vendor: str) -> str:
        return self.triggers[vendor]["secret"]

    async def post(self, vendor: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        answer = await self.api.client().post(path_of(self.triggers[vendor]), content=body, headers=dict(headers))
        return answer.status_code, answer.json() if answer.headers["content-type"].endswith("json") else answer.text


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def placed(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Placed]:
    folder: Path = tmp_path_factory.mktemp("vendors-sign")
    async with fresh_database(server) as dsn, served(dsn, folder) as api:
        hooks = (webhook("github", connector="github"), webhook("slack", connector="slack"), webhook("stripe", scheme="stripe"))
        yield Placed(api, await publish(api.as_role("owner"), workflow(*hooks)))


@pytest.mark.parametrize("vendor", signers)
async def test_what_the_vendors_library_signed_is_believed_once(placed: Placed, vendor: str) -> None:
    sign, _ = signers[vendor]
    body = body_of(vendor, "once")
    headers = sign(placed.secret(vendor), body, time.time())
    status, first = await placed.post(vendor, body, headers)
    again, second = await placed.post(vendor, body, headers)
    assert (status, again) == (202, 200)
    assert first["execution_id"] == second["execution_id"], "a replay starts nothing"


@pytest.mark.parametrize("vendor", signers)
async def test_one_changed_byte_is_believed_neither_here_nor_there(placed: Placed, vendor: str) -> None:
    sign, believes = signers[vendor]
    body, secret, now = body_of(vendor, "byte"), placed.secret(vendor), time.time()
    headers = sign(secret, body, now)
    for place in (2, len(body) // 3, len(body) - 1):
        changed = body[:place] + (b"x" if body[place] < 128 else b"\xc3") + body[place + 1 :]
        status, _ = await placed.post(vendor, changed, headers)
        assert (status, believes(secret, changed.decode(errors="replace").encode(), headers, now)) == (401, False), place
    assert believes(secret, body, headers, now)
    assert (await placed.post(vendor, body, headers))[0] == 202


@pytest.mark.parametrize("vendor", timed)
async def test_an_old_time_is_believed_neither_here_nor_there(placed: Placed, vendor: str) -> None:
    sign, believes = signers[vendor]
    body, secret, now = body_of(vendor, "old"), placed.secret(vendor), time.time()
    old = sign(secret, body, now - 400)
    assert ((await placed.post(vendor, body, old))[0], believes(secret, body, old, now)) == (401, False)
    recent = sign(secret, body, now - 200)
    assert ((await placed.post(vendor, body, recent))[0], believes(secret, body, recent, now)) == (202, True)


@pytest.mark.parametrize("vendor", timed)
async def test_an_old_signature_with_a_new_time_is_believed_neither_here_nor_there(placed: Placed, vendor: str) -> None:
    sign, believes = signers[vendor]
    body, secret, now = body_of(vendor, "moved"), placed.secret(vendor), time.time()
    old, new = str(int(now - 400)), str(int(now))
    moved = {name: value.replace(old, new) for name, value in sign(secret, body, now - 400).items()}
    assert ((await placed.post(vendor, body, moved))[0], believes(secret, body, moved, now)) == (401, False)


@pytest.mark.parametrize("vendor", signers)
async def test_another_secret_of_the_same_vendor_is_not_ours(placed: Placed, vendor: str) -> None:
    sign, _ = signers[vendor]
    body = body_of(vendor, "other")
    assert (await placed.post(vendor, body, sign("another secret", body, time.time())))[0] == 401


async def test_slacks_commands_and_buttons_come_as_forms_and_its_question_is_answered(placed: Placed) -> None:
    secret = placed.secret("slack")
    button = urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"value": "ü"}]})}).encode()
    command = urlencode({"command": "/deploy", "text": "now + later", "trigger_id": "1.2"}).encode()
    for body in (button, command):
        assert (await placed.post("slack", body, by_slack(secret, body, time.time())))[0] == 202
    question = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"}).encode()
    assert await placed.post("slack", question, by_slack(secret, question, time.time())) == (200, "3eZbrw1aB")
    assert (await placed.post("slack", question, by_slack("another secret", question, time.time())))[0] == 401


async def test_stripes_library_reads_what_we_believed(placed: Placed) -> None:
    body, secret = body_of("stripe", "read"), placed.secret("stripe")
    headers = by_stripe(secret, body, time.time())
    event = stripe.Webhook.construct_event(body, headers["stripe-signature"], secret)
    assert (event.id, (await placed.post("stripe", body, headers))[0]) == ("evt_read", 202)
