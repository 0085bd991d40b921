"""The measurements begin and end: what they show is looked at by people, and no figure is a bound here."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

_root = Path(__file__).parents[2]


@pytest.mark.parametrize("shape", ["chain", "fan", "pure", "calls"])
async def test_a_measurement_of_ours_says_what_was_measured(dsn: str, shape: str) -> None:
    line = [sys.executable, "-m", "bench.ours", "--shape", shape, "--runs", "6", "--warm", "2", "--flight", "3", "--dsn", dsn]
    process = await asyncio.create_subprocess_exec(*line, cwd=_root, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0
    figures = json.loads(out)
    assert figures["runs"] == 6
    assert figures["rate"] > 0
