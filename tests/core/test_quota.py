"""What answers say of rate limits, in every dialect that a vendor's documentation names; and nonsense, which says nothing."""

from __future__ import annotations

import pytest

from tenuto.core.answer import Answer, longest_wait, retry_after
from tenuto.core.limits import Limits, Quota, RateLimit
from tenuto.core.quota import read_quota

now = 1_800_000_000.0
date = "Fri, 15 Jan 2027 08:00:00 GMT"
"""The same moment, as a vendor's clock says it."""


def said(headers: dict[str, str], status: int = 200) -> Quota | None:
    return read_quota(Answer(status, headers, b"{}"), now)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "17", "x-ratelimit-reset": "1800000060"}, Quota(5000, 17, 60)),
        ({"ratelimit-limit": "700", "ratelimit-remaining": "699", "ratelimit-reset": "42"}, Quota(700, 699, 42)),
        ({"x-rate-limit-limit": "200", "x-rate-limit-remaining": "0"}, Quota(200, 0)),
        (
            {
                "x-ratelimit-requests-limit": "5000",
                "x-ratelimit-requests-remaining": "4999",
                "x-ratelimit-requests-reset": "1800000030500",
            },
            Quota(5000, 4999, 30.5),
        ),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "2027-01-15T08:00:05Z"}, Quota(None, 3, 5)),
        ({"ratelimit": '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=60'}, Quota(100, 50, 30)),
        (
            {"x-hubspot-ratelimit-max": "110", "x-hubspot-ratelimit-remaining": "9", "x-hubspot-ratelimit-interval-milliseconds": "10000"},
            Quota(110, None, None, 10),
        ),
    ],
)
def test_the_usual_headers(headers: dict[str, str], expected: Quota) -> None:
    assert said(headers) == expected


def test_a_reset_is_taken_by_the_vendors_clock() -> None:
    headers = {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1800000060", "date": date}
    assert read_quota(Answer(200, headers, b""), now + 3600) == Quota(None, 1, 60)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "12"}, Quota(refused=12)),
        ({}, Quota(refused=1)),
        ({"x-ratelimit-limit": "9", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}, Quota(9, 0, 30, None, 30)),
        ({"x-ratelimit-limit": "9", "x-ratelimit-remaining": "4", "x-ratelimit-reset": "30", "retry-after": "7"}, Quota(9, 0, 30, None, 7)),
    ],
)
def test_a_429_says_how_long(headers: dict[str, str], expected: Quota) -> None:
    assert said(headers, 429) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit": "100"},
        {"x-ratelimit-remaining": "many"},
        {"x-ratelimit-remaining": "-1"},
        {"x-ratelimit-remaining": "٣"},
        {"x-ratelimit-remaining": "9" * 40},
        {"ratelimit": "what?"},
        {"x-hubspot-ratelimit-max": "0", "x-hubspot-ratelimit-interval-milliseconds": "10000"},
    ],
)
def test_nonsense_says_nothing(headers: dict[str, str]) -> None:
    assert said(headers) is None


@pytest.mark.parametrize("reset", ["9" * 15, "99999999-99-99", "soon", "-4", "1e400", "0001-01-01T00:00:00"])
def test_no_reset_makes_anybody_wait_for_ever(reset: str) -> None:
    found = said({"x-ratelimit-remaining": "1", "x-ratelimit-reset": reset})
    assert found is not None
    assert found.resets_in is None or 0 <= found.resets_in <= longest_wait


def test_retry_after_may_be_a_date() -> None:
    answer = Answer(429, {"retry-after": "Fri, 15 Jan 2027 08:01:30 GMT", "date": date}, b"")
    assert retry_after(answer) == 90
    assert retry_after(Answer(429, {"retry-after": "yesterday", "date": date}, b"")) is None


def test_the_limit_of_a_path_comes_before_that_of_all() -> None:
    every, one = RateLimit(100, 60), RateLimit(1, 1, path="/chat.postMessage")
    limits = Limits(known=(every, one))
    assert limits.of("/api/chat.postMessage") is one
    assert limits.of("/api/users.list") is every
    assert Limits(known=(one,)).of("/api/users.list") is None
