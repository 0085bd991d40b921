"""All vendors' doubles on one server: every subclass of `Vendor` in this folder, found by its file.

In a test: `async with vendors_double() as double`, base URLs in `double.bases`, the token is `token`, `double[Gmail]` is a vendor's state.
As a process: `python -m tests.doubles.vendors --port N` prints its URL as its first line; `POST /__double__/faults` takes a `Fault`,
`GET /__double__/effects` answers what happened, by the marker that the request carried.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import pkgutil
import signal
from collections.abc import AsyncGenerator
from functools import cache
from typing import cast

import tests.doubles
from tests.doubles import loopback, served
from tests.doubles.vendor import Double, Vendor, vendors_app


class VendorsDouble(Double):
    """State of the vendors, readable and writable by tests; all of them, unless some are named."""

    def __init__(self, url: str, *vendors: type[Vendor]) -> None:
        super().__init__(url, vendors or every())


@cache
def every() -> tuple[type[Vendor], ...]:
    """The vendors there are; two of one key are refused."""
    others = ("vendors", "conftest")
    names = [
        each.name for each in pkgutil.iter_modules(tests.doubles.__path__) if not each.name.startswith("test_") and each.name not in others
    ]
    modules = [importlib.import_module(f"tests.doubles.{name}") for name in names]
    found = [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Vendor) and each is not Vendor and each.__module__ == module.__name__
    ]
    assert len({each.key for each in found}) == len(found), "two vendors' doubles have one key"
    return tuple(found)


@contextlib.asynccontextmanager
async def vendors_double(port: int = 0, *vendors: type[Vendor]) -> AsyncGenerator[VendorsDouble]:
    """A running double on 127.0.0.1; port 0 takes a free one."""
    bound = loopback(port)
    double = VendorsDouble(f"http://127.0.0.1:{bound.getsockname()[1]}", *vendors)
    async with served(vendors_app(double), bound, lambda: None):
        yield double


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.vendors", description="Doubles of the vendors on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with vendors_double(cast("int", parser.parse_args().port)) as double:
        print(double.url, flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_main())
