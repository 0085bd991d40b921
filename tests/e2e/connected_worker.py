"""A worker process whose GitHub is a double: `python -m tests.e2e.connected_worker BASE` works until SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tenuto.app import house
from tenuto.settings import Settings


async def work(base: str) -> None:
    """Claim and drive runs; the first line says that it does."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with house(Settings.read(Path.cwd(), os.environ), bases={"github": base}):
        print("working", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
