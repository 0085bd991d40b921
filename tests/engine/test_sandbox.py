"""The pool of interpreters: values in and out, its clock, its limits, and how it ends."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from pydantic_monty import AsyncMonty
from pydantic_monty._binary import find_monty_binary

from tenuto.core.errors import ExpressionFailed, Invalid, Unavailable
from tenuto.engine.code.interpreters import once_closed
from tenuto.engine.expressions.sandbox import Limits, Sandbox

now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    pool = Sandbox()
    yield pool
    await pool.close()


def workers() -> set[int]:
    """The interpreter processes that this process has started."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        name, _, rest = stat.partition("(")[2].rpartition(")")
        if name and rest.split()[1] == str(os.getpid()) and name.startswith("monty"):
            found.add(int(entry.name))
    return found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values)
async def test_a_value_comes_back_as_it_went_in(sandbox: Sandbox, value: JsonValue) -> None:
    result = await sandbox.evaluate("_0", {"_0": value}, now)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("(1, (2,))", [1, [2]]),
        ("{1: 2}", {"1": 2}),
        ("t", "2026-03-04T05:06:07+00:00"),
        ("t.date()", "2026-03-04"),
        ("[t.year, t.isoformat()]", [2026, "2026-03-04T05:06:07+00:00"]),
        ("1\n+ 1", 2),
        ("'a' 'b'", "ab"),
    ],
)
async def test_what_python_has_and_json_has_not(sandbox: Sandbox, code: str, value: JsonValue) -> None:
    assert await sandbox.evaluate(code, {"t": now}, now) == value


async def test_the_clock_stands_still_and_chance_is_repeatable(sandbox: Sandbox) -> None:
    prelude = "import time, random\nfrom datetime import datetime, date"
    code = "[datetime.now().isoformat(), date.today().isoformat(), time.time(), random.random(), random.randint(0, 10**9)]"
    first = await sandbox.evaluate(code, {}, now, prelude=prelude)
    assert first == await sandbox.evaluate(code, {}, now, prelude=prelude)
    assert isinstance(first, list)
    assert first[:3] == ["2026-03-04T05:06:07", "2026-03-04", now.timestamp()]
    later = await sandbox.evaluate(code, {}, now.replace(year=2027), prelude=prelude)
    assert isinstance(later, list)
    assert later[3] != first[3]


async def test_nothing_is_left_behind_for_the_next_evaluation(sandbox: Sandbox) -> None:
    await sandbox.evaluate("1", {"secret": "s3cret"}, now, prelude="left = 'behind'")
    for _ in range(4):
        with pytest.raises(ExpressionFailed, match="left"):
            await sandbox.evaluate("left", {}, now)
        with pytest.raises(ExpressionFailed, match="secret"):
            await sandbox.evaluate("secret", {}, now)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero, in 1 / 0."),
        ("a['x']", "KeyError: there is no key x, in a['x']."),
        ("a.x", "'dict' object has no attribute 'x', in a.x."),
        ("a + 1", "in a + 1."),
        ("b", "NameError"),
        ("1 +", "not Python that the sandbox can read"),
        ("yield", "yield"),
        ("{1}", "JSON"),
        ("b'x'", "JSON"),
        ("lambda: 1", "JSON"),
        ("len", "JSON"),
        ("[t]", "JSON"),
        ("float('inf')", "JSON"),
        ("float('nan')", "JSON"),
        ("10 ** 5000", "JSON"),
        ("'a' * 5000000", "larger than 4,096 kB"),
    ],
)
async def test_a_failure_says_what_and_where(sandbox: Sandbox, code: str, sentence: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        await sandbox.evaluate(code, {"a": {"k": 1}, "t": now}, now)
    assert sentence in caught.value.data.detail
    assert "/" not in caught.value.data.detail.replace("1 / 0", "")


async def test_a_result_deeper_than_a_value_may_be_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ExpressionFailed, match=r"cannot be kept.*64 levels"):
        await sandbox.evaluate("x", {}, now, prelude="x = 1\nfor i in range(80): x = [x]")


async def test_a_value_that_is_no_json_is_refused_before_it_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(Invalid):
        await sandbox.evaluate("a", {"a": math.nan}, now)
    with pytest.raises(Invalid):
        await sandbox.evaluate("a", {"a": "\ud800"}, now)


