"""The one way to a database: every connection is opened here, and every failure to reach it becomes a sentence."""

from __future__ import annotations

import os
import ssl
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
from sqlalchemy.exc import DBAPIError

from tenuto.core.errors import Invalid, Misconfigured, Unavailable

Link: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

oldest_server = 150000
"""PostgreSQL 15: `unique nulls not distinct`."""

connect_timeout = 10.0

_lost = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
"""What says that the server is not there at the moment, or went away."""

_signs_of_loss = (
    "connection is closed",
    "connection was closed",
    "connection has been closed",
    "connection has been released back to the pool",
    "cannot switch to state",
)
"""What asyncpg says of a lost connection in classes that mean other things as well; the last one between farewell and end of file."""

_beyond = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.DatetimeFieldOverflowError,
)
"""What the server says of a value that its type cannot hold; asyncpg itself says a plain `DataError` before anything is sent."""

_files = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


@dataclass(frozen=True, slots=True)
class Door:
    """Opens connections to one database.

    `revive` is asked once to bring the server back when a connection fails (`Embedded.ensure`); then the connection is tried again.
    """

    dsn: str
    revive: Callable[[], Awaitable[None]] | None = None

    async def open(self) -> Link:
        """A new connection. Raises `Misconfigured` for what trying again does not mend, and `Unavailable` for the rest."""
        try:
            return await _connect(self.dsn)
        except Misconfigured:
            raise
        except Unavailable:
            if self.revive is None:
                raise
        await self.revive()
        return await _connect(self.dsn)


@contextmanager
def reaching_database() -> Generator[None]:
    """Turn the loss of the database, whichever library noticed it, into `Unavailable`; everything else passes.

    A statement or commit that was under way may or may not have taken effect. A value that no column holds (NUL in a text, the year
    10000) becomes `Invalid` here, once, as it comes from whoever asks and never from us.
    """
    try:
        yield
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        if error.connection_invalidated or isinstance(cause, _lost):
            raise _gone() from error
        if _is_beyond(cause):
            raise _unstorable() from None
        raise
    except asyncpg.DataError as error:
        if _is_beyond(error):
            raise _unstorable() from None
        raise
    except _lost as error:
        raise _gone() from error
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if any(sign in str(error) for sign in _signs_of_loss):
            raise _gone() from error
        raise


def place(dsn: str) -> str:
    """Where a DSN points to, as it may be shown: host, port and database, without user and password."""
    try:
        url = urlsplit(dsn)
        host = url.hostname or parse_qs(url.query).get("host", ["localhost"])[0]
        port = f":{url.port}" if url.port else ""
    except ValueError:
        return "the address given"
    return f"{host}{port}{url.path}"


class _Session(asyncpg.Connection):
    """A connection that keeps nothing between two uses: no setting, lock or cursor outlives a transaction.

    So a pool need not wash it (`reset all` and more) after every use, which would be one more round trip for each statement.
    """

    def get_reset_query(self) -> str:
        """None."""
        return ""


async def _connect(dsn: str) -> Link:
    try:
        return await asyncpg.connect(_plain(dsn), timeout=connect_timeout, connection_class=_Session)
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError, asyncpg.InsufficientPrivilegeError) as error:
        raise Misconfigured(
            f"The database at {place(dsn)} refused us: {error}.", fix="Correct the user, password or database name in DATABASE_URL."
        ) from None
    except (*_lost, asyncpg.TargetServerAttributeNotMatched) as error:
        _refuse_bad_certificate(dsn, error)
        reason = str(error) or type(error).__name__
        raise Unavailable(
            f"The database at {place(dsn)} cannot be reached: {reason}.", fix="Start it, or correct DATABASE_URL.", retry_after=1
        ) from error
    # asyncpg reads the URL with many small parsers; each complains in its own class.
    except (asyncpg.InterfaceError, asyncpg.PostgresError, ValueError, AttributeError, KeyError) as error:
        _refuse(error)


def _plain(dsn: str) -> str:
    """The DSN as asyncpg reads it; the spelling of SQLAlchemy is accepted, as half of the world copies it from there."""
    scheme, colon, rest = dsn.partition("://")
    if not colon or scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
        raise Misconfigured(
            f"DATABASE_URL does not name a PostgreSQL database: it begins with {scheme[:20]!r}." if colon else "DATABASE_URL is not a URL.",
            fix="Use postgresql://user:password@host:5432/database?sslmode=verify-full.",
        )
    _refuse_missing_files(rest.partition("?")[2])
    return f"postgresql://{rest}"


def _refuse_missing_files(query: str) -> None:
    for name, files in parse_qs(query).items():
        if name in _files and not os.access(files[-1], os.R_OK):
            raise Misconfigured(
                f"DATABASE_URL names a file that cannot be read: {name}={files[-1]}.", fix="Correct the path, or the file's mode."
            )


def _refuse_bad_certificate(dsn: str, error: BaseException) -> None:
    if isinstance(error, ssl.SSLError) and error.library in {"X509", "PEM"}:
        raise Misconfigured(
            f"A certificate file that DATABASE_URL names cannot be used: {error}.", fix="It has to be in PEM format."
        ) from None
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        raise Misconfigured(
            f"The certificate of the database at {place(dsn)} is not trusted: {error}.",
            fix="Name the authority's certificate with sslrootcert=… in DATABASE_URL.",
        ) from None


def _refuse(error: BaseException) -> NoReturn:
    # A KeyError or AttributeError comes from looking up a part of the URL; its text could be that part, so it is not shown.
    reason = str(error) if isinstance(error, (asyncpg.InterfaceError, asyncpg.PostgresError)) else "a part of it cannot be read"
    raise Misconfigured(
        f"DATABASE_URL cannot be used: {reason}.", fix="Use postgresql://user:password@host:5432/database?sslmode=verify-full."
    ) from None


def _is_beyond(error: BaseException | None) -> bool:
    return isinstance(error, _beyond) or type(error) is asyncpg.DataError


def _unstorable() -> Invalid:
    return Invalid("A value cannot be stored: a text with a NUL character, or a number or time out of range.", fix="Leave it out.")


def _gone() -> Unavailable:
    return Unavailable("The database went away in the middle of this.", fix="Try again.", retry_after=1)
