"""The door to PostgreSQL: one statement in a transaction of its own, with its values beside it and never within."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple, TypeAlias, cast

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from tenuto.core.errors import Invalid, TooLarge, Unreachable
from tenuto.core.values import decode, encode, pointer
from tenuto.vault.doors.parameters import bound
from tenuto.vault.doors.visit import Refused, Server, Visit, connect_timeout

Link: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Statement: TypeAlias = "PreparedStatement[asyncpg.Record]"

_most_at_once = 500
_json_types = ("json", "jsonb")
_later = ("08", "40", "53", "55P03", "57P")
"""Classes of SQLSTATE after which the same may succeed: it was rolled back, or never begun."""
_lost = ("08", "57P")
"""At a commit these do not say that it did not happen: it may only not have been told (a synchronous standby was waited for)."""
_statuses = (("28", 401), ("42501", 403), ("3D000", 404))


class _Rows(NamedTuple):
    columns: Sequence[JsonValue]
    rows: Sequence[JsonValue]
    more: bool
    status: str


async def sql(visit: Visit) -> JsonValue:
    """`query` reads, in a transaction that cannot write; `execute` writes.

    Asked are `sql`, `parameters` (JSON, converted to the types that the statement gives them) and `limit` (rows). The answer has
    `columns`, `rows` (objects), `more` (whether there are further rows) and `affected` (of a command that changes rows).
    """
    if visit.operation not in ("query", "execute") or len(visit.place) != 1:
        raise Invalid(f"There is no operation {visit.operation} of a database.")
    link = await _connected(visit, database=visit.place[0])
    try:
        found = await _done(link, visit)
    except asyncpg.PostgresError as error:
        if str(error.sqlstate).startswith(_lost if visit.left else "08"):
            raise EOFError from None
        raise _refused(error) from None
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):
            raise Invalid("A parameter does not fit its type.", pointer="/parameters") from None
        raise EOFError from None  # the connection was lost
    finally:
        link.terminate()
    word, _, count = found.status.rpartition(" ")
    affected = int(count) if count.isdecimal() and not word.startswith(("SELECT", "FETCH")) else None
    return {"columns": list(found.columns), "rows": list(found.rows), "more": found.more, "affected": affected}


async def _connected(visit: Visit, *, database: str) -> Link:
    """A session at a checked address; TLS is demanded and verified, except inside the operator's networks."""
    server = visit.server
    addresses, inside = await visit.guard.reachable(*server)
    # Inside, where a password may go without TLS, a certificate of nobody's is better than none.
    secure: ssl.SSLContext | str = "prefer" if inside else _Named.of(visit.context(inside=False), server)
    for address in addresses:
        try:
            return await asyncpg.connect(
                host=str(address), port=server.port, user=visit.user, password=visit.password.get_secret_value(), database=database, ssl=cast("Any", secure),
                timeout=min(connect_timeout, visit.remaining()), statement_cache_size=0, server_settings={"application_name": "tenuto"},
            )  # fmt: skip
        except asyncpg.PostgresError as error:
            raise _refused(error) from None
        except (asyncpg.InterfaceError, asyncpg.InternalClientError):
            raise Refused(400, "protocol", "The server asks for a way to sign in that is not known here.") from None
        except ssl.SSLError:
            raise
        except ConnectionError as error:
            if "SSL" in str(error):
                raise Refused(400, "no_tls", "The server offers no TLS, without which no password is sent to it.") from None
        except OSError:  # a TimeoutError too: the next address gets its turn
            continue
    raise Unreachable(f"{server} does not accept connections. Nothing was done.")


async def _done(link: Link, visit: Visit) -> _Rows:
    reads = visit.operation == "query"
    transaction = link.transaction(readonly=reads)
    await transaction.start()
    # The server gives up by itself, so that nothing goes on there when nobody waits any more.
    await link.execute(f"set local statement_timeout = {int(visit.remaining() * 1000)}; set local timezone = 'UTC'")
    statement = await link.prepare(str(visit.asked.get("sql", "")))
    values = _values(statement, visit.asked.get("parameters"))
    limit = visit.asked.get("limit")
    most = limit if isinstance(limit, int) and limit > 0 else 1000
    found = await (_read(link, statement, values, most, visit) if reads else _written(statement, values, most, visit))
    if reads:
        await transaction.rollback()
    else:
        visit.left = True
        await transaction.commit()
    return found