async def test_limits_are_those_that_were_given() -> None:
    small = Sandbox(limits=Limits(seconds=60, memory=4 * 2**20, recursion=20, result=100))
    brief = Sandbox(limits=Limits(seconds=0.05))
    try:
        with pytest.raises(ExpressionFailed, match=r"0\.05 seconds"):
            await brief.evaluate("1", {}, now, prelude="while True: pass")
        assert await small.evaluate("'a' * 90", {}, now) == "a" * 90
        for code, prelude, sentence in (
            ("'a' * 100", "", "larger"),
            ("len('a' * 5000000)", "", "4 MB"),
            ("f(50)", "f = lambda n: n and f(n - 1)", "nested"),
        ):
            with pytest.raises(ExpressionFailed, match=sentence):
                await small.evaluate(code, {}, now, prelude=prelude)
        assert await small.evaluate("f(5)", {}, now, prelude="f = lambda n: n and f(n - 1)") == 0
    finally:
        await small.close()
        await brief.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc")
async def test_processes_start_with_the_first_use_and_end_with_close() -> None:
    before = workers()
    pool = Sandbox(workers=1)
    assert workers() == before
    await pool.close()
    assert await pool.evaluate("1 + 1", {}, now) == 2
    started = workers() - before
    assert len(started) == 1
    await pool.close()
    await pool.close()
    assert not workers() & started


@pytest.mark.skipif(not shutil.which("setpriv") or not Path("/proc/self/status").exists(), reason="Linux with setpriv")
async def test_a_process_has_no_new_privileges_no_environment_and_little_memory() -> None:
    before = workers()
    pool = Sandbox(workers=1)
    try:
        await pool.evaluate("1", {}, now)
        (worker,) = workers() - before
        folder = Path(f"/proc/{worker}")
        assert "NoNewPrivs:\t1" in (folder / "status").read_text()
        assert (folder / "cwd").resolve() == Path("/")
        assert b"PATH=" not in (folder / "environ").read_bytes()
        limits = {line[:26].strip(): line[26:].split()[0] for line in (folder / "limits").read_text().splitlines()}
        assert (limits["Max address space"], limits["Max core file size"], limits["Max open files"]) == (str(2**30), "0", "32")
        targets = {os.readlink(link) for link in (folder / "fd").iterdir()}
        assert all(target == "/dev/null" or target.startswith(("pipe:", "socket:", "anon_inode:")) for target in targets)
    finally:
        await pool.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
async def test_a_process_that_is_killed_is_replaced() -> None:
    before = workers()
    pool = Sandbox(workers=1)
    try:
        await pool.evaluate("1", {}, now)
        (worker,) = workers() - before
        os.kill(worker, 9)
        for _ in range(50):
            try:
                assert await pool.evaluate("2", {}, now) == 2
                break
            except ExpressionFailed as problem:
                detail = problem.data.detail
                assert "stopped" in detail or "time or memory" in detail
        else:
            pytest.fail("the pool never recovered")
    finally:
        await pool.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
async def test_a_process_that_stood_still_fails_no_expression() -> None:
    """As all do on a machine that is paused: its time was over, and it had not computed."""
    before = workers()
    pool = Sandbox(workers=1, limits=Limits(seconds=2))
    try:
        await pool.evaluate("1", {}, now)
        (worker,) = workers() - before
        asked = asyncio.create_task(pool.evaluate("sum([i % 7 for i in range(300000)])", {}, now))
        async with asyncio.timeout(30):
            while not _computes(worker) and not asked.done():
                await asyncio.sleep(0)
        os.kill(worker, signal.SIGSTOP)
        await asyncio.sleep(2.2)
        os.kill(worker, signal.SIGCONT)
        assert await asked == sum(i % 7 for i in range(300000))
    finally:
        await pool.close()


