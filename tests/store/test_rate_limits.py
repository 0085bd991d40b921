"""The rows of rate limits: what is leased of them, and what answers do to them."""

from __future__ import annotations

import asyncio

import pytest

from tenuto.core.limits import LimitKey, Quota, RateLimit, Report
from tenuto.store.database import Database
from tenuto.store.limits.rates import RateLimits

key = LimitKey(1, "github:default")


@pytest.fixture
def limits(database: Database) -> RateLimits:
    return RateLimits(database)


async def age(database: Database, seconds: float) -> None:
    """Let that much time have passed."""
    sets = ", ".join(f"{name} = {name} - $1 * interval '1 second'" for name in ("refilled_at", "resets_at", "blocked_until"))
    await database.pool.execute(f"update rate_limits set {sets} where workspace = 1", seconds)


async def test_what_nobody_knows_of_is_not_limited(limits: RateLimits) -> None:
    lease = await limits.lease(key, 7)
    assert (lease.granted, lease.governed) == (7, False)
    assert list(await limits.known()) == []


async def test_a_window_is_leased_once_and_begins_anew(limits: RateLimits, database: Database) -> None:
    await limits.report(key, Report(Quota(10, 9, 60)))
    assert list(await limits.known()) == [key]
    granted = await asyncio.gather(*(limits.lease(key, 2) for _ in range(8)))
    assert sum(lease.granted for lease in granted) == 9
    nothing = await limits.lease(key, 1)
    assert (nothing.granted, nothing.round) == (0, 1)
    assert 20 < nothing.wait <= 60
    assert nothing.pace == pytest.approx(10 / 60)
    await age(database, 61)
    again = await limits.lease(key, 50)
    assert (again.granted, again.round, again.told) == (10, 2, False)


async def test_what_is_given_back_is_leased_again_in_its_own_window(limits: RateLimits, database: Database) -> None:
    await limits.give_back(key, 1)
    assert list(await limits.known()) == [], "a limit that nobody knows of is none"
    await limits.report(key, Report(Quota(10, 2, 60)))
    lease = await limits.lease(key, 5)
    assert (lease.granted, lease.round) == (2, 1)
    await limits.give_back(key, 1)
    assert (await limits.lease(key, 5)).granted == 1
    await age(database, 61)
    assert (await limits.lease(key, 4)).round == 2
    await limits.give_back(key, 1)
    assert (await limits.lease(key, 50)).granted == 6, "what was of another window is not there any more"
    for _ in range(20):
        await limits.give_back(key, 2)
    assert (await limits.lease(key, 50)).granted == 10, "never more than the vendor allows"


async def test_a_token_that_is_given_back_is_one_again(limits: RateLimits) -> None:
    await limits.declare(key, RateLimit(3, 86_400))
    assert (await limits.lease(key, 5)).granted == 3
    await limits.give_back(key, None)
    assert (await limits.lease(key, 5)).granted == 1
    for _ in range(9):
        await limits.give_back(key, None)
    assert (await limits.lease(key, 50)).granted == 3


async def test_a_row_belongs_to_a_workspace(limits: RateLimits, database: Database) -> None:
    await database.pool.execute("insert into workspaces (id, name) values (2, 'Other')")
    await limits.report(key, Report(Quota(10, 0, 60)))
    assert (await limits.lease(LimitKey(2, key.name), 5)).granted == 5
    assert (await limits.lease(key, 5)).granted == 0


async def test_what_was_sent_before_anybody_knew_is_taken_off(limits: RateLimits) -> None:
    assert (await limits.report(key, Report(Quota(10, 9, 60), None, unleased=3))).remaining == 6
    # Another process, which had sent two when it learnt of the limit: the one that was answered, and one more.
    assert (await limits.report(key, Report(Quota(10, 8, 60), None, unleased=1))).remaining == 4


async def test_an_answer_of_an_earlier_window_changes_nothing_in_the_present_one(limits: RateLimits, database: Database) -> None:
    await limits.report(key, Report(Quota(10, 9, 60)))
    await age(database, 61)
    assert (await limits.lease(key, 1)).round == 2
    lease = await limits.report(key, Report(Quota(10, 0, 1), 1))
    assert (lease.remaining, lease.told) == (9, False)
    lease = await limits.report(key, Report(Quota(10, 5, 55), 2))
    assert (lease.remaining, lease.told) == (5, True)
    assert lease.resets_in == pytest.approx(55)
    # The end that is told latest may be too late by what the answer took; the earliest is nearest to the truth.
    again = await limits.report(key, Report(Quota(10, 7, 58), 2))
    assert again.resets_in is not None
    assert 15 < again.resets_in < lease.resets_in


async def test_what_is_leased_at_the_very_end_counts_in_the_next_window_too(limits: RateLimits, database: Database) -> None:
    await limits.report(key, Report(Quota(10, 8, 60)))
    await age(database, 59)
    assert (await limits.lease(key, 3)).granted == 3
    await age(database, 2)
    assert (await limits.lease(key, 50)).granted == 7


async def test_a_refusal_stops_everybody_until_then(limits: RateLimits, database: Database) -> None:
    await limits.report(key, Report(Quota(refused=90)))
    blocked = await limits.lease(key, 1)
    assert (blocked.granted, blocked.governed) == (0, True)
    assert 60 < blocked.wait <= 90
    await limits.report(key, Report(Quota(refused=1)))
    assert 30 < (await limits.lease(key, 1)).wait < blocked.wait, "a shorter wait does not undo a longer one"
    await age(database, 91)
    free = await limits.lease(key, 4)
    assert (free.granted, free.governed) == (4, False)


async def test_a_known_rate_refills(limits: RateLimits, database: Database) -> None:
    await limits.declare(key, RateLimit(60, 3600, burst=3))
    assert (await limits.lease(key, 10)).granted == 3
    assert (await limits.lease(key, 1)).granted == 0
    await age(database, 125)
    assert (await limits.lease(key, 10)).granted == 2
    await limits.declare(key, RateLimit(60, 3600, burst=3))
    assert (await limits.lease(key, 10)).granted == 0, "declared again, it is not full again"


async def test_a_rolling_limit_never_allows_more_in_any_span(limits: RateLimits) -> None:
    lease = await limits.report(key, Report(Quota(100, None, None, 10)))
    assert lease.pace == pytest.approx(9)
    assert (await limits.lease(key, 1000)).granted == 10
