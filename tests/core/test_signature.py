"""Signatures of webhooks: the vendors' vectors, names of deliveries and events, challenges and addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.core.vectors import incoming, names, sent, vectors, vectors_file

from tenuto.core.auth import HmacWebhook, schemes
from tenuto.core.signature import Incoming, allowed, challenge_of, delivery_of, event_of, matches, refusal


def test_the_vectors_are_there() -> None:
    if not vectors_file.exists():
        pytest.skip(f"{vectors_file} is not there")
    assert {names.get(vector["vendor"], vector["vendor"]) for vector in vectors()} == set(schemes) - {"hmac", "bearer", "path"}


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["vendor"])
def test_a_vendors_vector_is_believed_and_one_changed_byte_is_not(vector: dict[str, Any]) -> None:
    scheme = schemes[names.get(vector["vendor"], vector["vendor"])]
    given, now, secret = incoming(vector), sent(vector), vector["secret"]
    assert refusal(scheme, given, [secret], now) is None
    assert refusal(scheme, given, ["another secret", secret], now) is None
    assert refusal(scheme, given, ["another secret"], now) == "wrong-signature"
    assert refusal(scheme, given, [], now) == "no-secret"
    changed = Incoming(given.headers, given.body[:-1] + bytes([given.body[-1] ^ 1]), given.method, given.uri)
    assert refusal(scheme, changed, [secret], now) == "wrong-signature"


@pytest.mark.parametrize("vector", [each for each in vectors() if each["replay_window_s"]], ids=lambda vector: vector["vendor"])
def test_outside_its_window_it_is_stale(vector: dict[str, Any]) -> None:
    scheme, window = schemes[vector["vendor"]], vector["replay_window_s"]
    at = sent(vector).timestamp()
    for seconds, expected in ((window, None), (window + 1, "stale"), (-window, None), (-window - 1, "stale")):
        assert refusal(scheme, incoming(vector), [vector["secret"]], datetime.fromtimestamp(at + seconds, UTC)) == expected, seconds


def test_a_delivery_is_named_by_its_header_then_its_body_then_what_was_signed() -> None:
    github, slack, notion = schemes["github"], schemes["slack"], schemes["notion"]
    assert delivery_of(github, Incoming({"x-github-delivery": "g-1"}, b"{}"), {}) == "g-1"
    assert delivery_of(slack, Incoming({}, b"{}"), {"event_id": "Ev1"}) == "Ev1"
    one, other = (delivery_of(slack, Incoming({"x-slack-request-timestamp": at}, b"a=1"), {}) for at in ("1", "2"))
    assert one != other, "the same words at another time are another delivery"
    assert one == delivery_of(slack, Incoming({"x-slack-request-timestamp": "1"}, b"a=1"), {})
    assert (delivery_of(notion, Incoming({}, b"x"), None) or "").startswith("sha256:")
    assert delivery_of(schemes["path"], Incoming({}, b"{}"), {}) is None
    assert delivery_of(schemes["bearer"], Incoming({"idempotency-key": "k"}, b"{}"), {}) == "k"
    assert len(delivery_of(github, Incoming({"x-github-delivery": "g" * 5000}, b"{}"), {}) or "") == 64


def test_an_event_has_the_vendors_name() -> None:
    assert event_of(schemes["github"], Incoming({"x-github-event": "issues"}, b""), {"action": "opened"}) == "issues.opened"
    assert event_of(schemes["github"], Incoming({"x-github-event": "push"}, b""), {"ref": "x"}) == "push"
    assert event_of(schemes["slack"], Incoming({}, b""), {"type": "event_callback", "event": {"type": "app_mention"}}) == "app_mention"
    assert event_of(schemes["slack"], Incoming({}, b""), {"type": "block_actions"}) == "block_actions"
    assert event_of(schemes["stripe"], Incoming({}, b""), {"type": "invoice.paid"}) == "invoice.paid"
    assert event_of(schemes["linear"], Incoming({}, b""), {"type": "Issue", "action": "create"}) == "Issue.create"
    assert event_of(schemes["github"], Incoming({}, b""), ["no object"]) is None


@pytest.mark.parametrize(
    ("event", "wanted", "expected"),
    [
        ("issues.opened", (), True),
        (None, (), True),
        ("issues.opened", ("issues",), True),
        ("issues.opened", ("issues.opened",), True),
        ("issues.opened", ("issues.closed",), False),
        ("issue_comment.created", ("issue",), False),
        (None, ("issues",), False),
    ],
)
def test_events_match_by_whole_parts(event: str | None, wanted: tuple[str, ...], expected: bool) -> None:
    assert matches(event, wanted) is expected


def test_a_challenge_is_slacks_alone() -> None:
    asked = {"type": "url_verification", "challenge": "3eZbrw1aB"}
    assert challenge_of(schemes["slack"], asked) == "3eZbrw1aB"
    assert challenge_of(schemes["slack"], {"type": "event_callback", "challenge": "x"}) is None
    assert challenge_of(schemes["github"], asked) is None


@pytest.mark.parametrize(
    ("address", "networks", "expected"),
    [
        ("192.0.2.7", (), True),
        ("192.0.2.7", ("192.0.2.0/24",), True),
        ("192.0.3.7", ("192.0.2.0/24",), False),
        ("::ffff:192.0.2.7", ("192.0.2.0/24",), True),
        ("::ffff:192.0.3.7", ("192.0.2.0/24",), False),
        ("2001:db8::1", ("192.0.2.0/24", "2001:db8::/32"), True),
        ("2001:db9::1", ("0.0.0.0/0",), False),
        ("fe80::1%eth0", ("fe80::/10",), True),
        ("not an address", ("0.0.0.0/0", "::/0"), False),
        ("0300.0.2.7", ("192.0.2.0/24",), False),
    ],
)
def test_addresses_lie_in_networks(address: str, networks: tuple[str, ...], expected: bool) -> None:
    assert allowed(address, networks) is expected


def test_a_list_of_signatures_with_two_times_has_none() -> None:
    stripe = schemes["stripe"]
    assert isinstance(stripe, HmacWebhook)
    given = Incoming({"stripe-signature": "t=1,t=2,v1=00"}, b"{}")
    assert refusal(stripe, given, ["s"], datetime.now(UTC)) == "no-time"
