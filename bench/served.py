"""The served product under load over HTTP: `tenuto serve`, a stored workflow, an API key, and a compiled load generator."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from bench import workloads
from bench.child import root
from bench.ground import Ground
from bench.meter import Figures, processor_of, processor_of_one, resident_of

_script = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.body = %s
"""
_spans = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
missing = "neither `wrk` nor `hey` is installed here (Debian: `apt-get install wrk`)"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    url: str
    key: str
    pid: int
    body: str


def generator() -> str | None:
    """The load generator that is there."""
    return next((name for name in ("wrk", "hey") if shutil.which(name)), None)


@asynccontextmanager
async def served(dsn: str) -> AsyncGenerator[Served]:
    """`tenuto serve` with one process, and a workflow of three steps stored and published through its API."""
    key = f"bench-{secrets.token_hex(20)}"
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder:
        limits = {"TENUTO_CALLS_PER_ADDRESS": "1000000", "TENUTO_CALLS_PER_CALLER": "1000000"}
        places = {"DATABASE_URL": dsn, "TENUTO_DATA_DIR": folder, "TENUTO_BOOTSTRAP_KEY": key}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tenuto", "serve", "--port", "0", "--json",
            env={**os.environ, **limits, **places, "PYTHONPATH": str(root / "src")}, cwd=folder, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        try:
            url = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))["url"]
            async with httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
                document = {**workloads.chain(3).document, "id": "three"}
                (await client.post("/api/workflows", json=document)).raise_for_status()
                (await client.post("/api/workflows/three/publish")).raise_for_status()
                body = json.dumps({"workflow_id": "three", "message": workloads.question(1), "simulate": True})
                answer = (
                    await client.post("/api/workflow/execute?wait=30", content=body, headers={"Content-Type": "application/json"})
                ).json()
                if answer.get("execution", {}).get("status") != "completed":
                    raise SystemExit(f"The first run over HTTP did not complete: {answer}")
            yield Served(url, key, process.pid, body)
        finally:
            process.terminate()
            await process.wait()


async def load(ground: Ground, target: Served, *, flight: int, seconds: int) -> Figures:
    """Submit and wait, `flight` at the same time, for so many seconds."""
    await _generate(target, flight, 2)
    own, database = processor_of_one(target.pid), processor_of(ground.postmaster)
    said = await _generate(target, flight, seconds)
    own, database = processor_of_one(target.pid) - own, processor_of(ground.postmaster) - database
    runs, p50, p99 = _read(said)
    return Figures(
        runs=runs, seconds=seconds, rate=runs / seconds, p50=p50, p99=p99,
        own=own * 1000 / runs, database=database * 1000 / runs, peak=resident_of(target.pid),
    )  # fmt: skip


async def _generate(target: Served, flight: int, seconds: int) -> str:
    url = f"{target.url}/api/workflow/execute?wait=30"
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder:
        if generator() == "wrk":
            script = Path(folder) / "load.lua"
            script.write_text(_script % (target.key, json.dumps(target.body)))
            line = ["wrk", "-t1", f"-c{flight}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(script), url]
        else:
            body = Path(folder) / "body.json"
            body.write_text(target.body)
            line = ["hey", "-z", f"{seconds}s", "-c", str(flight), "-m", "POST", "-D", str(body), "-T", "application/json"]
            line += ["-H", f"Authorization: Bearer {target.key}", url]
        process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
    return out.decode()


def _read(said: str) -> tuple[int, float, float]:
    """Runs, p50 and p99 in milliseconds, of what either generator says. Refuses a measurement with failures in it."""
    if "Non-2xx" in said or re.search(r"\[[345]\d\d\]\s+\d+ responses", said):
        raise SystemExit(f"Some calls failed:\n{said}")
    if found := re.search(r"(\d+) requests in", said):
        p50, p99 = (_milliseconds(said, rf"\b{percent}%\s+([\d.]+)(us|ms|s|m)\b") for percent in (50, 99))
        return int(found[1]), p50, p99
    runs = sum(int(count) for count in re.findall(r"\[2\d\d\]\s+(\d+) responses", said))
    p50, p99 = (_milliseconds(said, rf"\b{percent}%+ in ([\d.]+) (sec)s?") for percent in (50, 99))
    return runs, p50, p99


def _milliseconds(said: str, pattern: str) -> float:
    found = re.search(pattern, said)
    if found is None:
        raise SystemExit(f"The load generator said something unexpected:\n{said}")
    return float(found[1]) * _spans.get(found[2], 1000.0)
