"""The door to MCP servers that are programs of this machine: whole command lines that an administrator has allowed, and nothing else.

A request names one and holds the messages of one conversation. The program is started for it, without a shell, with an environment of its
own, and ended with it, whatever it does; no two requests share one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

from pydantic import JsonValue

from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import EgressRefused, Invalid, TooLarge, Uncertain, Unreachable
from tenuto.core.values import encode
from tenuto.vault.tokens import Ticket

environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""All that a program is told of ours: no secret of this process, and nothing that makes an interpreter load something else."""

_patience = 2.0
"""Seconds that a program is given to end by itself once nobody talks to it any more."""
_unserved = -32601


class Commands:
    """Programs by the names under which they are allowed."""

    def __init__(self, allowed: Mapping[str, Sequence[str]]) -> None:
        """`allowed` are whole command lines; the first word of each is the program's own path."""
        self._allowed = {name: tuple(line) for name, line in allowed.items()}

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        """Hold the conversation; `{"messages": […]}` is answered with `{"replies": […]}`.

        Raises `EgressRefused` for a name that is not allowed, `Unreachable` if the program cannot be started, `Uncertain` if it ends or
        takes too long before it has answered all, and `TooLarge`.
        """
        name = urlsplit(request.url).path.strip("/")
        line = self._allowed.get(name)
        if line is None:
            fix = "An administrator allows whole command lines in TENUTO_MCP_COMMANDS."
            raise EgressRefused(f'No command is allowed under the name "{name[:100]}".', fix=fix)
        if ticket.allow:
            raise EgressRefused("This workflow reaches only the hosts on its list, and a command is none of them.")
        messages = request.json.get("messages") if isinstance(request.json, dict) else None
        if not isinstance(messages, list):
            raise Invalid("A conversation is a list of messages.")
        try:
            async with _running(name, line, request.max_bytes) as process, asyncio.timeout(request.timeout):
                replies = await _talk(process, messages, name, request.max_bytes)
        except TimeoutError:
            raise Uncertain(f"{name} took longer than {request.timeout:g} seconds. It may have been done.") from None
        body = encode({"replies": replies}, limit=4 * request.max_bytes, what="The answer")
        return Answer(status=200, headers={"content-type": "application/json"}, body=body)


@asynccontextmanager
async def _running(name: str, line: Sequence[str], limit: int) -> AsyncGenerator[asyncio.subprocess.Process]:
    try:
        process = await asyncio.create_subprocess_exec(
            *line, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment,
            cwd="/", start_new_session=True, limit=limit,
        )  # fmt: skip
    except OSError as error:
        raise Unreachable(f"The command {name} cannot be started ({error.strerror}).") from None
    try:
        yield process
    finally:
        await asyncio.shield(_ended(process))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """The end of the program and of all that it has started: asked first, then made."""
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    while process.stdout is not None and await process.stdout.read(1 << 16):
        pass  # until what it had said is gone, its end is not seen
    await process.wait()


async def _talk(process: asyncio.subprocess.Process, messages: Sequence[JsonValue], name: str, most: int) -> list[JsonValue]:
    replies: list[JsonValue] = []
    size = 0
    for message in messages:
        await _write(process, message, name)
        number = message.get("id") if isinstance(message, dict) else None
        while number is not None:
            heard, length = await _read(process, name)
            size += length
            if size > most:
                raise TooLarge(f"{name} said more than {most:,} bytes.")
            if "method" in heard:
                await _decline(process, heard, name)
            elif heard.get("id") == number:
                replies.append(cast("JsonValue", heard))
                break
    return replies


async def _read(process: asyncio.subprocess.Process, name: str) -> tuple[dict[str, JsonValue], int]:
    """The next message; a line that is none (a greeting, a log) is an empty one."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        line = await process.stdout.readline()
    except ValueError:
        raise TooLarge(f"{name} said too much in one line.") from None
    if not line:
        raise Uncertain(f"{name} ended before it had answered. It may have been done.")
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    return (cast("dict[str, JsonValue]", found) if isinstance(found, dict) else {}), len(line)


async def _write(process: asyncio.subprocess.Process, message: JsonValue, name: str) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    try:
        process.stdin.write(json.dumps(message).encode() + b"\n")
        await process.stdin.drain()
    except (ConnectionError, BrokenPipeError):
        raise Uncertain(f"{name} ended before it had heard everything. It may have been done.") from None


async def _decline(process: asyncio.subprocess.Process, asked: Mapping[str, JsonValue], name: str) -> None:
    """Answer what the program asks of us: a sign of life, and nothing else."""
    number = asked.get("id")
    if number is None:
        return
    answer: dict[str, JsonValue] = {"jsonrpc": "2.0", "id": number}
    if asked["method"] == "ping":
        answer["result"] = {}
    else:
        answer["error"] = {"code": _unserved, "message": "This is not offered."}
    await _write(process, answer, name)