@asynccontextmanager
async def computing(pool: Sandbox) -> AsyncGenerator[asyncio.Task[JsonValue]]:
    """An evaluation without an end, once it has the process of a pool of one; the pool lets it compute for a minute."""
    before = workers()
    await pool.evaluate("1", {}, now)
    (worker,) = workers() - before
    busy = asyncio.create_task(pool.evaluate("1", {}, now, prelude="while True: pass"))
    try:
        async with asyncio.timeout(30):
            while not _computes(worker):
                assert not busy.done()
                await asyncio.sleep(0.005)
        yield busy
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)


def _computes(process: int) -> bool:
    """Whether one of its threads is running at the moment."""
    stats = [(thread / "stat").read_text() for thread in Path("/proc", str(process), "task").iterdir()]
    return any(stat.rpartition(") ")[2].startswith("R") for stat in stats)


endless = Limits(seconds=60)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
async def test_a_cancelled_evaluation_gives_its_process_back() -> None:
    pool = Sandbox(workers=1, limits=endless, wait=60)
    try:
        async with computing(pool) as task:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await pool.evaluate("3", {}, now) == 3
    finally:
        await pool.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
async def test_when_all_processes_are_busy_the_caller_is_told_to_come_back() -> None:
    pool = Sandbox(workers=1, limits=endless, wait=0.05)
    try:
        async with computing(pool) as busy:
            with pytest.raises(Unavailable) as caught:
                await pool.evaluate("2", {}, now)
            assert caught.value.data.retryable
            assert not busy.done()
    finally:
        await pool.close()


async def test_many_at_once_start_one_pool_and_all_get_their_own_answer(sandbox: Sandbox) -> None:
    pool = Sandbox()
    try:
        assert await asyncio.gather(*(pool.evaluate("n * 2", {"n": n}, now) for n in range(100))) == [n * 2 for n in range(100)]
    finally:
        await pool.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
async def test_the_loop_goes_on_while_the_sandbox_computes() -> None:
    pool = Sandbox(workers=1, limits=endless)
    try:
        async with computing(pool) as busy:
            for _ in range(100):
                await asyncio.sleep(0)
                assert not busy.done()
    finally:
        await pool.close()


def test_a_process_that_used_the_sandbox_ends_well() -> None:
    program = (
        "import asyncio, datetime\nfrom tenuto.engine.expressions.sandbox import Sandbox\n"
        "async def main():\n    pool = Sandbox()\n"
        "    print(await pool.evaluate('1 + 1', {}, datetime.datetime.now(datetime.timezone.utc)))\n    await pool.close()\n"
        "asyncio.run(main())\n"
    )
    for _ in range(6):
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"2\n", b"")


async def test_a_signal_to_everybody_fails_no_expression() -> None:
    program = """
import asyncio, os, signal
from datetime import UTC, datetime
from tenuto.engine.expressions.sandbox import Sandbox

async def main():
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, lambda: None)
    sandbox = Sandbox()
    for round in range(40):
        if round % 4 == 0:
            os.killpg(0, (signal.SIGINT, signal.SIGTERM)[round // 4 % 2])
        assert await sandbox.evaluate("a + 1", {"a": round}, datetime.now(UTC)) == round + 1
    await sandbox.close()

asyncio.run(main())
"""
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, start_new_session=True)
    async with asyncio.timeout(60):
        assert await child.wait() == 0


async def test_a_program_that_another_process_still_holds_for_writing_is_started_when_it_is_let_go(tmp_path: Path) -> None:
    """As when a process is forked elsewhere in the instant in which the interpreter's script is written."""
    program = tmp_path / "monty"
    program.write_text(f'#!/bin/sh\nexec {find_monty_binary()} "$@"\n')
    program.chmod(0o700)

    async def evaluated() -> JsonValue:
        async with AsyncMonty(binary_path=program, min_processes=1) as pool, pool.checkout() as session:
            return await session.feed_run("20 + 1")

    held = program.open("ab")
    with pytest.raises(RuntimeError, match="busy"):
        await evaluated()
    waiting = asyncio.create_task(once_closed(evaluated))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    held.close()
    assert await waiting == 21


async def test_a_program_that_cannot_be_started_is_said_at_once(tmp_path: Path) -> None:
    async def start() -> None:
        async with AsyncMonty(binary_path=tmp_path / "nowhere", min_processes=1):
            pass

    with pytest.raises((RuntimeError, OSError), match=r"os error 2|No such file"):
        await once_closed(start)
