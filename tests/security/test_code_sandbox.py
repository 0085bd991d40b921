"""Threat 2, code of strangers: a process of its own that inherits nothing, and that takes nobody with it when it goes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from tenuto.core.errors import ExpressionFailed
from tenuto.engine.expressions.sandbox import Sandbox

now = datetime(2026, 3, 4, tzinfo=UTC)
canary = "tenuto-canary-51d0"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    os.environ["TENUTO_SECRET_KEY_OF_TEST"] = canary
    pool = Sandbox(workers=1)
    await pool.evaluate("1", {}, now)
    yield pool
    await pool.close()
    del os.environ["TENUTO_SECRET_KEY_OF_TEST"]


def interpreters() -> list[Path]:
    """The processes of the sandbox among our children."""
    found: list[Path] = []
    for task in Path("/proc/self/task").iterdir():
        children = (task / "children").read_text().split()
        found += [Path("/proc", child) for child in children if b"monty" in Path("/proc", child, "cmdline").read_bytes()]
    return found


async def test_it_knows_nothing_of_our_environment(sandbox: Sandbox) -> None:
    processes = interpreters()
    assert processes
    for process in processes:
        environment = (process / "environ").read_bytes()
        assert canary.encode() not in environment
        names = {line.partition(b"=")[0] for line in environment.split(b"\0") if line}
        assert names <= {b"PWD", b"OLDPWD", b"_", b"SHLVL"}, names


async def test_it_holds_none_of_our_descriptors(tmp_path: Path) -> None:
    secret = tmp_path / "secret.key"
    secret.write_text(canary)
    before = {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.exists()}
    with secret.open("rb"):
        listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        pool = Sandbox(workers=1)
        try:
            await pool.evaluate("1", {}, now)
            ours = {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.exists()} - before
            assert str(secret) in ours
            for process in interpreters():
                held = [os.readlink(link) for link in (process / "fd").iterdir()]
                assert str(secret) not in held
                assert [name for name in held if name.startswith("socket:") and name in ours] == []
        finally:
            await pool.close()
            listening.close()
            await listening.wait_closed()


async def test_it_can_gain_no_privileges_and_stands_nowhere(sandbox: Sandbox) -> None:
    for process in interpreters():
        assert os.readlink(process / "cwd") == "/"
        limits = (process / "limits").read_text()
        assert "Max core file size        0 " in limits
        assert "Max open files            32 " in limits


async def test_one_that_is_killed_costs_one_expression_and_is_replaced(sandbox: Sandbox) -> None:
    busy = asyncio.create_task(sandbox.evaluate("sum(1 for a in range(10**9))", {}, now))
    await asyncio.sleep(0.1)
    for process in interpreters():
        os.kill(int(process.name), signal.SIGKILL)
    with pytest.raises(ExpressionFailed):
        await asyncio.wait_for(busy, 20)
    # One that was idle when it was killed is noticed only when it is used.
    answers = [await asyncio.wait_for(asyncio.gather(sandbox.evaluate("1 + 1", {}, now), return_exceptions=True), 20) for _ in range(3)]
    assert answers[-1] == [2]


async def test_a_session_leaves_nothing_to_the_next(sandbox: Sandbox) -> None:
    await sandbox.evaluate("left", {}, now, prelude=f"left = {canary!r}\nlen = lambda x: left")
    assert await sandbox.evaluate("len([1, 2])", {}, now) == 2
    with pytest.raises(ExpressionFailed):
        await sandbox.evaluate("left", {}, now)


async def test_an_error_tells_of_nothing_but_the_expression(sandbox: Sandbox) -> None:
    hostile = "class Leak(Exception):\n    def __str__(self): return str(globals())\n"
    for prelude, code in (("", "1 / 0"), (hostile, "(_ for _ in ()).throw(Leak())"), ("raise ValueError('x' * 10**6)", "1")):
        with pytest.raises(ExpressionFailed) as caught:
            await sandbox.evaluate(code, {"secret": canary}, now, prelude=prelude)
        told = caught.value.data.model_dump_json()
        assert canary not in told
        assert len(told) < 3_000
