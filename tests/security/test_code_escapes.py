"""Threat 2, code of strangers: each of these programs tries to get out or to take somebody with it, in a real run, and fails with a reason."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from tests.conftest import fresh
from tests.engine.rig import Rig, rig
from tests.engine.test_code import workflow
from tests.security.escapes import kinds

import tenuto
from tenuto.core.auth import ApiKey
from tenuto.core.events import event_data
from tenuto.core.execution import Status, fold
from tenuto.store.database import Database
from tenuto.store.server.embedded import Embedded
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process uses is read from /proc")

canary = "tenuto-canary-7c1e"
canary_name = "TENUTO_CANARY_OF_TEST"
problems = {"code-failed", "invalid", "egress-refused", "connection-missing", "unreachable"}
programs = {f"{kind}-{name}": code for kind, found in kinds.items() for name, code in found.items()}
limits = {"seconds": 0.5, "memory_mb": 16, "calls": 20}
most_memory = 512 * 1024
"""Kilobytes that an interpreter may ever have had: it is started with a limit of a gigabyte of addresses."""


@dataclass
class Prison:
    """An engine with secrets around it: in the environment, in a file, behind a door, and with whoever knocks there."""

    engine: Rig
    file: Path
    port: int
    knocks: list[bytes]


@pytest.fixture(scope="module")
async def prison(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Prison]:
    os.environ[canary_name] = canary
    file = tmp_path_factory.mktemp("secret") / "secret.key"
    file.write_text(canary)
    knocks: list[bytes] = []

    async def knocked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocks.append(await reader.read(100))
        writer.close()

    listening = await asyncio.start_server(knocked, "127.0.0.1", 0)
    credential = Credential(auth=ApiKey(header="authorization", prefix="Bearer "), secret=SecretStr(canary))
    secrets = SettingSecrets({"github": Setting(name="GITHUB_TOKEN", credential=credential)})
    link = await asyncpg.connect(server.cluster.dsn("postgres"))
    await link.execute(fresh("escapes"))
    database = await Database.open(server.cluster.dsn("escapes"))
    with file.open("rb"):  # a descriptor that might be inherited
        async with VaultSender(secrets) as door, rig(database, sender=door) as engine:
            yield Prison(engine, file, listening.sockets[0].getsockname()[1], knocks)
    await database.close()
    await link.execute("drop database escapes with (force)")
    await link.close()
    listening.close()
    await listening.wait_closed()
    del os.environ[canary_name]


def test_there_are_enough_of_them() -> None:
    assert len(set(programs.values())) == len(programs) >= 200


@pytest.mark.parametrize("name", programs)
async def test_it_fails_with_a_reason_and_takes_nobody_with_it(prison: Prison, name: str) -> None:
    code = programs[name].replace("FILE", str(prison.file)).replace("PORT", str(prison.port)).replace("CANARY_NAME", canary_name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    log = await prison.engine.end((await prison.engine.start(workflow(code, limits=limits))).id)
    state = fold(log)
    assert state.status is Status.failed, state.output
    assert state.error is not None
    assert state.error.type in problems, state.error
    assert 10 < len(state.error.detail) < 900
    told = b"".join(event_data(recorded.event) for recorded in log[2:]).decode()
    assert canary not in told
    assert str(Path(tenuto.__file__).parent) not in told
    assert "site-packages" not in told
    assert len(told) < 100_000
    assert prison.knocks == []
    assert prison.file.read_text() == canary
    assert not Path("/tmp/tenuto-escaped").exists()
    # The next program has its process, and nobody has grown.
    assert (await prison.engine.run(workflow("[len(name), 1 + 1]", {"name": name}))).output == [len(name), 2]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024
    assert all(kilobytes < most_memory for kilobytes in _peaks()), _peaks()


def _peaks() -> list[int]:
    """What each interpreter has had at most, in kilobytes."""
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            process = Path("/proc", child)
            if b"monty" in (process / "cmdline").read_bytes():
                status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
                found.append(int(status.get("VmHWM", "0 kB").split()[0]))
    return found
