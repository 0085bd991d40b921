"""`tenuto` in processes of its own, which do not import it first: a test waits for the command and not for three seconds of imports.

One process of the test run imports `tenuto` once, and forks for each command (`python -m tests.commands` is that process). What is forked
has the folder, environment, arguments and standard streams that it was given, gets signals, is waited for and ends as any other: the
imports are all that it has from elsewhere. `tests/cli/test_setup.py` starts the command as it is installed too.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from tenuto.__main__ import main
from tenuto.core.catalog import discover

_longest = 1 << 20
_set_child_subreaper = 36
"""prctl(2)."""


class Unfinished(Exception):
    """A command had not ended in time."""


@dataclass
class Process:
    """A command that was started, with what a test may do to it."""

    pid: int
    stdout: IO[str] | None
    stderr: IO[str] | None
    returncode: int | None = None
    """Negative: the signal that ended it."""
    _handle: int = field(init=False)

    def __post_init__(self) -> None:
        self._handle = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        if self.returncode is None and (found := os.waitpid(self.pid, os.WNOHANG))[0]:
            self.returncode = os.waitstatus_to_exitcode(found[1])
            os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises `Unfinished` after so many seconds."""
        if self.returncode is None:
            waiting = select.poll()
            waiting.register(self._handle, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                raise Unfinished(f"process {self.pid} goes on after {timeout} seconds")
        while (code := self.poll()) is None:
            time.sleep(0.001)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """All that it wrote and was not read, when it has ended."""
        streams = (self.stdout, self.stderr)
        with ThreadPoolExecutor(2) as readers:
            reading = [readers.submit(stream.read) for stream in streams if stream is not None and not stream.closed]
            try:
                self.wait(timeout)
            except Unfinished:
                self.kill()
                raise
            texts = [each.result() for each in reading]
        for stream in streams:
            if stream is not None:
                stream.close()
        return (*texts, "", "")[0], (*texts, "", "")[1]


def start(arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: int | None = None, feed: str | None = None) -> Process:
    """Start a command. What it writes is read from the answer, or goes to `log`, a file; `feed` is its standard input, which ends."""
    given, kept = list[int](), list[int]()
    source = os.memfd_create("feed")
    os.write(source, (feed or "").encode())
    os.lseek(source, 0, os.SEEK_SET)
    given.append(source)
    if log is None:
        for _ in range(2):
            reading, writing = os.pipe()
            kept.append(reading)
            given.append(writing)
    request = json.dumps([list(arguments), str(cwd), dict(env)]).encode()
    try:
        pid = _forks().ask(request, given if log is None else [source, log, log])
    finally:
        for each in given:
            os.close(each)
    streams = [os.fdopen(each, encoding="utf-8", errors="replace") for each in kept]
    return Process(pid, *(streams or (None, None)))


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float, feed: str | None = None
) -> subprocess.CompletedProcess[str]:
    """What a command answered. Raises `Unfinished` after so many seconds, and then it is killed."""
    process = start(arguments, cwd=cwd, env=env, feed=feed)
    out, errors = process.communicate(timeout)
    return subprocess.CompletedProcess(list(arguments), process.wait(), out, errors)


class _Forks:
    """The process that forks, seen from the tests."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _longest)
        line = [sys.executable, "-m", __name__, str(theirs.fileno())]
        self._process = subprocess.Popen(line, cwd=Path(__file__).parents[1], pass_fds=[theirs.fileno()])
        theirs.close()
        atexit.register(self._end)

    def _end(self) -> None:
        self._ours.close()
        self._process.wait()

    def ask(self, request: bytes, files: Sequence[int]) -> int:
        """The id of the new process. It becomes our own child: its parent ends at once, and we take orphans in for that moment."""
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        with self._one_at_a_time:
            prctl(_set_child_subreaper, 1, 0, 0, 0)
            try:
                socket.send_fds(self._ours, [request], files)
                answer = self._ours.recv(64)
            finally:
                prctl(_set_child_subreaper, 0, 0, 0, 0)
        assert answer, "the process that forks has ended"
        return int(answer)


@cache
def _forks() -> _Forks:
    return _Forks()


def _fork_for_each(line: socket.socket) -> bool:
    """Fork as often as asked. True in what was forked; false when nobody can ask any more."""
    while True:
        request, files, _, _ = socket.recv_fds(line, _longest, 3)
        if not request:
            return False
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            if (pid := os.fork()) == 0:
                os.close(reading)
                os.close(writing)
                line.close()
                _become(*json.loads(request), files)
                return True
            os.write(writing, str(pid).encode())
            os._exit(0)
        os.waitpid(between, 0)
        line.send(os.read(reading, 64))
        for each in (reading, writing, *files):
            os.close(each)


def _become(arguments: list[str], cwd: str, env: dict[str, str], files: list[int]) -> None:
    """Be the process of a command that has done nothing yet."""
    for number, each in enumerate(files):
        os.dup2(each, number)
    for each in set(files):
        os.close(each)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    if more := env.get("PYTHONPATH"):
        # What is installed there belongs to the catalog of this process.
        sys.path[1:1] = more.split(os.pathsep)
        importlib.invalidate_caches()
        discover.cache_clear()
    sys.argv = ["tenuto", *arguments]
    sys.modules["__main__"].__package__ = ""  # as a script has it; by it the command knows what it was called
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115 - they stay open, as a process's do
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115


if __name__ == "__main__":
    discover()  # imports the connectors
    gc.freeze()
    if _fork_for_each(socket.socket(fileno=int(sys.argv[1]))):
        main()
