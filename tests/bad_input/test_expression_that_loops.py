"""Expressions that loop or allocate: stopped, the run fails with a sentence, and the runs beside it go on."""

from __future__ import annotations

import asyncio

import pytest
from tests.api.conftest import Api
from tests.api.runs import document, execute, value

endless = {
    "loops": "{{ sum(1 for a in range(10**6) for b in range(10**6)) }}",
    "recurses": "{{ (lambda f: f(f))(lambda f: f(f)) }}",
    "allocates text": "{{ 'a' * 10**10 }}",
    "allocates a list": "{{ [0] * 10**10 }}",
    "a power of a power": "{{ 9 ** 9 ** 9 }}",
    "a pattern": "{{ bool(re.match('(a+)+$', 'a' * 60 + 'b')) and re.match('(a|a)*$', 'a' * 60 + 'b') }}",
}


@pytest.mark.parametrize("kind", endless)
async def test_it_is_stopped_and_the_others_go_on(kind: str, api: Api) -> None:
    client = api.as_role("owner")
    bad = [execute(client, document(value("a", endless[kind])), wait=60) for _ in range(3)]
    good = [execute(client, document(value("a", "{{ input.n * 2 }}")), wait=60, input={"n": n}) for n in range(10)]
    runs = await asyncio.wait_for(asyncio.gather(*bad, *good), 90)
    if kind != "a pattern":  # a linear-time matcher answers it; stopped or answered, it costs nobody else anything
        assert {run["status"] for run in runs[:3]} == {"failed"}
        assert all(0 < len(str(run["error"])) < 1_500 for run in runs[:3])
    assert [run["results"] for run in runs[3:]] == [{"a": n * 2} for n in range(10)]
    assert (await client.get("/readyz")).status_code == 200