async def _read(link: Link, statement: Statement, values: Sequence[object], most: int, visit: Visit) -> _Rows:
    """Rows as far as they are wanted: asked for in growing numbers, so that large ones do not come all at once."""
    if not statement.get_attributes():
        await link.fetch(statement.get_query(), *values)
        return _Rows((), (), more=False, status=statement.get_statusmsg() or "")
    cursor = await statement.cursor(*values)
    rows: list[JsonValue] = []
    step, size = 1, 0
    while len(rows) <= most and (batch := await cursor.fetch(min(step, most + 1 - len(rows)))):
        shown = _shown(statement, batch)
        rows += shown
        size += _sized(shown, visit, size)
        step = min(step * 4, _most_at_once) if size < visit.max_bytes // 16 else 1
    return _Rows(_columns(statement), rows[:most], more=len(rows) > most, status="")


async def _written(statement: Statement, values: Sequence[object], most: int, visit: Visit) -> _Rows:
    found = _shown(statement, await statement.fetch(*values))
    _sized(found, visit, 0)
    return _Rows(_columns(statement), found[:most], more=len(found) > most, status=statement.get_statusmsg() or "")


def _values(statement: Statement, given: JsonValue) -> Sequence[object]:
    """The parameters as the statement's types have them. Raises `Invalid` naming the one that does not fit."""
    types, values = statement.get_parameters(), given if isinstance(given, list) else []
    if len(types) != len(values):
        raise Invalid(
            f"The statement has {len(types)} parameters, and {len(values)} were given.",
            pointer="/parameters",
            fix="Write $1, $2 … in the statement, and give a value for each.",
        )
    return [bound(value, kind, pointer("parameters", place)) for place, (value, kind) in enumerate(zip(values, types, strict=True))]


def _columns(statement: Statement) -> Sequence[JsonValue]:
    return [{"name": each.name, "type": each.type.name} for each in statement.get_attributes()]


def _shown(statement: Statement, rows: Sequence[asyncpg.Record]) -> list[JsonValue]:
    kinds = [each.type.name for each in statement.get_attributes()]
    return [{name: _json(value, kind) for (name, value), kind in zip(row.items(), kinds, strict=False)} for row in rows]


def _json(value: object, kind: str = "") -> JsonValue:
    """Numbers of arbitrary precision and times as texts, bytes in base64, JSON as itself."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return decode(value.encode()) if kind in _json_types else value
        case bytes():
            return base64.b64encode(value).decode()
        case asyncpg.Record() | Mapping():
            return {str(name): _json(item) for name, item in cast("Mapping[str, object]", value).items()}
        case list() | tuple():
            return [_json(item, kind.removesuffix("[]")) for item in cast("Sequence[object]", value)]
        case float():
            return value if isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
        case _:
            return cast("JsonValue", to_jsonable_python(value, timedelta_mode="iso8601", fallback=str))


def _sized(rows: Sequence[JsonValue], visit: Visit, before: int) -> int:
    """The size of rows. Raises `TooLarge` where all together have too many bytes; a statement that writes is rolled back then."""
    size = len(encode(list(rows), limit=4 * visit.max_bytes, what="The rows"))
    if before + size > visit.max_bytes:
        raise TooLarge(f"{visit.server} answered rows of more than {visit.max_bytes:,} bytes.", fix="Ask for fewer rows or columns.")
    return size


def _refused(error: asyncpg.PostgresError) -> Refused:
    """What the server says, which is its sentence about the statement; it was rolled back."""
    state = str(error.sqlstate or "XX000")
    status = next((status for prefix, status in _statuses if state.startswith(prefix)), 503 if state.startswith(_later) else 400)
    return Refused(status, state, str(error).splitlines()[0] if str(error) else type(error).__name__)


class _Named(ssl.SSLContext):
    """Verifies the certificate of a name while the connection goes to one of its checked addresses."""

    name: str
    trusting: ssl.SSLContext

    @classmethod
    def of(cls, tls: ssl.SSLContext, server: Server) -> _Named:
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.name, context.trusting = server.host, tls
        return context

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        return self.trusting.wrap_bio(incoming, outgoing, server_side, self.name, session)
